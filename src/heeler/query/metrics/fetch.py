"""Reads points of series out of the engine, as sorted columns."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from heeler.query.metrics.catalog import Catalog, Mask
from heeler.query.metrics.reduce import Samples, joined
from heeler.query.metrics.window import Buckets
from heeler.store.engine import Engine
from heeler.store.rollup import complete_until

#: Up to this many series are named in the query; more are filtered after reading.
NAMED_SERIES = 4096

_POINTS = """
SELECT series, toUInt32(time) AS t, value FROM points{final}
WHERE metric = {{metric:String}}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}})
  AND toStartOfHour(time) >= toStartOfHour(toDateTime({{start:UInt32}})){named}
ORDER BY metric, toStartOfHour(time), series, time
"""


@dataclass(slots=True)
class Reading:
    """What one fetch did, for the explanation of a query."""

    metric: str
    table: str = "points"
    series: int = 0
    rows: int = 0
    milliseconds: float = 0.0


@dataclass(slots=True)
class Trace:
    """Collects what a query did; shown by ``explain``."""

    readings: list[Reading] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)

    def stage(self, name: str, since: float) -> float:
        now = time.perf_counter()
        self.stages[name] = self.stages.get(name, 0.0) + (now - since) * 1000
        return now


_ROLLUP = """
SELECT series, toUInt32(time) AS t, {column} AS value, count FROM {table} FINAL
WHERE metric = {{metric:String}}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}}){named}
ORDER BY metric, {block}, series, time
"""
_COLUMNS = {"avg": "sum", "sum": "sum", "count": "sum", "min": "min", "max": "max", "last": "last"}
#: Shorter windows are read from the points: there is little to save.
ROLLUP_SECONDS = 6 * 3600


def rollup_step(buckets: Buckets, start: int, end: int) -> int:
    """Seconds of the coarsest rollup table whose rows never lie across a bucket's edge; 0 for none."""
    if end - start < ROLLUP_SECONDS:
        return 0
    for step in (3600, 300):
        if not (buckets.edges[: 1 if buckets.uniform else None] % step).any() and buckets.uniform % step == 0:
            return step
    return 0


async def read_reduced(
    engine: Engine,
    metric: str,
    catalog: Catalog,
    chosen: Mask,
    start: int,
    end: int,
    trace: Trace,
    *,
    buckets: Buckets,
    method: str,
    now: float,
) -> Samples:
    """As :func:`read_points`, from a rollup table where it gives the same answer by ``method``."""
    step = rollup_step(buckets, start, end)
    first = -(-start // step) * step if step else end
    last = min(end, await complete_until(engine, now)) // step * step if step else start
    if last - first < ROLLUP_SECONDS:
        return await read_points(engine, metric, catalog, chosen, start, end, trace)
    parts = []
    if start < first:
        parts.append(await read_points(engine, metric, catalog, chosen, start, first, trace))
    parts.append(await _read_rollup(engine, metric, catalog, chosen, first, last, trace, step, method))
    if last < end:
        parts.append(await read_points(engine, metric, catalog, chosen, last, end, trace))
    return joined(parts)


async def _read_rollup(
    engine: Engine,
    metric: str,
    catalog: Catalog,
    chosen: Mask,
    start: int,
    end: int,
    trace: Trace,
    step: int,
    method: str,
) -> Samples:
    began = time.perf_counter()
    named = _named(chosen)
    name, block = ("points_1h", "toStartOfMonth(time)") if step == 3600 else ("points_5m", "toDate(time)")
    clause = " AND series IN {ids:Array(UInt64)}" if named else ""
    sql = _ROLLUP.format(column=_COLUMNS[method], table=name, block=block, named=clause)
    parameters: dict[str, Any] = {"metric": metric, "start": max(start, 0), "end": max(end, 0)}
    if named:
        parameters["ids"] = catalog.ids[chosen].tolist()
    table = await engine.fetch(sql, parameters)
    milliseconds = (time.perf_counter() - began) * 1000
    trace.readings.append(Reading(metric, name, int(chosen.sum()), table.num_rows, milliseconds))
    return _samples(table, catalog, chosen)


async def read_points(
    engine: Engine, metric: str, catalog: Catalog, chosen: Mask, start: int, end: int, trace: Trace
) -> Samples:
    """The points of the chosen series in [start, end); the later of two of one series and second counts."""
    began = time.perf_counter()
    named = _named(chosen)
    parameters: dict[str, Any] = {"metric": metric, "start": max(start, 0), "end": max(end, 0)}
    if named:
        parameters["ids"] = catalog.ids[chosen].tolist()
    table = await _read(engine, "", named, parameters)
    samples = _samples(table, catalog, chosen)
    if _has_duplicates(samples):
        table = await _read(engine, " FINAL", named, parameters)
        samples = _samples(table, catalog, chosen)
    trace.readings.append(
        Reading(metric, "points", int(chosen.sum()), table.num_rows, (time.perf_counter() - began) * 1000)
    )
    return samples


def _named(chosen: Mask) -> bool:
    count = int(chosen.sum())
    return count <= NAMED_SERIES and count < len(chosen)


async def _read(engine: Engine, final: str, named: bool, parameters: dict[str, Any]) -> pa.Table:
    sql = _POINTS.format(final=final, named=" AND series IN {ids:Array(UInt64)}" if named else "")
    return await engine.fetch(sql, parameters)


def _samples(table: pa.Table, catalog: Catalog, chosen: Mask) -> Samples:
    ids = table.column("series").to_numpy()
    times = table.column("t").to_numpy().astype(np.int64)
    values = table.column("value").to_numpy()
    weights = table.column("count").to_numpy().astype(np.float64) if "count" in table.column_names else None
    if not len(ids) or not len(catalog):
        empty = np.zeros(0, np.int64)
        return Samples(empty, empty, np.zeros(0))
    starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    heads = ids[starts]
    places = np.minimum(np.searchsorted(catalog.ids, heads), len(catalog) - 1)
    known = (catalog.ids[places] == heads) & chosen[places]
    lengths = np.diff(np.append(starts, len(ids)))
    series = np.repeat(places, lengths)
    if not known.all():
        keep = np.repeat(known, lengths)
        series, times, values = series[keep], times[keep], values[keep]
        weights = None if weights is None else weights[keep]
    return Samples(series, times, values, weights)


def _has_duplicates(samples: Samples) -> bool:
    same = samples.series[1:] == samples.series[:-1]
    return bool((same & (samples.times[1:] == samples.times[:-1])).any())
