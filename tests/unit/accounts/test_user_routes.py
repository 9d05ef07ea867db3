from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import READ_ONLY, STANDARD
from tests.unit.api_app import Caller, admin, parsed, reader, standard

__all__ = ["admin", "reader", "standard"]

USERS = "/api/v2/users"
NOBODY = "00000000-0000-dead-beef-000000000000"


def user(email: Any = "ann@example.com", identity: str = "", roles: Any = None, **more: Any) -> Any:
    attributes = {**({} if email is None else {"email": email}), **more}
    data: dict[str, Any] = {"type": "users", "attributes": attributes}
    if identity:
        data["id"] = identity
    if roles is not None:
        data["relationships"] = {"roles": {"data": [{"id": one, "type": "roles"} for one in roles]}}
    return {"data": data}


def shown(answer: Any, *names: str) -> list[Any]:
    return [answer["data"]["attributes"][name] for name in names]


async def test_a_change_leaves_what_it_does_not_name(admin: Caller) -> None:
    made = await admin.post(USERS, user(name="Änn 🚀", title="SRE", roles=[role_id(STANDARD).upper()]), 201)
    parsed("v2.UsersApi", "create_user", made)
    identity = made["data"]["id"]
    kept = await admin.patch(f"{USERS}/{identity.upper()}", user(None, identity.upper()))
    assert shown(kept, "name", "title", "email", "disabled") == ["Änn 🚀", "SRE", "ann@example.com", False]
    assert kept["data"]["relationships"]["roles"] == made["data"]["relationships"]["roles"]
    changed = await admin.patch(
        f"{USERS}/{identity}", user(" ANN@example.com ", identity, title=None, name=None)
    )
    assert shown(changed, "name", "title") == ["Änn 🚀", None]
    parsed("v2.UsersApi", "update_user", changed)


async def test_a_user_is_disabled_and_comes_back(admin: Caller, reader: Caller) -> None:
    path = f"{USERS}/{(await admin.post(USERS, user(), 201))['data']['id']}"
    identity = path.rpartition("/")[2]
    await reader.refused("DELETE", path, status=403)
    for _ in range(2):
        await admin.delete(path, 204)
    assert shown(await admin.get(path), "status") == ["Disabled"]
    await admin.refused("POST", USERS, user("ANN@example.com"), 409)
    assert shown(await admin.patch(path, user(None, identity, disabled=False)), "disabled") == [False]
    assert NOBODY in await admin.refused("DELETE", f"{USERS}/{NOBODY}", status=404)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "data"), ({"data": [1]}, "data"), ({"data": {"attributes": []}}, "attributes"),
        (user(""), "email"), (user(None), "email"), (user(["a@example.com"]), "email"), (user(5), "email"),
        (user("a b@example.com"), "email"), (user("x" * 400 + "@example.com"), "email"),
        (user(name={}), "name"), (user(name=True), "name"), (user(name="x" * 201), "name"),
        (user(title=["x"]), "title"), (user(title="x" * 201), "title"),
        (user(roles=[NOBODY]), NOBODY), (user(roles=[5]), "roles"),
        ({"data": {**user()["data"], "relationships": ["roles"]}}, "relationships"),
        ({"data": {**user()["data"], "relationships": {"roles": "x"}}}, "roles"),
        ({"data": {**user()["data"], "relationships": {"roles": {"data": "x"}}}}, "data"),
    ],
)  # fmt: skip
async def test_a_user_that_cannot_be_is_refused_by_name(admin: Caller, body: Any, part: str) -> None:
    assert part in await admin.refused("POST", USERS, body)
    assert len((await admin.get(USERS))["data"]) == 1


@pytest.mark.parametrize(
    ("attributes", "part"),
    [({"disabled": "yes"}, "disabled"), ({"disabled": 1}, "disabled"), ({"name": 5}, "name"),
     ({"title": {}}, "title"), ({"email": "b@example.com"}, "email"), ({"email": {}}, "email")],
)  # fmt: skip
async def test_a_change_of_the_wrong_type_is_refused(
    admin: Caller, standard: Caller, attributes: dict[str, Any], part: str
) -> None:
    me = (await standard.get("/api/v2/current_user"))["data"]["id"]
    body = {"data": {"type": "users", "id": me, "attributes": attributes}}
    assert part in await admin.refused("PATCH", f"{USERS}/{me}", body)
    assert part in await standard.refused("PATCH", "/api/v2/current_user", body)


async def test_the_current_user_is_only_the_caller(admin: Caller, standard: Caller) -> None:
    me = (await standard.get("/api/v2/current_user"))["data"]["id"]
    changed = await standard.patch("/api/v2/current_user", user(None, me, name="Me"))
    assert shown(parsed_user(changed), "name") == ["Me"]
    await standard.refused("PATCH", "/api/v2/current_user", user(None, NOBODY, name="You"), 422)
    await admin.refused("PATCH", f"{USERS}/{me}", user(None, NOBODY, name="You"), 422)
    await standard.refused("PATCH", f"{USERS}/{me}", user(None, me, name="x"), 403)
    await standard.refused("PATCH", "/api/v2/current_user", user(None, me, disabled=True))
    admins = (await admin.get("/api/v2/current_user"))["data"]["id"]
    assert "administrator" in await admin.refused("DELETE", f"{USERS}/{admins}")


def parsed_user(answer: Any) -> Any:
    parsed("v2.UsersApi", "get_current_user", answer)
    return answer


async def test_lists_filter_sort_and_page(admin: Caller, standard: Caller, reader: Caller) -> None:
    await admin.post(USERS, user("zoe@example.com", name="Aaron"), 201)

    async def emails(**params: Any) -> list[str]:
        answer = await reader.get(USERS, **params)
        parsed("v2.UsersApi", "list_users", answer)
        return [one["attributes"]["email"].partition("@")[0] for one in answer["data"]]

    assert await emails() == ["admin", "reader", "standard", "zoe"]
    assert await emails(sort="name") == ["zoe", "admin", "reader", "standard"]
    assert await emails(sort="name", sort_dir="desc") == ["standard", "reader", "admin", "zoe"]
    assert await emails(sort="", sort_dir="") == ["admin", "reader", "standard", "zoe"]
    assert await emails(sort="-name") == ["standard", "reader", "admin", "zoe"]
    assert await emails(**{"filter[status]": "Active"}) == ["admin"]
    assert len(await emails(**{"filter[status]": "Active,Pending"})) == 4
    assert await emails(filter="AARON") == ["zoe"]
    assert await emails(**{"page[size]": 3, "page[number]": 1}) == ["zoe"]
    assert await emails(**{"page[size]": 3, "page[number]": 2**31 - 1}) == []
    for params in ({"sort": "age"}, {"sort_dir": "up"}, {"page[size]": "-1"}, {"page[number]": "x"}):
        await reader.refused("GET", USERS, params=params)


async def test_what_a_user_may_is_read_by_the_client(admin: Caller, reader: Caller) -> None:
    identity = (await reader.get("/api/v2/current_user"))["data"]["id"]
    allowed = parsed(
        "v2.UsersApi", "list_user_permissions", await admin.get(f"{USERS}/{identity}/permissions")
    )
    assert "monitors_read" in {one.attributes.name for one in allowed.data}
    parsed("v2.UsersApi", "list_user_organizations", await admin.get(f"{USERS}/{identity}/orgs"))
    assert (await admin.get(f"{USERS}/{identity}"))["included"][0]["id"] == role_id(READ_ONLY)
    for below in ("", "/permissions", "/orgs"):
        await admin.refused("GET", f"{USERS}/{NOBODY}{below}", status=404)


@pytest.mark.parametrize("password", ["", "short", 5, None])
async def test_a_password_for_another_is_a_good_one(admin: Caller, reader: Caller, password: Any) -> None:
    identity = (await reader.get("/api/v2/current_user"))["data"]["id"]
    await admin.refused("POST", f"/api/ui/users/{identity}/password", {"password": password})
    await reader.refused("POST", f"/api/ui/users/{identity}/password", {"password": "long enough 123"}, 403)
