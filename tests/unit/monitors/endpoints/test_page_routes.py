from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller
from tests.unit.monitors.test_routes import LEAST, monitor_of

PREVIEW, BACKTEST = "/api/ui/monitors/preview", "/api/ui/monitors/backtest"


async def test_a_monitor_without_data_has_an_empty_graph(admin: Caller, reader: Caller, store: Any) -> None:
    body = {"query": "avg(last_5m):avg:nothing.of.this{*} > 1", "options": {"thresholds": {"critical": 1}}}
    found = await reader.post(PREVIEW, body)
    assert (found["series"], found["thresholds"], found["comparator"]) == ([], {"critical": 1.0}, ">")
    tested = await reader.post(BACKTEST, body)
    assert (tested["moves"], tested["notifications"]) == ([], 0)
    for path in (PREVIEW, BACKTEST):
        for change in (
            {"start": 1e300, "end": 2e300},
            {"start": 5e9, "end": 6e9},
            {"end": -5},
        ):
            answer = await reader.app.post(path, json={**body, **change}, headers=reader.headers)
            assert answer.status_code == 400, (path, change, answer.text)


@pytest.mark.parametrize(
    "body",
    [{}, {"query": 5}, {"query": "avg(last_5m):"}, {"query": LEAST["query"], "type": "gauge"},
     {"query": LEAST["query"], "options": []}, {"query": LEAST["query"],
     "options": {"thresholds": {"critical": "x"}}},
     {"query": "1 && 2", "type": "composite"}, {"query": LEAST["query"], "start": "now"}],
)  # fmt: skip
async def test_a_preview_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", PREVIEW, body)


async def test_history_and_status_of_a_monitor(admin: Caller, reader: Caller) -> None:
    of = await monitor_of(admin)
    assert (await reader.get(f"/api/ui/monitors/{of}/history", limit=-5))["transitions"] == []
    assert (await reader.get("/api/ui/monitors/evaluation"))["ended"] == 0
    await reader.refused("GET", "/api/ui/monitors/999/history", status=404)
    await reader.refused("POST", f"/api/ui/monitors/{of}/test", {}, 403)
    await admin.refused("POST", "/api/ui/monitors/999/test", {}, 404)
    for body in ({"state": "Bored"}, {"state": 5}, {"group": []}):
        await admin.refused("POST", f"/api/ui/monitors/{of}/test", body)


async def test_checks_that_never_ran(admin: Caller, reader: Caller, store: Any) -> None:
    assert await reader.get("/api/ui/check_status", check="nothing.of.this", group_by="host") == {
        "groups": []
    }
    await reader.refused("GET", "/api/ui/check_status")
