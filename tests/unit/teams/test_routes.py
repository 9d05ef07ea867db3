from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import READ_ONLY, STANDARD
from heeler.api.services import Services
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import key_for

TEAMS = "/api/v2/team"
NOBODY = "00000000-0000-dead-beef-000000000000"


def team_body(given: str, **attributes: object) -> dict[str, Any]:
    """A team with the handle ``given``, unless ``attributes`` say otherwise."""
    return {"data": {"type": "team", "attributes": {"handle": given, "name": given.upper(), **attributes}}}


async def make(app: App, handle: str, **attributes: object) -> str:
    made = await app.post(TEAMS, headers=KEYS, json=team_body(handle, **attributes))
    assert made.status_code == 201, made.text
    identity: str = made.json()["data"]["id"]
    return identity


async def user_id(app: App, headers: dict[str, str]) -> str:
    found: str = (await app.get("/api/v2/current_user", headers=headers)).json()["data"]["id"]
    return found


def membership(user: str, role: str | None = None) -> dict[str, Any]:
    attributes = {"role": role} if role else {}
    users = {"user": {"data": {"id": user, "type": "users"}}}
    return {"data": {"type": "team_memberships", "attributes": attributes, "relationships": users}}


async def test_a_team_is_created_changed_found_and_deleted(app: App) -> None:
    core = await make(app, "core", description="The core team")
    await make(app, "web")
    same = await app.post(TEAMS, headers=KEYS, json=team_body("core"))
    assert (same.status_code, same.json()["errors"]) == (409, ["Team name and handle must be unique"])
    changed = await app.patch(f"{TEAMS}/{core}", headers=KEYS, json=team_body("kernel", description=None))
    assert changed.json()["data"]["attributes"]["handle"] == "kernel"
    assert changed.json()["data"]["attributes"]["description"] is None
    listed = (await app.get(TEAMS, headers=KEYS, params={"filter[keyword]": "KERN"})).json()
    assert [team["id"] for team in listed["data"]] == [core]
    assert listed["meta"]["pagination"]["total"] == 1
    assert (await app.delete(f"{TEAMS}/{core}", headers=KEYS)).status_code == 204
    gone = await app.get(f"{TEAMS}/{core}", headers=KEYS)
    assert (gone.status_code, gone.json()["errors"]) == (404, [f"Team for ID {core} not found"])
    bad = await app.get(f"{TEAMS}/REPLACE.ME", headers=KEYS)
    assert bad.json()["errors"] == ["REPLACE.ME is not a valid UUID not found"]


async def test_members_come_and_go(app: App, services: Services) -> None:
    team, ann = await make(app, "core"), await key_for(services, "ann@example.com", [role_id(STANDARD)])
    user = await user_id(app, ann)
    members = f"{TEAMS}/{team}/memberships"
    added = await app.post(members, headers=KEYS, json=membership(user))
    assert added.status_code == 200, added.text
    again = await app.post(members, headers=KEYS, json=membership(user))
    assert again.status_code == 409
    assert again.json()["errors"][0]["title"] == "Conflict"
    listed = (await app.get(members, headers=KEYS)).json()
    assert [item["relationships"]["user"]["data"]["id"] for item in listed["data"]] == [user]
    assert listed["included"][0]["attributes"]["email"] == "ann@example.com"
    mine = (await app.get(TEAMS, headers=ann, params={"filter[me]": "true"})).json()["data"]
    assert [item["attributes"]["user_count"] for item in mine] == [1]
    of_user = (await app.get(f"/api/v2/users/{user}/memberships", headers=KEYS)).json()["data"]
    assert [item["relationships"]["team"]["data"]["id"] for item in of_user] == [team]
    wrong = await app.patch(f"{members}/{user}", headers=KEYS, json=membership(user, "king"))
    assert wrong.status_code == 400
    assert "Not a valid choice." in wrong.text
    promoted = await app.patch(f"{members}/{user}", headers=KEYS, json=membership(user, "admin"))
    assert promoted.json()["data"]["attributes"]["role"] == "admin"
    assert (await app.delete(f"{members}/{user}", headers=KEYS)).status_code == 204
    assert (await app.delete(f"{members}/{user}", headers=KEYS)).status_code == 404
    nobody = await app.post(members, headers=KEYS, json=membership(NOBODY))
    assert nobody.json()["errors"] == [f"User for ID {NOBODY} not found"]


async def test_links_have_labels_and_safe_addresses(app: App) -> None:
    links = f"{TEAMS}/{await make(app, 'core')}/links"

    def link(**attributes: object) -> dict[str, Any]:
        return {"data": {"type": "team_links", "attributes": attributes}}

    made = await app.post(links, headers=KEYS, json=link(label="Wiki", url="https://wiki.example.com"))
    assert made.status_code == 200
    identity = made.json()["data"]["id"]
    empty = await app.post(links, headers=KEYS, json=link(label="", url="https://x"))
    assert (empty.status_code, empty.json()["errors"]) == (422, ["label cannot be empty"])
    for url in ("javascript:alert(1)", "//x", "http://[bad", 5):
        assert (await app.post(links, headers=KEYS, json=link(label="x", url=url))).status_code == 400
    moved = await app.patch(f"{links}/{identity}", headers=KEYS, json=link(label="Docs", position=4))
    assert moved.json()["data"]["attributes"] | {"team_id": ""} == {
        "label": "Docs", "url": "https://wiki.example.com", "position": 4, "team_id": "",
    }  # fmt: skip
    assert len((await app.get(links, headers=KEYS)).json()["data"]) == 1
    assert (await app.delete(f"{links}/{identity}", headers=KEYS)).status_code == 204
    assert (await app.get(f"{links}/{identity}", headers=KEYS)).status_code == 404


@pytest.mark.parametrize(
    ("value", "member", "stranger"),
    [("members", 200, 403), ("admins", 403, 403), ("organization", 200, 200), ("teams_manage", 403, 403)],
)
async def test_who_may_edit_is_the_teams_choice(
    app: App, services: Services, value: str, member: int, stranger: int
) -> None:
    team = await make(app, "core")
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    bob = await key_for(services, "bob@example.com", [role_id(STANDARD)])
    reader = await key_for(services, "ro@example.com", [role_id(READ_ONLY)])
    for headers in (ann, reader):
        body = membership(await user_id(app, headers))
        await app.post(f"{TEAMS}/{team}/memberships", headers=KEYS, json=body)
    setting = {"data": {"type": "team_permission_settings", "attributes": {"value": value}}}
    changed = await app.put(f"{TEAMS}/{team}/permission-settings/edit", headers=KEYS, json=setting)
    assert changed.json()["data"]["attributes"]["value"] == value
    body = team_body("core", description="new")
    assert (await app.patch(f"{TEAMS}/{team}", headers=ann, json=body)).status_code == member
    assert (await app.patch(f"{TEAMS}/{team}", headers=bob, json=body)).status_code == stranger
    assert (await app.patch(f"{TEAMS}/{team}", headers=reader, json=body)).status_code == 403
    assert (await app.delete(f"{TEAMS}/{team}", headers=ann)).status_code == 403
    wrong = await app.put(f"{TEAMS}/{team}/permission-settings/REPLACE.ME", headers=KEYS, json=setting)
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    "attributes",
    [{"handle": "with space"}, {"handle": ""}, {"name": ""}, {"name": "x" * 201}, {"banner": "red"},
     {"visible_modules": "all"}, {"description": 5}],
)  # fmt: skip
async def test_what_a_team_cannot_be_is_refused(app: App, attributes: dict[str, object]) -> None:
    assert (await app.post(TEAMS, headers=KEYS, json=team_body("core"))).status_code == 201
    answer = await app.post(TEAMS, headers=KEYS, json=team_body("other", **attributes))
    assert answer.status_code == 400, answer.text
