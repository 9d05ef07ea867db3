"""Saved views: a person's own and those that are shared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from heeler.accounts import passwords, store
from heeler.accounts.model import User
from heeler.accounts.roles import role_id
from heeler.api.services import Services
from heeler.teams.model import Team, TeamMember
from tests.unit.accounts.conftest import App, log_in

URL = "/api/ui/explorer/logs/views"


async def _person(services: Services, name: str, role: str = "standard") -> str:
    async with services.database.session() as db:
        hashed = passwords._hasher.hash("correct horse")
        await store.create_user(db, f"{name}@example.com", name, [role_id(role)], hashed)
    return f"{name}@example.com"


async def save(app: App, name: str, view: int | None = None, **more: Any) -> tuple[int, Any]:
    body = {"name": name, "state": {"q": "service:a"}, **more}
    headers = {"X-CSRF-Token": app.cookies.get("heeler_csrf") or ""}
    answer = await (
        app.post(URL, json=body, headers=headers)
        if view is None
        else app.put(f"{URL}/{view}", json=body, headers=headers)
    )
    return answer.status_code, answer.json()


async def views(app: App) -> dict[str, Any]:
    answer = await app.get(URL)
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["views"]}


async def test_ones_own_views_and_those_that_are_shared(app: App, services: Services) -> None:
    ann, bob = await _person(services, "ann"), await _person(services, "bob")
    await log_in(app, ann, "correct horse")
    assert (await save(app, "private"))[0] == 200
    assert (await save(app, "shared", shared=True))[0] == 200
    assert {name: (one["own"], one["shared"]) for name, one in (await views(app)).items()} == {
        "private": (True, False),
        "shared": (True, True),
    }
    await log_in(app, bob, "correct horse")
    assert {name: one["own"] for name, one in (await views(app)).items()} == {"shared": False}


async def test_one_default_a_person(app: App, services: Services) -> None:
    ann, bob = await _person(services, "ann"), await _person(services, "bob")
    await log_in(app, ann, "correct horse")
    await save(app, "first", is_default=True)
    await save(app, "second", shared=True, is_default=True)
    assert [name for name, one in (await views(app)).items() if one["is_default"]] == ["second"]
    # Somebody else changes the shared view: whose page begins with what stays as it was.
    await log_in(app, bob, "correct horse")
    await save(app, "mine", is_default=True)
    shared = (await views(app))["second"]
    assert not shared["is_default"]
    assert (await save(app, "renamed", shared["id"], shared=True))[0] == 200
    assert (await save(app, "renamed", shared["id"], shared=True, is_default=True))[0] == 200
    assert [name for name, one in (await views(app)).items() if one["is_default"]] == ["mine"]
    await log_in(app, ann, "correct horse")
    assert [name for name, one in (await views(app)).items() if one["is_default"]] == ["renamed"]


async def test_what_a_view_may_be(app: App, services: Services) -> None:
    await log_in(app, await _person(services, "ann"), "correct horse")
    for change in (
        {"name": ""},
        {"name": "x" * 201},
        {"name": 5},
        {"state": []},
        {"state": {"q": 5}},
        {"state": {"q": "x" * 20_001}},
    ):
        body = {"name": "n", **change}
        name = body.pop("name")
        assert (await save(app, name, **body))[0] == 400, change
    assert (await save(app, "n", 999))[0] == 404


async def test_readers_save_for_themselves_alone(app: App, services: Services) -> None:
    await log_in(app, await _person(services, "eve", "read-only"), "correct horse")
    assert (await save(app, "own"))[0] == 200
    assert (await save(app, "for all", shared=True))[0] == 403


async def _team(services: Services, handle: str, *emails: str) -> str:
    now = datetime.now(UTC)
    async with services.database.session() as db:
        team = Team(handle=handle, name=handle, created=now, modified=now)
        db.add(team)
        await db.flush()
        for user in await db.scalars(select(User).where(User.email.in_(emails))):
            db.add(TeamMember(team_id=team.id, user_id=user.id))
        return team.id


async def test_a_view_of_a_team_is_seen_by_its_members_alone(app: App, services: Services) -> None:
    ann, bob, eve = [await _person(services, name) for name in ("ann", "bob", "eve")]
    core, other = await _team(services, "core", ann, bob), await _team(services, "other", eve)
    await log_in(app, ann, "correct horse")
    status, made = await save(app, "ours", team=core)
    assert (status, made["team"], made["shared"]) == (200, core, False)
    assert (await save(app, "theirs", team=other))[0] == 400
    assert (await save(app, "both", team=core, shared=True))[0] == 400
    for team in (1, True, "none", ""):
        assert (await save(app, "wrong", team=team))[0] == 400, team
    await log_in(app, eve, "correct horse")
    assert await views(app) == {}
    assert (await save(app, "taken", made["id"]))[0] == 404
    await log_in(app, bob, "correct horse")
    assert (await views(app))["ours"]["own"] is False
    assert (await save(app, "ours", made["id"], state={"q": "b"}))[1]["team"] == core
    assert (await save(app, "ours", made["id"], shared=True))[1]["team"] is None
    await log_in(app, eve, "correct horse")
    assert (await views(app))["ours"]["shared"] is True


async def test_a_view_of_a_team_that_is_gone_is_its_owners(app: App, services: Services) -> None:
    ann, bob = await _person(services, "ann"), await _person(services, "bob")
    team = await _team(services, "core", ann, bob)
    await log_in(app, ann, "correct horse")
    await save(app, "ours", team=team)
    async with services.database.session() as db:
        await db.delete(await db.get(Team, team))
    assert (await views(app))["ours"]["team"] is None
    await log_in(app, bob, "correct horse")
    assert await views(app) == {}


async def test_readers_share_with_no_team(app: App, services: Services) -> None:
    eve = await _person(services, "eve", "read-only")
    team = await _team(services, "core", eve)
    await log_in(app, eve, "correct horse")
    assert (await save(app, "ours", team=team))[0] == 403
