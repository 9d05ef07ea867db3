"""A resource: exact latencies of all requests, what requests consist of, examples."""

from __future__ import annotations

import time

import pytest

from heeler.apm.resources import (
    ResourceQuery,
    exact_percentiles,
    example_traces,
    latency_distribution,
    spans_within,
)
from heeler.apm.scope import Scope
from heeler.store.engine import Engine
from heeler.store.span_rows import apm_stats_table, span_tables, stats_rows
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

MS = 10**6


@pytest.fixture(scope="module")
def query(engine: Engine) -> ResourceQuery:
    """100 requests of 1 to 100 ms with three queries each, every tenth failed."""
    now = int(time.time()) - 30
    payload, counted = TracerPayload(env="prod"), Concentrator("h", "prod", now * 10**9, oldest=0)
    for at in range(1, 101):
        start = (now - 5) * 10**9 + at * MS
        request = Span(
            service="res-web", name="web", resource="GET /", type="web", trace_id=99_000 + at,
            span_id=1, start=start,
            duration=at * MS, error=int(at % 10 == 0), meta={"error.type": "E"} if at % 10 == 0 else {},
        )  # fmt: skip
        queries = [
            Span(
                service="res-db", name="sql", resource="SELECT 1", type="sql", trace_id=99_000 + at,
                span_id=2 + one,
                parent_id=1, start=start + one * 1000, duration=at * MS // 4,
            )
            for one in range(3)
        ]  # fmt: skip
        spans = [request, *queries]
        mark_top_level(spans)
        payload.chunks.append(Chunk(spans, 1))
        counted.add(payload, payload.chunks[-1])
    engine.insert_sync("apm_spans", span_tables(AgentTraces("h", "prod", payloads=[payload]))["apm_spans"])
    stats = StatsOfAgent("h", "prod", "7", counted.flush(now * 10**9, everything=True))
    engine.insert_sync("apm_stats", apm_stats_table(stats_rows(stats), 99))
    return ResourceQuery("res-web", "GET /", "web", Scope(now - 600, now + 60, "prod"))


async def test_the_distribution_has_every_request_once(engine: Engine, query: ResourceQuery) -> None:
    found = await latency_distribution(engine, query)
    assert (sum(one["ok"] for one in found), sum(one["error"] for one in found)) == (90, 10)
    assert found[0]["low"] == pytest.approx(0.001, rel=0.05)
    assert found[-1]["high"] == pytest.approx(0.1, rel=0.05)
    below = sum(one["ok"] + one["error"] for one in found if one["high"] < 0.05)
    assert 40 <= below <= 50
    assert all(one["high"] > one["low"] for one in found)


async def test_the_spans_within_are_summed_up(engine: Engine, query: ResourceQuery) -> None:
    found = {one["service"]: one for one in await spans_within(engine, query)}
    database, own = found["res-db"], found["res-web"]
    assert (database["per_request"], database["share_of_requests"], own["per_request"]) == (3, 1, 1)
    assert database["share_of_time"] == pytest.approx(0.75)
    assert own["errors"] == 10


async def test_examples_are_near_the_percentiles_and_errors(engine: Engine, query: ResourceQuery) -> None:
    exact = await exact_percentiles(engine, query)
    assert exact["p50"] == pytest.approx(0.050, rel=0.021)
    assert exact["p99"] == pytest.approx(0.099, rel=0.011)
    found = await example_traces(engine, query, exact)
    durations = {one["kind"]: one["duration"] // MS for one in found if one["kind"] != "error"}
    wanted = {"p50": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99, "max": 100}
    # Within 1 % of the percentile there may be the request before or after.
    assert durations == {name: pytest.approx(at, abs=1) for name, at in wanted.items()}
    errors = [one for one in found if one["kind"] == "error"]
    assert [one["duration"] // MS for one in errors] == [100, 90, 80, 70, 60]
    assert errors[0]["error_type"] == "E"
    assert len(errors[0]["trace_id"]) == 32


async def test_nothing_is_found_of_another_resource(engine: Engine, query: ResourceQuery) -> None:
    other = ResourceQuery("res-web", "GET /none", "", query.scope)
    assert await latency_distribution(engine, other) == []
    assert await exact_percentiles(engine, other) == {}
    assert await example_traces(engine, other, {"p50": 0.05}) == []
    assert await spans_within(engine, other) == []
