"""Searches of spans in memory find what the engine finds of the same spans once they are stored."""

from __future__ import annotations

import time

import pytest

from heeler.apm.search import SPANS
from heeler.apm.span_reader import chunk_records, compile_span_search
from heeler.query.search.field_sql import Parameters
from heeler.query.search.parser import SearchError
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

SEARCHES = [
    "*", "service:Memory-Shop", "service:memory-*", "env:prod", "env:PROD", "version:1.0", "host:h1",
    "operation_name:web.request", "resource_name:\"GET /cart\"", "resource_name:\"get /cart\"",
    "resource_name:GET*",
    "type:db", "status:error", "status:ok", "-status:error", "trace_id:9001", "trace_id:2329", "span_id:2",
    "parent_id:1", "trace_root:1", "@duration:>1s", "@duration:[2ms TO 1s]", "@duration:<=2000000",
    "@http.status_code:500", "http.status_code:>=500", "@http.status_code:[200 TO 299]", "@http.method:GET",
    "@usr.id:ann", "@usr.id:Ann", "@cart.items:3", "@cart.items:>2", "cart.items:3", "@cart.items:*",
    "@missing:*", "-@missing:*", "@db.row_count:[1 TO 10]", "CIDR(@net.peer.ip, 10.0.0.0/8)",
    "pod_name:web-1", "pod_name:WEB-1", "tags:\"pod_name:web-1\"",
    "cart", "GET", "*:ann", "*:web-1", "service:memory-shop AND (status:error OR @duration:>1s)",
    "@_top_level:1",
    "@_trace_root:1", "@span.kind:server", "@error.type:*", "@language:python", "@env:prod", "@flag:true",
]  # fmt: skip


def delivery(start: int) -> AgentTraces:
    spans = [
        Span(
            service="Memory-Shop", name="web.request", resource="GET /cart", type="web", trace_id=9001,
            span_id=1, start=start, duration=1_500_000_000, error=1,
            meta={
                "env": "prod", "http.status_code": "500", "http.method": "GET", "usr.id": "Ann",
                "span.kind": "server",
                "error.type": "KeyError", "net.peer.ip": "10.1.2.3", "flag": "true",
            },
            metrics={"_dd.top_level": 1, "cart.items": 3},
        ),
        Span(
            service="memory-db", name="pg.query", resource="SELECT 1", type="db", trace_id=9001, span_id=2,
            parent_id=1, start=start + 5, duration=2_000_000, meta={"version": "1.0", "cart.items": "3"},
            metrics={"db.row_count": 7.0, "http.status_code": 204},
        ),
    ]  # fmt: skip
    payload = TracerPayload(
        [Chunk(spans, 1)], language="python", hostname="h1", tags={"_dd.tags.container": "pod_name:Web-1"}
    )
    return AgentTraces("h1", "prod", payloads=[payload])


async def test_a_search_finds_the_same_before_and_after_storing(engine: Engine) -> None:
    at = int(time.time()) * 10**9
    await engine.insert("apm_spans", span_tables(delivery(at))["apm_spans"])
    (chunk,) = chunk_records(delivery(at))
    differences = []
    for search in SEARCHES:
        test = compile_span_search(search)
        found = [record.span.span_id for record in chunk.records if test(record)]
        to = Parameters()
        where = search_condition(search, SPANS, to)
        sql = f"SELECT span_id FROM apm_spans WHERE trace_id = 9001 AND ({where}) ORDER BY span_id"
        stored = [row[0] for row in await engine.rows(sql, to.values)]
        if found != stored:
            differences.append((search, found, stored))
    assert differences == []


def test_a_bad_search_is_refused() -> None:
    for search in ("service:(", "@duration:>tall"):
        with pytest.raises(SearchError):
            compile_span_search(search)
