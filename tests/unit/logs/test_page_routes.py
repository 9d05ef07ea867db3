"""Endpoints of the log explorer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry
from tests.unit.api_app import Caller

QUERY = "service:routes-page"
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(scope="module", autouse=True)
def lines(engine: Engine) -> None:
    now = int(time.time()) * 10**9
    entries = [
        LogEntry(f"line {at}", now - at * 10**9, service="routes-page", attributes={"size": at * 7 % 5})
        for at in range(5)
    ]
    engine.insert_sync("log_events", logs_table(entries, 0))


async def test_a_line_and_what_is_around_it(reader: Caller) -> None:
    found = (await reader.get("/api/ui/logs", query=QUERY))["logs"]
    assert [one["message"] for one in found] == [f"line {at}" for at in range(5)]
    path = f"/api/ui/logs/{found[2]['id']}"
    assert (await reader.get(path))["message"] == "line 2"
    around = await reader.get(f"{path}/context", query=QUERY, before=1, after=0)
    assert len(around["before"]) == 1
    assert around["after"] == []
    whole = await reader.get(f"{path}/context", query=QUERY)
    assert sorted(one["message"] for side in whole.values() for one in side) == [
        f"line {at}" for at in (0, 1, 3, 4)
    ]


async def test_lines_in_the_order_of_a_field(admin: Caller) -> None:
    found = await admin.get("/api/ui/logs/sorted", query=QUERY, by="@size", order="asc", limit=3)
    assert [one["attributes"]["attributes"]["size"] for one in found["data"]] == [0, 1, 2]


@pytest.mark.parametrize("identity", ["x", "²" * 32, "f" * 31, "f" * 33, "g" * 32])
async def test_ids_that_are_none(admin: Caller, identity: str) -> None:
    for path in (
        f"/api/ui/logs/{identity}",
        f"/api/ui/logs/{identity}/context",
        f"/api/ui/logs/{identity}/origins",
    ):
        await admin.refused("GET", path)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/ui/logs", {"limit": 0}),
        ("/api/ui/logs", {"limit": 1001}),
        ("/api/ui/logs", {"cursor": "x"}),
        ("/api/ui/logs", {"sort": "size"}),
        ("/api/ui/logs", {"query": "(("}),
        ("/api/ui/logs", {"start": "now", "end": "now-1h"}),
        ("/api/ui/logs/sorted", {"by": ""}),
        ("/api/ui/logs/sorted", {"by": "host", "order": "up"}),
        ("/api/ui/logs/sorted", {"by": "host", "limit": 0}),
        (f"/api/ui/logs/{'0' * 32}/context", {"before": -1}),
        (f"/api/ui/logs/{'0' * 32}/context", {"after": 501}),
    ],
)
async def test_parameters_that_cannot_be_read(
    admin: Caller, nobody: Caller, path: str, params: dict[str, Any]
) -> None:
    await admin.refused("GET", path, None, params=params)
    await nobody.refused("GET", path, None, 401, params=params)


async def test_an_id_of_no_log(admin: Caller) -> None:
    await admin.refused("GET", f"/api/ui/logs/{'0' * 31}1", None, 404)
