"""Endpoints of spans and traces of the public API."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.unit.api_app import Caller, parsed

TRACE = 0x1234567890ABCDEF
_SEARCH = "/api/v2/spans/events/search"


@pytest.fixture(scope="module", autouse=True)
def spans(engine: Engine) -> None:
    now = int(time.time()) * 10**9
    made = [
        Span(service="routes-apm", name="web", resource=f"GET /{at}", trace_id=TRACE, span_id=at + 1,
             parent_id=min(at, 1), start=now - at * 10**9, duration=1000)
        for at in range(5)
    ]  # fmt: skip
    tables = span_tables(AgentTraces("h", "prod", payloads=[TracerPayload([Chunk(made)])]))
    for name in ("apm_spans", "trace_index"):
        if name in tables:
            engine.insert_sync(name, tables[name])


def asked(**attributes: Any) -> Any:
    where = {"query": "service:routes-apm", "from": "now-10m", "to": "now+1m"}
    return {"data": {"type": "search_request", "attributes": {"filter": where, **attributes}}}


pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("sort", ["timestamp", "-timestamp"])
async def test_pages_neither_repeat_nor_lose_a_span(reader: Caller, sort: str) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        found = await reader.post(_SEARCH, asked(sort=sort, page=page))
        parsed("v2.SpansApi", "list_spans", found)
        seen += [one["attributes"]["resource_name"] for one in found["data"]]
        cursor = found["meta"].get("page", {}).get("after")
        if cursor is None:
            break
    resources = [f"GET /{at}" for at in range(5)]
    assert seen == (resources if sort == "-timestamp" else resources[::-1])


@pytest.mark.parametrize(
    "attributes",
    [{"filter": 5}, {"filter": {"query": 5}}, {"filter": {"query": "(("}}, {"page": {"limit": 0}},
     {"page": {"limit": 1001}}, {"page": {"cursor": "x"}}, {"page": 5}, {"sort": "size"},
     {"filter": {"from": "soon"}}, {"options": {"timezone": "Mars"}}],
)  # fmt: skip
async def test_searches_that_cannot_be_read(admin: Caller, attributes: dict[str, Any]) -> None:
    await admin.refused("POST", _SEARCH, asked(**attributes))
    for body in (b"", b"[]", {"data": {}}, {"data": {"attributes": []}}):
        await admin.refused("POST", _SEARCH, body)


async def test_a_window_that_ends_before_it_begins_has_the_shape_of_its_own(admin: Caller) -> None:
    body = asked(filter={"from": "now", "to": "now-1h"})
    (problem,) = (await admin.post(_SEARCH, body, 422))["errors"]
    assert problem["title"] == "Generic Error"
    assert "anterior" in problem["detail"]


@pytest.mark.parametrize("form", [f"{TRACE:032x}", f"{TRACE:016X}", str(TRACE)])
async def test_a_trace_by_the_forms_of_its_id(admin: Caller, form: str) -> None:
    found = await admin.get(f"/api/v2/trace/{form}")
    assert len(found["data"]["attributes"]["spans"]) == 5
    fields = await admin.get(f"/api/v2/trace/{form}", include_fields="resource,service")
    assert {frozenset(one) for one in fields["data"]["attributes"]["spans"]} == {
        frozenset({"resource", "service"})
    }
    assert (await admin.get(f"/api/v1/trace/{form}"))["trace"]["spans"]
    assert (await admin.get(f"/api/v2/pruned_trace/{form}"))["data"]


@pytest.mark.parametrize("identity", ["0", "zz", "²", "9" * 5000, "f" * 33, "-1"])
async def test_ids_of_no_trace(admin: Caller, nobody: Caller, identity: str) -> None:
    for path in ("/api/v2/trace", "/api/v1/trace", "/api/v2/pruned_trace", "/api/ui/apm/traces"):
        await admin.refused("GET", f"{path}/{identity}", None, 404)
        await nobody.refused("GET", f"{path}/{identity}", None, 401 if "ui" in path else 403)


async def test_patterns_of_tags_that_are_none(admin: Caller) -> None:
    for name in ("tag_include", "tag_exclude"):
        text = await admin.refused("GET", f"/api/v2/pruned_trace/{TRACE:032x}", None, params={name: "(("})
        assert "regular expression" in text


async def test_counts_by_resource(admin: Caller) -> None:
    body = asked(compute=[{"aggregation": "count"}], group_by=[{"facet": "resource_name", "limit": 2}])
    body["data"]["type"] = "aggregate_request"
    found = await admin.post("/api/v2/spans/analytics/aggregate", body)
    parsed("v2.SpansApi", "aggregate_spans", found)
    assert [one["attributes"]["compute"]["c0"] for one in found["data"]] == [1, 1]
    for wrong in (
        {"compute": "x"},
        {"compute": [{"aggregation": "x"}]},
        {"group_by": [{"facet": 5}]},
        {"compute": [{"aggregation": "count"}], "group_by": [{"facet": "a", "limit": -1}]},
    ):
        await admin.refused("POST", "/api/v2/spans/analytics/aggregate", asked(**wrong))
