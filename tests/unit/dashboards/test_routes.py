"""Endpoints of dashboards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

LEAST: dict[str, Any] = {"title": "d", "layout_type": "ordered", "widgets": []}
_PATH = "/api/v1/dashboard"


async def test_the_least_and_the_most_are_read_back(admin: Caller) -> None:
    made = await admin.post(_PATH, LEAST)
    parsed("v1.DashboardsApi", "create_dashboard", made)
    assert await admin.get(f"{_PATH}/{made['id']}") == made
    most = {
        **LEAST, "description": "x", "is_read_only": False, "notify_list": ["ada@example.com"],
        "restricted_roles": [], "tags": ["team:web"], "reflow_type": "auto",
        "template_variables": [{"name": "env", "prefix": "env", "defaults": ["prod"]}],
    }  # fmt: skip
    changed = await admin.put(f"{_PATH}/{made['id']}", most)
    parsed("v1.DashboardsApi", "update_dashboard", changed)
    assert {name: changed[name] for name in most} == most
    assert changed["created_at"] == made["created_at"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", 5), ("layout_type", "x"), ("widgets", {}), ("notify_list", "x"), ("notify_list", [5]),
     ("description", 5), ("is_read_only", "yes"), ("restricted_roles", "x"), ("tags", ["env:prod"]),
     ("template_variables", "x"), ("reflow_type", "x")],
)  # fmt: skip
async def test_a_field_of_a_wrong_type_is_refused_by_name(admin: Caller, field: str, value: Any) -> None:
    assert (
        field.removesuffix("s")[:8] in (await admin.refused("POST", _PATH, {**LEAST, field: value})).lower()
    )


async def test_a_dashboard_is_deleted_once_and_restored(admin: Caller) -> None:
    path = f"{_PATH}/{(await admin.post(_PATH, LEAST))['id']}"
    identity = path.rpartition("/")[2]
    assert await admin.delete(path) == {"deleted_dashboard_id": identity}
    for method in ("GET", "DELETE"):
        assert identity in await admin.refused(method, path, None, 404)
    await admin.refused("PUT", path, LEAST, 404)
    deleted = await admin.get(_PATH, **{"filter[deleted]": "true"})
    parsed("v1.DashboardsApi", "list_dashboards", deleted)
    assert [one["id"] for one in deleted["dashboards"]] == [identity]
    await admin.patch(_PATH, {"data": [{"id": identity, "type": "dashboard"}]}, 204)
    assert (await admin.get(path))["id"] == identity


async def test_one_unknown_id_changes_none_and_many_are_not_all_repeated(admin: Caller) -> None:
    identity = (await admin.post(_PATH, LEAST))["id"]
    ids = [identity, *(f"none-{at:05}" for at in range(40_000))]
    body = {"data": [{"id": one, "type": "dashboard"} for one in ids]}
    for method in ("DELETE", "PATCH"):
        assert len(await admin.refused(method, _PATH, body, 404)) < 1000
    assert (await admin.get(f"{_PATH}/{identity}"))["id"] == identity
    for wrong in (b"", b"[]", b"{}"):
        await admin.refused("DELETE", _PATH, wrong)


async def test_pages_name_the_parameter_that_is_wrong(admin: Caller) -> None:
    for _ in range(3):
        await admin.post(_PATH, LEAST)
    assert len((await admin.get(_PATH, count=2))["dashboards"]) == 2
    assert len((await admin.get(_PATH, start=2))["dashboards"]) == 1
    assert (await admin.get(_PATH, start=2**31 - 1))["dashboards"] == []
    assert (await admin.get(_PATH, count=0))["dashboards"] == []
    for name in ("start", "count"):
        for value in ("-1", "x", "²", str(2**31)):
            assert name in await admin.refused("GET", _PATH, None, params={name: value})


async def test_who_may(admin: Caller, reader: Caller, standard: Caller, nobody: Caller) -> None:
    made = await admin.post(_PATH, {**LEAST, "is_read_only": True})
    await reader.refused("POST", _PATH, LEAST, 403)
    await nobody.refused("GET", _PATH, None, 403)
    assert "read-only" in await standard.refused("PUT", f"{_PATH}/{made['id']}", LEAST, 403)
    await standard.refused("DELETE", _PATH, {"data": [{"id": made["id"], "type": "dashboard"}]}, 403)
    assert (await reader.get(f"{_PATH}/{made['id']}"))["id"] == made["id"]
    roles = {role["attributes"]["name"]: role["id"] for role in (await admin.get("/api/v2/roles"))["data"]}
    for role, status in (("Heeler Admin Role", 403), ("Heeler Standard Role", 200)):
        made = await admin.post(_PATH, {**LEAST, "restricted_roles": [roles[role]]})
        await standard("PUT", f"{_PATH}/{made['id']}", LEAST, status)


async def test_what_was_deleted_can_be_restored_and_not_deleted_again(admin: Caller) -> None:
    made = await admin.post(_PATH, LEAST)
    body = {"data": [{"id": made["id"], "type": "dashboard"}]}
    await admin.delete(_PATH, 204, body)
    assert made["id"] in await admin.refused("DELETE", _PATH, body, 404)
    await admin.patch(_PATH, body, 204)
    await admin.delete(f"{_PATH}/{made['id']}")
    await admin.refused("DELETE", f"{_PATH}/{made['id']}", None, 404)


async def test_a_stale_change_is_refused(admin: Caller) -> None:
    made = await admin.post(_PATH, LEAST)
    path, old = f"{_PATH}/{made['id']}", {"If-Match": f'"{made["modified_at"]}"'}
    await admin.put(path, {**LEAST, "title": "first"}, headers=old)
    await admin.refused("PUT", path, {**LEAST, "title": "second"}, 412, headers=old)
    assert (await admin.get(path))["title"] == "first"
