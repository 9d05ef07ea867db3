"""Times that readers of a shared dashboard may query. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.dashboards.shared_queries import requests_of

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_UNITS = {
    "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": 7 * _DAY, "mo": 31 * _DAY, "y": 366 * _DAY,
    "minute": _MINUTE, "hour": _HOUR, "day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY, "year": 366 * _DAY,
}  # fmt: skip
_SPAN = re.compile(r"([0-9]{1,6})(mo|[mhdwy])")
#: Calendar spans: at most so long.
_TO_DATE = {"week_to_date": 7 * _DAY, "month_to_date": 31 * _DAY}
#: How far back widgets compare.
_BACK = {"hour_before": _HOUR, "day_before": _DAY, "week_before": 7 * _DAY, "month_before": 31 * _DAY}
_MOST = 1e12
#: Tolerance for what pages round, and for the clocks of readers.
_ROUNDING, _CLOCKS = 300.0, _HOUR


@dataclass(frozen=True, slots=True)
class SharedTimes:
    """Windows up to now of at most ``longest`` seconds, which begin at most ``back`` seconds earlier, and the
    ``fixed`` ones of widgets. All in seconds.
    """

    longest: float
    back: float
    fixed: frozenset[tuple[float, float]] = frozenset()

    def allows(self, start: float, end: float, now: float) -> bool:
        """Whether a reader may query from ``start`` to ``end``, UNIX seconds."""
        if any(_near(start, first) and _near(end, last) for first, last in self.fixed):
            return True
        earliest = now - self.longest - self.back - _CLOCKS
        return end - start <= self.longest + _ROUNDING and start >= earliest


def shared_times(board: Mapping[str, Any], settings: Mapping[str, Any]) -> SharedTimes | None:
    """The times of the settings and of the widgets; None if readers choose."""
    if settings.get("global_time_selectable_enabled"):
        return None
    widgets = board.get("widgets") or []
    times = [settings.get("global_time") or {"live_span": "1h"}, *_times(widgets)]
    fixed = {_fixed(one) for one in times} - {None}
    back = max((_back(one) for one in requests_of(widgets)), default=0.0)
    return SharedTimes(max(_length(one) for one in times) or _HOUR, back, frozenset(fixed))  # type: ignore[arg-type]


def _times(widgets: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for widget in widgets:
        definition = widget["definition"]
        if isinstance(definition.get("time"), dict):
            yield definition["time"]
        yield from _times(definition.get("widgets") or [])


def _length(time: Mapping[str, Any]) -> float:
    """Seconds of a live time; 0 of another."""
    unit, value = _UNITS.get(str(time.get("unit"))), _number(time.get("value"))
    if unit is not None and value is not None:
        return unit * value
    span = str(time.get("live_span") or "")
    found = _SPAN.fullmatch(span)
    return int(found[1]) * _UNITS[found[2]] if found else _TO_DATE.get(span, 0.0)


def _fixed(time: Mapping[str, Any]) -> tuple[float, float] | None:
    start, end = _number(time.get("from")), _number(time.get("to"))
    return None if time.get("type") != "fixed" or start is None or end is None else (start, end)


def _number(given: Any) -> float | None:
    if not isinstance(given, int | float):
        return None
    return float(given) if abs(given) < _MOST else None


def _back(request: Mapping[str, Any]) -> float:
    """How far back a request compares; without a word, that of a change is an hour."""
    entries = [one for one in request.get("formulas") or [] if isinstance(one, dict)]
    formulas = " ".join(str(one.get("formula")) for one in entries)
    named = [seconds for name, seconds in _BACK.items() if name in formulas]
    return max([_BACK.get(str(request.get("compare_to")), _HOUR), *named])


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDING
