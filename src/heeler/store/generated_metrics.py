"""Metrics generated at the intake from other telemetry: counts and distributions of what matches a rule.

Counts are collected in memory for ten seconds and written as one point a series.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from heeler.store.arrow_tables import PointRows, body_hash, series_table, sketches_table
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull, Writer
from heeler.wire.metrics import sketch
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import ItemError, SeriesInfo, describe
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

_At = tuple[int, int]
"""Id of a series, start of the bucket."""


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
        self._flushed: dict[tuple[int, int], tuple[int, float]] = {}
        """By series and bucket: the last second written, as an offset, and its count."""
        self._memo = SeriesMemo()

    def collect(self, name: str, tags: tuple[str, ...], time: float, number: float | None = None) -> None:
        """Count one record of a metric, or add ``number`` to a distribution. ``time`` is UNIX seconds.

        Numbers that are not finite are ignored.
        """
        now = self._now()
        if number is not None and not math.isfinite(number):
            return
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
        counts, numbers = self._by_series(found)
        written: dict[tuple[int, int], tuple[int, float]] = {}
        for (series, bucket), (info, count) in counts.items():
            offset, count = written[series, bucket] = self._second((series, bucket), count)
            points.add(info, [(bucket + offset, count)])
        for (_, bucket), (info, values) in numbers.items():
            sketches.sketches[points.add_series(info), bucket] = sketch.of_values(values)
        batch = points.build()
        rows = PointRows.of(batch)
        tables = {
            "series": series_table(batch.series(), now),
            "points": rows,
            "sketches": sketches_table(sketches, body_hash(os.urandom(8))),
        }
        await self._writer.write(tables)
        self._memo.mark_written(list(batch.fresh), now)
        for place, second in written.items():
            self._flushed.pop(place, None)
            self._flushed[place] = second
        while len(self._flushed) > 2 * MAX_SERIES:
            del self._flushed[next(iter(self._flushed))]

    def _by_series(
        self, found: Mapping[Place, _Bucket]
    ) -> tuple[dict[_At, tuple[SeriesInfo, float]], dict[_At, tuple[SeriesInfo, list[float]]]]:
        """Counts and values by series and bucket: tags that differ as collected may be those of one series
        (``user:Bob``, ``user:bob``). What cannot be a series is dropped.
        """
        counts: dict[_At, tuple[SeriesInfo, float]] = {}
        numbers: dict[_At, tuple[SeriesInfo, list[float]]] = {}
        for (name, distribution, tags, bucket), one in found.items():
            kind, interval = ("distribution", 0) if distribution else ("count", BUCKET_SECONDS)
            try:
                info = describe(name, "", tags, kind=kind, interval=interval, source=self._source)
            except ItemError as error:
                telemetry.count(f"heeler.{self._source}.metrics.left_out", int(one.count))
                log.debug("Records of the metric %s were left out: %s", name, error)
                continue
            if distribution:
                numbers.setdefault((info.id, bucket), (info, []))[1].extend(one.numbers)
            else:
                _, before = counts.get((info.id, bucket), (info, 0.0))
                counts[info.id, bucket] = (info, before + one.count)
        return counts, numbers

    def _second(self, place: _At, count: float) -> tuple[int, float]:
        """The next second of the bucket, as an offset, and the count to write there: points of one second
        replace each other, so that the last one has the sum of all further counts.
        """
        offset, before = self._flushed.get(place, (-1, 0.0))
        if offset < BUCKET_SECONDS - 1:
            return offset + 1, count
        return offset, before + count

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
