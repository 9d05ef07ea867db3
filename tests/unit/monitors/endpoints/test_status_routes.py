from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.api_app import Caller
from tests.unit.monitors.test_routes import LEAST, monitor_of

EXPORT = "/api/ui/monitors/export"


async def test_a_monitor_without_history(admin: Caller, reader: Caller, store: Any) -> None:
    path = f"/api/ui/monitors/{await monitor_of(admin)}"
    empty = await reader.get(f"{path}/timeline")
    assert (empty["groups"], empty["end"] - empty["start"]) == (0, 86_400)
    found = await reader.get(f"{path}/explain", group="host:ä")
    assert (found["group"], found["value"], found["thresholds"]) == ("host:ä", None, {"critical": 1.0})
    for params in (
        {"start": "nan"},
        {"end": "nan"},
        {"start": "5", "end": "1"},
        {"start": "-1e308"},
        {"end": "x"},
    ):
        await reader.refused("GET", f"{path}/timeline", params=params)
    for below in ("timeline", "explain"):
        await reader.refused("GET", f"/api/ui/monitors/999/{below}", status=404)


async def test_an_export_is_taken_back(admin: Caller, reader: Caller) -> None:
    one = await monitor_of(admin, name='Ä "🚀" ${a}', tags=["a:b"])
    exported = await reader.post(EXPORT, {"ids": [one, 999]})
    assert exported["filename"] == f"monitor-{one}.json"
    again = await admin.post("/api/v1/monitor", json.loads(exported["text"]))
    assert (again["name"], again["tags"]) == ('Ä "🚀" ${a}', ["a:b"])
    hcl = await reader.post(
        EXPORT, {"ids": [one], "monitor": {**LEAST, "name": "draft"}, "format": "terraform"}
    )
    assert hcl["filename"] == "monitors.tf"
    assert "$${a}" in hcl["text"], "no interpolation of Terraform"


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": []}, {"ids": [999]}, {"ids": ["1"]}, {"ids": [1], "format": "yaml"},
     {"ids": list(range(1001))},
     {"ids": [10**30]}, {"monitor": "x"}],
)  # fmt: skip
async def test_an_export_of_nothing_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", EXPORT, body)


@pytest.mark.parametrize(
    "monitor", [{}, {"options": []}, {"tags": 5}, {"name": {}}, {"type": "x", "query": 5}]
)
async def test_a_draft_of_wrong_types_is_no_fault_of_the_server(admin: Caller, monitor: Any) -> None:
    for form in ("json", "terraform"):
        answer = await admin.app.post(
            EXPORT, json={"monitor": monitor, "format": form}, headers=admin.headers
        )
        assert answer.status_code < 500, answer.text
