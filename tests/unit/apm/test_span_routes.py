"""Endpoints of the span explorer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.unit.api_app import Caller

LASTING = [7, 1, 9, 9, 3]
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(scope="module", autouse=True)
def spans(engine: Engine) -> None:
    now = int(time.time()) * 10**9
    made = [
        Span(service="routes-spans", name="op", trace_id=0xABCDEF, span_id=at + 1, start=now - at * 10**6,
             duration=lasting)
        for at, lasting in enumerate(LASTING)
    ]  # fmt: skip
    tables = span_tables(AgentTraces(payloads=[TracerPayload([Chunk(made)])]))
    for name in ("apm_spans", "trace_index"):
        if name in tables:
            engine.insert_sync(name, tables[name])


async def pages(admin: Caller, sort: str) -> list[Any]:
    seen: list[Any] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        found = await admin.get("/api/ui/apm/spans", query="service:routes-spans", sort=sort, limit=2, **more)
        seen += [one["duration"] for one in found["spans"]]
        if not (cursor := found["after"]):
            return seen


async def test_every_order_goes_over_the_whole_window(reader: Caller) -> None:
    by_time = await pages(reader, "-start")
    assert len(by_time) == len(LASTING)
    assert await pages(reader, "start") == by_time[::-1]
    assert await pages(reader, "duration") == sorted(by_time)
    assert await pages(reader, "-duration") == sorted(by_time, reverse=True)


@pytest.mark.parametrize("path", ["/api/ui/apm/spans", "/api/ui/apm/traces"])
@pytest.mark.parametrize(
    "params",
    [{"spans": "half"}, {"sort": "size"}, {"limit": 0}, {"limit": 1001}, {"cursor": "x"}, {"query": "(("},
     {"start": "soon"}, {"start": "now", "end": "now-1h"}],
)  # fmt: skip
async def test_parameters_that_cannot_be_read(
    admin: Caller, nobody: Caller, path: str, params: dict[str, Any]
) -> None:
    await admin.refused("GET", path, None, params=params)
    await nobody.refused("GET", path, None, 401, params=params)


async def test_one_span(admin: Caller) -> None:
    assert (await admin.get(f"/api/ui/apm/spans/{0xABCDEF:x}-2"))["service"] == "routes-spans"
    for key in (f"{0xABCDEF:x}-9", f"{0xABCDEF:x}", "zz-1", "-", "²-²"):
        await admin.refused("GET", f"/api/ui/apm/spans/{key}", None, 404)
