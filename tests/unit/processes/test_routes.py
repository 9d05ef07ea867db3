"""Endpoints of processes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.process_rows import snapshot_tables
from heeler.wire.processes.model import HostSnapshot, Process
from tests.unit.api_app import Caller, parsed

HOST = "routes-processes"
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(scope="module", autouse=True)
def stored(engine: Engine) -> None:
    running = [
        Process(pid=at, ppid=1, created=1000, name="n", command=f"n {at}", user="u", cpu=1.0 * at, rss=at)
        for at in range(1, 6)
    ]
    snapshot = HostSnapshot(host=HOST, processes=running)
    for name, rows in snapshot_tables(snapshot, int(time.time()) - 5).items():
        if rows.num_rows:
            engine.insert_sync(name, rows)


async def test_pages_neither_repeat_nor_lose_a_process(reader: Caller) -> None:
    seen: list[int] = []
    cursor = ""
    while True:
        more = {"page[cursor]": cursor} if cursor else {}
        found = await reader.get("/api/v2/processes", tags=f"host:{HOST}", **{"page[limit]": 2, **more})
        parsed("v2.ProcessesApi", "list_processes", found)
        seen += [one["attributes"]["pid"] for one in found["data"]]
        if not (cursor := found["meta"]["page"].get("after", "")):
            break
    assert sorted(seen) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "params",
    [{"page[limit]": 0}, {"page[limit]": -1}, {"page[limit]": 10_001}, {"page[cursor]": "x"},
     {"page[cursor]": "WzVd"}, {"from": 5, "to": 4}, {"from": -1, "to": 4}, {"to": 2**40}, {"from": "now"},
     {"search": "(("}],
)  # fmt: skip
async def test_parameters_that_cannot_be_read(admin: Caller, nobody: Caller, params: dict[str, Any]) -> None:
    await admin.refused("GET", "/api/v2/processes", None, params=params)
    await nobody.refused("GET", "/api/v2/processes", None, 403, params=params)


async def test_what_runs_and_its_groups(admin: Caller) -> None:
    where = {"search": f"host:{HOST}"}
    found = await admin.get("/api/ui/processes", **where, sort="rss", order="asc", limit=2)
    assert (found["total"], [one["pid"] for one in found["rows"]]) == (5, [1, 2])
    grouped = await admin.get("/api/ui/processes", **where, by="user,,")
    assert [(one["values"], one["count"]) for one in grouped["groups"]] == [(["u"], 5)]
    assert (await admin.get("/api/ui/processes", **where, at=int(time.time()) - 86_400))["total"] == 0


@pytest.mark.parametrize("path", ["/api/ui/processes", "/api/ui/containers"])
@pytest.mark.parametrize(
    "params",
    [{"at": -1}, {"at": 2**40}, {"at": "now"}, {"limit": 0}, {"limit": 2001}, {"sort": "house"},
     {"sort": "tags"}, {"order": "up"}, {"by": "a,b,c,d,e"}, {"search": "(("}],
)  # fmt: skip
async def test_parameters_of_pages(admin: Caller, path: str, params: dict[str, Any]) -> None:
    await admin.refused("GET", path, None, params=params)
