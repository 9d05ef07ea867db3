"""One resource of a service: latency distribution, downstream spans of its requests, example traces."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.apm.scope import SPANS, STATS, Scope
from heeler.apm.services import BINS, bin_keys
from heeler.store.engine import Engine
from heeler.wire.traces import duration_sketch

#: Number of most recent requests from which examples and the breakdown are taken.
EXAMPLES, SUMMARIZED = 2_000, 500
BUCKETS = 40
MAX_KINDS = 100
PERCENTILES = (("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
MAX_ERRORS = 5


@dataclass(frozen=True, slots=True)
class ResourceQuery:
    """Which requests; an empty operation means any."""

    service: str
    resource: str
    operation: str
    scope: Scope

    @property
    def parameters(self) -> dict[str, Any]:
        return self.scope.parameters(service=self.service, resource=self.resource, operation=self.operation)


_OF_RESOURCE = (
    "service = {service:String} AND resource = {resource:String} "
    "AND ({operation:String} = '' OR name = {operation:String})"
)
_STATS_WHERE = f"{STATS} AND {_OF_RESOURCE}"
_SPANS_WHERE = f"{SPANS} AND {_OF_RESOURCE}"


async def exact_percentiles(engine: Engine, query: ResourceQuery) -> dict[str, float]:
    """Seconds at each of ``PERCENTILES`` of all requests that were counted, sampled or not, from the merged
    sketches (within 1 %); empty without requests."""
    rows = await engine.rows(
        f"SELECT {BINS} FROM apm_stats FINAL WHERE {_STATS_WHERE}",  # noqa: S608
        query.parameters,
    )
    counts = {int(key): float(count) for key, count in zip(*rows[0][0], strict=True)}
    return {name: duration_sketch.quantile(counts, share) for name, share in PERCENTILES} if counts else {}


async def latency_distribution(engine: Engine, query: ResourceQuery) -> list[dict[str, float]]:
    """Histogram of latency in geometric steps (``low`` and ``high`` in seconds), of all counted requests;
    successes and errors separate.
    """
    ok, error = (
        f"sumMap({bin_keys(f'{name}_keys')}, {name}_counts)"  # column names from this code
        for name in ("ok", "error")
    )
    rows = await engine.rows(
        f"SELECT {ok}, {error} FROM apm_stats FINAL WHERE {_STATS_WHERE}",  # noqa: S608
        query.parameters,
    )
    return _buckets(*(dict(zip(*bins, strict=True)) for bins in rows[0]))


def _buckets(ok: Mapping[int, int], error: Mapping[int, int]) -> list[dict[str, float]]:
    keys = sorted(key for key in {*ok, *error} if key > 0)
    if not keys:
        return []
    low = duration_sketch.value_of(keys[0]) / 1.02
    high = duration_sketch.value_of(keys[-1]) * 1.02
    ratio = (high / low) ** (1 / BUCKETS)
    found = [
        {"low": low * ratio**at, "high": low * ratio ** (at + 1), "ok": 0.0, "error": 0.0}
        for at in range(BUCKETS)
    ]
    for name, counts in (("ok", ok), ("error", error)):
        for key, count in counts.items():
            value = max(duration_sketch.value_of(int(key)), low)
            place = min(int(math.log(value / low) / math.log(ratio)), BUCKETS - 1)
            found[place][name] += count
    return found


async def example_traces(
    engine: Engine, query: ResourceQuery, percentiles: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Of the newest stored requests the one nearest to each of ``percentiles`` (seconds), and the newest that
    failed."""
    rows = await engine.rows(
        "SELECT trace_high, trace_id, span_id, toUnixTimestamp64Milli(start), duration, error, error_type "  # noqa: S608
        f"FROM apm_spans WHERE {_SPANS_WHERE} ORDER BY start DESC LIMIT {EXAMPLES}",
        query.parameters,
    )
    if not rows:
        return []
    chosen = [
        (name, min(rows, key=lambda row, at=seconds * 1e9: abs(row[4] - at)))  # type: ignore[misc]
        for name, seconds in percentiles.items()
    ]
    chosen += [("error", row) for row in [row for row in rows if row[5]][:MAX_ERRORS]]
    return [_example(name, row) for name, row in chosen]


def _example(name: str, row: Sequence[Any]) -> dict[str, Any]:
    high, low, span_id, start, duration, error, kind = row
    return {
        "kind": name,
        "trace_id": f"{high:016x}{low:016x}",
        "span_id": str(span_id),
        "start": start / 1000,
        "duration": duration,
        "error": bool(error),
        "error_type": kind,
    }


async def spans_within(engine: Engine, query: ResourceQuery) -> list[dict[str, Any]]:
    """Breakdown of requests by service, operation and resource: spans per request, the share of requests that
    have any, average duration, and the share of self time.
    """
    rows = await engine.rows(
        "WITH visits AS (SELECT trace_id, start AS begun, "  # noqa: S608
        "start + toIntervalNanosecond(duration) AS ended "
        f"FROM apm_spans WHERE {_SPANS_WHERE} ORDER BY start DESC LIMIT {SUMMARIZED}), "
        "inside AS (SELECT s.trace_id AS trace_id, s.span_id AS span_id, s.parent_id AS parent_id, "
        "s.service AS service, s.name AS name, s.resource AS resource, s.type AS type, "
        "s.duration AS duration, s.error AS error FROM apm_spans AS s "
        "INNER JOIN visits AS v ON v.trace_id = s.trace_id WHERE s.start >= v.begun AND s.start < v.ended "
        "AND s.start >= toDateTime64({start:Int64} - 60, 9) "
        "AND s.start < toDateTime64({end:Int64} + 3600, 9)) "
        "SELECT i.service, i.name, i.resource, any(i.type), count(), uniqExact(i.trace_id), "
        "avg(i.duration), sum(i.error), sum(greatest(i.duration - c.children, 0)) AS own, "
        "(SELECT count() FROM visits) AS visits, (SELECT uniqExact(trace_id) FROM visits) AS traces "
        "FROM inside AS i LEFT JOIN (SELECT trace_id, parent_id, sum(duration) AS children FROM inside "
        "GROUP BY trace_id, parent_id) AS c ON c.trace_id = i.trace_id AND c.parent_id = i.span_id "
        f"GROUP BY i.service, i.name, i.resource ORDER BY own DESC LIMIT {MAX_KINDS}",
        query.parameters,
    )
    total = sum(int(row[8]) for row in rows) or 1
    return [
        {
            "service": service,
            "operation": name,
            "resource": resource,
            "type": kind,
            "per_request": count / visits,
            "share_of_requests": having / traces,
            "avg": duration / 1e9,
            "errors": int(errors),
            "share_of_time": int(own) / total,
        }
        for service, name, resource, kind, count, having, duration, errors, own, visits, traces in rows
    ]
