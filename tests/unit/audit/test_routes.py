from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

EVENTS, SEARCH = "/api/v2/audit/events", "/api/v2/audit/events/search"


async def make_roles(admin: Caller, *names: str) -> None:
    for name in names:
        await admin.post("/api/v2/roles", {"data": {"type": "roles", "attributes": {"name": name}}})


def names_in(answer: Any) -> list[str]:
    return [one["attributes"]["attributes"]["asset"]["name"] for one in answer["data"]]


async def test_pages_follow_each_other_in_both_orders(admin: Caller) -> None:
    await make_roles(admin, "a", "b", "c", "d", "ä 🚀")
    for sort, wanted in (
        ("timestamp", ["a", "b", "c", "d", "ä 🚀"]),
        ("-timestamp", ["ä 🚀", "d", "c", "b", "a"]),
    ):
        found, cursor = [], ""
        for _ in range(3):
            answer = await admin.get(EVENTS, sort=sort, **{"page[limit]": 2, "page[cursor]": cursor})
            parsed("v2.AuditApi", "list_audit_logs", answer)
            found += names_in(answer)
            cursor = answer["meta"]["page"].get("after", "")
        assert (found, cursor) == (wanted, ""), sort
    body = {
        "filter": {"query": "roles", "from": "now-1h", "to": "now"},
        "page": {"limit": 2},
        "sort": "timestamp",
    }
    answer = await admin.post(SEARCH, body)
    parsed("v2.AuditApi", "search_audit_logs", answer)
    assert names_in(answer) == ["a", "b"]
    after = {**body, "page": {"limit": 2, "cursor": answer["meta"]["page"]["after"]}}
    assert names_in(await admin.post(SEARCH, after)) == ["c", "d"]


@pytest.mark.parametrize(
    "given",
    ["now-1h", "now-1d", "2026-01-01", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z", "1767225600000"],
)
async def test_times_in_each_form(admin: Caller, given: str) -> None:
    await make_roles(admin, "a")
    assert names_in(await admin.get(EVENTS, **{"filter[from]": given})) == ["a"]
    assert (await admin.get(EVENTS, **{"filter[from]": given, "filter[to]": given}))["data"] == []
    assert names_in(await admin.post(SEARCH, {"filter": {"from": given}})) == ["a"]


@pytest.mark.parametrize(
    "params",
    [
        {"page[limit]": "0"}, {"page[limit]": "1001"}, {"page[limit]": "-1"}, {"page[limit]": "x"},
        {"page[cursor]": "x"}, {"page[cursor]": "9" * 30}, {"sort": "name"}, {"filter[from]": "yesterday"},
        {"filter[from]": "now-1y"}, {"filter[from]": "now-" + "9" * 12 + "d"}, {"filter[from]": "9" * 30},
        {"filter[from]": "0001-01-01T00:00:00+14:00"}, {"filter[to]": "9999-12-31T23:59:59-14:00"},
        {"filter[query]": "(a OR"},
    ],
)  # fmt: skip
async def test_a_search_that_cannot_be_is_refused(admin: Caller, params: dict[str, str]) -> None:
    await admin.refused("GET", EVENTS, params=params)


@pytest.mark.parametrize(
    "body",
    [
        {"filter": "x"}, {"filter": ["x"]}, {"page": 5}, {"page": {"limit": True}}, {"page": {"limit": 0}},
        {"page": {"limit": 1.5}}, {"page": {"cursor": {}}}, {"sort": []}, {"filter": {"query": {"a": 1}}},
        {"filter": {"query": 5}}, {"filter": {"from": {}}}, {"filter": {"from": True}}, [], b"{",
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", SEARCH, body, headers={"content-type": "application/json"})


async def test_only_who_may_read_the_trail_reads_it(reader: Caller, standard: Caller, nobody: Caller) -> None:
    for one in (reader, standard):
        await one.refused("GET", EVENTS, status=403)
        await one.refused("POST", SEARCH, {}, 403)
    await nobody.refused("GET", EVENTS, status=403)


async def test_an_empty_search_is_of_the_last_minutes(admin: Caller) -> None:
    await make_roles(admin, "a")
    assert names_in(await admin.post(SEARCH, {})) == ["a"]
    assert names_in(await admin.get(EVENTS, **{"filter[query]": "@asset.name:a"})) == ["a"]
    assert (await admin.get(EVENTS, **{"filter[query]": "nothing_of_this"}))["data"] == []
