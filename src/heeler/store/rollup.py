"""Fills `points_5m` and `points_1h` from `points`, hour by hour; a crash or a retry never counts twice.

The writer announces the hours of its points here before it inserts them; a closed hour without writes for a
minute is recomputed as a whole. Times before :meth:`Rollups.complete_until` can be read from the rollups.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from heeler.store.engine import Engine, EngineError
from heeler.store.write_tracker import Stamp

log = logging.getLogger("heeler.rollup")

HOUR = 3600
QUIET_SECONDS = 60.0
_LOOK_SECONDS = 10.0

_FIVE_MINUTES = """
INSERT INTO points_5m
SELECT metric, series, toStartOfFiveMinutes(time) AS bucket, count(), sum(value), min(value), max(value),
       argMax(value, time), {version:UInt64}
FROM points FINAL
WHERE time >= toDateTime({hour:UInt32}) AND time < toDateTime({end:UInt32})
GROUP BY metric, series, bucket
SETTINGS max_threads = 1, max_execution_time = 1800, optimize_aggregation_in_order = 1
"""
_ONE_HOUR = """
INSERT INTO points_1h
SELECT metric, series, toDateTime({hour:UInt32}), sum(f.count), sum(f.sum), min(f.min), max(f.max),
       argMax(f.last, f.time), {version:UInt64}
FROM points_5m AS f FINAL
WHERE f.time >= toDateTime({hour:UInt32}) AND f.time < toDateTime({end:UInt32})
GROUP BY metric, series
SETTINGS max_threads = 1, max_execution_time = 1800
"""
_DIRTY = "SELECT toUInt32(hour) FROM rollup_hours FINAL WHERE clean = 0 ORDER BY hour"


class Rollups:
    """Tracks hours that are not rolled up yet, and rolls them up. One process per store may own it."""

    def __init__(
        self, engine: Engine, *, now: Callable[[], float] = time.time, quiet: float = QUIET_SECONDS
    ) -> None:
        self._engine = engine
        self._now = now
        self._quiet = quiet
        self._dirty: dict[int, float] = {}
        """Hour to the time of its last write."""
        self._unsure: set[int] = set()
        """Hours of which it is unknown whether the store says that they are rolled up."""
        self._rolling: int | None = None
        self._version = 0

    def load(self) -> None:
        """Load the pending hours from the store."""
        self._dirty = {int(row[0]): 0.0 for row in self._engine.rows_sync(_DIRTY)}
        # A clock that went back must not make new marks older than existing ones.
        self._version = int(self._engine.rows_sync("SELECT max(version) FROM rollup_hours")[0][0])

    def complete_until(self) -> int:
        """UNIX seconds: the rollups contain every point before this time."""
        open_hours = [*self._dirty, *([] if self._rolling is None else [self._rolling])]
        return min([int(self._now()) // HOUR * HOUR, *open_hours])

    async def announce(self, hours: Collection[int]) -> None:
        """Mark ``hours`` before points in them are inserted (by the writer, within a commit)."""
        now = self._now()
        new = [hour for hour in hours if hour not in self._dirty or hour in self._unsure]
        if new:
            await self._mark(new, clean=0, version=self._next_version())
            self._unsure.difference_update(new)
        self._dirty.update(dict.fromkeys(hours, now))

    async def before_points(self, parts: Sequence[Any]) -> None:
        """Announce the hours of a group's points (the writer's ``before`` of that table)."""
        if hours := hours_of(parts):
            await self.announce(hours)

    async def after_points(self, _: Sequence[Any]) -> None:
        """What is to be done when a group's points are in: nothing, as :meth:`roll` waits for commits."""

    def due(self) -> list[int]:
        """Closed hours without recent writes, oldest first."""
        now = self._now()
        return sorted(
            hour
            for hour, touched in self._dirty.items()
            if hour + HOUR <= now and now - touched >= self._quiet
        )

    async def roll(self, hour: int, committing: asyncio.Lock) -> None:
        """Recompute ``hour``. Points written meanwhile mark it again."""
        async with committing:  # no commit that announced itself is still inserting
            touched = self._dirty.pop(hour)
            self._rolling = hour
            version = self._next_version()
        try:
            await self._recompute(hour, version)
        except BaseException:
            # The mark may be stored although its insert failed: the next points are announced again.
            self._unsure.add(hour)
            self._dirty.setdefault(hour, touched)
            raise
        finally:
            self._rolling = None

    async def _recompute(self, hour: int, version: int) -> None:
        window = {"hour": hour, "end": hour + HOUR, "version": version}
        await self._engine.execute(_FIVE_MINUTES, window)
        await self._engine.execute(_ONE_HOUR, window)
        await self._mark([hour], clean=1, version=version)

    async def run(self, committing: asyncio.Lock) -> None:
        """Roll up due hours until canceled."""
        while True:
            for hour in self.due():
                try:
                    await self.roll(hour, committing)
                except EngineError:
                    log.exception("The hour at %d was not rolled up; it will be tried again", hour)
                    break
            await asyncio.sleep(_LOOK_SECONDS)

    def _next_version(self) -> int:
        self._version = max(self._version + 1, int(self._now() * 1e6))
        return self._version

    async def _mark(self, hours: list[int], *, clean: int, version: int) -> None:
        rows = pa.table(
            {
                "hour": pa.array(hours, pa.uint32()),
                "version": pa.array([version] * len(hours), pa.uint64()),
                "clean": pa.array([clean] * len(hours), pa.uint8()),
            }
        )
        await self._engine.insert("rollup_hours", rows)


def hours_of(parts: Sequence[Any]) -> set[int]:
    """The hours that points of ``parts`` lie in: their begin, UNIX seconds."""
    hours: set[int] = set()
    for part in parts:
        hours.update((np.unique(part.times // HOUR) * HOUR).tolist())
    return hours


#: Seconds for which the watermark of a store that others write to as well is taken for known.
WATERMARK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Known:
    stamp: Stamp
    oldest: int | None
    """The first hour that is not rolled up."""
    read: float


_kept: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()


def complete_until(engine: Engine, now: float) -> int:
    """Watermark stored in the engine: UNIX seconds before which the rollups contain every point.

    It blocks unless :func:`knows_watermark`. Of an embedded engine it is read again only when hours were
    marked, of another after :data:`WATERMARK_SECONDS`.
    """
    stamp = engine.changes.table_stamp("rollup_hours")  # before reading: a concurrent mark outdates it
    found = _kept.get(engine)
    if found is None or not _is_known(engine, found, stamp):
        began = time.monotonic()
        rows = engine.rows_sync("SELECT toUInt32(min(hour)), count() FROM rollup_hours FINAL WHERE clean = 0")
        found = _kept[engine] = _Known(stamp, int(rows[0][0]) if rows[0][1] else None, began)
    closed = int(now) // HOUR * HOUR
    return closed if found.oldest is None else min(closed, found.oldest)


def _is_known(engine: Engine, found: _Known, stamp: Stamp) -> bool:
    return found.stamp == stamp and (engine.embedded or time.monotonic() - found.read < WATERMARK_SECONDS)


def knows_watermark(engine: Engine) -> bool:
    """Whether :func:`complete_until` can be answered without querying the engine."""
    found = _kept.get(engine)
    return found is not None and _is_known(engine, found, engine.changes.table_stamp("rollup_hours"))
