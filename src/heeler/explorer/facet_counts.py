"""Facet values with counts, ranges of measures, and available fields for the explorers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from heeler.explorer.sources import Explorable
from heeler.query.search.aggregate import totals
from heeler.query.search.field_sql import Parameters
from heeler.query.search.plan import Aggregation, Compute, GroupBy
from heeler.query.search.planner import facet_source, time_condition
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

MAX_FIELDS = 30
MAX_VALUES = 200
#: Concurrent queries of one request: other requests need the engine as well.
AT_A_TIME = 3
#: Number of newest rows in which fields are searched, and maximum number of fields.
SAMPLE, MAX_LISTED = 2_000, 1_000
BUCKETS = 20


async def facets(
    engine: Engine,
    source: Explorable,
    search: str,
    start: float,
    end: float,
    fields: Sequence[str],
    limit: int,
) -> list[dict[str, Any]]:
    """Most frequent values of each field with their counts, in the order of ``fields``.

    Raises ``SearchError`` (a ``ValueError``) for an invalid search and ``ValueError`` for too many fields.
    """
    if len(fields) > MAX_FIELDS:
        raise ValueError(f"{len(fields)} facets: expected at most {MAX_FIELDS}.")
    room = asyncio.Semaphore(AT_A_TIME)

    async def one(field: str) -> dict[str, Any]:
        async with room:
            group = GroupBy(field, min(limit, MAX_VALUES), exclude_missing=True)
            found = await totals(engine, source.table, Aggregation(search, start, end, group_by=[group]))
        values = [{"value": total.values[0], "count": total.number or 0} for total in found]
        return {"field": field, "values": values}

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(field)) for field in dict.fromkeys(fields)]
    return [task.result() for task in running]


async def values(
    engine: Engine,
    source: Explorable,
    search: str,
    start: float,
    end: float,
    field: str,
    text: str,
    limit: int,
) -> list[dict[str, Any]]:
    """Values of a field that contain ``text``, case-insensitive, by descending count."""
    to = Parameters()
    where = [time_condition(source.table, start, end, to), search_condition(search, source.table, to)]
    of_field = facet_source(field, source.table)
    texts = of_field.texts(to)
    one = f"toString({of_field.text(to)})" if texts is None else f"arrayJoin(arrayDistinct({texts}))"
    wanted = f" AND positionCaseInsensitiveUTF8(v, {to.add(text)}) > 0" if text else ""
    sql = (
        f"SELECT v, count() AS n FROM (SELECT {one} AS v FROM {source.table.name} "  # noqa: S608
        f"WHERE {' AND '.join(where)}) WHERE v != ''{wanted} "
        f"GROUP BY v ORDER BY n DESC, v LIMIT {min(limit, MAX_VALUES)}"
    )
    return [{"value": str(row[0]), "count": int(row[1])} for row in await engine.rows(sql, to.values)]


async def measure(
    engine: Engine, source: Explorable, search: str, start: float, end: float, field: str
) -> dict[str, Any]:
    """Range of a field's numbers with a histogram of equal bins; nulls if there are none."""
    bounds = []
    for aggregation in ("min", "max", "count"):
        compute = Compute(aggregation, field if aggregation != "count" else None)
        found = await totals(engine, source.table, Aggregation(search, start, end, compute))
        bounds.append(found[0].number if found else None)
    low, high, _ = bounds
    if low is None or high is None:
        return {"field": field, "min": None, "max": None, "buckets": []}
    to = Parameters()
    where = [time_condition(source.table, start, end, to), search_condition(search, source.table, to)]
    number = facet_source(field, source.table).number(to)
    width = (high - low) / BUCKETS or 1.0
    place = (
        f"least(toInt32(floor((m - {to.add(low, 'Float64')}) / {to.add(width, 'Float64')})), {BUCKETS - 1})"
    )
    sql = (
        f"SELECT {place} AS b, count() FROM (SELECT {number} AS m FROM {source.table.name} "  # noqa: S608
        f"WHERE {' AND '.join(where)}) WHERE isNotNull(m) GROUP BY b ORDER BY b"
    )
    buckets = [0] * BUCKETS
    for row in await engine.rows(sql, to.values):
        buckets[max(0, int(row[0]))] = int(row[1])
    return {"field": field, "min": low, "max": high, "buckets": buckets}


async def fields(
    engine: Engine, source: Explorable, search: str, start: float, end: float
) -> list[dict[str, Any]]:
    """Fields of the newest rows of a search: reserved names, tag keys and attribute paths (``@path``), each
    with the share of these rows that have it.
    """
    to = Parameters()
    where = [time_condition(source.table, start, end, to), search_condition(search, source.table, to)]
    keys = f"arrayMap(k -> concat('@', k), {source.attribute_keys})"
    tags = f"arrayMap(t -> splitByChar(':', t)[1], arrayFilter(t -> position(t, ':') > 1, {source.tags}))"
    sql = (
        f"SELECT arrayJoin(arrayDistinct(arrayConcat({keys}, {tags}))) AS f, count() AS n, any(s) FROM "  # noqa: S608
        f"(SELECT *, count() OVER () AS s FROM {source.table.name} WHERE {' AND '.join(where)} "
        f"ORDER BY {source.order} LIMIT {SAMPLE}) GROUP BY f ORDER BY n DESC, f LIMIT {MAX_LISTED}"
    )
    found = [
        {
            "field": str(row[0]),
            "kind": "attribute" if str(row[0]).startswith("@") else "tag",
            "share": row[1] / row[2],
        }
        for row in await engine.rows(sql, to.values)
    ]
    reserved = [{"field": name, "kind": "reserved", "share": 1.0} for name in source.table.reserved]
    names = {one["field"] for one in reserved}
    return [*reserved, *(one for one in found if one["field"] not in names)]
