"""Prefetches the recent rows of many metrics into memory with few statements, for queries that follow.

Monitor rounds read the last minutes of thousands of metrics. A statement for each would cost the engine more
than all their rows; one statement reads the rows of hundreds. This is an optimization only: a query reads
what it does not find in memory. Rows of an embedded engine go into its cache; of a store that others write to
they are handed to the evaluations that they were read for (:mod:`heeler.query.metrics.read_ahead`).
"""

from __future__ import annotations

import contextlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from heeler.query.metrics import series_index
from heeler.query.metrics.packed_rows import Rows, build
from heeler.query.metrics.point_reader import ROW_BYTES, USUAL_INTERVAL
from heeler.query.metrics.read_ahead import Points, ReadAhead
from heeler.query.metrics.row_cache import CachedMetric, Job, RowCache, row_cache_of
from heeler.query.metrics.series_index import Catalog
from heeler.query.metrics.table_selection import ROLLUP_SECONDS, Place, Source
from heeler.query.thread_pool import pool_of
from heeler.store.engine import Engine
from heeler.store.write_tracker import HOUR

Spans = Mapping[str, tuple[int, int]]
"""By metric, start and end (exclusive) of the range that will be queried, UNIX seconds."""
LONGEST = ROLLUP_SECONDS
"""Longer ranges are skipped, as rollups serve most of them."""
MOST_SERIES = 2_000
"""Metrics with more series are skipped: their queries may need few of them, and a statement for each is
cheap relative to its rows."""
TOGETHER, ROWS_AT_ONCE = 500, 1_000_000
"""Metrics and estimated rows read by one statement."""

MOST_ROWS_AHEAD = 4_000_000
"""Estimated rows of a store with several writers that are held at once for evaluations that follow."""
CLASS_SECONDS = 1800
"""Ranges of such a store are read together if they end within the same so many seconds."""

_ROWS = """
SELECT metric, series, time, raw, scale FROM points
PREWHERE metric IN {metrics:Array(String)}
  AND indexHint(toStartOfHour(time) >= {start:UInt32} AND toStartOfHour(time) < {stop:UInt32})
"""
_ROWS_BETWEEN = """
SELECT metric, series, time, raw, scale FROM points
PREWHERE metric IN {metrics:Array(String)}
  AND indexHint(toStartOfHour(time) >= {hour:UInt32} AND toStartOfHour(time) < {stop:UInt32})
  AND time >= {start:UInt32} AND time < {stop:UInt32}
"""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A metric whose hours from ``start`` to ``stop`` are not in memory; its rows are locked."""

    metric: str
    mine: CachedMetric
    start: int
    stop: int
    rows: int


async def prefetch(engine: Engine, spans: Spans, now: float) -> ReadAhead | None:
    """Read catalogs and recent points of metrics. Raises ``EngineError``.

    Those of an embedded engine are cached; of another store they are returned, as of ``now``, which is to be
    from before the call.
    """
    if not spans:
        return None
    catalogs = await series_index.load_several(engine, spans)
    short = {name: span for name, span in spans.items() if 0 < span[1] - span[0] < LONGEST}
    if engine.embedded:
        await pool_of(engine).run(_fill, engine, short, catalogs)
        return None
    points = await pool_of(engine).run(_read_ahead, engine, short, catalogs)
    return ReadAhead(engine, now, catalogs, points)


def _read_ahead(engine: Engine, spans: Spans, catalogs: Mapping[str, Catalog]) -> dict[str, Points]:
    """Points of the metrics, with a statement for those of about the same range."""
    alike: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, (start, end) in spans.items():
        if not _is_left(catalogs[name]):
            alike[math.ceil(math.log2(end - start)), end // CLASS_SECONDS].append(name)
    found = {name: Points(*span, ()) for name, span in spans.items() if not len(catalogs[name])}
    room = MOST_ROWS_AHEAD
    for names in alike.values():
        start, stop = min(spans[name][0] for name in names), max(spans[name][1] for name in names)
        part: list[str] = []
        rows = 0
        for name in names:
            more = _estimate(catalogs[name], stop - start)
            if (room := room - more) < 0:
                return found
            if part and (rows + more > ROWS_AT_ONCE or len(part) >= TOGETHER):
                found |= _read_between(engine, part, start, stop)
                part, rows = [], 0
            part.append(name)
            rows += more
        found |= _read_between(engine, part, start, stop)
    return found


def _read_between(engine: Engine, metrics: Sequence[str], start: int, stop: int) -> dict[str, Points]:
    hour = start // HOUR * HOUR
    limits = {"max_threads": 1, "max_result_rows": 4 * ROWS_AT_ONCE, "result_overflow_mode": "throw"}
    table = engine.fetch_sync(
        _ROWS_BETWEEN, {"metrics": list(metrics), "start": start, "stop": stop, "hour": hour}, limits
    )
    rows = rows_by_metric(table)
    source = Source("points", "value", start, stop)
    found: dict[str, Points] = {}
    for metric in metrics:
        mine = [rows[metric]] if metric in rows else []
        segments = build(mine, None, hour, stop, source.length, source.unit)
        if segments is not None:  # else a point is duplicated: its query reads it with deduplication
            found[metric] = Points(start, stop, segments)
    return found


def _is_left(catalog: Catalog) -> bool:
    """Whether the metric is left to its queries."""
    return not len(catalog) or len(catalog) > MOST_SERIES or catalog.type == "distribution"


def _estimate(catalog: Catalog, seconds: int) -> int:
    """Estimated rows of a metric in so many seconds."""
    intervals = np.where(catalog.intervals > 0, catalog.intervals, USUAL_INTERVAL)
    return int((seconds / intervals).sum())


def _fill(engine: Engine, spans: Spans, catalogs: Mapping[str, Catalog]) -> None:
    cache = row_cache_of(engine)
    names = list(spans)
    room = cache.most // ROW_BYTES // 2
    for first in range(0, len(names), TOGETHER):
        with contextlib.ExitStack() as held:
            wanted: dict[tuple[int, int], list[_Wanted]] = defaultdict(list)
            for name in names[first : first + TOGETHER]:
                found = _missing(engine, cache, name, catalogs[name], spans[name], held)
                if found is not None and (room := room - found.rows) > 0:
                    wanted[found.start, found.stop].append(found)
            for some in wanted.values():
                for part in _parts(some):
                    _read(engine, cache, part)


def _missing(
    engine: Engine,
    cache: RowCache,
    metric: str,
    catalog: Catalog,
    span: tuple[int, int],
    held: contextlib.ExitStack,
) -> _Wanted | None:
    """Ranges of the metric to read, with its rows locked until ``held`` exits; None for nothing."""
    if _is_left(catalog):
        return None
    mine = cache.of(metric)
    if not mine.lock.acquire(blocking=False):
        return None  # the lock's holder reads it
    with contextlib.ExitStack() as mine_alone:
        mine_alone.callback(mine.lock.release)
        mine.catch_up(metric, engine.changes)
        cache.settle(metric, mine, ())
        source = Source("points", "value", *span)
        missing = [place for place in source.places() if place not in mine.pieces]
        if not missing:
            return None
        start, stop = missing[0].start, missing[-1].start + HOUR
        if any(Place("points", "value", at) in mine.pieces for at in range(start, stop, HOUR)):
            return None
        held.push(mine_alone.pop_all())
        return _Wanted(metric, mine, start, stop, _estimate(catalog, stop - start))


def _parts(wanted: Sequence[_Wanted]) -> Iterator[list[_Wanted]]:
    """Split ``wanted`` into parts of about :data:`ROWS_AT_ONCE` rows."""
    part: list[_Wanted] = []
    rows = 0
    for one in wanted:
        if part and rows + one.rows > ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
        part.append(one)
        rows += one.rows
    if part:
        yield part


def _read(engine: Engine, cache: RowCache, wanted: Sequence[_Wanted]) -> None:
    start, stop = wanted[0].start, wanted[0].stop
    found = engine.fetch_sync(
        _ROWS,
        {"metrics": [one.metric for one in wanted], "start": start, "stop": stop},
        {"max_threads": 1},
    )
    rows = rows_by_metric(found)
    source = Source("points", "value", start, stop)
    for one in wanted:
        mine = [rows[one.metric]] if one.metric in rows else []
        segments = build(mine, None, start, stop, source.length, source.unit)
        if segments is None:
            continue  # a point is duplicated: the query that needs it reads it with deduplication
        for segment in segments:
            one.mine.put(source, Job(start, stop, None), segment)
        cache.settle(one.metric, one.mine, source.places())


def rows_by_metric(found: pa.Table) -> dict[str, Rows]:
    names = found.column("metric").combine_chunks()
    if not isinstance(names.type, pa.DictionaryType):
        names = names.dictionary_encode()
    if not len(names):
        return {}
    codes = names.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names.dictionary) + 1))
    series, times, values, divisors = (
        found.column(name).to_numpy()[order] for name in ("series", "time", "raw", "scale")
    )
    return {
        name: Rows(*(column[bounds[code] : bounds[code + 1]] for column in (series, times, values, divisors)))
        for code, name in enumerate(names.dictionary.to_pylist())
    }
