"""Who calls whom, what was called that is not traced, versions, and what takes the time."""

from __future__ import annotations

import time

import pytest

from heeler.apm import services
from heeler.apm.scope import Scope
from heeler.errors.occurrences import occurrences_table, of_traces
from heeler.store.engine import Engine
from heeler.store.span_rows import apm_stats_table, span_tables, stats_rows
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

NOW = int(time.time()) - 60
MS = 10**6
ENV = "unit-map"
SCOPE = Scope(NOW - 100, NOW + 100, ENV)


def call(trace: int, version: str, kind: str = "", at: int = 0) -> list[Span]:
    """``front`` calls ``back``, which queries a database, publishes to a queue, and calls a host."""

    def span(identity: int, parent: int, service: str, lasts: int, **more: object) -> Span:
        meta = {"env": ENV, "version": version, **more.pop("meta", {})}  # type: ignore[dict-item]
        return Span(
            service=service, name="op", resource="r", trace_id=trace, span_id=identity, parent_id=parent,
            start=(NOW + at) * 1000 * MS + identity, duration=lasts * MS, meta=meta, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    client = {"span.kind": "client"}
    error = {"error.type": kind, "error.message": "x"} if kind else {}
    spans = [
        span(1, 0, "map-front", 100),
        span(2, 1, "map-front", 90, meta={**client, "out.host": "back.internal"}),
        span(3, 2, "map-back", 80, error=int(bool(kind)), meta=error),
        span(4, 3, "map-back", 30, type="sql", meta={**client, "db.name": "orders", "out.host": "db-1"}),
        span(5, 3, "map-back", 5, meta={"span.kind": "producer", "messaging.destination.name": "jobs"}),
        span(6, 3, "map-back", 10, error=1, meta={**client, "out.host": "pay.example"}),
    ]
    mark_top_level(spans)
    return spans


@pytest.fixture(scope="module")
def calls(engine: Engine) -> Engine:
    traces = [call(910, "1.0", "A", -20), call(911, "1.0", at=-20), call(912, "1.1", "B")]
    payload = TracerPayload([Chunk(spans, 1) for spans in traces], env=ENV)
    received = AgentTraces("h", ENV, payloads=[payload])
    counted = Concentrator("h", ENV, NOW * 1000 * MS, oldest=0)
    for chunk in payload.chunks:
        single = TracerPayload(env=ENV, app_version=chunk.spans[0].meta["version"])
        counted.add(single, chunk)
    stats = StatsOfAgent("h", ENV, "", counted.flush(0, everything=True))
    engine.insert_sync("apm_spans", span_tables(received)["apm_spans"])
    engine.insert_sync("error_events", occurrences_table(of_traces(received)))
    engine.insert_sync("apm_stats", apm_stats_table(stats_rows(stats), 77))
    return engine


async def test_what_is_called_and_not_traced(calls: Engine) -> None:
    found = await services.inferred(calls, SCOPE)
    edges = {(one["from"], one["kind"], one["to"]): (one["hits"], one["errors"]) for one in found}
    assert edges == {
        ("map-back", "database", "orders"): (3, 0),
        ("map-back", "queue", "jobs"): (3, 0),
        ("map-back", "external", "pay.example"): (3, 3),
    }
    (between,) = await services.edges(calls, SCOPE)
    assert (between["from"], between["to"], between["hits"]) == ("map-front", "map-back", 3)


async def test_what_takes_the_time(calls: Engine) -> None:
    found = await services.time_by_downstream(calls, "map-back", SCOPE)
    seconds = {(one["service"], one["type"]): round(one["seconds"], 3) for one in found}
    assert seconds == {("map-back", ""): round(3 * (0.080 - 0.045 + 0.015), 3), ("map-back", "sql"): 0.09}
    assert sum(one["share"] for one in found) == pytest.approx(1)


async def test_version_and_tag_limit_what_is_counted(calls: Engine) -> None:
    newer = Scope(NOW - 100, NOW + 100, ENV, version="1.1")
    found = {one["service"]: one["hits"] for one in await services.services(calls, newer)}
    assert found == {"map-front": 1, "map-back": 1}
    tagged = Scope(NOW - 100, NOW + 100, ENV, tag="host:h")
    assert {one["hits"] for one in await services.services(calls, tagged)} == {3}
    elsewhere = Scope(NOW - 100, NOW + 100, ENV, tag="host:other")
    assert await services.services(calls, elsewhere) == []
    (one,) = await services.edges(calls, newer, "map-back")
    assert (one["from"], one["to"], one["hits"]) == ("map-front", "map-back", 1)
    called = {(one["to"], one["hits"]) for one in await services.inferred(calls, newer)}
    assert called == {("orders", 1), ("jobs", 1), ("pay.example", 1)}
