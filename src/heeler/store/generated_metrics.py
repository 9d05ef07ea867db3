"""Metrics generated at the intake from other telemetry: counts and distributions of what matches a rule.

Counts are collected in memory for ten seconds and written as one point a series.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from heeler.store.arrow_tables import PointRows, body_hash, series_table, sketches_table
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull, Writer
from heeler.wire.metrics import sketch
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.metrics.tag_reduction import Reducer

log = logging.getLogger("heeler.metrics")

BUCKET_SECONDS = 10
#: Records older than this, or that far in the future, are ignored.
OLDEST_SECONDS, FUTURE_SECONDS = 20 * 60, 600
#: Maximum series and values collected until the next flush; more are counted and dropped.
MAX_SERIES, MAX_NUMBERS = 50_000, 1_000_000

Place = tuple[str, bool, tuple[str, ...], int]
"""Metric, whether it is a distribution, tags, start of the bucket."""


@dataclass(slots=True)
class _Bucket:
    count: float = 0
    numbers: list[float] = field(default_factory=list)


class DerivedMetrics:
    """Collects values until flushed. Thread-safe.

    ``source`` is that of the series, such as ``logs``; it is also in the name of the counter of dropped
    values. ``reducer`` returns the current tag rules.
    """

    def __init__(
        self,
        writer: Writer,
        now: Callable[[], float],
        source: str,
        reducer: Callable[[], Reducer | None],
    ) -> None:
        self._reducer = reducer
        self._writer = writer
        self._now = now
        self._source = source
        self._lock = threading.Lock()
        self._buckets: dict[Place, _Bucket] = {}
        self._numbers = 0
        self._flushed: dict[tuple[str, tuple[str, ...], int], int] = {}
        self._memo = SeriesMemo()

    def collect(self, name: str, tags: tuple[str, ...], time: float, number: float | None = None) -> None:
        """Count one record of a metric, or add ``number`` to a distribution. ``time`` is UNIX seconds."""
        now = self._now()
        if not now - OLDEST_SECONDS <= time <= now + FUTURE_SECONDS:
            return
        place = (name, number is not None, tags, int(time) // BUCKET_SECONDS * BUCKET_SECONDS)
        with self._lock:
            full = place not in self._buckets and len(self._buckets) >= MAX_SERIES
            if full or self._numbers >= MAX_NUMBERS:
                telemetry.count(f"heeler.{self._source}.metrics.left_out")
                return
            found = self._buckets.setdefault(place, _Bucket())
            found.count += 1
            if number is not None:
                found.numbers.append(number)
                self._numbers += 1

    def take(self) -> dict[Place, _Bucket]:
        with self._lock:
            found, self._buckets, self._numbers = self._buckets, {}, 0
        return found

    async def flush(self) -> None:
        """Write the collected values. Raises what the writer raises; unwritten values are collected again."""
        found = self.take()
        if not found:
            return
        try:
            await self._write(found)
        except BaseException:
            with self._lock:
                for place, bucket in found.items():
                    known = self._buckets.setdefault(place, _Bucket())
                    known.count += bucket.count
                    known.numbers += bucket.numbers
                    self._numbers += len(bucket.numbers)
            raise

    async def _write(self, found: Mapping[Place, _Bucket]) -> None:
        now = int(self._now())
        if self._memo.full or self._memo.reducer is not self._reducer():
            self._memo = SeriesMemo(self._memo.capacity, self._reducer())
        points = PointBuilder(self._memo, Window(now, 0))
        sketches = SketchBatch(self._memo, {}, points.fresh, points.problems)
        for (name, distribution, tags, bucket), one in found.items():
            if distribution:
                info = describe(name, "", tags, kind="distribution", source=self._source)
                sketches.sketches[points.add_series(info), bucket] = sketch.of_values(one.numbers)
            else:
                info = describe(name, "", tags, kind="count", interval=BUCKET_SECONDS, source=self._source)
                points.add(info, [(self._second(name, tags, bucket, now), float(one.count))])
        batch = points.build()
        rows = PointRows.of(batch)
        tables = {
            "series": series_table(batch.series(), now),
            "points": rows,
            "sketches": sketches_table(sketches, body_hash(orjson.dumps([now, len(found)]) + bytes(8))),
        }
        await self._writer.write(tables)
        self._memo.mark_written(list(batch.fresh), now)

    def _second(self, name: str, tags: tuple[str, ...], bucket: int, now: int) -> int:
        """A second of the bucket that no earlier flush used: points of one second would replace each
        other.
        """
        place = (name, tags, bucket)
        offset = self._flushed.pop(place, -1) + 1
        self._flushed[place] = offset
        while len(self._flushed) > 2 * MAX_SERIES:
            del self._flushed[next(iter(self._flushed))]
        return bucket + offset if offset < BUCKET_SECONDS else now

    async def flush_forever(self) -> None:
        """Flush every ten seconds until canceled."""
        while True:
            await asyncio.sleep(BUCKET_SECONDS)
            try:
                await self.flush()
            except (DiskFull, StoreFull) as reason:
                text = str(reason) or type(reason).__name__
                log.warning("Metrics made of %s were not written: %s", self._source, text)
            except Exception:
                log.exception("Metrics made of %s were not written", self._source)
