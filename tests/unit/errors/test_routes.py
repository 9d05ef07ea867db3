"""Endpoints of error tracking."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.api.services import Services
from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import of_logs
from heeler.store.engine import Engine
from heeler.wire.logs.datadog import LogEntry
from tests.unit.api_app import Caller, parsed

_API, _UI = "/api/v2/error-tracking/issues", "/api/ui/error-tracking/issues"
NOW = int(time.time())


@pytest.fixture
async def issue(admin: Caller, services: Services, store: Engine) -> str:
    attributes = {"error": {"kind": "RoutesError", "message": "m", "stack": "at routes"}}
    entry = LogEntry("m", NOW * 10**9, "error", "routes-errors", "h", attributes=attributes, dated=True)
    tables = await services.part(ErrorDeliveries).tables(of_logs([entry]), 88_001)
    for name, rows in tables.items():
        store.insert_sync(name, rows)
    found = await admin.post(f"{_API}/search?include=issue", asked())
    parsed("v2.ErrorTrackingApi", "search_issues", found)
    identity: str = found["data"][0]["id"]
    return identity


def asked(**attributes: Any) -> Any:
    given = {"query": "service:routes-errors", "from": (NOW - 600) * 1000, "to": (NOW + 60) * 1000,
             "track": "logs", **attributes}  # fmt: skip
    return {"data": {"type": "search_request", "attributes": given}}


def state_of(state: Any) -> Any:
    return {"data": {"type": "error_tracking_issue", "id": "x", "attributes": {"state": state}}}


async def test_states_and_assignees_are_read_back(admin: Caller, reader: Caller, issue: str) -> None:
    path = f"{_API}/{issue}"
    for state in ("ACKNOWLEDGED", "RESOLVED", "IGNORED", "OPEN"):
        changed = await admin.put(f"{path}/state", state_of(state))
        parsed("v2.ErrorTrackingApi", "update_issue_state", changed)
        assert changed["data"]["attributes"]["state"] == state
    me = (await admin.get("/api/v2/current_user"))["data"]["id"]
    body = {"data": {"id": me, "type": "assignee"}}
    await admin.put(f"{path}/assignee", body)
    shown = await admin.get(path, include="assignee")
    parsed("v2.ErrorTrackingApi", "get_issue", shown)
    assert [one["id"] for one in shown["included"]] == [me]
    assert (await admin.post(f"{_API}/search", asked(assignee_ids=[me])))["data"]
    await admin.delete(f"{path}/assignee", 204)
    await admin.delete(f"{path}/assignee", 204)
    assert (await admin.post(f"{_API}/search", asked(assignee_ids=[me])))["data"] == []
    await reader.refused("PUT", f"{path}/state", state_of("OPEN"), 403)
    for wrong in ("open", None, [], {}, 5):
        await admin.refused("PUT", f"{path}/state", state_of(wrong))
    for wrong in ({}, {"data": {"id": "none"}}, {"data": {"id": []}}, b"", b"[]"):
        await admin.refused("PUT", f"{path}/assignee", wrong)


@pytest.mark.parametrize(
    ("field", "value"),
    [("query", None), ("query", 5), ("query", "(("), ("from", "now"), ("from", True), ("to", None),
     ("to", 0), ("from", 1e308), ("track", "house"), ("track", []), ("track", None), ("persona", "ALL"),
     ("order_by", "SIZE"), ("order_by", ["FIRST_SEEN"]), ("states", ["open"]), ("states", "OPEN"),
     ("states", [[]]), ("assignee_ids", "x")],
)  # fmt: skip
async def test_searches_that_cannot_be_read(admin: Caller, store: Engine, field: str, value: Any) -> None:
    await admin.refused("POST", f"{_API}/search", asked(**{field: value}))


@pytest.mark.parametrize("identity", ["none", "²", "00000000-0000-0000-0000-000000000000", "x" * 3000])
async def test_ids_of_no_issue(admin: Caller, nobody: Caller, store: Engine, identity: str) -> None:
    me = (await admin.get("/api/v2/current_user"))["data"]["id"]
    path = f"{_API}/{identity}"
    await admin.refused("GET", path, None, 404)
    await admin.refused("PUT", f"{path}/state", state_of("OPEN"), 404)
    await admin.refused("PUT", f"{path}/assignee", {"data": {"id": me, "type": "assignee"}}, 404)
    await admin.refused("DELETE", f"{path}/assignee", None, 404)
    await admin.refused("GET", f"{_UI}/{identity}", None, 404)
    await nobody.refused("GET", path, None, 403)


async def test_the_pages(admin: Caller, issue: str) -> None:
    rows = (await admin.get(_UI, query="service:routes-errors", states="OPEN,RESOLVED"))["issues"]
    assert [one["id"] for one in rows] == [issue]
    page = await admin.get(f"{_UI}/{issue}")
    assert page["samples"]
    for params in (
        {"states": "OPEN,x"},
        {"order": "SIZE"},
        {"start": "now", "end": "now-1h"},
        {"start": "soon"},
    ):
        await admin.refused("GET", _UI, None, params=params)
