"""Spans as they are found again."""

from __future__ import annotations

import time

from heeler.apm.serializers import trace_page, trace_v2
from heeler.apm.store import find_trace, search_spans
from heeler.query.search.request import PageRequest, read_cursor
from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, SpanEvent, SpanLink, TracerPayload

HIGH, LOW = 0x6B04C30100000000, 0x6E965BEB63F27DD4


async def test_a_new_trace_is_found_before_its_index_is_written(engine: Engine) -> None:
    await engine.execute(
        "INSERT INTO apm_spans (service, start, duration, trace_id, trace_high, span_id, name, resource) "
        f"VALUES ('shop', now64(9), 5, {LOW}, {HIGH}, 1, 'web.request', 'GET /')"
    )
    text = f"{HIGH:016x}{LOW:016x}"
    assert [span.resource for span in await find_trace(engine, text)] == ["GET /"]
    await engine.execute("DELETE FROM trace_index WHERE service = 'shop'")
    assert [span.resource for span in await find_trace(engine, text)] == ["GET /"]
    assert await find_trace(engine, "0123456789abcdef") == []


async def test_pages_by_duration_go_over_the_whole_window(engine: Engine) -> None:
    now = int(time.time()) * 10**9
    lasting = [7, 1, 9, 9, 3, 9, 2]
    spans = [
        Span(service="slow", name="op", trace_id=500 + at, span_id=at + 1, start=now - at, duration=one)
        for at, one in enumerate(lasting)
    ]
    await engine.insert(
        "apm_spans", span_tables(AgentTraces(payloads=[TracerPayload([Chunk(spans)])]))["apm_spans"]
    )

    async def pages(**order: bool) -> list[tuple[int, int]]:
        found, cursor = [], None
        for _ in range(10):
            request = PageRequest(
                "service:slow", now / 1e9 - 60, now / 1e9 + 60, 2, cursor, order["newest_first"]
            )
            page = await search_spans(engine, request, by_duration=True)
            found += [(span.duration, span.span_id) for span in page.spans]
            if page.after is None:
                return found
            cursor = read_cursor(page.after)
        raise AssertionError("The pages do not end")

    expected = sorted((duration, at + 1) for at, duration in enumerate(lasting))
    assert await pages(newest_first=False) == expected
    assert await pages(newest_first=True) == expected[::-1]


async def test_links_events_and_structures_are_in_both_answers(engine: Engine) -> None:
    span = Span(
        service="linked", name="op", trace_id=600, span_id=1, start=int(time.time()) * 10**9, duration=5,
        links=[SpanLink(7, 8, 9, {"why": "batch"})], events=[SpanEvent(5, "retry", {"n": 2})],
        meta_struct={"stack": b"\x81\xa1a\x01"},
    )  # fmt: skip
    await engine.insert(
        "apm_spans", span_tables(AgentTraces(payloads=[TracerPayload([Chunk([span])])]))["apm_spans"]
    )
    spans = await find_trace(engine, "600")
    (shown,) = trace_page(spans)["spans"]
    assert shown["links"][0]["trace_id"] == f"{8:016x}{7:016x}"
    assert shown["events"] == [{"time_unix_nano": 5, "name": "retry", "attributes": {"n": 2}}]
    assert shown["meta_struct"] == {"stack": {"a": 1}}
    meta = trace_v2("600", spans)["data"]["attributes"]["spans"][0]["meta"]
    assert '"retry"' in meta["events"]
    assert '"batch"' in meta["_dd.span_links"]
    assert meta["_dd.meta_struct"] == '{"stack":{"a":1}}'
