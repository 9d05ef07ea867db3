"""Trace statistics as data sources of formulas: ``apm_resource_stats`` and ``apm_metrics``.

Agents compute them before sampling, so they are exact where the stored spans are only a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heeler.apm.serializers import resource_hash
from heeler.apm.services import bin_keys
from heeler.query.frame import Frame, Group
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Buckets, Window
from heeler.query.search.field_sql import AnyTag, Column, Number, Parameters, Source, Table, Tag
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.wire.traces import duration_sketch

#: Apdex threshold in seconds; up to four times as much is tolerated.
APDEX_SECONDS = 0.5
_QUANTILES = {
    "latency_p50": 0.5, "latency_p75": 0.75, "latency_p90": 0.9, "latency_p95": 0.95, "latency_p99": 0.99,
    "latency_p999": 0.999, "latency_max": 1.0,
}  # fmt: skip
_UNITS = {"error_rate": "percent", "latency_avg": "second", "total_time": "second"} | dict.fromkeys(
    _QUANTILES, "second"
)
STATS = (
    "hits", "errors", "error_rate", "hits_per_second", "errors_per_second", "latency_avg", "total_time",
    "apdex", *_QUANTILES,
)  # fmt: skip
_SPREAD = "latency_distribution"
MAX_GROUPS = 10_000

_FIELDS: dict[str, Source] = {
    "service": Column("service", lower=True),
    "env": Column("env", lower=True),
    "operation_name": Column("name"),
    "resource_name": Column("resource"),
    "resource": Column("resource"),
    "type": Column("type"),
    "host": Column("host"),
    "version": Column("version"),
    "language": Column("language"),
    "span.kind": Column("span_kind"),
    "span_kind": Column("span_kind"),
    "http.status_code": Number("http_status", optional=True),
    "http.method": Column("http_method"),
    "http.endpoint": Column("http_endpoint"),
    "tags": AnyTag("peer_tags"),
}
#: Statistics as a searchable table (``query_filter``).
TABLE = Table(
    name="apm_stats FINAL",
    time="toUnixTimestamp(time)",
    reserved=_FIELDS,
    tag=lambda key: Tag("peer_tags", key),
    attribute=lambda path: _FIELDS.get(path.lower()) or Tag("peer_tags", path),
    message=("service", "name", "resource"),
    everywhere=("service", "name", "resource"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of a group in a bucket: seconds, bins of :mod:`heeler.wire.traces.duration_sketch`."""

    hits: float
    errors: float
    seconds: float
    ok: Mapping[int, float]
    failed: Mapping[int, float]


def value_of(stat: str, counted: Counted, interval: int) -> float:
    """Value of ``stat`` for counts over ``interval`` seconds; NaN if undefined."""
    if stat in _QUANTILES:
        both = dict(counted.ok)
        for key, count in counted.failed.items():
            both[key] = both.get(key, 0.0) + count
        return duration_sketch.quantile(both, _QUANTILES[stat])
    hits = counted.hits or np.nan
    return {
        "hits": counted.hits,
        "errors": counted.errors,
        "error_rate": 100 * counted.errors / hits,
        "hits_per_second": counted.hits / interval,
        "errors_per_second": counted.errors / interval,
        "latency_avg": counted.seconds / hits,
        "total_time": counted.seconds,
        "apdex": _apdex(counted),
    }[stat]


def _apdex(counted: Counted) -> float:
    """Apdex: (satisfied + tolerated / 2) / total; errors count as frustrated."""
    satisfied = tolerated = 0.0
    for key, count in counted.ok.items():
        seconds = duration_sketch.value_of(key)
        satisfied += count if seconds <= APDEX_SECONDS else 0
        tolerated += count if APDEX_SECONDS < seconds <= 4 * APDEX_SECONDS else 0
    total = sum(counted.ok.values()) + sum(counted.failed.values())
    return (satisfied + tolerated / 2) / total if total else np.nan


async def resource_stats(engine: Engine, item: dict[str, Any], window: Window) -> Frame:
    """Execute an ``apm_resource_stats`` query; ``env``, ``service`` and ``stat`` are required."""
    for name in ("env", "service", "stat"):
        if not item.get(name):
            raise QueryError(f"'{name}' is missing")
    return await trace_metrics(engine, item, window)


async def trace_metrics(engine: Engine, item: dict[str, Any], window: Window) -> Frame:
    """Execute an ``apm_metrics`` query. Raises ``QueryError`` for an invalid one."""
    stat = str(item.get("stat") or "")
    if stat not in (*STATS, _SPREAD):
        raise QueryError(f"Unknown stat {stat[:50]!r}; there are {', '.join(STATS)}")
    whole = window.interval >= window.end - window.start
    times = np.array([window.start], np.int64) if whole else Buckets.of(window).starts
    if stat == _SPREAD:
        note = "A distribution of latencies is not one number: ask for latency_p50 to latency_p999."
        return Frame(times, (), np.zeros((0, len(times))), window.interval, notes=(note,))
    facets = _facets(item.get("group_by"))
    found = await _counted(engine, item, window, facets, whole)
    groups: dict[tuple[str, ...], int] = {}
    for names, _ in found:
        if len(groups) < MAX_GROUPS:
            groups.setdefault(names, len(groups))
    values = np.full((len(groups), len(times)), np.nan)
    for (names, time), counted in found.items():
        if names in groups:
            place = 0 if whole else int(np.searchsorted(times, time, side="right")) - 1
            values[groups[names], max(place, 0)] = value_of(stat, counted, window.interval)
    tags = [tuple(f"{key}:{one}" for key, one in zip(facets, names, strict=True)) for names in groups]
    return Frame(
        times,
        tuple(Group(one, ",".join(one) or "*") for one in tags),
        values,
        window.interval,
        unit=_UNITS.get(stat, ""),
        zero_missing=stat in ("hits", "errors"),
    )


def _facets(given: Any) -> list[str]:
    if not given:
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise QueryError("'group_by' must be a list of names such as 'resource_name'")
    if len(given) > 4:
        raise QueryError(f"{len(given)} names to group by: expected at most 4")
    return list(dict.fromkeys(given))


async def _counted(
    engine: Engine, item: Mapping[str, Any], window: Window, facets: Sequence[str], whole: bool
) -> dict[tuple[tuple[str, ...], int], Counted]:
    """Counts by group and bucket."""
    to = Parameters()
    bucket = str(window.start)
    if not whole:
        phase = window.phase % window.interval
        bucket = f"intDiv(toUnixTimestamp(time) - {phase}, {window.interval}) * {window.interval} + {phase}"
    columns = [f"{bucket} AS bucket"]
    for place, facet in enumerate(facets):
        text = TABLE.source(facet.removeprefix("@"), False).text(to)
        columns.append(f"toString({text}) AS g{place}")
    groups = ["bucket", *(f"g{place}" for place in range(len(facets)))]
    first, last = (to.add(at, "UInt32") for at in (window.start, window.end))
    conditions = [
        f"time >= toDateTime({first}) AND time < toDateTime({last})",
        *await _conditions(engine, item, window, to),
    ]
    rows = await engine.rows(
        f"SELECT {', '.join(columns)}, sum(hits), sum(errors), sum(duration) / 1e9, "  # noqa: S608
        f"sumMap({bin_keys('ok_keys')}, ok_counts), sumMap({bin_keys('error_keys')}, error_counts) "
        f"FROM {TABLE.name} WHERE {' AND '.join(conditions)} "
        f"GROUP BY {', '.join(groups)} ORDER BY sum(hits) DESC",
        to.values,
    )
    return {
        (tuple(str(one) or "N/A" for one in row[1:-5]), int(row[0])): Counted(
            float(row[-5]), float(row[-4]), float(row[-3]), _bins(row[-2]), _bins(row[-1])
        )
        for row in rows
    }


def _bins(pair: Sequence[Sequence[int]]) -> dict[int, float]:
    return {int(key): float(count) for key, count in zip(*pair, strict=True)}


async def _conditions(engine: Engine, item: Mapping[str, Any], window: Window, to: Parameters) -> list[str]:
    """SQL conditions of a query object. Without an operation, service entry spans are counted."""
    found = []
    names = {"env": "env", "service": "service", "operation_name": "name", "resource_name": "resource"}
    names["span_kind"] = "span_kind"
    for key, column in names.items():
        if item.get(key) and item[key] != "*":
            found.append(f"{column} = {to.add(str(item[key]))}")
    tag, value = item.get("primary_tag_name"), item.get("primary_tag_value")
    if tag and value and value != "*":
        found.append(f"{TABLE.source(str(tag), False).text(to)} = {to.add(str(value))}")
    if not item.get("operation_name") and not item.get("span_kind"):
        found.append("top_level > 0")
    found += [f"has(peer_tags, {to.add(str(one))})" for one in item.get("peer_tags") or ()]
    if item.get("query_filter"):
        try:
            found.append(f"({search_condition(str(item['query_filter']), TABLE, to)})")
        except ValueError as error:
            raise QueryError(f"'query_filter': {error}") from error
    if item.get("resource_hash"):
        wanted = str(item["resource_hash"])
        rows = await engine.rows(
            "SELECT DISTINCT resource FROM apm_stats WHERE time >= toDateTime({start:UInt32}) LIMIT 100000",
            {"start": window.start},
        )
        names_of = [to.add(str(row[0])) for row in rows if resource_hash(str(row[0])) == wanted]
        found.append(f"resource IN ({', '.join(names_of)})" if names_of else "0")
    return found
