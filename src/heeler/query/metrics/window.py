"""Time windows and their buckets: default intervals, caps, calendar rollups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from heeler.query.frame import Times
from heeler.query.limits import MAX_BUCKETS, MAX_POINTS
from heeler.query.metrics.errors import QueryError

#: Reproduces every row of the public table of default intervals for lines (300 points) and bars (120).
LADDER = (1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
LINE_POINTS, BAR_POINTS = 300, 120
#: Times that the store can represent, UNIX seconds.
LAST_TIME = 2**32 - 1


def default_interval(start: int, end: int, *, bars: bool = False) -> int:
    """Default bucket length in seconds."""
    return _smallest(end - start, BAR_POINTS if bars else LINE_POINTS)


def allowed_interval(start: int, end: int, wanted: int) -> int:
    """``wanted`` unless it would give more than 1,500 points; then the smallest interval that does not."""
    if wanted * MAX_POINTS >= end - start:
        return max(1, wanted)
    return _smallest(end - start, MAX_POINTS)


def _smallest(length: int, points: int) -> int:
    for interval in LADDER:
        if length <= interval * points:
            return interval
    days = -(-length // (86400 * points))
    return 86400 * days


def span(seconds: int) -> str:
    """Format a duration in the largest unit that measures it."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Calendar-aligned buckets: ``unit`` is ``day``, ``week`` or ``month``; ``start`` is the hour of the day,
    the day of the week (0 Monday) or of the month at which they start, in ``zone``.
    """

    unit: str
    start: int = 0
    zone: str = "UTC"

    def edges(self, start: int, end: int) -> Times:
        """Bucket boundaries, UNIX seconds: from the one at or before ``start`` to that at or after
        ``end``.
        """
        zone = ZoneInfo(self.zone)
        current = self._floor(datetime.fromtimestamp(start, zone).replace(tzinfo=None))
        if int(current.replace(tzinfo=zone).timestamp()) > start:
            current = self._step(current, -1)
        found = [current]
        while found[-1].replace(tzinfo=zone).timestamp() < end and len(found) <= MAX_POINTS:
            found.append(self._step(found[-1], 1))
        return np.array([int(item.replace(tzinfo=zone).timestamp()) for item in found], np.int64)

    @property
    def seconds(self) -> int:
        """Nominal length of a bucket; months count 30 days."""
        return {"day": 86400, "week": 7 * 86400, "month": 30 * 86400}[self.unit]

    def _floor(self, local: datetime) -> datetime:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self.unit == "day":
            boundary = midnight + timedelta(hours=self.start)
        elif self.unit == "week":
            boundary = midnight - timedelta(days=(midnight.weekday() - self.start) % 7)
        else:
            boundary = midnight.replace(day=max(1, self.start))
        return boundary if boundary <= local else self._step(boundary, -1)

    def _step(self, local: datetime, count: int) -> datetime:
        if self.unit != "month":
            return local + timedelta(days=count * (7 if self.unit == "week" else 1))
        month = local.year * 12 + local.month - 1 + count
        return local.replace(year=month // 12, month=month % 12 + 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Query window. ``start`` inclusive, ``end`` exclusive, UNIX seconds; ``interval`` seconds of default
    buckets.

    Buckets start at multiples of the interval, offset by ``phase`` seconds (``timeshift``). ``lead`` seconds
    at the start are history that a function needs; they do not count against the limit of points.
    """

    start: int
    end: int
    interval: int
    phase: int = 0
    lead: int = 0

    def shifted(self, seconds: int) -> Window:
        return replace(self, start=self.start + seconds, end=self.end + seconds, phase=self.phase + seconds)

    def extended(self, seconds: int) -> Window:
        """Window with ``seconds`` more history."""
        return replace(self, start=self.start - seconds, lead=self.lead + seconds)

    def with_interval(self, interval: int) -> Window:
        return replace(self, interval=allowed_interval(self.start + self.lead, self.end, interval))


@dataclass(frozen=True, slots=True)
class Buckets:
    """``edges``: int64 [n + 1]; bucket i is [edges[i], edges[i + 1]). ``uniform`` seconds apart, or 0."""

    edges: Times
    uniform: int

    @classmethod
    def of(cls, window: Window, calendar: Calendar | None = None) -> Buckets:
        """Buckets that overlap the window. Raises :class:`QueryError` if they are too many."""
        if not 0 <= window.start <= window.end <= LAST_TIME:
            raise QueryError("The query reaches to times that cannot be stored (before 1970 or after 2106)")
        if calendar is None and (window.end - window.start) // window.interval > MAX_BUCKETS:
            raise QueryError(
                f"The query needs more than {MAX_BUCKETS} buckets of {window.interval} s; use a longer rollup"
            )
        if calendar is not None:
            return cls(calendar.edges(window.start, window.end), 0)
        interval, phase = window.interval, window.phase % window.interval
        first = (window.start - phase) // interval * interval + phase
        last = -(-(max(window.end, window.start + 1) - phase) // interval) * interval + phase
        return cls(np.arange(first, last + 1, interval, dtype=np.int64), interval)

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def starts(self) -> Times:
        return self.edges[:-1]

    @property
    def lengths(self) -> Times:
        return np.diff(self.edges)

    def index(self, times: Times) -> NDArray[np.int64]:
        """Bucket of each time; times must lie within the edges."""
        if self.uniform:
            index: Times = (times - self.edges[0]) // self.uniform
            return index
        return np.searchsorted(self.edges, times, side="right").astype(np.int64) - 1
