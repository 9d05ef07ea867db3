"""Patterns view: clusters of similar messages among the results of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heeler.analytics.drain_clustering import cluster, search_of, values_at
from heeler.explorer.sources import Explorable
from heeler.query.search.field_sql import Parameters
from heeler.query.search.planner import time_condition
from heeler.query.search.sql import search_condition
from heeler.query.thread_pool import pool_of
from heeler.store.engine import Engine

#: Number of rows that are clustered, sampled over the window; maximum number of returned patterns and values.
SAMPLE = 10_000
MAX_PATTERNS, MAX_SAMPLES, MAX_PARTS = 300, 5, 12
TREND_BUCKETS = 30


async def patterns(
    engine: Engine, source: Explorable, search: str, start: float, end: float
) -> dict[str, Any]:
    """Patterns by size. Counts of a sample are scaled to all rows; ``sampled`` is the number of rows read.

    Raises ``SearchError`` (a ``ValueError``) for an invalid search.
    """
    to = Parameters()
    where = [time_condition(source.table, start, end, to), search_condition(search, source.table, to)]
    condition = " AND ".join(where)
    count_sql = f"SELECT count() FROM {source.table.name} WHERE {condition}"  # noqa: S608
    total = int((await engine.rows(count_sql, to.values))[0][0])
    if total == 0:
        return {"patterns": [], "total": 0, "sampled": 0}
    # Every n-th row by a hash of its text and time, so that bursts do not dominate the sample.
    step = -(-total // SAMPLE)
    some = f" AND cityHash64({source.text}, {source.table.time_column}) % {step} = 0" if step > 1 else ""
    sql = (
        f"SELECT substring({source.text}, 1, 4000), toFloat64({source.table.time}), "  # noqa: S608
        f"toString({source.table.reserved[source.status].text(to)}) "
        f"FROM {source.table.name} WHERE {condition}{some} LIMIT {SAMPLE * 2}"
    )
    rows = await engine.rows(sql, to.values)
    found = await pool_of(engine).run(_patterns, rows, start, end, total)
    return {"patterns": found, "total": total, "sampled": len(rows)}


def _patterns(rows: Sequence[Sequence[Any]], start: float, end: float, total: int) -> list[dict[str, Any]]:
    scale = total / max(len(rows), 1)
    width = max((end - start) / TREND_BUCKETS, 1e-9)
    found = []
    for one in cluster(str(row[0]) for row in rows)[:MAX_PATTERNS]:
        members = [rows[place] for place in one.members]
        trend = [0] * TREND_BUCKETS
        statuses: dict[str, int] = {}
        for _, time, status in members:
            trend[min(max(int((float(time) - start) / width), 0), TREND_BUCKETS - 1)] += 1
            statuses[status] = statuses.get(status, 0) + 1
        parts = values_at(one.tokens, (str(row[0]) for row in members[:500]))
        found.append(
            {
                "pattern": one.template,
                "count": round(one.count * scale),
                "trend": [round(number * scale) for number in trend],
                "status": max(statuses, key=lambda name: statuses[name]),
                "query": search_of(one.tokens),
                "samples": [str(row[0])[:1000] for row in members[:MAX_SAMPLES]],
                "values": [
                    sorted(counts.items(), key=lambda item: -item[1])[:10] for counts in parts[:MAX_PARTS]
                ],
            }
        )
    return found
