"""Reads points of series from memory or the engine into tables of buckets. Blocks: runs in threads of the
pool."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from heeler.query import budget
from heeler.query.frame import Frame
from heeler.query.metrics.file_reader import read_points, read_rollups
from heeler.query.metrics.grouped_reader import read_grouped
from heeler.query.metrics.packed_rows import Ids, Rows, Segment, build
from heeler.query.metrics.query_profile import Reading, Trace
from heeler.query.metrics.read_ahead import segments_ahead
from heeler.query.metrics.row_cache import CachedMetric, Job, row_cache_of
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.query.metrics.series_index import Catalog, Mask
from heeler.query.metrics.table_selection import Place, Source, sources
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import LAST_TIME, Buckets, Window
from heeler.store.engine import Engine, EngineError
from heeler.store.write_tracker import HOUR

#: Up to this many series are listed in the query; more are filtered after reading.
NAMED_SERIES = 4096

# Without an order, and with times used for the index only, reading costs half as much; rows outside of the
# window's times are returned too. The segment builder detects possible duplicates. With an explicit PREWHERE,
# the engine need not decide which conditions to move there, a part of the cost of a small read.
_ROWS = """
SELECT series, time, {columns} FROM {table}
PREWHERE metric = {{metric:String}}{named} AND {within}
"""
_FINAL = """
SELECT series, toUInt32(time) AS t, {columns} FROM {table} FINAL
WHERE metric = {{metric:String}}{named} AND {block} >= {first_block}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}})
"""
# The engine takes about a millisecond to plan each condition, so there are only those that the index needs.
_WITHIN = {
    "points": "indexHint(toStartOfHour(time) >= {hour_before:UInt32} AND toStartOfHour(time) < {end:UInt32})",
    "points_5m": "time >= {start:UInt32} AND time < {end:UInt32} AND toDate(time) >= toDate({start:UInt32})",
    "points_1h": "time >= {start:UInt32} AND time < {end:UInt32}",
}
_NAMED = " AND series IN {ids:Array(UInt64)}"
#: Second column of each table's key.
_BLOCKS = {
    "points": "toStartOfHour({time})",
    "points_5m": "toDate({time})",
    "points_1h": "toStartOfMonth({time})",
}
# One thread: two cost a third more CPU, save no time, and interleave the runs.
_SETTINGS = {"max_threads": 1}
#: Estimated rows read at a time.
ROWS_AT_ONCE = 4_000_000
#: Pieces read at a time, and the maximum that one query may cache.
MOST_PIECES = 1_000
#: Estimated bytes of a cached row.
ROW_BYTES = 8
#: Default seconds between points of a series with unknown interval.
USUAL_INTERVAL = 15
#: Maximum number of newly written points that are merged inline.
FEW_WAITING = 2_000
#: Estimated points from which rollups are computed; of more, reading those of the store is cheaper.
MOST_ROLLED_UP = 600_000
#: For less than this share of a metric's series (1 of 4), the rows of the others are not cached.
FEW = 4


class NotInMemory(Exception):
    """Some rows that a query needs are not in memory."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the selected series of a metric into tables. Blocks: runs in threads of the engine's pool."""

    engine: Engine
    metric: str
    catalog: Catalog
    chosen: Mask
    trace: Trace
    rollups_until: int
    """Time before which rollups are complete, UNIX seconds."""
    cached: bool = True
    """Whether cached rows may be used."""
    files: SegmentFiles | None = None
    """Segment files, which are read where they have what the engine has."""
    memory_only: bool = False
    """Whether to read nothing from the store or files: it then does not block, and raises
    :class:`NotInMemory`."""
    passing: frozenset[str] = frozenset()
    """Tables whose rows are not cached."""

    def read(self, start: int, end: int, buckets: Buckets, method: str) -> SeriesTable:
        """All points in [start, end) by bucket; of two of one series and second the later wins."""
        table = SeriesTable(self.catalog.ids[self.chosen], buckets, method)
        if not len(table.wanted):
            return table
        if not (self.cached and self.engine.embedded):
            for source in sources(buckets, start, end, method, self.rollups_until):
                self._fill_remote(table, source)
            return table
        cache = row_cache_of(self.engine)
        mine = cache.of(self.metric)
        if self.memory_only and self.engine.changes.waiting(self.metric) > FEW_WAITING:
            raise NotInMemory
        if not mine.lock.acquire(blocking=not self.memory_only):
            raise NotInMemory
        try:
            mine.catch_up(self.metric, self.engine.changes)
            used: list[Place] = []
            for source in sources(buckets, start, end, method, self.rollups_until):
                fits = self._fits(source, cache.most // 2)
                self._fill(table, source, mine if fits else None)
                used += source.places() if fits else ()
            cache.settle(self.metric, mine, used)
        finally:
            mine.lock.release()
        return table

    def _fill_remote(self, table: SeriesTable, source: Source) -> None:
        """Add the rows of ``source``, from a store that others write to, which were read ahead at best."""
        ahead = segments_ahead(self.engine, self.metric, source) if self.cached else None
        if ahead is not None:
            reading = Reading(self.metric, source.table, len(table.wanted))
            reading.cached = sum(len(segment) for segment in ahead)
            for segment in ahead:
                table.add(segment, source.start, source.stop)
            self.trace.readings.append(reading)
        elif self.memory_only:
            raise NotInMemory
        elif self.engine.cluster and table.buckets.uniform:
            self._fill_grouped(table, source)
        else:
            self._fill(table, source, None)

    def _fill_grouped(self, table: SeriesTable, source: Source) -> None:
        began = time.perf_counter()
        reading = Reading(self.metric, source.table, len(table.wanted))
        reading.rows = read_grouped(self.engine, self.metric, source, table)
        reading.milliseconds = (time.perf_counter() - began) * 1000
        self.trace.readings.append(reading)

    def _fill(self, table: SeriesTable, source: Source, mine: CachedMetric | None) -> None:
        """Add the rows of ``source`` to the table, from ``mine`` if there is one."""
        began = time.perf_counter()
        reading = Reading(self.metric, source.table, len(table.wanted))
        if mine is None:
            segments: Iterable[Segment] = self._passing(source, table.wanted, reading)
        else:
            segments = self._cached(mine, source, table.wanted, reading)
        for segment in segments:
            budget.check()
            table.add(segment, source.start, source.stop)
        reading.milliseconds = (time.perf_counter() - began) * 1000
        self.trace.readings.append(reading)

    @property
    def _count(self) -> int:
        return int(np.count_nonzero(self.chosen))

    @property
    def _few(self) -> bool:
        """Whether the rows of the metric's other series should not be read."""
        return self._count * FEW < len(self.catalog)

    def _fits(self, source: Source, most: int) -> bool:
        """Whether the rows of ``source`` may be cached, by bytes and number of pieces."""
        if source.table in self.passing:
            return False
        seconds = source.stop - source.start
        return seconds // source.length < MOST_PIECES and self._rows(seconds, source) * ROW_BYTES < most

    def for_parts(self, parts: Sequence[Source]) -> Reader:
        """This reader for a window that is read bit by bit: what is not cached is decided by all of it."""
        if not (self.cached and self.engine.embedded):
            return self
        most = row_cache_of(self.engine).most // 2
        return replace(self, passing=frozenset(one.table for one in parts if not self._fits(one, most)))

    def _rows(self, seconds: int, source: Source) -> int:
        """Estimated number of rows of the series in a time span."""
        share = self._count / max(1, len(self.catalog)) if self._few else 1.0
        if source.table != "points":
            return int(len(self.catalog) * share * seconds / source.unit)
        intervals = self.catalog.intervals
        each = np.where(intervals > 0, intervals, USUAL_INTERVAL)
        return int((seconds / each).sum() * share)

    def _cached(self, mine: CachedMetric, source: Source, wanted: Ids, reading: Reading) -> list[Segment]:
        """Segments of ``source``; missing ones are read and added to the cache."""
        read = 0
        for job in mine.missing(source, wanted, wanted if self._few else None):
            for part in self._parts(job, source):
                for segment in self._load(source, part, reading):
                    mine.put(source, part, segment)
                    read += len(segment)
        found = [segment for place in source.places() for segment in mine.pieces[place].segments]
        reading.cached = max(sum(len(segment) for segment in found) - read, 0)
        return found

    def _passing(self, source: Source, wanted: Ids, reading: Reading) -> Iterator[Segment]:
        """Segments of ``source``, read without caching, each yielded before the next is read."""
        for part in self._parts(Job(source.start, source.stop, wanted), source):
            yield from self._load(source, part, reading)

    def _parts(self, job: Job, source: Source) -> Iterator[Job]:
        """Split ``job`` into whole pieces of about :data:`ROWS_AT_ONCE` rows, or as many empty cells."""
        series = self._count if self._few else len(self.catalog)
        rows = max(1, series, self._rows(source.length, source))
        pieces = min(max(1, ROWS_AT_ONCE // rows), MOST_PIECES)
        start = job.start
        while start < job.stop:
            stop = min(job.stop, (start // source.length + pieces) * source.length)
            yield Job(start, stop, job.series)
            start = stop

    def _load(self, source: Source, job: Job, reading: Reading) -> list[Segment]:
        """Rows of ``job`` from segment files and the engine, a segment for each piece."""
        if self.memory_only:
            raise NotInMemory
        if self.files is None:
            return self._load_stored(source, job, reading)
        if source.table != "points":
            rolled = self._rolled_up(source, job)
            return self._load_stored(source, job, reading) if rolled is None else self._noted(rolled, reading)
        found: list[Segment] = []
        begin = job.start
        for hour, segment in read_points(self.files, self.metric, job.start, job.stop, job.series):
            if begin < hour:
                found += self._load_stored(source, Job(begin, hour, job.series), reading)
            found += self._noted([segment], reading)
            begin = hour + HOUR
        if begin < job.stop:
            found += self._load_stored(source, Job(begin, job.stop, job.series), reading)
        return found

    def _rolled_up(self, source: Source, job: Job) -> list[Segment] | None:
        """Rollups of ``job`` computed from files; None if the store is to be read, as for many points."""
        points = self._rows(job.stop - job.start, replace(source, table="points"))
        if self.files is None or points > MOST_ROLLED_UP:
            return None
        return read_rollups(self.files, self.metric, source, job.start, job.stop, job.series)

    def _noted(self, segments: list[Segment], reading: Reading) -> list[Segment]:
        """``segments``, whose rows are from files."""
        count = sum(len(segment) for segment in segments)
        reading.files += count
        budget.count_rows(count)
        return segments

    def _load_stored(self, source: Source, job: Job, reading: Reading) -> list[Segment]:
        """Rows of ``job`` from the engine, a segment for each piece."""
        for template in (_ROWS, _FINAL):
            rows = self._select(source, job, template)
            count = sum(len(part) for part in rows)
            reading.rows += count
            budget.count_rows(count)
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
        found = self.engine.fetch_sync(sql, parameters, {**_SETTINGS, **budget.store_settings()})
        return [_columns(batch, points) for batch in found.to_batches()]


def _columns(batch: pa.RecordBatch, points: bool) -> Rows:
    series, times, values, beside = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
    return Rows(series, times, values, beside, None) if points else Rows(series, times, values, None, beside)


def read_window(reader: Reader, buckets: Buckets, window: Window, method: str, look_back: int) -> SeriesTable:
    """Table of the window, extended to earlier buckets if series have nothing in the first bucket that could
    be filled; :func:`visible` removes these again. ``look_back`` seconds before the window may be read.
    """
    table = reader.read(max(window.start, int(buckets.edges[0])), window.end, buckets, method)
    if window.lead and buckets.uniform:
        _cut_first(reader, table, window)
    if not look_back or not table.lacks_first:
        return table
    return _with_past(reader, table, max(window.start - look_back, 0))


def _cut_first(reader: Reader, table: SeriesTable, window: Window) -> None:
    """Restrict the first bucket to the points within the window, also for a window extended by a function."""
    begin, edges = window.start + window.lead, table.buckets.edges
    place = int(np.searchsorted(edges, begin, side="right")) - 1
    if place < len(table.buckets) and edges[place] < begin < window.end:
        alone = Buckets(edges[place : place + 2], table.buckets.uniform)
        column = reader.read(begin, min(int(edges[place + 1]), window.end), alone, table.method)
        table.place(place, *column.columns(0, 1))


def _with_past(reader: Reader, table: SeriesTable, start: int) -> SeriesTable:
    past = _past(reader, table, start)
    count, interval = len(past.buckets), table.buckets.uniform
    edges = np.concatenate([past.buckets.edges[:-1], table.buckets.edges])
    whole = SeriesTable(table.wanted, Buckets(edges, interval), table.method)
    whole.place(0, *past.columns(0, count))
    whole.place(count, *table.columns(0, len(table.buckets)))
    return whole


def _past(reader: Reader, table: SeriesTable, start: int) -> SeriesTable:
    """Table of the buckets from ``start`` to those of ``table``."""
    first, interval = int(table.buckets.edges[0]), table.buckets.uniform
    count = -(-(first - start) // interval)
    edges = first + np.arange(-count, 1) * interval
    return reader.read(start, first, Buckets(edges, interval), table.method)


def read_parts(
    reader: Reader, buckets: Buckets, window: Window, method: str, look_back: int, cells: int
) -> Iterator[SeriesTable]:
    """Like :func:`read_window`, as tables of consecutive buckets, of about ``cells`` cells each."""
    start = max(window.start, int(buckets.edges[0]))
    parts = sources(buckets, start, window.end, method, reader.rollups_until)
    cuts = _cuts(buckets, cells // max(1, int(np.count_nonzero(reader.chosen))), parts)
    if len(cuts) > 2:
        reader = reader.for_parts(parts)
    for first, last in pairwise(cuts):
        some = Buckets(buckets.edges[first : last + 1], buckets.uniform)
        begin, end = max(start, int(some.edges[0])), min(window.end, int(some.edges[-1]))
        table = reader.read(begin, end, some, method)
        if window.lead and buckets.uniform:
            _cut_first(reader, table, window)
        if first == 0 and look_back and table.lacks_first:
            yield _past(reader, table, max(window.start - look_back, 0))
        yield table


def _cuts(buckets: Buckets, columns: int, parts: Sequence[Source]) -> list[int]:
    """Where to cut ``buckets`` into runs of about ``columns``: between pieces of the tables, so that few are
    read twice, and none shorter than one.
    """
    length, interval = max((part.length for part in parts), default=0), buckets.uniform
    cuts = [0]
    if interval and length:
        step = max(columns * interval // length, 1) * length
        at = -(-int(buckets.edges[0]) // length) * length + step
        while at + length <= int(buckets.edges[-1]):
            cuts.append(-(-(at - int(buckets.edges[0])) // interval))
            at += step
    return [*dict.fromkeys(cuts), len(buckets)]


def visible(frame: Frame, window: Window) -> Frame:
    """``frame`` from the first bucket of ``window`` on, without groups that have no data there."""
    times = frame.times >= Buckets.of(window).starts[0]
    if bool(times.all()):
        return frame
    values = frame.values[:, times]
    rows = np.flatnonzero(~np.isnan(values).all(axis=1))
    groups = tuple(frame.groups[row] for row in rows)
    return replace(frame, times=frame.times[times], groups=groups, values=values[rows])
