"""Live search of spans: what arrives is offered to those whose search finds it."""

from __future__ import annotations

import random
import time
from types import SimpleNamespace
from typing import Any, cast

from heeler.api.services import Services
from heeler.apm.serializers import arrived_span_row, span_row
from heeler.apm.span_tail import MAX_OFFERED, SpanTail, compile_tail, publish, records_to_offer
from heeler.apm.store import find_trace
from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload


def delivery(spans: int = 2) -> AgentTraces:
    entry = Span(
        service="live", name="op", resource="GET /", type="web", trace_id=88_001, span_id=1,
        start=int(time.time()) * 10**9, duration=5, error=1,
        meta={"http.status_code": "500", "plan": "gold"}, metrics={"_dd.top_level": 1, "items": 2},
    )  # fmt: skip
    inner = [
        Span(service="live", name="sql", trace_id=88_001, span_id=at, parent_id=1)
        for at in range(2, spans + 1)
    ]
    return AgentTraces("h", "prod", payloads=[TracerPayload([Chunk([entry, *inner])], hostname="h")])


async def test_a_search_of_entry_spans_is_offered_those_alone() -> None:
    tail = SpanTail(cast(Services, SimpleNamespace(rng=random.Random(1))))
    events = tail.watch(compile_tail("service:live", "entry"))
    assert await anext(events) == b": live\n\n"
    publish(tail, records_to_offer(delivery()))
    shown = await anext(events)
    assert (shown.startswith(b"event: rows\ndata: {"), shown.count(b"data: ")) == (True, 1)


def test_kinds_and_searches_choose_spans() -> None:
    records = records_to_offer(delivery(5))

    def found(search: str, kind: str) -> list[int]:
        test = compile_tail(search, kind)
        return [record.span.span_id for record in records if test(record)]

    assert found("*", "entry") == found("*", "root") == [1]
    assert found("operation_name:sql", "all") == [2, 3, 4, 5]
    assert found("operation_name:sql", "entry") == []


def test_a_large_delivery_is_offered_in_part() -> None:
    assert len(records_to_offer(delivery(MAX_OFFERED + 500))) == MAX_OFFERED


async def test_a_span_that_arrives_is_shown_as_it_is_once_stored(engine: Engine) -> None:
    given = delivery(1)
    await engine.insert("apm_spans", span_tables(given)["apm_spans"])
    stored = [span_row(span) for span in await find_trace(engine, "88001") if span.span_id == 1]
    arrived: dict[str, Any] = arrived_span_row(records_to_offer(given)[0])
    # Of the environment the store makes a tag as well.
    assert {**stored[0], "meta": {**stored[0]["meta"], "env": ""}} == {
        **arrived, "meta": {**arrived["meta"], "env": ""}
    }  # fmt: skip
