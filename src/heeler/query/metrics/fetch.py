"""Fetch stage: serves the reads of a plan, one frame each, from memory or the engine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from heeler.query import budget
from heeler.query.frame import Frame
from heeler.query.limits import FEW_CELLS
from heeler.query.metrics import series_index as catalogs
from heeler.query.metrics.distributions import evaluate_distribution
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.plan import Plan, Read, Scan
from heeler.query.metrics.point_reader import NotInMemory, Reader, read_parts, read_window, visible
from heeler.query.metrics.query_profile import Trace
from heeler.query.metrics.read_ahead import catalog_ahead
from heeler.query.metrics.row_cache import row_cache_of
from heeler.query.metrics.segment_store import segment_files_of
from heeler.query.metrics.series_aggregation import (
    PART_BYTES,
    PART_CELLS,
    WHOLE_BYTES,
    aggregate_parts,
    aggregate_series,
    summed,
)
from heeler.query.metrics.series_index import Catalog
from heeler.query.metrics.sketch_reader import read_sketches
from heeler.query.thread_pool import pool_of
from heeler.store.engine import Engine
from heeler.store.rollup import complete_until, knows_watermark

#: What an answer may come from beside the engine: results, rows in memory and segment files; the latter two;
#: segment files alone; or nothing.
Caching = Literal["all", "rows", "files", "nothing"]


async def load_catalogs(engine: Engine, metrics: Sequence[str], trace: Trace) -> dict[str, Catalog]:
    """The catalogs of metrics, by name."""
    began = time.perf_counter()
    loaded = await catalogs.load_several(engine, metrics)
    trace.stage("series", began)
    return {metric: loaded[metric] for metric in metrics}


async def rollups_until(engine: Engine, now: float) -> int:
    """Time before which the rollups are complete, UNIX seconds."""
    if knows_watermark(engine):
        return complete_until(engine, now)
    return await pool_of(engine).run(complete_until, engine, now)


async def fetch(
    engine: Engine, plan: Plan, until: int, trace: Trace, cached: Caching = "all"
) -> dict[Read, Frame]:
    """Frames of the plan's reads, read concurrently. ``until``: from :func:`rollups_until`."""
    began = time.perf_counter()
    frames = await asyncio.gather(*(_read(engine, item, until, trace, cached) for item in plan.reads))
    trace.stage("points", began)
    return dict(zip(plan.reads, frames, strict=True))


async def _read(engine: Engine, read: Read, until: int, trace: Trace, caching: Caching) -> Frame:
    scan, metric = read.scan, read.selector.metric
    if scan is None:
        raise TypeError("The plan was made without catalogs")
    pool, cached = pool_of(engine), caching in ("all", "rows")
    files = None if caching == "nothing" else segment_files_of(engine)
    if scan.type == "distribution":
        return await pool.run(_read_distribution, engine, read, scan, trace, cached)
    reader = Reader(engine, metric, scan.catalog, scan.series, trace, until, cached, files)
    async with row_cache_of(engine).turn(metric):
        if cached and few(scan) and (engine.embedded or catalog_ahead(engine, metric) is not None):
            attempt = Trace()
            with contextlib.suppress(NotInMemory):
                frame = _read_points(replace(reader, memory_only=True, trace=attempt), read, scan)
                trace.readings += attempt.readings
                return frame
        return await pool.run(_read_points, reader, read, scan)


def few(scan: Scan) -> bool:
    """Whether aggregating inline is cheaper than waking a thread."""
    return scan.cells <= FEW_CELLS and len(scan.catalog.vocabulary) <= FEW_CELLS


def _read_points(reader: Reader, read: Read, scan: Scan) -> Frame:
    fast = summed(read, scan)
    if fast is not None:
        cells = min(scan.cells, max(PART_CELLS, scan.count))
        with budget.held(cells * PART_BYTES):
            place = scan.buckets, read.window, scan.method, scan.look_back
            return aggregate_parts(fast, read, scan, read_parts(reader, *place, PART_CELLS))
    with budget.held(scan.cells * WHOLE_BYTES):
        table = read_window(reader, scan.buckets, read.window, scan.method, scan.look_back)
        frame = aggregate_series(read, scan, table)
    budget.hold(frame.values.nbytes)
    return frame if scan.options.calendar else visible(frame, read.window)


def _read_distribution(engine: Engine, read: Read, scan: Scan, trace: Trace, cached: bool) -> Frame:
    start = max(read.window.start, int(scan.buckets.edges[0]))
    metric, catalog = read.selector.metric, scan.catalog
    rows = read_sketches(engine, metric, catalog, scan.series, start, read.window.end, trace, cached)
    frame = evaluate_distribution(read, scan, rows)
    # Sketches are merged in time and space at once: there are no series to compute differences of.
    return FUNCTIONS[read.function].apply(frame) if read.function else frame
