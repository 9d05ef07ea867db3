"""Spans as they are found again."""

from __future__ import annotations

from heeler.apm.store import find_trace
from heeler.store.engine import Engine

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
