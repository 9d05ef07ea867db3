"""Selects the table for each part of a window: points, or the rollups of five minutes or an hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from heeler.query.metrics.window import Buckets
from heeler.store.write_tracker import HOUR

#: Shorter windows are read from the points: rollups would save little.
ROLLUP_SECONDS = 6 * 3600
_COLUMNS = {"avg": "sum", "sum": "sum", "count": "sum", "min": "min", "max": "max", "last": "last"}

#: Minimum seconds between the rows of a series, and seconds of a piece of a table: about 250 rows a series.
UNITS = {"points": 1, "points_5m": 300, "points_1h": HOUR}
LENGTHS = {"points": HOUR, "points_5m": 24 * HOUR, "points_1h": 240 * HOUR}


class Place(NamedTuple):
    """Cache key of a piece: a table, the column read, and the start of the piece (UNIX seconds)."""

    table: str
    column: str
    start: int


@dataclass(frozen=True, slots=True)
class Source:
    """A time range of a table's column, UNIX seconds, ``stop`` exclusive."""

    table: str
    column: str
    start: int
    stop: int

    @property
    def unit(self) -> int:
        return UNITS[self.table]

    @property
    def length(self) -> int:
        return LENGTHS[self.table]

    @property
    def begin(self) -> int:
        """Start of its first piece."""
        return self.start // self.length * self.length

    def places(self) -> list[Place]:
        return [Place(self.table, self.column, at) for at in range(self.begin, self.stop, self.length)]

    def holds_until(self, place: Place) -> int:
        """End of the range read for the piece at ``place``: of points its end, as they are followed."""
        end = place.start + self.length
        return end if self.table == "points" else min(end, self.stop)


def rollup_step(buckets: Buckets, start: int, end: int) -> int:
    """Seconds of the coarsest rollup table whose rows never cross a bucket's edge; 0 for none."""
    if end - start < ROLLUP_SECONDS:
        return 0
    for step in (3600, 300):
        if not (buckets.edges[: 1 if buckets.uniform else None] % step).any() and buckets.uniform % step == 0:
            return step
    return 0


def sources(buckets: Buckets, start: int, end: int, method: str, rollups_until: int) -> list[Source]:
    """Sources to read [start, end) from, by time. ``rollups_until``: before it, the rollups are complete."""
    step = rollup_step(buckets, start, end)
    first = -(-start // step) * step if step else end
    last = min(end, rollups_until) // step * step if step else start
    if last - first < ROLLUP_SECONDS:
        return [Source("points", "value", start, end)]
    rollup = "points_1h" if step == HOUR else "points_5m"
    parts = [
        Source("points", "value", start, first),
        Source(rollup, _COLUMNS[method], first, last),
        Source("points", "value", last, end),
    ]
    return [part for part in parts if part.start < part.stop]
