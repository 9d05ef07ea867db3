"""Endpoints that search and count logs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry
from tests.unit.api_app import Caller, parsed

_SEARCH, _LIST, _COUNT = (
    "/api/v2/logs/events/search",
    "/api/v1/logs-queries/list",
    "/api/v2/logs/analytics/aggregate",
)
WHERE = {"query": "service:routes-logs", "from": "now-15m", "to": "now+1m"}
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(scope="module", autouse=True)
def lines(engine: Engine) -> int:
    """The time of the newest of five lines, one a second, in UNIX seconds."""
    now = int(time.time())
    entries = [
        LogEntry(f"line {at}", (now - at) * 10**9, service="routes-logs", attributes={"at": at})
        for at in range(5)
    ]
    engine.insert_sync("log_events", logs_table(entries, 0))
    return now


async def test_both_generations_page_over_the_same_lines(reader: Caller) -> None:
    new: list[str] = []
    cursor = None
    while True:
        page = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        found = await reader.post(_SEARCH, {"filter": WHERE, "page": page, "sort": "timestamp"})
        parsed("v2.LogsApi", "list_logs", found)
        new += [one["attributes"]["message"] for one in found["data"]]
        cursor = found["meta"].get("page", {}).get("after")
        if cursor is None:
            break
    old: list[str] = []
    following = None
    while True:
        window = {"from": WHERE["from"], "to": WHERE["to"]}
        body = {"query": WHERE["query"], "time": window, "limit": 2, "sort": "asc", "startAt": following}
        found = await reader.post(_LIST, body)
        parsed("v1.LogsApi", "list_logs", found)
        old += [one["content"]["message"] for one in found["logs"]]
        following = found["nextLogId"]
        if following is None:
            break
    assert new == old == [f"line {at}" for at in reversed(range(5))]


@pytest.mark.parametrize("form", ["milliseconds", "zone", "no zone", "relative"])
async def test_forms_of_times(admin: Caller, lines: int, form: str) -> None:
    seconds = lines - 2
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    start = {
        "milliseconds": f"{seconds * 1000}",
        "zone": f"{iso}+00:00",
        "no zone": iso,
        "relative": "now-15m",
    }[form]
    found = await admin.get(
        "/api/v2/logs/events",
        **{"filter[query]": WHERE["query"], "filter[from]": start, "filter[to]": "now+1m"},
    )
    assert len(found["data"]) == (5 if form == "relative" else 3)


@pytest.mark.parametrize(
    "body",
    [
        {"filter": 5},
        {"filter": {"query": 5}},
        {"filter": {"query": "(("}},
        {"filter": {"indexes": "x"}},
        {"filter": {"storage_tier": "flex"}},
        {"filter": {"storage_tier": []}},
        {"filter": {"from": "now", "to": "now-1h"}},
        {"filter": {"from": "soon"}},
        {"page": {"limit": 0}},
        {"page": {"limit": -1}},
        {"page": {"limit": 1001}},
        {"page": {"cursor": "x"}},
        {"page": {"cursor": 5}},
        {"sort": "size"},
        {"options": {"timezone": "Mars"}},
    ],
)
async def test_searches_that_cannot_be_read(admin: Caller, body: dict[str, Any]) -> None:
    await admin.refused("POST", _SEARCH, body)


async def test_bodies_that_cannot_be_read(admin: Caller, nobody: Caller) -> None:
    window = {"from": "now-1h", "to": "now"}
    for body in (
        b"",
        b"[]",
        {"query": 5, "time": window},
        {"time": 5},
        {"time": window, "limit": 0},
        {"time": window, "sort": ["asc"]},
        {"time": window, "index": 5},
        {"time": window, "startAt": 5},
        {"time": {"from": "soon"}},
    ):
        await admin.refused("POST", _LIST, body)
    for body in (b"", b"[]", {"compute": "x"}, {"compute": [{"aggregation": "pc75"}]}, {"group_by": 5},
                 {"compute": [{"aggregation": "count"}], "page": {"cursor": "x"}}):  # fmt: skip
        await admin.refused("POST", _COUNT, body)
    for path in (_SEARCH, _LIST, _COUNT):
        await nobody.refused("POST", path, {}, 403)


async def test_counts(admin: Caller) -> None:
    body = {"filter": WHERE, "compute": [{"aggregation": "count"}, {"aggregation": "max", "metric": "@at"}]}
    found = await admin.post(_COUNT, body)
    parsed("v2.LogsApi", "aggregate_logs", found)
    assert found["data"]["buckets"][0]["computes"] == {"c0": 5, "c1": 4}
