"""What is ingested of each service beside what was counted."""

from __future__ import annotations

import time

import pytest

from heeler.apm.ingestion import ingestion
from heeler.apm.scope import Scope
from heeler.store.engine import Engine
from heeler.store.span_rows import apm_stats_table, span_tables, stats_rows
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

NOW = int(time.time()) - 60
ENV = "unit-ingestion"


def trace(number: int, mechanism: str) -> list[Span]:
    root = Span(
        service="in-web", name="web", resource="r", trace_id=800 + number, span_id=1, start=NOW * 10**9,
        duration=10**7, meta={"env": ENV, "_dd.p.dm": mechanism} if mechanism else {"env": ENV},
    )  # fmt: skip
    query = Span(
        service="in-db", name="sql", resource="x" * 2000, trace_id=800 + number, span_id=2, parent_id=1,
        start=NOW * 10**9, duration=10**6, meta={"env": ENV},
    )  # fmt: skip
    spans = [root, query]
    mark_top_level(spans)
    return spans


async def test_traffic_storage_and_who_sampled(engine: Engine) -> None:
    """Ten requests, of which four are stored; a service whose spans are all dropped."""
    counted = Concentrator("h", ENV, NOW * 10**9, oldest=0)
    payload = TracerPayload(env=ENV)
    for number in range(10):
        spans = trace(number, ("-1", "-3", "-4", "")[number % 4])
        counted.add(TracerPayload(env=ENV), Chunk(spans, 1))
        if number < 4:
            payload.chunks.append(Chunk(spans, 1))
    dropped = Span(
        service="in-gone", name="web", trace_id=1, span_id=1, start=NOW * 10**9, meta={"env": ENV},
        metrics={"_top_level": 1},
    )  # fmt: skip
    counted.add(TracerPayload(env=ENV), Chunk([dropped], 0))
    engine.insert_sync("apm_spans", span_tables(AgentTraces("h", ENV, payloads=[payload]))["apm_spans"])
    stats = StatsOfAgent("h", ENV, "", counted.flush(0, everything=True))
    engine.insert_sync("apm_stats", apm_stats_table(stats_rows(stats), 4712))
    database, web, gone = await ingestion(engine, Scope(NOW - 100, NOW + 100, ENV))
    assert (database["service"], database["spans"], database["stored_requests"]) == ("in-db", 4, 4)
    assert database["bytes"] == pytest.approx(4 * 2300, rel=0.2)
    assert (web["service"], web["requests"], web["stored_requests"], web["traces"]) == ("in-web", 10, 4, 4)
    assert web["mechanisms"] == {"agent rate": 1, "tracer rule": 1, "manual": 1, "unknown": 1}
    assert (gone["service"], gone["requests"], gone["spans"], gone["bytes"]) == ("in-gone", 1, 0, 0)
    assert await ingestion(engine, Scope(NOW - 100, NOW + 100, "nowhere")) == []
