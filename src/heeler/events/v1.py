"""``/api/v1/events``: documents of the v1 API, used by ``datadog`` and older clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.events.store import StoredEvent
from heeler.query.search.ast import escape
from heeler.wire.events.intake_payload import Event
from heeler.wire.normalize import tag_set

#: Older events are refused, as the public API does.
OLDEST_SECONDS = 18 * 3_600
ALERT_TYPES = ("error", "warning", "info", "success", "user_update", "recommendation", "snapshot")
PRIORITIES = ("normal", "low")
MAX_TITLE, MAX_TEXT = 500, 4_000
_EXTRAS = ("device_name", "related_event_id")


def read_event(body: Any, now: float) -> tuple[Event, dict[str, Any]]:
    """Parse the event of a request's body and its further attributes. Raises ``ApiError`` 400."""
    if not isinstance(body, Mapping):
        raise bad_request("The body must be a JSON object with 'title' and 'text'.")
    given = {key: value for key, value in body.items() if value is not None}
    title, text = str(given.get("title", "")), str(given.get("text", ""))
    if not title.strip():
        raise bad_request("An event needs a 'title'.")
    time = _time(given.get("date_happened"), now)
    event = Event(
        time=time,
        title=title[:MAX_TITLE],
        text=text[:MAX_TEXT],
        host=str(given.get("host", "")),
        source=str(given.get("source_type_name", "")),
        alert_type=_choice("alert_type", given.get("alert_type", "info"), ALERT_TYPES),
        priority=_choice("priority", given.get("priority", "normal"), PRIORITIES),
        aggregation_key=str(given.get("aggregation_key", ""))[:100],
        tags=tag_set(_tags(given.get("tags", ()))),
    )
    return event, {key: given[key] for key in _EXTRAS if key in given}


def _time(value: Any, now: float) -> int:
    if value is None or value == "":
        return int(now)
    try:
        time = int(float(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_request(f"'date_happened' must be UNIX seconds, not {str(value)[:50]!r}.") from error
    if time < now - OLDEST_SECONDS:
        raise bad_request("Event too far in the past")
    if time > now + 86_400:
        raise bad_request("Event too far in the future")
    return time


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    text = str(value).lower()
    if text not in choices:
        raise bad_request(f"'{name}' is {text[:50]!r}: expected one of {', '.join(choices)}.")
    return text


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if isinstance(value, list | tuple):
        return [str(one) for one in value if one is not None]
    raise bad_request("'tags' must be a list of strings.")


def created(stored: StoredEvent, url: str) -> dict[str, Any]:
    """Response to a create."""
    event = stored.event
    return {
        "status": "ok",
        "event": {
            "id": stored.id,
            "id_str": str(stored.id),
            "title": event.title,
            "text": event.text,
            "date_happened": event.time,
            "handle": None,
            "alert_type": event.alert_type,
            "host": event.host or None,
            "device_name": stored.attributes.get("device_name"),
            "source_type_name": event.source or None,
            "priority": event.priority,
            "related_event_id": stored.attributes.get("related_event_id"),
            "tags": list(event.tags),
            "url": f"{url}/event/event?id={stored.id}",
        },
    }


def shown(stored: StoredEvent) -> dict[str, Any]:
    """Serialize an event for ``get``."""
    event = stored.event
    return {
        "id": stored.id,
        "id_str": str(stored.id),
        "title": event.title,
        "text": event.text,
        "date_happened": event.time,
        "alert_type": event.alert_type,
        "priority": event.priority,
        "host": event.host or None,
        "device_name": stored.attributes.get("device_name"),
        "source_type_name": event.source or None,
        "tags": list(event.tags),
        "url": f"/event/event?id={stored.id}",
        "resource": f"/api/v1/events/{stored.id}",
    }


def listed(stored: StoredEvent) -> dict[str, Any]:
    """Serialize an event for the list."""
    return {
        **{key: value for key, value in shown(stored).items() if value is not None},
        "is_aggregate": False,
        "comments": [],
        "source": stored.event.source or "My Apps",
    }


def list_search(priority: str | None, sources: str | None, tags: str | None) -> str:
    """Convert the list's parameters to a search: sources are alternatives, tags are all required."""
    parts = []
    if priority:
        parts.append(f"priority:{escape(_choice('priority', priority, PRIORITIES))}")
    if sources:
        parts.append(
            "source:(" + " OR ".join(escape(one.strip()) for one in sources.split(",") if one.strip()) + ")"
        )
    parts += [f"tags:{escape(one.strip())}" for one in (tags or "").split(",") if one.strip()]
    return " ".join(parts)
