"""Custom schedules: monitors that are evaluated only at the times of a recurrence rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from heeler.downtimes.recurrence import Occurrences
from heeler.downtimes.schedule import parsed, to_local, to_moment
from heeler.monitors.model import Monitor


def recurrence_of(options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The validated recurrence of ``scheduling_options.custom_schedule``; None without one."""
    schedule = (options.get("scheduling_options") or {}).get("custom_schedule") or {}
    recurrences = schedule.get("recurrences") or ()
    return recurrences[0] if recurrences else None


@lru_cache(maxsize=2048)
def _occurrences(rule: str, start: str, timezone: str) -> Occurrences:
    return parsed(rule, datetime.fromisoformat(start), timezone)


def latest_scheduled(recurrence: Mapping[str, Any], created: datetime, now: float) -> float | None:
    """The last scheduled time at or before ``now``, UNIX seconds; None before the first.

    ``start`` is local time of ``timezone``; without it the schedule starts with the monitor.
    """
    timezone = str(recurrence.get("timezone") or "UTC")
    start = (
        recurrence.get("start")
        or created.astimezone(ZoneInfo(timezone)).replace(tzinfo=None, microsecond=0).isoformat()
    )
    found = _occurrences(str(recurrence["rrule"]), str(start), timezone)
    last = found.before(to_local(now, timezone))
    if last is not None and to_moment(last, timezone) > now:
        # A time that the clock skipped comes an hour later than it would have been shown.
        last = found.before(last - timedelta(seconds=1))
    return None if last is None else to_moment(last, timezone)


def is_scheduled(monitor: Monitor, now: float) -> bool:
    """Whether the monitor may be evaluated now: always, or once for each time of its custom schedule."""
    recurrence = recurrence_of(monitor.options)
    if recurrence is None:
        return True
    last = latest_scheduled(recurrence, monitor.created.astimezone(UTC), now)
    # A time in the future is from before the clock was set back.
    since = min(monitor.evaluated or monitor.created.timestamp() - 1, now)
    return last is not None and last > since
