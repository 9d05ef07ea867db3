"""Calendar periods in a time zone (days, weeks from Sunday, months), for reports and the calendar view.
Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

INTERVALS = ("daily", "weekly", "monthly")


def periods(kind: str, start: float, end: float, zone: str) -> list[tuple[float, float]]:
    """Periods within [start, end), UNIX seconds, clipped at its ends. Days with a DST change have 23 or 25
    hours.
    """
    timezone = ZoneInfo(zone)
    at = _floor(kind, datetime.fromtimestamp(start, timezone).replace(tzinfo=None))
    found = []
    while (begin := at.replace(tzinfo=timezone).timestamp()) < end:
        at = _next(kind, at)
        finish = at.replace(tzinfo=timezone).timestamp()
        if max(begin, start) < min(finish, end):
            found.append((max(begin, start), min(finish, end)))
    return found


def _floor(kind: str, moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "weekly":
        return midnight - timedelta(days=(midnight.weekday() + 1) % 7)
    return midnight.replace(day=1) if kind == "monthly" else midnight


def _next(kind: str, moment: datetime) -> datetime:
    if kind == "monthly":
        return (moment.replace(day=28) + timedelta(days=4)).replace(day=1)
    return moment + timedelta(days=7 if kind == "weekly" else 1)
