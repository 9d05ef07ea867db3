"""Services, their resources and who calls whom, from the statistics that agents count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heeler.store.engine import Engine
from heeler.wire.traces import duration_sketch


def bin_keys(column: str) -> str:
    """SQL of a column of bin keys at today's resolution: rows of before 0013 have whole bins."""
    return f"arrayMap(key -> toInt32(key) * intDiv({duration_sketch.RESOLUTION}, resolution), {column})"


_BINS = f"sumMap({bin_keys('arrayConcat(ok_keys, error_keys)')}, arrayConcat(ok_counts, error_counts))"
_WHERE = (
    "time >= toDateTime({start:Int64}) AND time < toDateTime({end:Int64}) "
    "AND ({env:String} = '' OR env = {env:String})"
)
MAX_ROWS = 1000


async def services(engine: Engine, start: float, end: float, env: str = "") -> list[dict[str, Any]]:
    """Each service with its hits, errors and latency over the window (UNIX seconds), busiest first."""
    rows = await engine.rows(
        "SELECT service, topKWeighted(1)(type, hits)[1], topKWeighted(1)(name, hits)[1], "  # noqa: S608
        "groupUniqArray(env), groupUniqArray(language), sum(hits) AS h, sum(errors), sum(duration), "
        f"max(time), {_BINS} "
        f"FROM apm_stats FINAL WHERE {_WHERE} AND top_level > 0 "
        f"GROUP BY service ORDER BY h DESC LIMIT {MAX_ROWS}",
        _window(start, end, env),
    )
    return [
        {
            "service": service,
            "type": kind,
            "operation": operation,
            "envs": sorted(envs),
            "languages": sorted(filter(None, languages)),
            "last_seen": last.timestamp(),
            **_numbers(hits, errors, duration, bins, end - start),
        }
        for service, kind, operation, envs, languages, hits, errors, duration, last, bins in rows
    ]


async def resources(
    engine: Engine, service: str, start: float, end: float, *, env: str = "", operation: str = ""
) -> list[dict[str, Any]]:
    """Each resource of a service, most time spent first."""
    rows = await engine.rows(
        f"SELECT resource, name, any(type), sum(hits), sum(errors), sum(duration) AS d, {_BINS} "  # noqa: S608
        f"FROM apm_stats FINAL WHERE {_WHERE} AND service = {{service:String}} "
        "AND ({operation:String} = '' OR name = {operation:String}) "
        f"GROUP BY resource, name ORDER BY d DESC LIMIT {MAX_ROWS}",
        {**_window(start, end, env), "service": service, "operation": operation},
    )
    return [
        {
            "resource": resource,
            "operation": name,
            "type": kind,
            **_numbers(hits, errors, time, bins, end - start),
        }
        for resource, name, kind, hits, errors, time, bins in rows
    ]


async def timeline(
    engine: Engine,
    service: str,
    start: float,
    end: float,
    *,
    env: str = "",
    operation: str = "",
    resource: str = "",
) -> dict[str, Any]:
    """Hits, errors and latency (seconds) of a service over time; lists of equal length."""
    step = max(int((end - start) / 120) // 10 * 10, 10)
    rows = await engine.rows(
        f"SELECT intDiv(toUnixTimestamp(time), {step}) * {step} AS t, "  # noqa: S608
        f"sum(hits), sum(errors), sum(duration), {_BINS} "
        f"FROM apm_stats FINAL WHERE {_WHERE} AND service = {{service:String}} "
        "AND ({operation:String} = '' OR name = {operation:String}) "
        "AND ({resource:String} = '' OR resource = {resource:String}) AND top_level > 0 "
        "GROUP BY t ORDER BY t",
        {**_window(start, end, env), "service": service, "operation": operation, "resource": resource},
    )
    columns: dict[str, list[float]] = {}
    for time, hits, errors, duration, bins in rows:
        numbers = {"times": int(time), **_numbers(hits, errors, duration, bins, step)}
        for name, value in numbers.items():
            columns.setdefault(name, []).append(value)
    return {"interval": step, **columns}


async def edges(engine: Engine, start: float, end: float, env: str = "") -> list[dict[str, Any]]:
    """Who calls whom: pairs of services where a span's parent is of another service, with hits and errors."""
    rows = await engine.rows(
        "SELECT parent.service, child.service, count(), sum(child.error), avg(child.duration) "
        "FROM (SELECT trace_id, parent_id, service, error, duration FROM apm_spans "
        "WHERE start >= toDateTime64({start:Int64}, 9) AND start < toDateTime64({end:Int64}, 9) "
        "AND top_level = 1 AND parent_id != 0 AND ({env:String} = '' OR env = {env:String}) "
        "ORDER BY start DESC LIMIT 200000) AS child "
        "INNER JOIN (SELECT trace_id, span_id, service FROM apm_spans "
        "WHERE start >= toDateTime64({start:Int64}, 9) AND start < toDateTime64({end:Int64}, 9)) AS parent "
        "ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_id "
        "WHERE parent.service != child.service GROUP BY parent.service, child.service ORDER BY count() DESC",
        _window(start, end, env),
    )
    return [
        {"from": caller, "to": callee, "hits": hits, "errors": errors, "avg_duration": duration / 1e9}
        for caller, callee, hits, errors, duration in rows
    ]


async def environments(engine: Engine, start: float, end: float) -> list[str]:
    rows = await engine.rows(
        f"SELECT DISTINCT env FROM apm_stats WHERE {_WHERE} ORDER BY env",  # noqa: S608
        _window(start, end, ""),
    )
    return [row[0] for row in rows]


def _window(start: float, end: float, env: str) -> dict[str, Any]:
    # Buckets are named by their start: the one in which the window begins belongs to it.
    return {"start": int(start // 10) * 10, "end": int(end) + 1, "env": env}


def _numbers(
    hits: int, errors: int, duration: int, bins: tuple[Sequence[int], Sequence[int]], seconds: float
) -> dict[str, float]:
    """Counts, rates and latencies (seconds) of a group."""
    counts = {int(key): float(count) for key, count in zip(*bins, strict=True)}
    quantiles = {
        name: duration_sketch.quantile(counts, q) if counts else 0.0
        for name, q in (("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    }
    return {
        "hits": hits,
        "errors": errors,
        "hits_per_second": hits / max(seconds, 1),
        "error_rate": errors / hits if hits else 0.0,
        "avg": duration / hits / 1e9 if hits else 0.0,
        "total_time": duration / 1e9,
        **quantiles,
    }
