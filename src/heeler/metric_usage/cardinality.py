"""Cardinality explorer: the tags that make series, of one metric or of all, and what would be left without.

The series of one metric are those with points in the window, as `/api/v2/metrics/{metric}/estimate` counts
them; those of all metrics are those that were sent, whose rows are written again within an hour.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from heeler.metrics.catalog import KEY_OF_TAG, SEEN_SERIES, SERIES_REWRITE_SECONDS
from heeler.store.engine import Engine

EXACT_SERIES = 1_000_000
"""Above this, the numbers of series without a tag are estimated (within about one per cent)."""
MAX_KEYS, MAX_KEYS_OF_ALL = 30, 15
"""Tag keys whose savings are computed: those with most values."""
MAX_VALUES = 100
DAY = 86_400

_ALL = """
SELECT metric, series, arrayConcat(if(host = '', [], [concat('host:', host)]), tags) AS named
FROM series FINAL WHERE last_seen >= toDateTime({start:UInt32})
"""


class TagCost(msgspec.Struct):
    """``series`` have the key. ``series_without``: how many there would be in all without the key; null where
    it is not among those with most values.
    """

    key: str
    values: int
    series: int
    metrics: int
    series_without: int | None


class DayCount(msgspec.Struct):
    """Series with points on a day (UTC); ``day`` is its start, UNIX seconds."""

    day: int
    series: int


class Cardinality(msgspec.Struct):
    """``exact``: whether ``series_without`` are counted; else they are estimated."""

    series: int
    exact: bool
    tags: list[TagCost]
    growth: list[DayCount]


class NameCount(msgspec.Struct):
    """A value of a tag key, or a metric, with its series."""

    name: str
    series: int
    values: int = 0


class KeyDetails(msgspec.Struct):
    """Largest values of a tag key, and the metrics with most series that have it."""

    values: list[NameCount]
    metrics: list[NameCount]


def _source(metric: str) -> str:
    return SEEN_SERIES if metric else _ALL


def _parameters(metric: str, start: int, end: int) -> dict[str, Any]:
    first = start if metric else start - SERIES_REWRITE_SECONDS
    return {"metric": metric, "start": max(first, 0), "end": max(end, 0)}


async def cardinality(engine: Engine, metric: str, start: int, end: int, days: int) -> Cardinality:
    """Report of ``metric`` (empty: all) for [``start``, ``end``), UNIX seconds, and its growth."""
    parameters, source = _parameters(metric, start, end), _source(metric)
    sql = (
        f"SELECT {KEY_OF_TAG} AS key, uniqExact(tag), uniqExact(metric, series), uniqExact(metric) "  # noqa: S608
        f"FROM (SELECT metric, series, arrayJoin(named) AS tag FROM ({source})) "
        "GROUP BY key ORDER BY 2 DESC, key"
    )
    keys, ((total,),), grown = await asyncio.gather(
        engine.rows(sql, parameters),
        engine.rows(f"SELECT uniqExact(metric, series) FROM ({source})", parameters),  # noqa: S608
        growth(engine, metric, end, days),
    )
    exact = int(total) <= EXACT_SERIES
    chosen = [str(key) for key, *_ in keys][: MAX_KEYS if metric else MAX_KEYS_OF_ALL]
    left = await _without(engine, source, parameters, chosen, exact)
    tags = [
        TagCost(str(key), int(values), int(series), int(metrics), left.get(str(key)))
        for key, values, series, metrics in keys
    ]
    tags.sort(key=lambda one: (total if one.series_without is None else one.series_without, -one.values))
    return Cardinality(int(total), exact, tags, grown)


async def _without(
    engine: Engine, source: str, parameters: dict[str, Any], keys: list[str], exact: bool
) -> dict[str, int]:
    """Number of series that are left without each of ``keys``, all in one pass."""
    if not keys:
        return {}
    count = "uniqExact" if exact else "uniqCombined64"
    columns = []
    for number in range(len(keys)):
        rest = f"arraySort(arrayFilter(tag -> {KEY_OF_TAG} != {{key{number}:String}}, named))"
        columns.append(f"{count}(cityHash64(metric, {rest}))")
    named = {f"key{number}": key for number, key in enumerate(keys)}
    sql = f"SELECT {', '.join(columns)} FROM ({source})"  # noqa: S608
    ((*found,),) = await engine.rows(sql, {**parameters, **named})
    return {key: int(value) for key, value in zip(keys, found, strict=True)}


async def growth(engine: Engine, metric: str, end: int, days: int) -> list[DayCount]:
    """Series with points on each of the last ``days`` (UTC), to ``end``; of all metrics estimated."""
    first = end // DAY * DAY - (days - 1) * DAY
    where = "WHERE time >= toDateTime({start:UInt32}) AND time < toDateTime({end:UInt32})"
    if metric:
        where = f"{where} AND metric = {{metric:String}}"
    count = "uniqExact" if metric else "uniq"
    sql = (
        f"SELECT toUnixTimestamp(toStartOfDay(time, 'UTC')) AS day, {count}(series) "  # noqa: S608
        f"FROM (SELECT time, series FROM points {where} UNION ALL SELECT time, series FROM sketches {where}) "
        "GROUP BY day"
    )
    rows = await engine.rows(sql, {"metric": metric, "start": max(first, 0), "end": max(end, 0)})
    found = {int(day): int(series) for day, series in rows}
    return [DayCount(day, found.get(day, 0)) for day in range(first, first + days * DAY, DAY)]


async def key_details(engine: Engine, metric: str, key: str, start: int, end: int) -> KeyDetails:
    """Values of a tag key by their series, and the metrics that have it."""
    joined = f"SELECT metric, series, arrayJoin(named) AS tag FROM ({_source(metric)})"  # noqa: S608
    tagged = (
        f"SELECT metric, series, tag FROM ({joined}) "  # noqa: S608
        f"WHERE {KEY_OF_TAG} = {{key:String}}"
    )
    parameters = {**_parameters(metric, start, end), "key": key, "most": MAX_VALUES}
    limit = "GROUP BY name ORDER BY n DESC, name LIMIT {most:UInt32}"
    values, metrics = await asyncio.gather(
        engine.rows(
            "SELECT substring(tag, length({key:String}) + 2) AS name, "  # noqa: S608
            f"uniqExact(metric, series) AS n FROM ({tagged}) {limit}",
            parameters,
        ),
        engine.rows(
            f"SELECT metric AS name, uniqExact(series) AS n, uniqExact(tag) FROM ({tagged}) {limit}",  # noqa: S608
            parameters,
        ),
    )
    return KeyDetails(
        [NameCount(str(name), int(series)) for name, series in values],
        [NameCount(str(name), int(series), int(count)) for name, series, count in metrics],
    )
