"""Reads sketches of distributions. Blocks: runs in threads. Hours of a metric are cached until they are
written to."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from heeler.query import budget
from heeler.query.frame import Times, Values
from heeler.query.metrics.query_profile import Reading, Trace
from heeler.query.metrics.series_index import Catalog, Mask
from heeler.query.metrics.space_aggregation import Index
from heeler.query.metrics.window import LAST_TIME
from heeler.store.engine import Engine
from heeler.store.write_tracker import HOUR, Stamp

#: Maximum bytes of all cached sketches of a store, and cached hours of one query.
CACHE_BYTES, CACHED_HOURS = 32 * 2**20, 200

_SKETCHES = """
SELECT series, toUInt32(time) AS t, count, sum, min, max, keys, counts, resolution FROM sketches FINAL
WHERE metric = {metric:String} AND time >= toDateTime({start:UInt32}) AND time < toDateTime({end:UInt32})
  AND toStartOfHour(time) >= toStartOfHour(toDateTime({start:UInt32}))
"""


@dataclass(frozen=True, slots=True)
class Sketches:
    """Sketches as columns; the bins of row i are ``bounds[i]`` to ``bounds[i + 1]`` of ``keys``."""

    series: Index
    times: Times
    count: Values
    sum: Values
    min: Values
    max: Values
    keys: NDArray[np.int32]
    counts: Values
    bounds: Index
    resolution: int = 1
    """Keys per bin of the Agent's sketch; the finest of all rows."""


class SketchCache:
    """LRU cache of sketches by metric and hour, with a version stamp."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hours: OrderedDict[tuple[str, int], tuple[Stamp, pa.Table]] = OrderedDict()
        self.size = 0

    def find(self, metric: str, hour: int, written: Stamp) -> pa.Table | None:
        with self._lock:
            found = self._hours.get((metric, hour))
            if found is None or found[0] != written:
                return None
            self._hours.move_to_end((metric, hour))
            return found[1]

    def put(self, metric: str, hour: int, written: Stamp, rows: pa.Table) -> None:
        with self._lock:
            before = self._hours.pop((metric, hour), None)
            self.size += _bytes(rows) - (_bytes(before[1]) if before else 0)
            self._hours[metric, hour] = written, rows
            while self.size > CACHE_BYTES:
                self.size -= _bytes(self._hours.popitem(last=False)[1][1])


def _bytes(rows: pa.Table) -> int:
    return int(rows.nbytes) + 2000


_of_engine: WeakKeyDictionary[Engine, SketchCache] = WeakKeyDictionary()


def read_sketches(
    engine: Engine,
    metric: str,
    catalog: Catalog,
    chosen: Mask,
    start: int,
    end: int,
    trace: Trace,
    cached: bool = True,
) -> Sketches:
    """Sketches of the selected series within [``start``, ``end``), UNIX seconds."""
    began = time.perf_counter()
    start, end = max(start, 0), max(end, 0)
    reading = Reading(metric, "sketches", int(chosen.sum()))
    if engine.embedded and cached and (end - start) // HOUR < CACHED_HOURS:
        table = _hourly(engine, metric, start, end, reading)
    else:
        table = _select(engine, metric, start, end)
        reading.rows = table.num_rows
    rows = _columns(table, catalog, chosen)
    reading.milliseconds = (time.perf_counter() - began) * 1000
    trace.readings.append(reading)
    return rows


def _select(engine: Engine, metric: str, start: int, end: int) -> pa.Table:
    parameters = {"metric": metric, "start": start, "end": min(end, LAST_TIME)}
    found = engine.fetch_sync(_SKETCHES, parameters, budget.store_settings())
    budget.count_rows(found.num_rows)
    return found


def _hourly(engine: Engine, metric: str, start: int, end: int, reading: Reading) -> pa.Table:
    cache = _of_engine.setdefault(engine, SketchCache())
    hours = range(start // HOUR * HOUR, end, HOUR)
    # Before anything is read: a concurrent write makes the result outdated.
    stamps = engine.changes.sketch_stamps(hours)
    found = {hour: cache.find(metric, hour, stamps[hour]) for hour in hours}
    for first, last in _stretches([hour for hour in hours if found[hour] is None]):
        read = _select(engine, metric, first, last)
        reading.rows += read.num_rows
        for hour, rows in _by_hour(read, range(first, last, HOUR)):
            found[hour] = rows
            cache.put(metric, hour, stamps[hour], rows)
    parts = [rows for rows in found.values() if rows is not None]
    whole = pa.concat_tables(parts) if parts else _select(engine, metric, start, start)
    reading.cached = whole.num_rows - reading.rows
    clock = whole.column("t").to_numpy()
    return whole.filter(pa.array((clock >= start) & (clock < end)))


def _stretches(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Merge consecutive hours into ranges: start and end."""
    found: list[tuple[int, int]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1] = found[-1][0], hour + HOUR
        else:
            found.append((hour, hour + HOUR))
    return found


def _by_hour(rows: pa.Table, hours: range) -> list[tuple[int, pa.Table]]:
    """Rows of each hour, copied to separate memory."""
    clock = rows.column("t").to_numpy().astype(np.int64)
    order = np.argsort(clock, kind="stable")
    bounds = np.searchsorted(clock[order], np.arange(hours.start, hours.stop + 1, HOUR))
    return [
        (hour, rows.take(pa.array(order[low:high])))
        for hour, (low, high) in zip(hours, pairwise(bounds.tolist()), strict=True)
    ]


def _columns(table: pa.Table, catalog: Catalog, chosen: Mask) -> Sketches:
    ids = table.column("series").to_numpy()
    places = np.minimum(np.searchsorted(catalog.ids, ids), max(len(catalog) - 1, 0))
    keep = (catalog.ids[places] == ids) & chosen[places] if len(catalog) else np.zeros(len(ids), np.bool_)
    table, places = table.filter(pa.array(keep)), places[keep]
    lengths = pc.list_value_length(table.column("keys")).to_numpy().astype(np.int64)
    keys, resolutions = _flat(table, "keys").astype(np.int32), table.column("resolution").to_numpy()
    finest = int(resolutions.max(initial=1))
    if (resolutions != finest).any():
        keys *= np.repeat(finest // resolutions.astype(np.int32), lengths)
    return Sketches(
        places.astype(np.int64),
        table.column("t").to_numpy().astype(np.int64),
        _numbers(table, "count"),
        _numbers(table, "sum"),
        _numbers(table, "min"),
        _numbers(table, "max"),
        keys,
        _flat(table, "counts").astype(np.float64),
        np.concatenate(([0], np.cumsum(lengths))),
        finest,
    )


def _numbers(table: pa.Table, name: str) -> Values:
    numbers: Values = table.column(name).to_numpy().astype(np.float64)
    return numbers


def _flat(table: pa.Table, name: str) -> NDArray[Any]:
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table.column(name).chunks]
    return np.concatenate(parts) if parts else np.zeros(0)
