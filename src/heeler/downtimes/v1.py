"""Conversion between v1 API documents and stored downtimes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from heeler.api.documents import is_one_of
from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_QUERY, bounded_text
from heeler.downtimes.matching import InvalidScope, parse_scope
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import (
    MAX_DURATION,
    InvalidSchedule,
    current,
    current_or_next,
    parsed,
    status,
    to_local,
    write_duration,
)
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.validation import (
    END_STATES,
    END_TYPES,
    boolean,
    moment,
    refuse_past,
    tags,
    whole,
    words,
    zone,
)

Object = dict[str, Any]

_DAYS = {"Mon": "MO", "Tue": "TU", "Wed": "WE", "Thu": "TH", "Fri": "FR", "Sat": "SA", "Sun": "SU"}
_FREQUENCIES = {"days": "DAILY", "weeks": "WEEKLY", "months": "MONTHLY", "years": "YEARLY"}
_BOOLEAN = re.compile(r"[()]|\s(AND|OR)\s|^NOT\s|^-")


def apply(downtime: Downtime, data: Mapping[str, Any], now: float) -> None:
    """Set the given fields on ``downtime``; absent ones, or a null start, are unchanged."""
    if data.get("parent_id") not in (None, "", downtime.id):
        raise bad_request("Invalid parent_id parameter: no downtime here has a parent")
    if "scope" in data or not downtime.scope:
        downtime.scope, downtime.expression = _scope(data.get("scope"))
    if data.get("timezone"):
        downtime.timezone = zone(data["timezone"])
    if data.get("start") not in (None, ""):
        downtime.start = moment("start", data["start"])
    elif downtime.start is None:
        downtime.start = float(int(now))
    if "end" in data:
        downtime.end = moment("end", data["end"]) if data["end"] not in (None, "") else None
    if downtime.end is not None and downtime.end <= downtime.start:
        raise bad_request("The downtime must end after it starts: 'end' is not after 'start'")
    if "end" in data and not data.get("recurrence", downtime.recurrence):
        refuse_past(downtime.end, now)
    _apply_monitors(downtime, data)
    _apply_telling(downtime, data)
    rule = data.get("recurrence", downtime.recurrence)
    if rule or downtime.recurrence is not None or "recurrence" in data:
        downtime.recurrence, downtime.recurrences = _recurrence(rule, downtime)


def _apply_monitors(downtime: Downtime, data: Mapping[str, Any]) -> None:
    if "monitor_id" in data:
        given = data["monitor_id"]
        downtime.monitor_id = None if given in (None, "") else whole("monitor_id", given)
    if data.get("monitor_tags"):
        downtime.monitor_tags = tags("monitor_tags", data["monitor_tags"])


def _apply_telling(downtime: Downtime, data: Mapping[str, Any]) -> None:
    if "message" in data:
        given = data["message"]
        downtime.message = None if given is None else bounded_text("message", given, MAX_MESSAGE)
    mute = data.get("mute_first_recovery_notification")
    if mute is not None:
        downtime.mute_first_recovery_notification = boolean("mute_first_recovery_notification", mute)
    if data.get("notify_end_types") is not None:
        downtime.notify_end_types = words("notify_end_types", data["notify_end_types"], END_TYPES)
    if data.get("notify_end_states") is not None:
        downtime.notify_end_states = words("notify_end_states", data["notify_end_states"], END_STATES)


def _scope(given: Any) -> tuple[list[str], str]:
    """The tags of a scope, and its expression if it is more than a conjunction of tags."""
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
        raise bad_request("Invalid scope parameter")
    bounded_text("scope", ",".join(items), MAX_QUERY)
    if any(_BOOLEAN.search(item) for item in items):
        expression = " AND ".join(f"({item})" if len(items) > 1 else item for item in items)
        try:
            parse_scope(expression)
        except InvalidScope:
            raise bad_request("Invalid scope parameter") from None
        return [item.strip() for item in items], expression
    found = [part.strip() for item in items for part in item.split(",") if part.strip()]
    if not found or not all(part == "*" or re.fullmatch(r"[^:\s]+:.+", part) for part in found):
        raise bad_request("Invalid scope parameter")
    return found, ""


def _recurrence(given: Any, downtime: Downtime) -> tuple[Object | None, list[Any]]:
    if not given:
        return None, []
    if not isinstance(given, dict):
        raise bad_request("Invalid recurrence parameter: it must be an object")
    rule = rrule_text(given, downtime.timezone)
    if downtime.end is None:
        raise bad_request("A recurring downtime needs an 'end': it says how long each occurrence lasts")
    start = to_local(downtime.start, downtime.timezone)
    duration = to_local(downtime.end, downtime.timezone) - start
    if not timedelta(0) < duration <= MAX_DURATION:
        raise bad_request("Each occurrence of a recurring downtime lasts up to a year")
    try:
        parsed(rule, start, downtime.timezone)
    except InvalidSchedule as error:
        raise bad_request(str(error)) from None
    kept = {"start": start.isoformat(), "duration": write_duration(duration), "rrule": rule}
    return _echo(given), [kept]


def _echo(given: Mapping[str, Any]) -> Object:
    names = ("type", "period", "week_days", "until_occurrences", "until_date")
    shown: Object = {name: given.get(name) for name in names}
    shown["period"] = _period(given)
    for name in ("until_occurrences", "until_date"):
        shown[name] = None if shown[name] in (None, "") else whole(name, shown[name])
    return {**shown, "rrule": str(given["rrule"])} if given.get("rrule") else shown


def _period(given: Mapping[str, Any]) -> int:
    period = 1 if given.get("period") in (None, "") else whole("period", given["period"])
    if not 1 <= period <= 10_000:
        raise bad_request("Invalid recurrence period: write a whole number from 1")
    return period


def rrule_text(given: Mapping[str, Any], timezone: str) -> str:
    """RRULE of ``{type, period, week_days, until_date, until_occurrences, rrule}``."""
    kind = given.get("type")
    if kind == "rrule":
        return str(given.get("rrule") or "")
    if not isinstance(kind, str) or kind not in _FREQUENCIES:
        raise bad_request("Invalid recurrence type")
    period = _period(given)
    parts = [f"FREQ={_FREQUENCIES[kind]}", f"INTERVAL={period}"]
    days = given.get("week_days") or []
    if isinstance(days, str):
        days = days.split(",")
    if kind == "weeks" and days:
        if not isinstance(days, list) or not all(is_one_of(day, _DAYS) for day in days):
            raise bad_request(
                "Invalid set of days in week_days. Be sure that the first letter is capitalized."
            )
        parts.append("BYDAY=" + ",".join(_DAYS[day] for day in days))
    return ";".join([*parts, *_until(given, timezone)])


def _until(given: Mapping[str, Any], timezone: str) -> list[str]:
    count, date = given.get("until_occurrences"), given.get("until_date")
    if count not in (None, "") and date not in (None, ""):
        raise bad_request("Give until_occurrences or until_date, not both")
    if count not in (None, ""):
        if whole("until_occurrences", count) < 1:
            raise bad_request("until_occurrences must be at least 1")
        return [f"COUNT={whole('until_occurrences', count)}"]
    if date not in (None, ""):
        return [f"UNTIL={to_local(moment('until_date', date), timezone):%Y%m%dT%H%M%S}"]
    return []


def shown(downtime: Downtime, now: float, *, creator: bool = False) -> Object:
    """Serialize in the v1 format; recurring ones have their current or next occurrence as a child."""
    plan = plan_of(downtime)
    body = _body(downtime, now)
    if downtime.recurrences:
        found = current_or_next(plan, now)
        body["active_child"] = found and {
            **body,
            "start": int(found.start),
            "end": None if found.end is None else int(found.end),
            "active": found.covers(now),
            "parent_id": downtime.id,
        }
        if found is None:
            del body["active_child"]
    if creator:
        body["creator"] = {
            "id": downtime.creator_id or 0,
            "handle": downtime.creator_email,
            "email": downtime.creator_email,
            "name": downtime.creator_name or None,
        }
    return body


def _body(downtime: Downtime, now: float) -> Object:
    plan = plan_of(downtime)
    end = downtime.end
    return {
        "id": downtime.id,
        "uuid": downtime.uuid,
        "org_id": 1,
        "scope": downtime.scope,
        "monitor_id": downtime.monitor_id,
        "monitor_tags": downtime.monitor_tags,
        "start": int(downtime.start),
        "end": None if end is None else int(end),
        "canceled": None if downtime.canceled is None else int(downtime.canceled),
        "created": int(downtime.created.timestamp()),
        "modified": int(downtime.modified.timestamp()),
        "message": downtime.message,
        "active": current(plan, now) is not None,
        "disabled": downtime.canceled is not None,
        "recurrence": shown_recurrence(downtime),
        "timezone": downtime.timezone,
        "parent_id": None,
        "child_id": None,
        "creator_id": downtime.creator_id or 0,
        "updater_id": downtime.updater_id,
        "downtime_type": downtime_type(downtime.scope),
        "status": status(plan, now),
        "mute_first_recovery_notification": downtime.mute_first_recovery_notification,
        "notify_end_types": downtime.notify_end_types,
        "notify_end_states": downtime.notify_end_states,
    }


def downtime_type(scope: list[Any]) -> int:
    """Type code: 0 for everything, 1 for a single host, 2 for the rest."""
    if scope == ["*"]:
        return 0
    return 1 if len(scope) == 1 and re.fullmatch(r"host:[^*\s()]+", str(scope[0])) else 2


def shown_recurrence(downtime: Downtime) -> Object | None:
    """The recurrence as submitted, or as a rule if submitted by API v2."""
    if downtime.recurrence is not None or not downtime.recurrences:
        return downtime.recurrence
    return {
        "type": "rrule",
        "period": 1,
        "week_days": None,
        "until_occurrences": None,
        "until_date": None,
        "rrule": downtime.recurrences[0]["rrule"],
    }
