"""Points of a cluster, grouped by series and bucket on the shards: a shard sends a number for each bucket of
its series, not the points."""

from __future__ import annotations

from typing import Any

import numpy as np

from heeler.query import budget
from heeler.query.metrics.packed_rows import Ids
from heeler.query.metrics.table_selection import Source
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import LAST_TIME
from heeler.store.engine import Engine

#: Names of series in a statement, at most; above it, all series of the metric are read.
NAMED_SERIES = 10_000
_GROUPED = """
SELECT series, intDiv(toInt64(toUInt32(time)) - {{first:Int64}}, {{interval:Int64}}) AS bucket,
    toFloat64({main}) AS main, toFloat64({held}) AS held
FROM {table} FINAL
WHERE metric = {{metric:String}}{named} AND {block} >= {first_block}
  AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}})
GROUP BY series, bucket ORDER BY series, bucket
"""
_NAMED = " AND series IN {ids:Array(UInt64)}"
_BLOCKS = {
    "points": "toStartOfHour({time})",
    "points_5m": "toDate({time})",
    "points_1h": "toStartOfMonth({time})",
}
#: Aggregate of a bucket by method; of the average the sum, which is divided by the number of points.
_AGGREGATES = {
    "sum": "sum({value})",
    "avg": "sum({value})",
    "count": "sum({value})",
    "min": "min({value})",
    "max": "max({value})",
    "last": "argMax({value}, time)",
}


def read_grouped(engine: Engine, metric: str, source: Source, table: SeriesTable) -> int:
    """Add the points of ``source`` to ``table``, whose buckets are uniform; returns the number of rows read.
    Blocks."""
    buckets, wanted = table.buckets, table.wanted
    parameters: dict[str, Any] = {
        "metric": metric,
        "first": int(buckets.edges[0]),
        "interval": buckets.uniform,
        "start": source.start,
        "end": min(source.stop, LAST_TIME),
    }
    named = ""
    if len(wanted) <= NAMED_SERIES:
        named, parameters["ids"] = _NAMED, wanted.tolist()
    block = _BLOCKS[source.table]
    sql = _GROUPED.format(
        main=_AGGREGATES[table.method].format(value=source.column),
        held="count()" if source.table == "points" else "sum(count)",
        table=source.table,
        named=named,
        block=block.format(time="time"),
        first_block=block.format(time="toDateTime({start:UInt32})"),
    )
    found = engine.fetch_sync(sql, parameters, budget.store_settings())
    budget.count_rows(found.num_rows)
    series, places, main, held = (column.to_numpy() for column in found.columns)
    rows = _rows_of(series.astype(np.uint64), wanted)
    keep = (rows >= 0) & (places < len(buckets))
    table.add_cells(rows[keep] * len(buckets) + places[keep], main[keep], held[keep])
    return int(found.num_rows)


def _rows_of(series: Ids, wanted: Ids) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The place of each of ``series`` in ``wanted``, which is ascending; -1 where it is not there."""
    places = np.minimum(np.searchsorted(wanted, series), len(wanted) - 1).astype(np.int64)
    return np.where(wanted[places] == series, places, -1)
