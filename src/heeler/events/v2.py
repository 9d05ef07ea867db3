"""``/api/v2/events``: JSON:API documents of the v2 API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.events.store import Page, StoredEvent
from heeler.query.search.times import iso, request_time
from heeler.wire.events.intake_payload import Event
from heeler.wire.normalize import tag_set

CATEGORIES = ("alert", "change")
_STATUS_OF_ALERT = {"ok": "success", "warn": "warning", "error": "error"}


class InvalidEvent(ValueError):
    """An invalid create request: the message names the path in the document."""


def read_event(body: Any, now: float) -> tuple[Event, dict[str, Any]]:
    """Parse the event of a request's document and its attributes. Raises :class:`InvalidEvent`."""
    data = _object(body, "$", "data")
    attributes = _object(data, "$.data", "attributes")
    category = attributes.get("category")
    if category not in CATEGORIES:
        raise InvalidEvent('$.data.attributes.category: value must be one of: ["alert", "change"].')
    title = attributes.get("title")
    if not isinstance(title, str) or not title:
        raise InvalidEvent("$.data.attributes.title: a non-empty string is required.")
    details = _object(attributes, "$.data.attributes", "attributes")
    tags = attributes.get("tags") or []
    if not isinstance(tags, list):
        raise InvalidEvent("$.data.attributes.tags: a list of strings is required.")
    event = Event(
        time=_time(attributes.get("timestamp"), now),
        title=title[:500],
        text=str(attributes.get("message") or "")[:4_000],
        host=str(attributes.get("host") or ""),
        source=str(attributes.get("integration_id") or ""),
        alert_type=_STATUS_OF_ALERT.get(str(details.get("status")), "info"),
        priority="normal",
        aggregation_key=str(attributes.get("aggregation_key") or ""),
        tags=tag_set(str(tag) for tag in tags),
    )
    return event, {**details, "evt": {"category": category}}


def _object(parent: Any, place: str, key: str) -> Mapping[str, Any]:
    found = parent.get(key) if isinstance(parent, Mapping) else None
    if not isinstance(found, Mapping):
        raise InvalidEvent(f"{place}.{key}: an object is required.")
    return found


def _time(value: Any, now: float) -> int:
    if value is None:
        return int(now)
    try:
        time = int(request_time(value, now))
    except ValueError as error:
        raise InvalidEvent(f"$.data.attributes.timestamp: {error}") from error
    if not now - 18 * 3_600 <= time <= now + 86_400:
        raise InvalidEvent("$.data.attributes.timestamp: must be within the past 18 hours.")
    return time


def created(stored: StoredEvent, url: str) -> dict[str, Any]:
    uid = str(stored.id)
    return {
        "data": {"type": "event", "attributes": {"attributes": {"evt": {"id": uid, "uid": uid}}}},
        "links": {"self": f"{url}/api/v2/events/{uid}"},
    }


def shown(stored: StoredEvent) -> dict[str, Any]:
    """Serialize an event as a JSON:API resource."""
    event = stored.event
    own = dict(stored.attributes)
    evt = {**(own.pop("evt", None) or {}), "id": str(stored.id), "name": event.title}
    attributes = {
        **own,
        "evt": evt,
        "title": event.title,
        "status": event.alert_type,
        "priority": event.priority,
        "timestamp": event.time * 1000,
        "tags": list(event.tags),
        "hostname": event.host,
        "source_type_name": event.source,
        "sourcecategory": event.source,
        "aggregation_key": event.aggregation_key,
    }
    return {
        "type": "event",
        "id": str(stored.id),
        "attributes": {
            "timestamp": iso(event.time),
            "message": event.text,
            "tags": list(event.tags),
            "attributes": {key: value for key, value in attributes.items() if value != ""},
        },
    }


def listed(page: Page, next_link: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": [shown(one) for one in page.events]}
    if page.after:
        answer["meta"] = {"page": {"after": page.after}}
        answer["links"] = {"next": next_link}
    return answer
