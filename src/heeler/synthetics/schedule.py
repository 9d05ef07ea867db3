"""Schedule of synthetic tests: every ``tick_every`` seconds, within the frames of ``scheduling``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from heeler.api.numbers import is_whole
from heeler.query.search.times import zone_of

DEFAULT_TICK = 60


def tick_of(options: Mapping[str, Any]) -> int:
    """Interval between runs, in seconds."""
    return int(options.get("tick_every") or DEFAULT_TICK)


def next_run(options: Mapping[str, Any], now: float, last_due: float) -> float:
    """Next due time after ``now``, UNIX seconds, aligned with ``last_due``; missed runs are skipped."""
    tick = tick_of(options)
    base = last_due if 0 < last_due <= now else now
    return base + tick * (int((now - base) // tick) + 1)


def is_scheduled(options: Mapping[str, Any], now: float) -> bool:
    """Whether a run at ``now`` is within the test's time frames; always without any.

    A frame is ``{"day": 1 to 7 from Monday, "from": "HH:MM", "to": "HH:MM"}`` in ``scheduling.timezone``.
    """
    scheduling = options.get("scheduling")
    if not isinstance(scheduling, Mapping) or not scheduling.get("timeframes"):
        return True
    local = datetime.fromtimestamp(now, zone_of(str(scheduling.get("timezone") or "UTC")))
    minute = local.strftime("%H:%M")
    for frame in scheduling["timeframes"]:
        start, end = str(frame.get("from", "00:00")), str(frame.get("to", "24:00"))
        if frame.get("day") == local.isoweekday() and start <= minute < (end if end > start else "24:00"):
            return True
        yesterday = (local - timedelta(days=1)).isoweekday()
        if frame.get("day") == yesterday and end <= start and minute < end:
            return True
    return False


def problem_of(scheduling: Any) -> str:
    """Validation error of a ``scheduling``; empty if valid."""
    if scheduling is None:
        return ""
    if not isinstance(scheduling, Mapping) or not isinstance(scheduling.get("timeframes", []), list):
        return "Parameter 'scheduling' must be an object with 'timeframes' and 'timezone'"
    try:
        zone_of(str(scheduling.get("timezone") or "UTC"))
    except ValueError as error:
        return f"Invalid value for parameter 'scheduling': {error}"
    for frame in scheduling.get("timeframes") or []:
        day = frame.get("day") if isinstance(frame, Mapping) else None
        if not isinstance(day, int) or not 1 <= day <= 7:
            return "Invalid value for parameter 'scheduling': the day of a time frame is 1 (Monday) to 7"
        for name in ("from", "to"):
            hour, _, minute = str(frame.get(name, "")).partition(":")
            if not (is_whole(hour) and is_whole(minute) and len(hour) == len(minute) == 2):
                return "Invalid value for parameter 'scheduling': write times as HH:MM"
    return ""
