"""Reads points of series out of the engine, aggregated in time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from heeler.query.metrics.catalog import Catalog, Mask
from heeler.query.metrics.row_cache import Job, KeptMetric, Place, Source, kept_of
from heeler.query.metrics.segment import Ids, Rows, Segment, build
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import LAST_TIME, Buckets
from heeler.store.engine import Engine, EngineError
from heeler.store.rollup import complete_until, knows_watermark
from heeler.store.write_log import HOUR

#: Up to this many series are named in the query; more are filtered after reading.
NAMED_SERIES = 4096
#: Shorter windows are read from the points: there is little to save.
ROLLUP_SECONDS = 6 * 3600

# Without an order, and with times for the index alone, reading costs half as much; rows beside the asked
# times come too. The builder of segments says when a point may be there twice.
_ROWS = """
SELECT series, toUInt32(time) AS t, {columns} FROM {table}
WHERE metric = {{metric:String}}{named} AND {within}
"""
_FINAL = """
SELECT series, toUInt32(time) AS t, {columns} FROM {table} FINAL
WHERE metric = {{metric:String}}{named} AND {block} >= {first_block}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}})
"""
# The engine takes about a millisecond to plan with each condition, so there are no more than the index needs.
_WITHIN = {
    "points": "indexHint(toStartOfHour(time) >= {hour_before:UInt32} AND toStartOfHour(time) < {end:UInt32})",
    "points_5m": "time >= {start:UInt32} AND time < {end:UInt32} AND toDate(time) >= toDate({start:UInt32})",
    "points_1h": "time >= {start:UInt32} AND time < {end:UInt32}",
}
_NAMED = " AND series IN {ids:Array(UInt64)}"
_COLUMNS = {"avg": "sum", "sum": "sum", "count": "sum", "min": "min", "max": "max", "last": "last"}
#: The second part of each table's key.
_BLOCKS = {
    "points": "toStartOfHour({time})",
    "points_5m": "toDate({time})",
    "points_1h": "toStartOfMonth({time})",
}
# One thread: two cost a third more CPU, save no time, and mix the runs.
_SETTINGS = {"max_threads": 1}
#: Rows that are read at a time, by guess.
ROWS_AT_ONCE = 4_000_000
#: Pieces that are read at a time, and that one question may have kept.
MOST_PIECES = 1_000
#: Bytes of a row that is kept, by guess.
ROW_BYTES = 8
#: Seconds between points of a series that did not say.
USUAL_INTERVAL = 15
#: Points that were written meanwhile and can be taken in without delay.
FEW_WAITING = 2_000
#: Of so small a share of a metric's series the rows of others are not kept.
FEW = 4


@dataclass(slots=True)
class Reading:
    """What was read of one table, for the explanation of a query."""

    metric: str
    table: str
    series: int
    rows: int = 0
    """Read from the store."""
    kept: int = 0
    """Rows that were in memory already."""
    milliseconds: float = 0.0


@dataclass(slots=True)
class Trace:
    """Collects what a query did; shown by ``explain``."""

    readings: list[Reading] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    again: bool = False
    """Whether the whole answer had been given before."""

    def stage(self, name: str, since: float) -> float:
        now = time.perf_counter()
        self.stages[name] = self.stages.get(name, 0.0) + (now - since) * 1000
        return now


def rollup_step(buckets: Buckets, start: int, end: int) -> int:
    """Seconds of the coarsest rollup table whose rows never lie across a bucket's edge; 0 for none."""
    if end - start < ROLLUP_SECONDS:
        return 0
    for step in (3600, 300):
        if not (buckets.edges[: 1 if buckets.uniform else None] % step).any() and buckets.uniform % step == 0:
            return step
    return 0


class NotAtHand(Exception):
    """Not all that is asked is in memory."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the chosen series of a metric into tables. It blocks: for threads of the engine's pool."""

    engine: Engine
    metric: str
    catalog: Catalog
    chosen: Mask
    trace: Trace
    now: float
    cached: bool = True
    """Whether rows that an earlier question read may answer this one."""
    at_hand: bool = False
    """Whether to read nothing: it then does not block, and raises :class:`NotAtHand` where it would."""

    def read(self, start: int, end: int, buckets: Buckets, method: str) -> SeriesTable:
        """Every point in [start, end) by bucket; the later of two of one series and second counts."""
        table = SeriesTable(self.catalog.ids[self.chosen], buckets, method)
        if not len(table.wanted):
            return table
        if not (self.cached and self.engine.embedded):
            for source in self._sources(buckets, start, end, method):
                self._fill(table, source, None)
            return table
        kept = kept_of(self.engine)
        mine = kept.of(self.metric)
        if self.at_hand and self.engine.changes.waiting(self.metric) > FEW_WAITING:
            raise NotAtHand
        if not mine.lock.acquire(blocking=not self.at_hand):
            raise NotAtHand
        try:
            mine.catch_up(self.metric, self.engine.changes)
            used: list[Place] = []
            for source in self._sources(buckets, start, end, method):
                fits = self._fits(source, kept.most // 2)
                self._fill(table, source, mine if fits else None)
                used += source.places() if fits else ()
            kept.settle(self.metric, mine, used)
        finally:
            mine.lock.release()
        return table

    def _fill(self, table: SeriesTable, source: Source, mine: KeptMetric | None) -> None:
        """Add the rows of ``source`` to the table, out of ``mine`` if there is one."""
        began = time.perf_counter()
        reading = Reading(self.metric, source.table, len(table.wanted))
        if mine is None:
            segments: Iterable[Segment] = self._passing(source, table.wanted, reading)
        else:
            segments = self._kept(mine, source, table.wanted, reading)
        for segment in segments:
            table.add(segment, source.start, source.stop)
        reading.milliseconds = (time.perf_counter() - began) * 1000
        self.trace.readings.append(reading)

    def _sources(self, buckets: Buckets, start: int, end: int, method: str) -> list[Source]:
        """What to read [start, end) from, in the order of time."""
        step = rollup_step(buckets, start, end)
        first = -(-start // step) * step if step else end
        last = min(end, self._complete_until()) // step * step if step else start
        if last - first < ROLLUP_SECONDS:
            return [Source("points", "value", start, end)]
        rollup = "points_1h" if step == HOUR else "points_5m"
        parts = [
            Source("points", "value", start, first),
            Source(rollup, _COLUMNS[method], first, last),
            Source("points", "value", last, end),
        ]
        return [part for part in parts if part.start < part.stop]

    def _complete_until(self) -> int:
        if self.at_hand and not knows_watermark(self.engine):
            raise NotAtHand
        return complete_until(self.engine, self.now)

    @property
    def _count(self) -> int:
        return int(np.count_nonzero(self.chosen))

    @property
    def _few(self) -> bool:
        """Whether the rows of the metric's other series are better left alone."""
        return self._count * FEW < len(self.catalog)

    def _fits(self, source: Source, most: int) -> bool:
        """Whether what is asked may be kept: in so many bytes, and in not too many pieces."""
        seconds = source.stop - source.start
        return seconds // source.length < MOST_PIECES and self._rows(seconds, source) * ROW_BYTES < most

    def _rows(self, seconds: int, source: Source) -> int:
        """How many rows the series to be read may have in so long a time."""
        share = self._count / max(1, len(self.catalog)) if self._few else 1.0
        if source.table != "points":
            return int(len(self.catalog) * share * seconds / source.unit)
        intervals = self.catalog.intervals
        each = np.where(intervals > 0, intervals, USUAL_INTERVAL)
        return int((seconds / each).sum() * share)

    def _kept(self, mine: KeptMetric, source: Source, wanted: Ids, reading: Reading) -> list[Segment]:
        """The segments of ``source``; what ``mine`` lacks of them is read and kept."""
        read = 0
        for job in mine.missing(source, wanted, wanted if self._few else None):
            for part in self._parts(job, source):
                for segment in self._load(source, part, reading):
                    mine.put(source, part, segment)
                    read += len(segment)
        found = [segment for place in source.places() for segment in mine.pieces[place].segments]
        reading.kept = max(sum(len(segment) for segment in found) - read, 0)
        return found

    def _passing(self, source: Source, wanted: Ids, reading: Reading) -> Iterator[Segment]:
        """The segments of ``source`` read anew, each given away before more are read."""
        for part in self._parts(Job(source.start, source.stop, wanted), source):
            yield from self._load(source, part, reading)

    def _parts(self, job: Job, source: Source) -> Iterator[Job]:
        """``job`` in parts of whole pieces and some :data:`ROWS_AT_ONCE` rows, or as many empty places."""
        series = self._count if self._few else len(self.catalog)
        rows = max(1, series, self._rows(source.length, source))
        pieces = min(max(1, ROWS_AT_ONCE // rows), MOST_PIECES)
        start = job.start
        while start < job.stop:
            stop = min(job.stop, (start // source.length + pieces) * source.length)
            yield Job(start, stop, job.series)
            start = stop

    def _load(self, source: Source, job: Job, reading: Reading) -> list[Segment]:
        """The rows of ``job`` out of the engine, a segment for each piece."""
        for template in (_ROWS, _FINAL):
            rows = self._select(source, job, template)
            reading.rows += sum(len(part) for part in rows)
            begin = job.start // source.length * source.length
            found = build(rows, job.series, begin, job.stop, source.length, source.unit)
            if found is not None:
                return found
        raise EngineError(f"Points of {self.metric} came twice from a reading that gives each once")

    def _select(self, source: Source, job: Job, template: str) -> list[Rows]:
        parameters: dict[str, Any] = {
            "metric": self.metric,
            "start": job.start,
            "end": min(job.stop, LAST_TIME),
        }
        parameters["hour_before"] = max(job.start - HOUR + 1, 0)
        named = ""
        if job.series is not None and len(job.series) <= NAMED_SERIES and self._few:
            named, parameters["ids"] = _NAMED, job.series.tolist()
        points = source.table == "points"
        block = _BLOCKS[source.table]
        sql = template.format(
            columns="raw, scale" if points else f"{source.column} AS raw, count",
            table=source.table,
            within=_WITHIN[source.table],
            named=named,
            block=block.format(time="time"),
            first_block=block.format(time="toDateTime({start:UInt32})"),
        )
        found = self.engine.fetch_sync(sql, parameters, _SETTINGS)
        return [_columns(batch, points) for batch in found.to_batches()]


def _columns(batch: pa.RecordBatch, points: bool) -> Rows:
    series, times, values, beside = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
    return Rows(series, times, values, beside, None) if points else Rows(series, times, values, None, beside)
