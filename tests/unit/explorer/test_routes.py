"""Endpoints of the explorer pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_UI = "/api/ui/explorer"
_WINDOW = {"from": "now-15m", "to": "now"}
SOURCES = ("logs", "spans", "spans-entry", "spans-root", "events")
ENDPOINTS = ("facets", "values", "measure", "fields", "aggregate", "patterns", "check")
pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("source", SOURCES)
async def test_every_source_answers_for_what_has_no_rows(reader: Caller, source: str) -> None:
    body = {"filter": {**_WINDOW, "query": "routes-explorer-none"}, "field": "@duration", "query": ""}
    answers = {
        one: await reader.post(f"{_UI}/{source}/{one}", body) for one in ENDPOINTS if one != "aggregate"
    }
    assert all(not facet["values"] for facet in answers["facets"]["facets"])
    assert answers["values"] == {"values": []}
    assert answers["fields"]["facets"]
    assert answers["check"] == {"problem": None}
    counted = await reader.post(
        f"{_UI}/{source}/aggregate", {"filter": body["filter"], "compute": [{"aggregation": "count"}]}
    )
    assert [one["computes"] for one in counted["buckets"]] == [{"c0": 0.0}]


@pytest.mark.parametrize("endpoint", ENDPOINTS[:-1])
@pytest.mark.parametrize(
    "where",
    [{"query": "(("}, {"query": 5}, {"from": "now", "to": "now-1h"}, {"from": "soon"}, "x"],
)
async def test_filters_that_cannot_be_read(admin: Caller, endpoint: str, where: Any) -> None:
    given = where if isinstance(where, str) else {**_WINDOW, **where}
    body = {"filter": given, "field": "host", "compute": [{"aggregation": "count"}]}
    await admin.refused("POST", f"{_UI}/logs/{endpoint}", body)


async def test_what_else_cannot_be_read(admin: Caller, nobody: Caller) -> None:
    where = {"filter": _WINDOW}
    for endpoint, body in (
        ("facets", {**where, "fields": ["a"] * 31}),
        ("facets", {**where, "fields": [5]}),
        ("facets", {**where, "fields": "host"}),
        ("facets", {**where, "limit": 0}),
        ("values", {**where, "field": ""}),
        ("values", {**where, "field": ["host"]}),
        ("measure", where),
        ("facets", b""),
        ("facets", b"[]"),
    ):
        await admin.refused("POST", f"{_UI}/logs/{endpoint}", body)
    problem = (await admin.post(f"{_UI}/logs/check", {"query": "a ("}))["problem"]
    assert problem["position"] == 3
    for endpoint in ENDPOINTS:
        await admin.refused("POST", f"{_UI}/houses/{endpoint}", where, 404)
        await nobody.refused("POST", f"{_UI}/logs/{endpoint}", where, 401)


@pytest.mark.parametrize("field", ["shared", "is_default"])
@pytest.mark.parametrize("value", ["false", 1, [], None])
async def test_a_saved_view_is_shared_or_first_by_a_truth_value_alone(
    admin: Caller, field: str, value: Any
) -> None:
    body = {"name": "v", "state": {}, field: value}
    assert field in await admin.refused("POST", f"{_UI}/logs/views", body)
    assert (await admin.get(f"{_UI}/logs/views"))["views"] == []
