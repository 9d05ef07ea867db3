"""Time frame of a report at a given time. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
SPANS = {
    "5m": 5 * _MINUTE, "10m": 10 * _MINUTE, "15m": 15 * _MINUTE, "30m": 30 * _MINUTE, "1h": _HOUR,
    "4h": 4 * _HOUR, "12h": 12 * _HOUR, "1d": _DAY, "2d": 2 * _DAY, "3d": 3 * _DAY, "1w": 7 * _DAY,
    "2w": 14 * _DAY, "1mo": 30 * _DAY, "3mo": 91 * _DAY, "6mo": 182 * _DAY, "1y": 365 * _DAY,
}  # fmt: skip
#: The last whole day, week (from Monday) or month in the report's time zone.
CALENDAR = ("calendar_day", "calendar_week", "calendar_month")
TIMEFRAMES = (*SPANS, *CALENDAR)


def window(timeframe: str, now: float, zone: ZoneInfo) -> tuple[float, float]:
    """Start and end, UNIX seconds, of ``timeframe`` as of ``now``."""
    if timeframe in SPANS:
        return now - SPANS[timeframe], now
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if timeframe == "calendar_day":
        end = today
        start = today - timedelta(days=1)
    elif timeframe == "calendar_week":
        end = today - timedelta(days=today.weekday())
        start = end - timedelta(days=7)
    else:
        end = today.replace(day=1)
        start = (end - timedelta(days=1)).replace(day=1)
    return start.timestamp(), end.timestamp()


def seconds_of(time: object) -> float | None:
    """Length of a widget's own time range (``live_span``, or ``unit`` and ``value``); None for the
    report's.
    """
    if not isinstance(time, dict):
        return None
    if isinstance(time.get("live_span"), str):
        return SPANS.get(time["live_span"])
    units = {
        "minute": _MINUTE,
        "hour": _HOUR,
        "day": _DAY,
        "week": 7 * _DAY,
        "month": 30 * _DAY,
        "year": 365 * _DAY,
    }
    unit, value = units.get(str(time.get("unit"))), time.get("value")
    if unit is None or not isinstance(value, int | float) or not 0 < value <= 1000:
        return None
    return float(unit * value)
