"""Services, their resources and the calls between them, computed from trace statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heeler.apm.scope import SPANS, SPANS_FILTERS, SPANS_TIME, STATS, Scope
from heeler.store.engine import Engine
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.peer_tags import PEER_ATTRIBUTES


def bin_keys(column: str) -> str:
    """SQL of a bin key column at the current resolution: rows older than migration 0013 have whole bins."""
    return f"arrayMap(key -> toInt32(key) * intDiv({duration_sketch.RESOLUTION}, resolution), {column})"


BINS = f"sumMap({bin_keys('arrayConcat(ok_keys, error_keys)')}, arrayConcat(ok_counts, error_counts))"
MAX_ROWS = 1000


async def services(engine: Engine, scope: Scope) -> list[dict[str, Any]]:
    """All services with their hits, errors and latency, busiest first."""
    rows = await engine.rows(
        "SELECT service, topKWeighted(1)(type, hits)[1], topKWeighted(1)(name, hits)[1], "  # noqa: S608
        "groupUniqArray(env), groupUniqArray(language), sum(hits) AS h, sum(errors), sum(duration), "
        f"max(time), {BINS} "
        f"FROM apm_stats FINAL WHERE {STATS} AND top_level > 0 "
        f"GROUP BY service ORDER BY h DESC LIMIT {MAX_ROWS}",
        scope.parameters(),
    )
    return [
        {
            "service": service,
            "type": kind,
            "operation": operation,
            "envs": sorted(envs),
            "languages": sorted(filter(None, languages)),
            "last_seen": last.timestamp(),
            **numbers_of(hits, errors, duration, bins, scope.seconds),
        }
        for service, kind, operation, envs, languages, hits, errors, duration, last, bins in rows
    ]


async def resources(
    engine: Engine, service: str, scope: Scope, *, operation: str = ""
) -> list[dict[str, Any]]:
    """All resources of a service, by descending total time."""
    rows = await engine.rows(
        f"SELECT resource, name, any(type), sum(hits), sum(errors), sum(duration) AS d, {BINS} "  # noqa: S608
        f"FROM apm_stats FINAL WHERE {STATS} AND service = {{service:String}} "
        "AND ({operation:String} = '' OR name = {operation:String}) "
        f"GROUP BY resource, name ORDER BY d DESC LIMIT {MAX_ROWS}",
        scope.parameters(service=service, operation=operation),
    )
    return [
        {
            "resource": resource,
            "operation": name,
            "type": kind,
            **numbers_of(hits, errors, time, bins, scope.seconds),
        }
        for resource, name, kind, hits, errors, time, bins in rows
    ]


async def timeline(
    engine: Engine,
    service: str,
    scope: Scope,
    *,
    operation: str = "",
    resource: str = "",
) -> dict[str, Any]:
    """Hits, errors and latency (seconds) of a service over time; lists of equal length.

    Of a service, only requests from outside count; of a resource, all its spans, as in ``resources``.
    """
    step = max(int(scope.seconds / 120) // 10 * 10, 10)
    rows = await engine.rows(
        f"SELECT intDiv(toUnixTimestamp(time), {step}) * {step} AS t, "  # noqa: S608
        f"sum(hits), sum(errors), sum(duration), {BINS} "
        f"FROM apm_stats FINAL WHERE {STATS} AND service = {{service:String}} "
        "AND ({operation:String} = '' OR name = {operation:String}) "
        "AND if({resource:String} = '', top_level > 0, resource = {resource:String}) "
        "GROUP BY t ORDER BY t",
        scope.parameters(service=service, operation=operation, resource=resource),
    )
    columns: dict[str, list[float]] = {}
    for time, hits, errors, duration, bins in rows:
        numbers = {"times": int(time), **numbers_of(hits, errors, duration, bins, step)}
        for name, value in numbers.items():
            columns.setdefault(name, []).append(value)
    return {"interval": step, **columns}


async def edges(engine: Engine, scope: Scope, service: str = "") -> list[dict[str, Any]]:
    """Calls between services: pairs where a span's parent is in another service, with hits and errors.

    With ``service`` only the calls to and from it; version and tag of the scope then apply to its spans.
    """
    rows = await engine.rows(
        "SELECT parent.service, child.service, count(), sum(child.error), avg(child.duration) "  # noqa: S608
        f"FROM (SELECT trace_id, parent_id, service, error, duration, {SPANS_FILTERS} AS own FROM apm_spans "
        f"WHERE {SPANS_TIME} "
        "AND top_level = 1 AND parent_id != 0 AND ({env:String} = '' OR env = {env:String}) "
        "ORDER BY start DESC LIMIT 200000) AS child "
        f"INNER JOIN (SELECT trace_id, span_id, service, {SPANS_FILTERS} AS own FROM apm_spans "
        f"WHERE {SPANS_TIME}) AS parent "
        "ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_id "
        "WHERE parent.service != child.service AND multiIf({service:String} = '', child.own, "
        "child.service = {service:String}, child.own, parent.service = {service:String}, parent.own, 0) "
        "GROUP BY parent.service, child.service ORDER BY count() DESC",
        scope.parameters(service=service),
    )
    return [
        {"from": caller, "to": callee, "hits": hits, "errors": errors, "avg_duration": duration / 1e9}
        for caller, callee, hits, errors, duration in rows
    ]


#: Span types of database calls.
DATABASE_TYPES = (
    "sql", "db", "redis", "cache", "memcached", "mongodb", "cassandra", "elasticsearch", "opensearch",
)  # fmt: skip
#: Untraced targets of client spans, with their type.
_PEER_KIND = (
    f"multiIf(type IN {DATABASE_TYPES} OR meta['db.system'] != '', 'database', "
    "type = 'queue' OR kind = 'producer' OR meta['messaging.system'] != '', 'queue', 'external')"
)
_HOSTS = ("out.host", "server.address", "http.server_name", *PEER_ATTRIBUTES["peer.hostname"])
_PEERS = {
    "database": (*PEER_ATTRIBUTES["peer.db.name"], "tablename", *_HOSTS, *PEER_ATTRIBUTES["peer.db.system"]),
    "queue": (
        "messaging.destination.name",
        *PEER_ATTRIBUTES["peer.messaging.destination"],
        "queuename",
        "streamname",
        *PEER_ATTRIBUTES["peer.kafka.bootstrap.servers"],
        *PEER_ATTRIBUTES["peer.messaging.system"],
    ),
    "external": (*_HOSTS, *PEER_ATTRIBUTES["peer.aws.s3.bucket"], *PEER_ATTRIBUTES["peer.rpc.service"]),
}


def _first_of(keys: Sequence[str]) -> str:
    values = ", ".join(f"nullIf(meta['{key}'], '')" for key in dict.fromkeys(keys))
    return f"coalesce({values}, '')"


async def inferred(engine: Engine, scope: Scope) -> list[dict[str, Any]]:
    """Databases, queues and hosts that services call and that send no traces, from tags of client spans.

    A client span with a child span in another service is a call of that service and is excluded.
    """
    peers = ", ".join(f"k = '{kind}', {_first_of(keys)}" for kind, keys in _PEERS.items())
    rows = await engine.rows(
        "SELECT service, k, peer, count(), sum(error), avg(duration) FROM ("  # noqa: S608
        f"SELECT trace_id, span_id, service, error, duration, {_PEER_KIND} AS k, "
        f"if(peer_service != '', peer_service, multiIf({peers}, '')) AS peer FROM apm_spans "
        f"WHERE kind IN ('client', 'producer') AND {SPANS} ORDER BY start DESC LIMIT 200000) AS calls "
        f"LEFT ANTI JOIN (SELECT trace_id, parent_id FROM apm_spans WHERE top_level = 1 AND {SPANS_TIME}) "
        "AS entries "
        "ON entries.trace_id = calls.trace_id AND entries.parent_id = calls.span_id "
        "WHERE peer != '' AND peer != service GROUP BY service, k, peer ORDER BY count() DESC LIMIT 2000",
        scope.parameters(),
    )
    return [
        {
            "from": caller,
            "kind": kind,
            "to": peer,
            "hits": hits,
            "errors": errors,
            "avg_duration": duration / 1e9,
        }
        for caller, kind, peer, hits, errors, duration in rows
    ]


async def time_by_downstream(engine: Engine, service: str, scope: Scope) -> list[dict[str, Any]]:
    """Which service or kind of work takes the time of a service's requests: seconds within the traces that it
    took part in.

    Self time of the spans of each service and operation, over the most recent 2,000 entry spans of the
    service.
    """
    rows = await engine.rows(
        "WITH entries AS (SELECT trace_id, start AS begun, "  # noqa: S608
        "start + toIntervalNanosecond(duration) AS ended "
        f"FROM apm_spans WHERE service = {{service:String}} AND top_level = 1 AND {SPANS} "
        "ORDER BY start DESC LIMIT 2000), "
        "inside AS (SELECT s.trace_id AS trace_id, s.span_id AS span_id, s.parent_id AS parent_id, "
        "s.service AS service, s.type AS type, s.duration AS duration FROM apm_spans AS s "
        "INNER JOIN entries AS e ON e.trace_id = s.trace_id WHERE s.start >= e.begun AND s.start < e.ended "
        "AND s.start >= toDateTime64({start:Int64} - 3600, 9) "
        "AND s.start < toDateTime64({end:Int64} + 3600, 9)) "
        "SELECT i.service, i.type, sum(greatest(i.duration - c.children, 0)) / 1e9 AS own FROM inside AS i "
        "LEFT JOIN (SELECT trace_id, parent_id, sum(duration) AS children FROM inside "
        "GROUP BY trace_id, parent_id) AS c ON c.trace_id = i.trace_id AND c.parent_id = i.span_id "
        "GROUP BY i.service, i.type ORDER BY own DESC LIMIT 50",
        scope.parameters(service=service),
    )
    total = sum(float(row[2]) for row in rows) or 1.0
    return [
        {"service": name, "type": kind, "seconds": float(own), "share": float(own) / total}
        for name, kind, own in rows
    ]


async def environments(engine: Engine, start: float, end: float) -> list[str]:
    rows = await engine.rows(
        f"SELECT DISTINCT env FROM apm_stats WHERE {STATS} ORDER BY env",  # noqa: S608
        Scope(start, end).parameters(),
    )
    return [row[0] for row in rows]


def numbers_of(
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
