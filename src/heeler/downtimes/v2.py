"""Conversion between v2 API documents and stored downtimes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_QUERY, bounded_text
from heeler.downtimes.matching import InvalidScope, parse_scope, simple_tags
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import (
    InvalidSchedule,
    current_or_next,
    parse_duration,
    parsed,
    status,
    to_local,
    to_moment,
)
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.validation import (
    END_STATES,
    END_TYPES,
    MAX_MOMENT,
    boolean,
    refuse_past,
    tags,
    whole,
    words,
    zone,
)

Object = dict[str, Any]

_ATTRIBUTES = (
    "display_timezone", "message", "monitor_identifier", "mute_first_recovery_notification",
    "notify_end_states", "notify_end_types", "run_as", "schedule", "scope",
)  # fmt: skip
_SCHEDULE = ("start", "end", "timezone", "recurrences")
_MAX_RECURRENCES = 5


def attributes_of(body: Any) -> Object:
    """``data.attributes`` of a request; unknown names are rejected."""
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(attributes, dict):
        raise bad_request('The body must be {"data": {"type": "downtime", "attributes": {…}}}')
    if data.get("type", "downtime") != "downtime":
        raise bad_request("data.type must be 'downtime'")
    refuse_unknown(attributes, _ATTRIBUTES)
    return attributes


def refuse_unknown(given: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        verb = "was" if len(unknown) == 1 else "were"
        raise bad_request(f"Additional properties are not allowed ({names} {verb} unexpected)")


def apply(downtime: Downtime, data: Mapping[str, Any], now: float) -> None:
    """Set the given attributes on ``downtime``; a new one requires a scope and a monitor identifier."""
    fresh = downtime.start is None
    if fresh and not (data.get("scope") and data.get("monitor_identifier")):
        raise bad_request("'scope' and 'monitor_identifier' are required properties")
    if data.get("scope") is not None:
        _apply_scope(downtime, data["scope"])
    if data.get("monitor_identifier") is not None:
        _apply_monitors(downtime, data["monitor_identifier"])
    if "display_timezone" in data:
        given = data["display_timezone"]
        downtime.display_timezone = None if given is None else zone("UTC" if given == "" else given)
    if "message" in data:
        given = data["message"]
        downtime.message = None if given is None else bounded_text("message", given, MAX_MESSAGE)
    name = "mute_first_recovery_notification"
    if data.get(name) is not None:
        downtime.mute_first_recovery_notification = boolean(name, data[name])
    if data.get("notify_end_types") is not None:
        downtime.notify_end_types = words("notify_end_types", data["notify_end_types"], END_TYPES)
    if data.get("notify_end_states") is not None:
        downtime.notify_end_states = words("notify_end_states", data["notify_end_states"], END_STATES)
    if fresh or data.get("schedule") is not None:
        _apply_schedule(downtime, data.get("schedule") or {}, now)


def _apply_scope(downtime: Downtime, given: Any) -> None:
    if not isinstance(given, str) or not given.strip():
        raise bad_request("Invalid scope parameter")
    bounded_text("scope", given, MAX_QUERY)
    try:
        parse_scope(given)
    except InvalidScope as error:
        raise bad_request(str(error)) from None
    downtime.expression = given.strip()
    downtime.scope = simple_tags(given) or [given.strip()]


def _apply_monitors(downtime: Downtime, given: Any) -> None:
    if not isinstance(given, dict):
        raise bad_request("monitor_identifier must be {monitor_id} or {monitor_tags}")
    refuse_unknown(given, ("monitor_id", "monitor_tags"))
    if given.get("monitor_id") is not None:
        downtime.monitor_id, downtime.monitor_tags = whole("monitor_id", given["monitor_id"]), ["*"]
    elif given.get("monitor_tags"):
        downtime.monitor_id, downtime.monitor_tags = None, tags("monitor_tags", given["monitor_tags"])
    else:
        raise bad_request(
            "monitor_identifier names no monitor: give monitor_id, or at least one of monitor_tags"
        )


def _apply_schedule(downtime: Downtime, given: Any, now: float) -> None:
    if not isinstance(given, dict):
        raise bad_request("schedule must be {start, end} or {timezone, recurrences}")
    refuse_unknown(given, _SCHEDULE)
    given = {name: value for name, value in given.items() if name in ("end", "start") or value is not None}
    if "timezone" in given and "recurrences" not in given:
        if not downtime.recurrences:
            raise bad_request("schedule.timezone goes with schedule.recurrences")
        given["recurrences"] = downtime.recurrences
    if "recurrences" in given and (given.get("start") or given.get("end")):
        raise bad_request("schedule.start and schedule.end are of schedules without schedule.recurrences")
    downtime.recurrence = None
    if "recurrences" in given:
        _apply_recurrences(downtime, given, now)
        return
    if given.get("start"):
        downtime.start = _moment("start", given["start"])
    elif downtime.start is None or downtime.recurrences:
        downtime.start = now
    if "end" in given or downtime.recurrences:
        downtime.end = _moment("end", given["end"]) if given.get("end") else None
    downtime.timezone, downtime.recurrences = "UTC", []
    if downtime.end is not None and downtime.end <= downtime.start:
        raise bad_request("The downtime must end after it starts: schedule.end is not after schedule.start")
    refuse_past(None if downtime.recurrences else downtime.end, now)


def _moment(name: str, text: Any) -> float:
    """UNIX seconds of an ISO 8601 time with its offset."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise bad_request(f"schedule.{name} is {text!r}; write for example 2026-11-23T19:00:00Z") from None
    if found.tzinfo is None:
        raise bad_request(f"schedule.{name} is {text!r}; add its offset from UTC, such as Z or +01:00")
    seconds = found.timestamp()
    if not 0 <= seconds <= MAX_MOMENT:
        raise bad_request(f"schedule.{name} is {text!r}; write a time from 1970 to 9999")
    return seconds


def _apply_recurrences(downtime: Downtime, given: Mapping[str, Any], now: float) -> None:
    items = given["recurrences"]
    if not isinstance(items, list) or not 1 <= len(items) <= _MAX_RECURRENCES:
        raise bad_request(f"schedule.recurrences must have 1 to {_MAX_RECURRENCES} items")
    timezone = zone(given.get("timezone") or "UTC")
    kept = [_recurrence(item, timezone, now) for item in items]
    first = min(kept, key=lambda item: str(item["start"]))
    start = datetime.fromisoformat(str(first["start"]))
    downtime.timezone, downtime.recurrences = timezone, kept
    downtime.start = to_moment(start, timezone)
    downtime.end = to_moment(start + parse_duration(str(first["duration"])), timezone)


def _recurrence(given: Any, timezone: str, now: float) -> Object:
    if not isinstance(given, dict) or not given.get("duration") or not given.get("rrule"):
        raise bad_request("'duration' and 'rrule' are required properties of a recurrence")
    refuse_unknown(given, ("start", "duration", "rrule"))
    try:
        start = _local(given.get("start"), timezone, now)
        parse_duration(str(given["duration"]))
        parsed(str(given["rrule"]), start, timezone)
    except InvalidSchedule as error:
        raise bad_request(str(error)) from None
    return {"start": start.isoformat(), "duration": given["duration"], "rrule": given["rrule"]}


def _local(text: Any, timezone: str, now: float) -> datetime:
    if not text:
        return to_local(now, timezone).replace(microsecond=0)
    try:
        start = datetime.fromisoformat(str(text))
    except ValueError:
        raise InvalidSchedule(
            f"A recurrence starts at {text!r}; write local time: 2026-11-23T19:00"
        ) from None
    if start.tzinfo is not None:
        raise InvalidSchedule(f"A recurrence starts at {text!r}; leave the offset out: timezone says it")
    # Its end, up to a year later and in any zone, has to be a time that can be written.
    if not 1971 <= start.year <= 9997:
        raise InvalidSchedule(f"A recurrence starts at {text!r}; write a time from 1971 to 9997")
    return start


def shown(downtime: Downtime, now: float) -> Object:
    """Serialize in the v2 format, without relationships."""
    return {
        "type": "downtime",
        "id": downtime.uuid,
        "attributes": {
            "message": downtime.message,
            "mute_first_recovery_notification": downtime.mute_first_recovery_notification,
            "canceled": _iso(downtime.canceled),
            "created": downtime.created.isoformat(),
            "modified": downtime.modified.isoformat(),
            "display_timezone": downtime.display_timezone or downtime.timezone,
            "notify_end_types": downtime.notify_end_types,
            "notify_end_states": downtime.notify_end_states,
            "status": status(plan_of(downtime), now),
            "scope": scope_text(downtime),
            "monitor_identifier": {"monitor_id": downtime.monitor_id}
            if downtime.monitor_id is not None
            else {"monitor_tags": downtime.monitor_tags},
            "schedule": _schedule(downtime, now),
        },
    }


def scope_text(downtime: Downtime) -> str:
    return downtime.expression or " AND ".join(downtime.scope)


def relationships(downtime: Downtime, creator: str | None, names: Iterable[str]) -> Object:
    """Requested relationships ``created_by`` and ``monitor``; ``creator`` is a user id."""
    monitor = downtime.monitor_id
    found: Object = {
        "created_by": {"data": {"type": "users", "id": creator} if creator else None},
        "monitor": {"data": None if monitor is None else {"type": "monitors", "id": str(monitor)}},
    }
    return {name: found[name] for name in names if name in found}


def _schedule(downtime: Downtime, now: float) -> Object:
    if not downtime.recurrences:
        return {"start": _iso(downtime.start), "end": _iso(downtime.end)}
    found = current_or_next(plan_of(downtime), now)
    shown: Object = {"timezone": downtime.timezone, "recurrences": downtime.recurrences}
    if found is not None:
        shown["current_downtime"] = {"start": _iso(found.start), "end": _iso(found.end)}
    return shown


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
