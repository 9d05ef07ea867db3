"""Time shift functions: fixed and calendar shifts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions.registry import function
from heeler.query.metrics.window import Window

_CPU = "avg:system.cpu.user{*}"
_CALENDAR = re.compile(r"(-?\d{1,4})(d|w|mo|y)\Z")


def _moved(frame: Frame, seconds: int) -> Frame:
    return replace(frame, times=frame.times - seconds)


def _by(seconds: int) -> Callable[[Window, dict[str, Any]], Window]:
    return lambda window, _: window.shifted(seconds)


def _given(window: Window, arguments: dict[str, Any]) -> Window:
    return window.shifted(arguments["seconds"])


@function(
    "Timeshift",
    "The values of ``seconds`` later; negative numbers show the past.",
    f"timeshift({_CPU}, -3600)",
    window=_given,
    over_time=True,
)
def timeshift(q: Frame, seconds: int) -> Frame:
    return _moved(q, seconds)


@function(
    "Timeshift", "The values of an hour before.", f"hour_before({_CPU})", window=_by(-3600), over_time=True
)
def hour_before(q: Frame) -> Frame:
    return _moved(q, -3600)


@function(
    "Timeshift", "The values of a day before.", f"day_before({_CPU})", window=_by(-86400), over_time=True
)
def day_before(q: Frame) -> Frame:
    return _moved(q, -86400)


@function(
    "Timeshift", "The values of a week before.", f"week_before({_CPU})", window=_by(-604800), over_time=True
)
def week_before(q: Frame) -> Frame:
    return _moved(q, -604800)


@function(
    "Timeshift",
    "The values of 28 days before.",
    f"month_before({_CPU})",
    window=_by(-2419200),
    over_time=True,
)
def month_before(q: Frame) -> Frame:
    return _moved(q, -2419200)


def calendar_seconds(start: int, shift: str, zone: str) -> int:
    """Seconds from ``start`` to the same wall-clock time ``shift`` away (``-1d``, ``-1w``, ``-1mo``)."""
    found = _CALENDAR.match(shift)
    if found is None:
        raise QueryError(f"Expected a shift such as -1d, -1w or -1mo, not {shift!r}")
    try:
        where = ZoneInfo(zone if zone.lower() != "utc" else "UTC")
    except (OSError, ValueError, KeyError):
        raise QueryError(f"Unknown time zone {zone!r}; write for example 'Europe/Paris'") from None
    local = datetime.fromtimestamp(start, where).replace(tzinfo=None)
    try:
        moved = _moved_date(local, int(found[1]), found[2])
        return int(moved.replace(tzinfo=where).timestamp()) - start
    except (ValueError, OverflowError):
        raise QueryError(f"{shift} leads out of the calendar") from None


def _moved_date(local: datetime, count: int, unit: str) -> datetime:
    """``local`` moved by days, weeks, months or years; the last day if the month is shorter."""
    if unit in ("d", "w"):
        return local + timedelta(days=count * (7 if unit == "w" else 1))
    month = local.year * 12 + local.month - 1 + count * (12 if unit == "y" else 1)
    year, place = month // 12, month % 12 + 1
    return local.replace(year=year, month=place, day=min(local.day, monthrange(year, place)[1]))


def _calendar(window: Window, arguments: dict[str, Any]) -> Window:
    zone = arguments.get("timezone", "UTC")
    return window.shifted(calendar_seconds(window.start, arguments["shift"], zone))


@function(
    "Timeshift",
    "The values of the same wall-clock time ``shift`` away: days, weeks (-1w), months (-1mo), years.",
    f"calendar_shift({_CPU}, '-1mo', 'Europe/Paris')",
    window=_calendar,
    over_time=True,
)
def calendar_shift(
    q: Frame, shift: str, timezone: str = "UTC", mode: str = "preserve_duration", *, window: Window
) -> Frame:
    if mode != "preserve_duration":
        raise QueryError(f"The mode is preserve_duration, which is the default, not {mode!r}")
    return _moved(q, calendar_seconds(window.start, shift, timezone))
