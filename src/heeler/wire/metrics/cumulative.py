"""Conversion of cumulative counters to deltas: the increase since the previous value.

State is held by series in memory, for an hour after its last point. A request that was not stored must not
change it: changes are collected in a :class:`Pass` and applied by :meth:`Cumulative.commit` when the rows are
durable.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from heeler.wire.body_limits import MAX_CUMULATIVE_SERIES

V = TypeVar("V")

TTL_SECONDS = 3600
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Point(Generic[V]):
    """A cumulative value over the time from ``start`` (0: unknown) to ``time``, in UNIX nanoseconds."""

    start: int
    time: int
    value: V


class Cumulative(Generic[V]):
    """Last point of each series, by any key. Thread-safe."""

    def __init__(self, started_ns: int, capacity: int = MAX_CUMULATIVE_SERIES) -> None:
        self._started = started_ns
        self._capacity = capacity
        self._points: OrderedDict[int, Point[V]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._points)

    def begin(self) -> Pass[V]:
        return Pass(self)

    def is_new(self, start: int, time: int) -> bool:
        """Whether a series without a last point started while this process ran, so that its value is all
        increase.
        """
        return self._started < start != time

    def last(self, key: int) -> Point[V] | None:
        with self._lock:
            return self._points.get(key)

    def commit(self, changes: dict[int, Point[V]], now_ns: int) -> None:
        """Apply ``changes``; evict entries older than an hour, and the oldest beyond the capacity."""
        with self._lock:
            for key, point in changes.items():
                known = self._points.get(key)
                if known is None or known.time <= point.time:
                    self._points[key] = point
                    self._points.move_to_end(key)
            while self._points:
                oldest = next(iter(self._points.values()))
                if len(self._points) <= self._capacity and oldest.time >= now_ns - TTL_SECONDS * _SECOND:
                    break
                self._points.popitem(last=False)


class Pass(Generic[V]):
    """Points of one request. ``changes`` are for :meth:`Cumulative.commit`."""

    def __init__(self, before: Cumulative[V]) -> None:
        self._before = before
        self.changes: dict[int, Point[V]] = {}

    def step(self, key: int, point: Point[V], *, decreased: bool = False) -> tuple[Point[V] | None, bool]:
        """The previous point, None after a reset or for the first; and whether this one counts.

        A point that is not newer than the last does not count; a first one counts in full if the series
        started while this process ran. ``decreased``: its value is less than that of :meth:`last`.
        """
        before = self.last(key)
        if before is not None and point.time <= before.time:
            return None, False
        self.changes[key] = point
        if before is None:
            return None, self._before.is_new(point.start, point.time)
        restarted = point.start != 0 and (point.start == point.time or point.start != before.start)
        if restarted or decreased:
            return None, point.start != point.time
        return before, True

    def last(self, key: int) -> Point[V] | None:
        return self.changes.get(key) or self._before.last(key)
