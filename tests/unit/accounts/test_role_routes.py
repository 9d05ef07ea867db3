from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import role_routes
from heeler.accounts.model import Role
from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, BY_NAME, READ_ONLY
from heeler.api.services import Services
from tests.unit.api_app import Caller, admin, caller_with, parsed, reader

__all__ = ["admin", "reader"]

ROLES = "/api/v2/roles"
NOBODY = "00000000-0000-dead-beef-000000000000"


def role(name: Any = "Role", identity: str = "", permissions: list[str] | None = None, **more: Any) -> Any:
    data: dict[str, Any] = {"type": "roles", "attributes": {"name": name, **more}}
    if identity:
        data["id"] = identity
    if permissions is not None:
        found = [{"id": BY_NAME[one].id, "type": "permissions"} for one in permissions]
        data["relationships"] = {"permissions": {"data": found}}
    return {"data": data}


def granted(answer: Any) -> list[str]:
    ids = {one["id"] for one in answer["data"]["relationships"]["permissions"]["data"]}
    return sorted(name for name, one in BY_NAME.items() if one.id in ids)


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    made = await admin.post(ROLES, role("Ops 🚀", permissions=["monitors_read"]))
    parsed("v2.RolesApi", "create_role", made)
    path = f"{ROLES}/{made['data']['id']}"
    renamed = await admin.patch(
        path.upper().replace("/API/V2/ROLES", ROLES), role("Ops", made["data"]["id"].upper())
    )
    assert (renamed["data"]["attributes"]["name"], granted(renamed)) == ("Ops", ["monitors_read"])
    parsed("v2.RolesApi", "update_role", renamed)
    only = {"data": {"type": "roles", "id": made["data"]["id"], "attributes": {}}}
    assert (await admin.patch(path, only))["data"]["attributes"]["name"] == "Ops"
    emptied = await admin.patch(path, role("ops", made["data"]["id"], []))
    assert (emptied["data"]["attributes"]["name"], granted(emptied)) == ("ops", [])
    await reader.refused("PATCH", path, role("x", made["data"]["id"]), 403)
    await admin.refused("PATCH", path, role("x", NOBODY), 422)
    await admin.delete(path, 204)
    assert made["data"]["id"] in await admin.refused("DELETE", path, status=404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400), ({"data": []}, 400), ({"data": {"type": "roles"}}, 400), (role(None), 400), (role("  "),
        400),
        (role(5), 400), (role(["a"]), 400), (role("x" * 201), 400), (role("HEELER admin ROLE"), 409),
        (role(default_permissions_opt_out="no"), 400),
        (role(receives_permissions_from=[NOBODY]), 400),
        ({"data": {**role()["data"], "relationships": []}}, 400),
        ({"data": {**role()["data"], "relationships": {"permissions": "x"}}}, 400),
        ({"data": {**role()["data"], "relationships": {"permissions": {"data": {"id": "x"}}}}}, 400),
        ({"data": {**role()["data"], "relationships": {"permissions": {"data": ["x"]}}}}, 400),
        ({"data": {**role()["data"], "relationships": {"permissions": {"data": [{"id": NOBODY}]}}}}, 404),
    ],
)  # fmt: skip
async def test_a_role_that_cannot_be_is_refused(admin: Caller, body: Any, status: int) -> None:
    await admin.refused("POST", ROLES, body, status)
    assert len((await admin.get(ROLES))["data"]) == 3


async def test_names_are_unique_also_in_capitals(admin: Caller) -> None:
    made = await admin.post(ROLES, role("Ärzte"))
    await admin.refused("POST", ROLES, role(" ÄRZTE "), 409)
    await admin.refused("POST", f"{ROLES}/{made['data']['id']}/clone", role("ärzte"), 409)
    other = await admin.post(ROLES, role("other"))
    await admin.refused("PATCH", f"{ROLES}/{other['data']['id']}", role("ärzte", other["data"]["id"]), 409)


async def test_permissions_are_granted_and_revoked_one_by_one(admin: Caller, reader: Caller) -> None:
    path = f"{ROLES}/{(await admin.post(ROLES, role()))['data']['id']}/permissions"
    one = {"data": {"id": BY_NAME["monitors_write"].id.upper(), "type": "permissions"}}
    for _ in range(2):
        parsed("v2.RolesApi", "add_permission_to_role", await admin.post(path, one))
    assert [item["attributes"]["name"] for item in (await reader.get(path))["data"]] == ["monitors_write"]
    await reader.refused("DELETE", path, one, 403)
    await admin.refused("POST", path, {"data": {"id": NOBODY}}, 404)
    await admin.refused("POST", path, {"data": [one["data"]]}, 400)
    assert (await admin.delete(path, body=one))["data"] == []
    await admin.refused("POST", f"{ROLES}/{role_id(ADMIN)}/permissions", one, 403)
    parsed("v2.RolesApi", "list_permissions", await reader.get("/api/v2/permissions"))


async def test_members_of_a_role(admin: Caller, reader: Caller) -> None:
    path = f"{ROLES}/{(await admin.post(ROLES, role()))['data']['id']}/users"
    user = (await reader.get("/api/v2/current_user"))["data"]["id"]
    body = {"data": {"id": user.upper(), "type": "users"}}
    for _ in range(2):
        added = parsed("v2.RolesApi", "add_user_to_role", await admin.post(path, body))
        assert [one.id for one in added.data] == [user]
    assert (await admin.get(path, filter="nobody"))["data"] == []
    assert (await admin.get(path, **{"page[number]": 3}))["data"] == []
    assert (await admin.delete(path, body=body))["data"] == []
    assert (await admin.delete(path, body=body))["data"] == []
    await admin.refused("POST", path, {"data": {"id": NOBODY, "type": "users"}}, 404)
    await admin.refused("POST", path, {"data": [body["data"]]}, 400)
    await admin.refused("GET", f"{ROLES}/{NOBODY}/users", status=404)
    roles = (await admin.get(f"/api/v2/users/{user}"))["data"]["relationships"]["roles"]["data"]
    assert [one["id"] for one in roles] == [role_id(READ_ONLY)]


async def test_lists_sort_filter_and_page(admin: Caller, reader: Caller) -> None:
    ids = [(await admin.post(ROLES, role(name)))["data"]["id"] for name in ("beta", "Alpha")]
    names = [one["attributes"]["name"] for one in (await reader.get(ROLES, sort="name"))["data"]]
    assert names == sorted(names, key=str.lower)
    by_count = (await reader.get(ROLES, sort="-user_count"))["data"]
    assert [one["attributes"]["user_count"] for one in by_count] == [1, 1, 0, 0, 0]
    for wanted in (",".join(ids), ", ".join(ids), ids):
        found = await admin.get(ROLES, **{"filter[id]": wanted})
        assert {one["id"] for one in found["data"]} == set(ids), wanted
    assert (await admin.get(ROLES, **{"filter[id]": ids[0].upper()}))["data"][0]["id"] == ids[0]
    page = await admin.get(ROLES, filter="a", **{"page[size]": 1, "page[number]": 1})
    parsed("v2.RolesApi", "list_roles", page)
    assert (len(page["data"]), page["meta"]["page"]["total_count"]) == (1, 5)
    await admin.refused("GET", ROLES, params={"sort": "id"})
    templates = await reader.get(f"{ROLES}/templates")
    parsed("v2.RolesApi", "list_role_templates", templates)


async def test_who_may_not_manage_access_makes_no_roles(app: Any, services: Services) -> None:
    limited = await caller_with(services, app, "a@example.com", [ADMIN], scopes=["user_access_read"])
    await limited.refused("POST", ROLES, role(), 403)
    assert (await limited.get(ROLES))["data"]


async def test_a_change_of_what_is_deleted_meanwhile_is_a_conflict(
    admin: Caller, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = (await admin.post(ROLES, role("Gone")))["data"]["id"]
    find = role_routes._custom

    async def found_and_deleted(db: AsyncSession, role_id: str) -> Role:
        found = await find(db, role_id)
        async with services.database.session() as other:
            await other.execute(delete(Role).where(Role.id == role_id))
        return found

    monkeypatch.setattr(role_routes, "_custom", found_and_deleted)
    body = {"data": {"type": "permissions", "id": BY_NAME["monitors_read"].id}}
    error = await admin.refused("POST", f"{ROLES}/{identity}/permissions", body, 409)
    assert "deleted by another request" in error
