from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

TEAMS = "/api/v2/team"


async def team_of(admin: Caller, handle: str = "core") -> str:
    body = {"data": {"type": "team", "attributes": {"handle": handle, "name": handle.upper()}}}
    return str((await admin.post(TEAMS, body, 201))["data"]["id"])


async def user_of(caller: Caller) -> str:
    return str((await caller.get("/api/v2/current_user"))["data"]["id"])


def member(user: str = "", **attributes: Any) -> Any:
    body: dict[str, Any] = {"data": {"type": "team_memberships", "attributes": attributes}}
    if user:
        body["data"]["relationships"] = {"user": {"data": {"id": user, "type": "users"}}}
    return body


def link(**attributes: Any) -> Any:
    return {"data": {"type": "team_links", "attributes": attributes}}


async def test_a_change_that_leaves_out_the_role_leaves_it(admin: Caller, standard: Caller) -> None:
    team, user = await team_of(admin), await user_of(standard)
    members = f"{TEAMS}/{team}/memberships"
    parsed("v2.TeamsApi", "create_team_membership", await admin.post(members, member(user, role="admin")))
    changed = await admin.patch(f"{members}/{user}", member())
    assert changed["data"]["attributes"]["role"] == "admin"
    parsed("v2.TeamsApi", "update_team_membership", changed)
    none = await admin.patch(f"{members}/{user}", member(role=None))
    assert "role" not in none["data"]["attributes"]


async def test_members_in_each_order(admin: Caller, standard: Caller, reader: Caller) -> None:
    team = await team_of(admin)
    members = f"{TEAMS}/{team}/memberships"
    for one in (standard, reader):
        await admin.post(members, member(await user_of(one)))

    async def order(**params: Any) -> list[str]:
        found = parsed("v2.TeamsApi", "get_team_memberships", await admin.get(members, **params))
        names = {one.id: one.attributes.name for one in found.included}
        return [names[one.relationships.user.data.id] for one in found.data]

    for sort in ("email", "handle", "name"):
        assert await order(sort=sort) == ["reader", "standard"], sort
        assert await order(sort="-" + sort) == ["standard", "reader"], sort
    assert await order(sort="") == ["reader", "standard"]
    assert sorted(await order(sort="manager_name")) == ["reader", "standard"]
    assert await order(**{"filter[keyword]": "STAND"}) == ["standard"]
    assert await order(**{"page[number]": 7}) == []
    assert "sort" in await admin.refused("GET", members, params={"sort": "age"})
    for size in ("-1", "x", "1.5"):
        await admin.refused("GET", members, params={"page[size]": size})


@pytest.mark.parametrize("size", ["0", "1", "1000000"])
async def test_the_page_is_as_long_as_it_says(
    admin: Caller, standard: Caller, reader: Caller, size: str
) -> None:
    team = await team_of(admin)
    for one in (standard, reader):
        await admin.post(f"{TEAMS}/{team}/memberships", member(await user_of(one)))
    answer = await admin.get(f"{TEAMS}/{team}/memberships", **{"page[size]": size})
    assert len(answer["data"]) == min(answer["meta"]["pagination"]["limit"], 2)


async def test_ids_in_upper_case_are_the_same(admin: Caller, standard: Caller) -> None:
    team, user = await team_of(admin), await user_of(standard)
    members = f"{TEAMS}/{team.upper()}/memberships"
    await admin.post(members, member(user.upper()))
    await admin.refused("POST", members, member(user), status=409)
    await admin.delete(f"{members}/{user.upper()}", 204)
    await admin.refused("DELETE", f"{members}/{user}", status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (link(label="a", url="https://a.b", position=True), "position"),
        (link(label="a", url="https://a.b", position=-1), "position"),
        (link(label="a", url="https://a.b", position=2**31), "position"),
        (link(label="a"), "url"),
        (link(label=5, url="https://a.b"), "label"),
        (link(label="a" * 257, url="https://a.b"), "label"),
        ({"data": {"type": "team_links"}}, "label"),
        ({}, "data"),
    ],
)
async def test_a_link_that_cannot_be_is_refused_by_name(admin: Caller, body: Any, field: str) -> None:
    team = await team_of(admin)
    answer = await admin.app.post(f"{TEAMS}/{team}/links", json=body, headers=admin.headers)
    assert answer.status_code in (400, 422)
    assert field in answer.text


async def test_a_link_belongs_to_its_team(admin: Caller, reader: Caller) -> None:
    team, other = await team_of(admin), await team_of(admin, "web")
    made = await admin.post(f"{TEAMS}/{team}/links", link(label="🚀 runbook", url="https://a.b/c?d=1#e"))
    assert parsed("v2.TeamsApi", "create_team_link", made).data.attributes.label == "🚀 runbook"
    identity = made["data"]["id"]
    kept = await admin.patch(f"{TEAMS}/{team}/links/{identity}", link(position=3))
    assert kept["data"]["attributes"] == {**made["data"]["attributes"], "position": 3}
    for method, body in (("GET", None), ("PATCH", link(label="b")), ("DELETE", None)):
        await admin.refused(method, f"{TEAMS}/{other}/links/{identity}", body, 404)
    await reader.refused("DELETE", f"{TEAMS}/{team}/links/{identity}", status=403)
    await admin.delete(f"{TEAMS}/{team}/links/{identity}", 204)
    await admin.refused("DELETE", f"{TEAMS}/{team}/links/{identity}", status=404)


async def test_settings_are_read_by_the_client(admin: Caller, reader: Caller) -> None:
    team = await team_of(admin)
    settings = f"{TEAMS}/{team}/permission-settings"
    found = parsed("v2.TeamsApi", "get_team_permission_settings", await reader.get(settings))
    assert [one.attributes.editable for one in found.data] == [False, False]
    body = {"data": {"type": "team_permission_settings", "attributes": {"value": "admins"}}}
    changed = await admin.put(f"{settings}/edit", body)
    assert parsed("v2.TeamsApi", "update_team_permission_setting", changed).data.attributes.editable
    assert "value" in await admin.refused(
        "PUT", f"{settings}/edit", {"data": {**body["data"], "attributes": {}}}
    )
