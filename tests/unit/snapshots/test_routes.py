"""Endpoints of snapshots: what cannot be drawn is refused before anything is stored."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.api.services import Services
from tests.unit.api_app import Caller

NOW = int(time.time())
_GRAPH = {"type": "timeseries", "requests": [{"q": "avg:a{*}"}]}
pytestmark = pytest.mark.usefixtures("store")


def body_of(**attributes: Any) -> Any:
    given = {"widget_definition": _GRAPH, "start": (NOW - 600) * 1000, "end": NOW * 1000, **attributes}
    return {"data": {"type": "create_snapshot", "attributes": given}}


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"type": "house", "requests": [{"q": "a"}]},
        {"requests": []},
        {"requests": "x"},
        {"requests": [5]},
        {"requests": [{}]},
        {"requests": [{"queries": 5}]},
        {
            "requests": [
                {"queries": [{"name": "q", "data_source": "metrics", "query": "avg:a{*}"}], "formulas": 5}
            ]
        },
        {"requests": [{"q": "avg:a{"}]},
    ],
)
async def test_definitions_that_cannot_be_drawn(
    admin: Caller, services: Services, definition: dict[str, Any]
) -> None:
    await admin.refused("POST", "/api/v2/snapshot", body_of(widget_definition=definition))
    ui = {"definition": definition, "start": NOW - 600, "end": NOW}
    await admin.refused("POST", "/api/ui/snapshots", ui)
    assert not (services.settings.data_dir / "snapshots").exists()


@pytest.mark.parametrize(
    "attributes",
    [{"start": "now"}, {"start": 1.5}, {"end": 0}, {"start": -(2**80)}, {"start": 2**80, "end": 2**81},
     {"width": 99}, {"height": 3001}, {"width": -1}, {"widget_definition": []}],
)  # fmt: skip
async def test_windows_and_sizes_that_are_none(admin: Caller, attributes: dict[str, Any]) -> None:
    await admin.refused("POST", "/api/v2/snapshot", body_of(**attributes))


async def test_bodies_that_are_none(admin: Caller, nobody: Caller, reader: Caller) -> None:
    for body in (b"", b"[]", {}, {"data": {"type": "x", "attributes": body_of()["data"]["attributes"]}}):
        await admin.refused("POST", "/api/v2/snapshot", body)
    await nobody.refused("POST", "/api/v2/snapshot", body_of(), 403)
    ui = {"definition": _GRAPH, "start": NOW - 600, "end": NOW}
    await reader.refused("POST", "/api/ui/snapshots", ui, 403)
    for more in ({"link": "https://example.com"}, {"link": "//example.com"}, {"timezone": "Mars"},
                 {"timezone": "../etc"}, {"start": "x"}):  # fmt: skip
        await admin.refused("POST", "/api/ui/snapshots", {**ui, **more})


@pytest.mark.parametrize(
    "params",
    [{}, {"metric_query": "avg:a{*}", "end": "nan"}, {"metric_query": "avg:a{*}", "start": "inf"},
     {"metric_query": "avg:a{*}", "start": NOW + 5, "end": NOW}, {"metric_query": "avg:a{"},
     {"graph_def": "{"}, {"graph_def": "[" * 5_000}, {"graph_def": "[]"},
     {"metric_query": "avg:a{*}", "width": 5}],
)  # fmt: skip
async def test_old_requests_that_are_none(admin: Caller, params: dict[str, Any]) -> None:
    window = {"start": NOW - 600, "end": NOW}
    await admin.refused("GET", "/api/v1/graph/snapshot", None, params={**window, **params})


@pytest.mark.parametrize("name", ["none", "../../heeler.sqlite", "2026-01-01/none", "%2e%2e/x"])
async def test_addresses_of_no_picture(admin: Caller, nobody: Caller, name: str) -> None:
    await admin.refused("GET", f"/api/v1/graph/snapshot_status/heeler/{name}.png", None, 404)
    await nobody.refused("GET", "/snapshot/view/heeler/2026-01-01/none.png", None, 404)
