from __future__ import annotations

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD
from heeler.api.services import Services
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import key_for


def body(email: str, roles: list[str] | None = None) -> dict[str, object]:
    data: dict[str, object] = {"type": "users", "attributes": {"email": email, "name": "Ann"}}
    if roles is not None:
        data["relationships"] = {"roles": {"data": [{"id": role, "type": "roles"} for role in roles]}}
    return {"data": data}


@pytest.mark.parametrize("roles", [None, []])
async def test_a_user_without_roles_has_no_rights(app: App, roles: list[str] | None) -> None:
    made = await app.post("/api/v2/users", headers=KEYS, json=body("ann@example.com", roles))
    assert made.status_code == 201, made.text
    assert made.json()["data"]["relationships"]["roles"]["data"] == []
    uuid = made.json()["data"]["id"]
    assert (await app.get(f"/api/v2/users/{uuid}/permissions", headers=KEYS)).json()["data"] == []


@pytest.mark.parametrize(
    ("given", "shown"), [({}, "st"), ({"access_role": None}, None), ({"access_role": "ro"}, "ro")]
)
async def test_access_role_comes_back_as_it_was_given(app: App, given: dict[str, object], shown: str) -> None:
    made = await app.post("/api/v1/user", headers=KEYS, json={"handle": "bob@example.com", **given})
    assert made.json()["user"]["access_role"] == shown
    read = await app.get("/api/v1/user/bob@example.com", headers=KEYS)
    assert read.json()["user"]["access_role"] == shown


async def test_a_user_can_have_several_roles(app: App) -> None:
    roles = sorted([role_id(STANDARD), role_id(READ_ONLY)])
    made = await app.post("/api/v2/users", headers=KEYS, json=body("ann@example.com", roles))
    shown = made.json()["data"]["relationships"]["roles"]["data"]
    assert [item["id"] for item in shown] == roles
    assert {item["id"] for item in made.json()["included"] if item["type"] == "roles"} == set(roles)
    refused = await app.post("/api/v2/users", headers=KEYS, json=body("eve@example.com", ["nobody"]))
    assert refused.status_code == 400
    listed = (await app.get("/api/v2/users", headers=KEYS)).json()
    assert [user["attributes"]["email"] for user in listed["data"]] == [
        "admin@example.com",
        "ann@example.com",
    ]


async def test_who_may_only_invite_grants_no_more_than_they_have(app: App, services: Services) -> None:
    granted = {"permissions": {"data": [{"id": "user_access_invite", "type": "permissions"}]}}
    role = {"type": "roles", "attributes": {"name": "Inviter"}, "relationships": granted}
    inviter = (await app.post("/api/v2/roles", headers=KEYS, json={"data": role})).json()["data"]["id"]
    headers = await key_for(services, "i@example.com", [inviter])
    refused = await app.post("/api/v2/users", headers=headers, json=body("eve@example.com", [role_id(ADMIN)]))
    assert refused.status_code == 403
    made = await app.post("/api/v2/users", headers=headers, json=body("eve@example.com", [inviter]))
    assert made.status_code == 201
