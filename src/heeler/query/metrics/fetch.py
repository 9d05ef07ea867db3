"""Reads points of series out of the engine, aggregated in time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from heeler.query.metrics.blocks import KeptBlocks
from heeler.query.metrics.catalog import Catalog, Mask
from heeler.query.metrics.table import SeriesTable
from heeler.query.metrics.window import Buckets
from heeler.store.changes import HOUR
from heeler.store.engine import Engine, EngineError
from heeler.store.rollup import complete_until

#: Up to this many series are named in the query; more are filtered after reading.
NAMED_SERIES = 4096
#: Shorter windows are read from the points: there is little to save.
ROLLUP_SECONDS = 6 * 3600

# Without an order, and with times for the index of points alone, reading costs half as much. Rows beside the
# asked times come too, and a table says when it needs the order, or FINAL.
_RUNS = """
SELECT series, toUInt32(time) AS t, {value} FROM {table}
WHERE metric = {{metric:String}}{named} AND {within}
"""
_ORDERED = """
SELECT series, toUInt32(time) AS t, {value} FROM {table}
WHERE metric = {{metric:String}}{named}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}})
  AND {block} >= {first_block}
ORDER BY metric, {block}, series, time
"""
_FINAL = _ORDERED.replace("{table}", "{table} FINAL")
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


def rollup_step(buckets: Buckets, start: int, end: int) -> int:
    """Seconds of the coarsest rollup table whose rows never lie across a bucket's edge; 0 for none."""
    if end - start < ROLLUP_SECONDS:
        return 0
    for step in (3600, 300):
        if not (buckets.edges[: 1 if buckets.uniform else None] % step).any() and buckets.uniform % step == 0:
            return step
    return 0


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
    """Whether blocks that an earlier query read may answer this one."""

    def read(self, start: int, end: int, buckets: Buckets, method: str) -> SeriesTable:
        """Every point in [start, end) by bucket; the later of two of one series and second counts."""
        for form in (_RUNS, _ORDERED, _FINAL):
            table = self._attempt(start, end, buckets, method, form)
            if table is not None:
                return table
        raise EngineError(f"Points of {self.metric} came twice from a reading that gives each once")

    def _attempt(self, start: int, end: int, buckets: Buckets, method: str, form: str) -> SeriesTable | None:
        """The table, or None where ``form`` may give a series two rows of one time."""
        table = SeriesTable(self.catalog.ids[self.chosen], buckets, method)
        if form is _RUNS and not table.takes_runs:
            return None
        kept = KeptBlocks(self.engine, self.metric, table, start, end)
        began = time.perf_counter()
        missing = kept.restore() if self.cached else [(start, end)]
        if sum(last - first for first, last in missing) < end - start:
            self._note("kept", 0, began)
        for first, last in missing:
            for source, since, until in self._sources(buckets, first, last):
                rows = self._rows(source, since, until, method, form)
                if not table.add(rows, since, until):
                    return None
        kept.keep(missing, self.now)
        return table

    def _sources(self, buckets: Buckets, start: int, end: int) -> list[tuple[str, int, int]]:
        """The tables to read [start, end) from, in the order of time."""
        step = rollup_step(buckets, start, end)
        first = -(-start // step) * step if step else end
        last = min(end, complete_until(self.engine, self.now)) // step * step if step else start
        if last - first < ROLLUP_SECONDS:
            return [("points", start, end)]
        rollup = "points_1h" if step == 3600 else "points_5m"
        parts = [("points", start, first), (rollup, first, last), ("points", last, end)]
        return [part for part in parts if part[1] < part[2]]

    def _rows(self, source: str, start: int, end: int, method: str, form: str) -> pa.Table:
        began = time.perf_counter()
        parameters: dict[str, Any] = {"metric": self.metric, "start": max(start, 0), "end": max(end, 0)}
        parameters["hour_before"] = max(start - HOUR + 1, 0)
        named = ""
        if _few(self.chosen):
            named, parameters["ids"] = _NAMED, self.catalog.ids[self.chosen].tolist()
        block = _BLOCKS[source]
        sql = form.format(
            value="value" if source == "points" else f"{_COLUMNS[method]} AS value, count",
            table=source,
            within=_WITHIN[source],
            named=named,
            block=block.format(time="time"),
            first_block=block.format(time="toDateTime({start:UInt32})"),
        )
        rows = self.engine.fetch_sync(sql, parameters, _SETTINGS)
        self._note(source, rows.num_rows, began)
        return rows

    def _note(self, source: str, rows: int, began: float) -> None:
        milliseconds = (time.perf_counter() - began) * 1000
        self.trace.readings.append(Reading(self.metric, source, int(self.chosen.sum()), rows, milliseconds))


def _few(chosen: Mask) -> bool:
    count = int(chosen.sum())
    return count <= NAMED_SERIES and count < len(chosen)
