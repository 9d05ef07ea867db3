"""Endpoints of lists of dashboards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_LISTS = "/api/v1/dashboard/lists/manual"
_ITEMS = "/api/v2/dashboard/lists/manual/{}/dashboards"
_DASHBOARD = {"title": "d", "layout_type": "ordered", "widgets": []}


async def test_a_list_is_made_renamed_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(_LISTS, {"name": "l"})
    parsed("v1.DashboardListsApi", "create_dashboard_list", made)
    path = f"{_LISTS}/{made['id']}"
    assert (await admin.put(path, {"name": "m"}))["name"] == "m"
    parsed("v1.DashboardListsApi", "list_dashboard_lists", await admin.get(_LISTS))
    await reader.refused("PUT", path, {"name": "n"}, 403)
    assert await admin.delete(path) == {"deleted_dashboard_list_id": made["id"]}
    for method in ("GET", "DELETE"):
        assert f"with id {made['id']} not found" in await admin.refused(method, path, None, 404)
    await admin.refused("PUT", path, {"name": "n"}, 404)


@pytest.mark.parametrize("body", [b"", b"[]", {}, {"name": " "}, {"name": 5}, {"name": "x" * 1001}])
async def test_names_that_are_none(admin: Caller, body: Any) -> None:
    await admin.refused("POST", _LISTS, body)


async def test_items_are_added_replaced_and_removed(admin: Caller) -> None:
    one, two = [(await admin.post("/api/v1/dashboard", _DASHBOARD))["id"] for _ in range(2)]
    items = _ITEMS.format((await admin.post(_LISTS, {"name": "l"}))["id"])

    def named(*ids: str) -> dict[str, Any]:
        return {"dashboards": [{"id": identity, "type": "custom_timeboard"} for identity in ids]}

    async def members() -> set[str]:
        found = await admin.get(items)
        parsed("v2.DashboardListsApi", "get_dashboard_list_items", found)
        assert found["total"] == len(found["dashboards"])
        return {item["id"] for item in found["dashboards"]}

    parsed("v2.DashboardListsApi", "create_dashboard_list_items", await admin.post(items, named(one, one)))
    await admin.post(items, named(one))
    assert await members() == {one}
    await admin.put(items, named(two))
    assert await members() == {two}
    assert "none" in await admin.refused("POST", items, named(one, "none"))
    assert await members() == {two}, "all are added, or none"
    await admin.delete(items, 200, named(two))
    await admin.delete(items, 200, named(two))
    assert await members() == set()


async def test_items_that_are_none(admin: Caller) -> None:
    identity = (await admin.post("/api/v1/dashboard", _DASHBOARD))["id"]
    items = _ITEMS.format((await admin.post(_LISTS, {"name": "l"}))["id"])
    for body in (
        b"",
        {},
        {"dashboards": "x"},
        {"dashboards": [{"id": identity}]},
        {"dashboards": [{"id": identity, "type": "house"}]},
        {"dashboards": [{"id": f"n{at}", "type": "custom_timeboard"} for at in range(1001)]},
    ):
        await admin.refused("POST", items, body)
    await admin.refused("GET", _ITEMS.format(2**31), None, 404)
    await admin.refused("GET", _ITEMS.format(99), None, 404)
