"""Answers the selectors of a tree: their metric's catalog, rows out of memory or the engine, a frame each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from heeler.query.frame import Frame
from heeler.query.metrics import catalog as catalogs
from heeler.query.metrics.ast import Selector, Threshold
from heeler.query.metrics.catalog import Catalog
from heeler.query.metrics.distributions import evaluate_distribution
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import Request
from heeler.query.metrics.fetch import NotAtHand, Reader, Trace
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.lookback import read_window, visible
from heeler.query.metrics.modifiers import read_modifiers
from heeler.query.metrics.row_cache import kept_of
from heeler.query.metrics.select import check_size, effective, evaluate_selector, time_method
from heeler.query.metrics.sketches import read_sketches
from heeler.query.metrics.window import Buckets
from heeler.store.engine import Engine

#: What is at hand is aggregated at once up to so many values: a thread would take longer to wake up.
FEW_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What people said of a metric in its metadata; empty where nothing."""

    type: str = ""
    unit: str = ""


async def load_catalogs(engine: Engine, wanted: Sequence[Request], trace: Trace) -> dict[str, Catalog]:
    """The catalogs of the metrics that are asked for."""
    began = time.perf_counter()
    metrics = list(dict.fromkeys(item.selector.metric for item in wanted))
    loaded = await asyncio.gather(*(catalogs.load(engine, metric) for metric in metrics))
    trace.stage("series", began)
    return dict(zip(metrics, loaded, strict=True))


async def fetch(
    engine: Engine,
    wanted: Sequence[Request],
    known: Mapping[str, Catalog],
    metadata: Mapping[str, MetricInfo],
    trace: Trace,
    now: float,
    cached: bool = True,
) -> dict[Request, Frame]:
    """Reads and aggregates what requests ask for, all at once."""
    began = time.perf_counter()
    distinct = list(dict.fromkeys(wanted))
    frames = await asyncio.gather(
        *(
            _answer(engine, item, known[item.selector.metric], metadata, trace, now, cached)
            for item in distinct
        )
    )
    trace.stage("points", began)
    return dict(zip(distinct, frames, strict=True))


async def _answer(
    engine: Engine,
    request: Request,
    catalog: Catalog,
    metadata: Mapping[str, MetricInfo],
    trace: Trace,
    now: float,
    cached: bool,
) -> Frame:
    selector, window = request.selector, request.window
    options = read_modifiers(selector.modifiers)
    chosen = catalog.select(selector.scope)
    info = metadata.get(selector.metric, MetricInfo())
    buckets = Buckets.of(window, options.calendar)
    start = max(window.start, int(buckets.edges[0]))
    unit = info.unit or catalog.unit
    if catalog.type == "distribution":
        rows = await read_sketches(engine, selector.metric, catalog, chosen, start, window.end, trace, cached)
        frame = await asyncio.to_thread(
            evaluate_distribution, selector, options, window, catalog, chosen, rows, unit
        )
        # Sketches are merged in time and space at once: there are no series to take differences of.
        return FUNCTIONS[request.change].apply(frame) if request.change else frame
    _refuse_distribution(selector, catalog)
    kind = info.type or catalog.type
    options = effective(options, kind)
    check_size(selector, int(chosen.sum()), buckets)
    reader = Reader(engine, selector.metric, catalog, chosen, trace, now, cached)

    def read(reader: Reader) -> Frame:
        method = time_method(options, kind)
        table = read_window(reader, options, window, method, exact=bool(request.change))
        frame = evaluate_selector(
            selector, options, window, catalog, chosen, table, kind, unit, request.change
        )
        return frame if options.calendar else visible(frame, window)

    async with kept_of(engine).turn(selector.metric):
        if cached and engine.embedded and int(chosen.sum()) * len(buckets) <= FEW_CELLS:
            attempt = Trace()
            with contextlib.suppress(NotAtHand):
                frame = read(replace(reader, at_hand=True, trace=attempt))
                trace.readings += attempt.readings
                return frame
        return await engine.run(read, reader)


def _refuse_distribution(selector: Selector, catalog: Catalog) -> None:
    aggregator = selector.aggregator
    percentile = isinstance(aggregator, str) and aggregator.startswith("p")
    if len(catalog) and (percentile or isinstance(aggregator, Threshold) or aggregator == "histogram"):
        raise QueryError(
            f"{selector.metric} is a {catalog.type}; percentiles, thresholds and histograms need a "
            "distribution",
            selector.position,
        )
