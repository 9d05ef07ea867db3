"""Schedule of a downtime: computes the occurrence for a plan and a point in time. Pure.

Recurring downtimes are planned in local wall-clock time: 19:00 to 09:00 in Europe/Dublin starts at 19:00 and
ends at 09:00 local time all year. Rules are those of RFC 5545. A local time that a DST change skips is
resolved as its nominal offset from midnight; of one that occurs twice, the first is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from heeler.downtimes.recurrence import Occurrences

_DURATION = re.compile(r"^\s*(\d+)\s*([mhdw])\s*$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_UNTIL_UTC = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.I)
_FORBIDDEN = ("DTSTART", "DTEND", "DURATION", "EXDATE", "RDATE", "EXRULE")
_FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_RARE_BY_THE_HOUR = ("BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO", "BYEASTER")
MAX_DURATION = timedelta(days=366)
MAX_RULE = 1000


class InvalidSchedule(ValueError):
    """An invalid schedule; the text is a reason for display."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurrence. ``start``: local time of the first occurrence, without a zone; ``rule``: an RRULE's
    value.
    """

    start: datetime
    duration: timedelta
    rule: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Schedule: once from ``start`` to ``end`` (None: until canceled), UNIX seconds; or by ``recurrences``.

    ``canceled`` is the time of cancellation, from which on nothing applies.
    """

    timezone: str
    start: float = 0.0
    end: float | None = None
    recurrences: tuple[Recurrence, ...] = ()
    canceled: float | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence in [``start``, ``end``); UNIX seconds, None for no end."""

    start: float
    end: float | None

    def covers(self, now: float) -> bool:
        return self.start <= now and (self.end is None or now < self.end)


def to_local(moment: float, timezone: str) -> datetime:
    """Wall-clock time in ``timezone``, without a zone."""
    return datetime.fromtimestamp(moment, ZoneInfo(timezone)).replace(tzinfo=None, fold=0)


def to_moment(local: datetime, timezone: str) -> float:
    return local.replace(tzinfo=ZoneInfo(timezone), fold=0).timestamp()


def current(plan: Plan, now: float) -> Occurrence | None:
    """The occurrence that contains ``now``."""
    if plan.canceled is not None and plan.canceled <= now:
        return None
    found = [item for item in _around(plan, now) if item.covers(now)]
    return max(found, key=_by_end, default=None)


def upcoming(plan: Plan, now: float) -> Occurrence | None:
    """The first occurrence that starts after ``now``."""
    if plan.canceled is not None:
        return None
    return min((item for item in _around(plan, now) if item.start > now), key=_by_start, default=None)


def current_or_next(plan: Plan, now: float) -> Occurrence | None:
    """The current occurrence, else the next one; None when the plan has ended."""
    return current(plan, now) or upcoming(plan, now)


def latest(plan: Plan, now: float) -> Occurrence | None:
    """The last occurrence started by ``now``, ended by cancellation of the plan."""
    if plan.canceled is not None and plan.canceled < now:
        now = plan.canceled
    found = max((item for item in _around(plan, now) if item.start <= now), key=_by_end, default=None)
    if found is None or plan.canceled is None:
        return found
    ends = plan.canceled if found.end is None else min(found.end, plan.canceled)
    return Occurrence(found.start, ends)


def status(plan: Plan, now: float) -> str:
    """``canceled``, ``active``, ``scheduled`` or ``ended``."""
    if plan.canceled is not None and plan.canceled <= now:
        return "canceled"
    if current(plan, now) is not None:
        return "active"
    return "ended" if upcoming(plan, now) is None else "scheduled"


def _by_start(item: Occurrence) -> float:
    return item.start


def _by_end(item: Occurrence) -> float:
    return float("inf") if item.end is None else item.end


def _around(plan: Plan, now: float) -> Iterator[Occurrence]:
    """For each recurrence, the last occurrences started before ``now`` and the first after it."""
    if not plan.recurrences:
        yield Occurrence(plan.start, plan.end)
        return
    for item in plan.recurrences:
        rule = parsed(item.rule, item.start, plan.timezone)
        # A tolerance of an hour on both sides, as local time may be repeated or skipped near ``now``.
        local = to_local(now, plan.timezone)
        early = rule.before(local - timedelta(hours=3))
        near = [early] if early is not None else []
        near += rule.between(local - timedelta(hours=3), local + timedelta(hours=3))
        following = rule.after(local + timedelta(hours=3))
        near += [following] if following is not None else []
        for start in near:
            yield _occurrence(start, item.duration, plan.timezone)


def _occurrence(local: datetime, duration: timedelta, timezone: str) -> Occurrence:
    start, end = to_moment(local, timezone), to_moment(local + duration, timezone)
    # If a DST change skips the start, the nominal end may come before it.
    return Occurrence(start, end if end > start else start + duration.total_seconds())


@lru_cache(maxsize=2048)
def parsed(rule: str, start: datetime, timezone: str) -> Occurrences:
    """Parse the rule to its occurrences, in local time. Raises :class:`InvalidSchedule`, also if there are
    none.
    """
    text = rule.strip().removeprefix("RRULE:").upper()
    _check(text)
    text = _UNTIL_UTC.sub(lambda found: f"UNTIL={_local_until(found[1], timezone)}", text)
    try:
        made = rrulestr(text, dtstart=start)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise InvalidSchedule(f"Invalid rrule '{rule}': {error}") from None
    if not isinstance(made, rrule):
        raise InvalidSchedule(f"Invalid rrule '{rule}': write one rule, such as FREQ=WEEKLY;BYDAY=MO,TU")
    found = Occurrences(made)
    if found.first is None:
        raise InvalidSchedule(f"Invalid rrule '{rule}': it never happens, as no day is as it says")
    return found


def _check(text: str) -> None:
    if len(text) > MAX_RULE:
        raise InvalidSchedule(f"Invalid rrule: it is longer than {MAX_RULE} characters")
    for name in _FORBIDDEN:
        if name in text:
            raise InvalidSchedule(f"Invalid rrule: {name} is not allowed; give start and duration instead")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise InvalidSchedule(f"Invalid rrule: FREQ must be one of {', '.join(_FREQUENCIES)}")
    if not 1 <= len(parts.get("INTERVAL", "1").strip().lstrip("+0")) <= 6:
        raise InvalidSchedule("Invalid rrule: INTERVAL is a whole number from 1 to 999999")
    if "BYWEEKNO" in parts and any(char.isdigit() for char in parts.get("BYDAY", "")):
        raise InvalidSchedule("Invalid rrule: BYWEEKNO goes with weekdays without numbers")
    if frequency == "HOURLY" and any(name in text for name in _TOO_RARE_BY_THE_HOUR):
        raise InvalidSchedule("Invalid rrule: FREQ=HOURLY goes with BYHOUR and BYDAY only; use FREQ=DAILY")


def _local_until(text: str, timezone: str) -> str:
    moment = datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()
    return f"{to_local(moment, timezone):%Y%m%dT%H%M%S}"


def parse_duration(text: str) -> timedelta:
    """Parse ``90m``, ``14h``, ``2d`` or ``1w``."""
    found = _DURATION.match(text)
    if found is None or not 0 < int(found[1]) < 1_000_000:
        raise InvalidSchedule(f"Invalid duration '{text}': write for example 90m, 14h, 2d or 1w")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > MAX_DURATION:
        raise InvalidSchedule(f"Invalid duration '{text}': it is longer than a year")
    return duration


def write_duration(duration: timedelta) -> str:
    """Format a duration in the largest unit with a whole number: ``14h``, ``2d``, ``90m``."""
    minutes = max(round(duration.total_seconds() / 60), 1)
    for unit, size in (("w", 10080), ("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
