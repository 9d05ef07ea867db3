"""Upstream and downstream dependencies of a resource: data source ``apm_dependency_stats`` of formulas.

Read from the stored spans: in the traces that passed through the resource, service entry spans of other
services that ran within it (its dependencies), or within which it ran (``is_upstream``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heeler.query.frame import Frame, Group
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Buckets, Window
from heeler.query.search.field_sql import Parameters
from heeler.store.engine import Engine

#: Maximum number of the most recent visits of the resource that are used.
MAX_VISITS = 20_000
MAX_GROUPS = 1_000
#: Maximum time from the start of a trace to the spans in question.
_LONGEST_S = 3600
#: SQL of each stat over the other spans ``o`` of a bucket; ``b`` has the bucket's own totals.
_STATS = {
    "avg_duration": "avg(o.duration) / 1e9",
    "avg_root_duration": "avg(r.root) / 1e9",
    "avg_spans_per_trace": "count() / uniqExact(o.trace_id)",
    "error_rate": "100 * sum(o.error) / count()",
    "pct_exec_time": "100 * sum(o.duration) / any(b.duration)",
    "pct_of_traces": "100 * uniqExact(o.trace_id) / any(b.traces)",
    "total_traces_count": "toFloat64(uniqExact(o.trace_id))",
}
_UNITS = {
    "avg_duration": "second", "avg_root_duration": "second", "error_rate": "percent",
    "pct_exec_time": "percent", "pct_of_traces": "percent",
}  # fmt: skip
_TAGS = ("service", "operation_name", "resource_name")


async def dependency_stats(engine: Engine, item: dict[str, Any], window: Window) -> Frame:
    """Execute an ``apm_dependency_stats`` query: a series for each service, operation and resource.

    Raises ``QueryError`` for missing or unknown parameters.
    """
    for name in ("env", *_TAGS, "stat"):
        if not item.get(name):
            raise QueryError(f"'{name}' is missing")
    stat = str(item["stat"])
    if stat not in _STATS:
        raise QueryError(f"Unknown stat {stat[:50]!r}; there are {', '.join(_STATS)}")
    whole = window.interval >= window.end - window.start
    times = np.array([window.start], np.int64) if whole else Buckets.of(window).starts
    interval = window.end - window.start if whole else window.interval
    rows = await _rows(engine, item, window, times, interval)
    groups = list(dict.fromkeys(tuple(str(one) for one in row[1:4]) for row in rows))[:MAX_GROUPS]
    places = {names: place for place, names in enumerate(groups)}
    values = np.full((len(groups), len(times)), np.nan)
    for bucket, *names, number in rows:
        place = places.get(tuple(str(one) for one in names))
        if place is not None and number is not None:
            values[place, min(max(int(bucket), 0), len(times) - 1)] = float(number)
    tags = [tuple(f"{key}:{one}" for key, one in zip(_TAGS, names, strict=True)) for names in groups]
    return Frame(
        times,
        tuple(Group(one, ",".join(one)) for one in tags),
        values,
        window.interval,
        unit=_UNITS.get(stat, ""),
    )


async def _rows(
    engine: Engine, item: dict[str, Any], window: Window, times: np.ndarray[Any, Any], interval: int
) -> Sequence[Sequence[Any]]:
    """Rows of bucket number, service, operation, resource, value; the most frequent first."""
    to = Parameters()
    service = to.add(str(item["service"]))
    env = "" if item["env"] == "*" else f"AND env = {to.add(str(item['env']))} "
    near = _between(window.start - _LONGEST_S, window.end + _LONGEST_S, to)
    visits = (
        "SELECT trace_id, start AS from, duration, start + toIntervalNanosecond(duration) AS until, "  # noqa: S608
        f"intDiv(toUnixTimestamp(start) - {int(times[0])}, {interval}) AS bucket FROM apm_spans "
        f"WHERE {_between(window.start, window.end, to)} AND service = {service} {env}"
        f"AND name = {to.add(str(item['operation_name']))} "
        f"AND resource = {to.add(str(item['resource_name']))} ORDER BY start DESC LIMIT {MAX_VISITS}"
    )
    inside = "o.from >= v.from AND o.from < v.until"
    if item.get("is_upstream"):
        inside = "o.from <= v.from AND o.until >= v.from"
    in_traces = near + " AND trace_id IN (SELECT trace_id FROM visits)"  # noqa: S608
    return await engine.rows(
        f"WITH visits AS ({visits}), "  # noqa: S608
        "buckets AS (SELECT bucket, uniqExact(trace_id) AS traces, sum(duration) AS duration "
        "FROM visits GROUP BY bucket), "
        "roots AS (SELECT trace_id, max(duration) AS root FROM apm_spans "
        f"WHERE {in_traces} AND parent_id = 0 GROUP BY trace_id), "
        "others AS (SELECT trace_id, start AS from, start + toIntervalNanosecond(duration) AS until, "
        "duration, error, service, name, resource FROM apm_spans "
        f"WHERE {in_traces} AND top_level = 1 AND service != {service}) "
        f"SELECT v.bucket, o.service, o.name, o.resource, {_STATS[str(item['stat'])]} "
        "FROM visits AS v INNER JOIN others AS o ON o.trace_id = v.trace_id "
        "INNER JOIN buckets AS b ON b.bucket = v.bucket LEFT JOIN roots AS r ON r.trace_id = v.trace_id "
        f"WHERE {inside} GROUP BY v.bucket, o.service, o.name, o.resource ORDER BY count() DESC LIMIT 100000",
        to.values,
    )


def _between(start: int, end: int, to: Parameters) -> str:
    first, last = (f"toDateTime64({to.add(max(at, 0), 'Int64')}, 9)" for at in (start, end))
    return f"start >= {first} AND start < {last}"
