"""``/api/v1/events``: documents of the v1 API, used by ``datadog`` and older clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.numbers import is_whole
from heeler.api.query_parameters import split_values
from heeler.events.store import StoredEvent
from heeler.query.search.ast import escape
from heeler.wire.body_limits import MAX_FIELD, MAX_HOST
from heeler.wire.events.intake_payload import Event
from heeler.wire.normalize import tag_set

#: Older events are refused, as the public API does.
OLDEST_SECONDS = 18 * 3_600
ALERT_TYPES = ("error", "warning", "info", "success", "user_update", "recommendation", "snapshot")
PRIORITIES = ("normal", "low")
MAX_TITLE, MAX_TEXT = 500, 4_000


def read_event(body: Any, now: float) -> tuple[Event, dict[str, Any]]:
    """Parse the event of a request's body and its further attributes. Raises ``ApiError`` 400."""
    if not isinstance(body, Mapping):
        raise bad_request("The body must be a JSON object with 'title' and 'text'.")
    given = {key: value for key, value in body.items() if value is not None}
    title, text = _text("title", given), _text("text", given)
    if not title.strip():
        raise bad_request("An event needs a 'title'.")
    time = _time(given.get("date_happened"), now)
    event = Event(
        time=time,
        title=title[:MAX_TITLE],
        text=text[:MAX_TEXT],
        host=_text("host", given)[:MAX_HOST],
        source=_text("source_type_name", given)[:MAX_FIELD],
        alert_type=_choice("alert_type", given.get("alert_type", "info"), ALERT_TYPES),
        priority=_choice("priority", given.get("priority", "normal"), PRIORITIES),
        aggregation_key=_text("aggregation_key", given)[:100],
        tags=tag_set(_tags(given.get("tags", ()))),
    )
    return event, _extras(given)


def _text(name: str, given: Mapping[str, Any]) -> str:
    """A field as a text: numbers are taken as their digits."""
    value = given.get(name, "")
    if isinstance(value, Mapping | list):
        raise bad_request(f"'{name}' must be a string.")
    return str(value)


def _extras(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that are stored as they were sent."""
    found: dict[str, Any] = {}
    if "device_name" in given:
        found["device_name"] = _device(given)[:MAX_FIELD]
    if given.get("related_event_id", "") != "":
        found["related_event_id"] = related_event(given["related_event_id"])
    return found


def _device(given: Mapping[str, Any]) -> str:
    """The name of a device; older clients document it as a list of names."""
    names = given["device_name"]
    if isinstance(names, list) and all(isinstance(one, str) for one in names):
        return ",".join(names)
    return _text("device_name", given)


def related_event(value: Any) -> int:
    """The id of a related event, as a number or as its digits. Raises ``ApiError`` 400."""
    if isinstance(value, str) and is_whole(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise bad_request(f"'related_event_id' must be the id of an event, not {str(value)[:50]!r}.")
    return value


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
            "priority": shown_priority(event),
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
        "priority": shown_priority(event),
        "host": event.host or None,
        "device_name": stored.attributes.get("device_name"),
        "source_type_name": event.source or None,
        "tags": list(event.tags),
        "url": f"/event/event?id={stored.id}",
        "resource": f"/api/v1/events/{stored.id}",
    }


def shown_priority(event: Event) -> str:
    """``normal`` or ``low``; an alert has a number instead, which only v2 shows."""
    return event.priority if event.priority in PRIORITIES else "normal"


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
    if priority:  # alerts have a number instead, which counts as normal
        parts.append(
            "priority:low" if _choice("priority", priority, PRIORITIES) == "low" else "-priority:low"
        )
    if names := split_values(sources or ""):
        parts.append("source:(" + " OR ".join(map(escape, names)) + ")")
    parts += [f"tags:{escape(one)}" for one in split_values(tags or "")]
    return " ".join(parts)
