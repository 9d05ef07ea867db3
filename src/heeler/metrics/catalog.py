"""Catalog of metrics, tags and hosts, read from the engine's table ``series``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heeler.query.metrics import series_index
from heeler.query.metrics.ast import Tag
from heeler.query.thread_pool import pool_of
from heeler.store.engine import Engine


async def metric_names(
    engine: Engine,
    since: float,
    *,
    host: str = "",
    tag: str = "",
    text: str = "",
    kind: str = "",
    limit: int = 100_000,
) -> list[str]:
    """Sorted names of metrics seen since ``since`` (UNIX seconds); ``text`` is a substring of the name,
    ``kind`` is ``distribution``, ``non_distribution`` or empty for both.
    """
    conditions = ["last_seen >= toDateTime({since:UInt32})"]
    if host:
        conditions.append("host = {host:String}")
    if tag:
        conditions.append("(has(tags, {tag:String}) OR concat('host:', host) = {tag:String})")
    if text:
        conditions.append("positionCaseInsensitive(metric, {text:String}) > 0")
    if kind:
        conditions.append(f"type {'=' if kind == 'distribution' else '!='} 'distribution'")
    where = " AND ".join(conditions)
    sql = f"SELECT DISTINCT metric FROM series WHERE {where} ORDER BY metric LIMIT {int(limit)}"  # noqa: S608
    rows = await engine.rows(sql, {"since": int(max(0, since)), "host": host, "tag": tag, "text": text})
    return [str(row[0]) for row in rows]


async def host_names(engine: Engine, since: float, text: str = "", limit: int = 10_000) -> list[str]:
    rows: Sequence[Sequence[object]] = await engine.rows(
        "SELECT DISTINCT host FROM series WHERE last_seen >= toDateTime({since:UInt32}) AND host != '' "
        "AND positionCaseInsensitive(host, {text:String}) > 0 ORDER BY host LIMIT {limit:UInt32}",
        {"since": int(max(0, since)), "text": text, "limit": limit},
    )
    return [str(row[0]) for row in rows]


async def tag_values(engine: Engine, key: str, limit: int = 1000) -> list[str]:
    """Sorted values of a tag key over all series and hosts; for ``host``, the host names."""
    if key == "host":
        return await host_names(engine, 0, limit=limit)
    rows = await engine.rows(
        "SELECT DISTINCT substring(tag, length({key:String}) + 2) AS value FROM ("
        "SELECT arrayJoin(tags) AS tag FROM series UNION ALL SELECT arrayJoin(tags) AS tag FROM host_tags"
        ") WHERE startsWith(tag, concat({key:String}, ':')) ORDER BY value LIMIT {limit:UInt32}",
        {"key": key, "limit": limit},
    )
    return [str(row[0]) for row in rows]


async def metric_type(engine: Engine, metric: str) -> tuple[str, str, str, int] | None:
    """Type, unit, source and submission interval of a metric as last sent; None for an unknown metric."""
    rows = await engine.rows(
        "SELECT type, unit, source, interval FROM series WHERE metric = {metric:String} "
        "ORDER BY last_seen DESC LIMIT 1",
        {"metric": metric},
    )
    return (str(rows[0][0]), str(rows[0][1]), str(rows[0][2]), int(rows[0][3])) if rows else None


async def metric_types(engine: Engine, prefix: str) -> dict[str, str]:
    """Sorted names with ``prefix``, and the type of each as last sent."""
    rows = await engine.rows(
        "SELECT metric, argMax(type, last_seen) FROM series WHERE startsWith(metric, {prefix:String}) "
        "GROUP BY metric ORDER BY metric",
        {"prefix": prefix},
    )
    return {str(name): str(kind) for name, kind in rows}


async def metric_tags(
    engine: Engine, metric: str, scope: str = "*", since: float | None = None
) -> list[str] | None:
    """Sorted tags of the metric's series, including host tags; None for an unknown metric.

    ``scope``: only series with all of these tags, separated by commas; ``since`` (UNIX seconds): only those
    seen since then.
    """
    known = await series_index.load(engine, metric)
    if not len(known):
        return None
    seen = None
    if since is not None:
        found = await engine.fetch(
            "SELECT DISTINCT series FROM series WHERE metric = {metric:String} "
            "AND last_seen >= toDateTime({since:UInt32})",
            {"metric": metric, "since": max(0, int(since))},
        )
        seen = found.column("series").to_numpy()
    return await pool_of(engine).run(_tags, known, scope, seen)


def _tags(known: series_index.Catalog, scope: str, seen: NDArray[np.uint64] | None) -> list[str]:
    chosen = np.logical_and.reduce([known.select(Tag(one.strip())) for one in scope.split(",")])
    if seen is not None:
        chosen &= np.isin(known.ids, seen)
    codes = set(known.codes[chosen[known.rows]].tolist())
    return sorted(known.vocabulary[code] for code in codes)


SERIES_REWRITE_SECONDS = 3600
"""A reporting series is written again at least this often; see the intake's series cache."""


async def series_count(engine: Engine, metric: str, since: float) -> int:
    """Number of series of the metric seen since ``since`` (UNIX seconds)."""
    rows = await engine.rows(
        "SELECT uniqExact(series) FROM series WHERE metric = {metric:String} "
        "AND last_seen >= toDateTime({since:UInt32})",
        {"metric": metric, "since": max(0, int(since))},
    )
    return int(rows[0][0])


async def metric_volumes(
    engine: Engine, since: float, recent: float, limit: int = 100_000
) -> list[tuple[str, str, int, int]]:
    """Metrics seen since ``since`` (UNIX seconds) by name: type, series seen since ``recent``, and their
    hosts."""
    rows = await engine.rows(
        "SELECT metric, argMax(type, last_seen), "
        "uniqExactIf(series, last_seen >= toDateTime({recent:UInt32})), "
        "uniqExactIf(host, host != '' AND last_seen >= toDateTime({recent:UInt32})) FROM series "
        "WHERE last_seen >= toDateTime({since:UInt32}) GROUP BY metric ORDER BY metric LIMIT {limit:UInt32}",
        {"since": int(max(0, since)), "recent": int(max(0, recent)), "limit": limit},
    )
    return [(str(name), str(kind), int(series), int(hosts)) for name, kind, series, hosts in rows]


#: Series of a metric with data in a window, with their tags, including the host's name.
SEEN_SERIES = """
SELECT metric, series, arrayConcat(if(host = '', [], [concat('host:', host)]), tags) AS named
FROM series FINAL WHERE metric = {metric:String} AND series IN (
    SELECT series FROM points WHERE metric = {metric:String}
        AND time >= toDateTime({start:UInt32}) AND time < toDateTime({end:UInt32})
    UNION DISTINCT
    SELECT series FROM sketches WHERE metric = {metric:String}
        AND time >= toDateTime({start:UInt32}) AND time < toDateTime({end:UInt32})
)
"""
KEY_OF_TAG = "substring(tag, 1, if(position(tag, ':') = 0, length(tag), position(tag, ':') - 1))"


async def values_by_key(engine: Engine, metric: str, start: int, end: int) -> dict[str, int]:
    """Tag keys of the metric's series with data in [``start``, ``end``), and the number of values of each."""
    sql = f"SELECT {KEY_OF_TAG} AS key, uniqExact(tag) FROM (SELECT arrayJoin(named) AS tag FROM ({SEEN_SERIES})) GROUP BY key"  # noqa: S608, E501
    rows = await engine.rows(sql, {"metric": metric, "start": max(start, 0), "end": max(end, 0)})
    return {str(key): int(count) for key, count in rows}


async def combinations(
    engine: Engine, metric: str, keys: set[str], exclude: bool, start: int, end: int
) -> int:
    """Number of distinct tag sets of the metric's series with data in [``start``, ``end``), reduced to
    ``keys`` or (``exclude``) without those.
    """
    chosen = f"{'NOT ' if exclude else ''}has({{keys:Array(String)}}, {KEY_OF_TAG})"
    combination = f"arraySort(arrayFilter(tag -> {chosen}, named))"
    sql = f"SELECT uniqExact({combination}) FROM ({SEEN_SERIES})"  # noqa: S608
    parameters = {"metric": metric, "keys": sorted(keys), "start": max(start, 0), "end": max(end, 0)}
    rows = await engine.rows(sql, parameters)
    return int(rows[0][0])
