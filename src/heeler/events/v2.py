"""``/api/v2/events``: JSON:API documents of the v2 API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heeler.events.store import Page, StoredEvent
from heeler.events.v1 import OLDEST_SECONDS
from heeler.events.v2_document import InvalidEvent, checked
from heeler.query.search.times import iso, request_time
from heeler.wire.events.intake_payload import Event
from heeler.wire.normalize import tag_set

_STATUS_OF_ALERT = {"ok": "success", "warn": "warning", "error": "error"}
MILLISECOND = "millisecond"
"""Where ``evt`` of a stored event has what its whole seconds lack; not in responses."""
#: An instant with its date; numbers and ``now-1h`` are for searches.
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ].+")


def read_event(body: Any, now: float) -> tuple[Event, dict[str, Any]]:
    """Parse the event of a request's document and its attributes. Raises :class:`InvalidEvent`."""
    attributes = checked(body)
    moment = _milliseconds(attributes.get("timestamp"), now)
    category, details = attributes["category"], attributes["attributes"]
    alert = category == "alert"
    event = Event(
        time=moment // 1000,
        title=attributes["title"],
        text=attributes.get("message") or "",
        host=attributes.get("host") or "",
        source=attributes.get("integration_id") or "",
        alert_type=_STATUS_OF_ALERT[details["status"]] if alert else "info",
        priority=(alert and details.get("priority")) or "normal",
        aggregation_key=attributes.get("aggregation_key") or "",
        tags=tag_set(attributes.get("tags") or ()),
    )
    return event, {**details, "evt": {"category": category, MILLISECOND: moment % 1000}}


def _milliseconds(value: Any, now: float) -> int:
    """A time as UNIX milliseconds; ``now`` if there is none."""
    if value is None:
        return int(now * 1000)
    try:
        if not isinstance(value, str) or not _ISO.fullmatch(value):
            raise ValueError(f"{str(value)[:50]!r} is not a time: expected ISO-8601")
        time = request_time(value, now)
    except ValueError as error:
        raise InvalidEvent(f"$.data.attributes.timestamp: {error}") from error
    if not now - OLDEST_SECONDS <= time <= now + 86_400:
        raise InvalidEvent("$.data.attributes.timestamp: must be within the past 18 hours.")
    return round(time * 1000)


def created(stored: StoredEvent, url: str) -> dict[str, Any]:
    uid = str(stored.id)
    return {
        "data": {"type": "event", "attributes": {"attributes": {"evt": {"id": uid, "uid": uid}}}},
        "links": {"self": f"{url}/api/v2/events/{uid}"},
    }


def shown(stored: StoredEvent) -> dict[str, Any]:
    """Serialize an event as a JSON:API resource.

    Status and priority of an alert are its own (``warn``, ``1`` to ``5``); other events have those of v1.
    """
    event = stored.event
    own = {key: value for key, value in stored.attributes.items() if value is not None}
    category = stored_category(stored)
    given = dict(own.pop("evt", None) or {})
    moment = event.time * 1000 + given.pop(MILLISECOND, 0)
    evt = {**given, "id": str(stored.id), "uid": str(stored.id), "name": event.title}
    if category and event.source:
        evt["integration_id"] = event.source
    attributes = {
        "status": event.alert_type,
        **({} if category else {"priority": event.priority}),
        **own,
        "evt": evt,
        "title": event.title,
        "timestamp": moment,
        "tags": list(event.tags),
        "service": next((tag[8:] for tag in event.tags if tag.startswith("service:")), ""),
        "hostname": event.host,
        "source_type_name": event.source,
        "sourcecategory": event.source,
        "aggregation_key": event.aggregation_key,
    }
    return {
        "type": "event",
        "id": str(stored.id),
        "attributes": {
            "timestamp": iso(moment / 1000),
            "message": event.text,
            "tags": list(event.tags),
            "attributes": {key: value for key, value in attributes.items() if value != ""},
        },
    }


def stored_category(stored: StoredEvent) -> str:
    """``alert`` or ``change`` of an event that was posted here, else nothing."""
    evt = stored.attributes.get("evt")
    return str(evt.get("category") or "") if isinstance(evt, Mapping) else ""


def listed(page: Page, next_link: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": [shown(one) for one in page.events]}
    if page.after:
        answer["meta"] = {"page": {"after": page.after}}
        answer["links"] = {"next": next_link}
    return answer
