"""Endpoints of teams."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.accounts.paging import page_of
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import list_in, object_in, whole_in
from heeler.api.errors import bad_request
from heeler.api.query_parameters import split_values
from heeler.api.services import Principal
from heeler.teams import channel_routes, hierarchy_routes, member_routes, store
from heeler.teams.model import Team, TeamLink, TeamMember
from heeler.teams.paging import pagination, sparse
from heeler.teams.rules import (
    ACTIONS,
    attributes_of,
    checked_handle,
    checked_modules,
    checked_name,
    checked_text,
    may,
)

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_TEAMS = "/api/v2/team"
_TEAM = _TEAMS + "/{team_id:str}"
_MAX_TEAMS = 2000
_SORTS = ("name", "user_count")


@post(_TEAMS, guards=[writer_guard])
async def create_team(request: AnyRequest, data: Body) -> Body:
    """Create a team; users named in ``relationships`` become its members."""
    attributes = attributes_of(data, "team")
    name, handle = checked_name(attributes.get("name")), checked_handle(attributes.get("handle"))
    now = datetime.now(UTC)
    async with services_of(request).database.session() as db:
        await store.check_unique(db, name, handle)
        if len((await db.scalars(select(Team.id))).all()) >= _MAX_TEAMS:
            raise bad_request(f"At most {_MAX_TEAMS:,} teams are allowed.")
        team = Team(name=name, handle=handle, settings={}, created=now, modified=now)
        _apply(team, attributes)
        db.add(team)
        await db.flush()
        for uuid in _user_ids(data["data"]):
            db.add(TeamMember(team_id=team.id, user_id=(await store.found_user(db, uuid)).id, role=""))
        await db.flush()
        return {"data": await store.described_team(db, team)}


def _user_ids(data: Body) -> list[str]:
    items = list_in(object_in(object_in(data, "relationships"), "users"), "data")
    if not all(isinstance(item, dict) and "id" in item for item in items):
        raise bad_request("Invalid relationships.users. Expected a list of objects with id and type.")
    return list(dict.fromkeys(str(item["id"]) for item in items))


def _apply(team: Team, attributes: Body) -> None:
    """Apply ``attributes`` to the team. Raises a 400."""
    if "description" in attributes:
        team.description = checked_text(attributes["description"], "description", 20_000)
    elif team.description is None:
        team.description = ""
    if "avatar" in attributes:
        team.avatar = checked_text(attributes["avatar"], "avatar", 400) or None
    if "banner" in attributes:
        banner = attributes["banner"]
        team.banner = None if banner is None else whole_in(banner, "banner")
    for name in ("visible_modules", "hidden_modules"):
        if name in attributes or getattr(team, name) is None:
            setattr(team, name, checked_modules(attributes.get(name), name))


@get(_TEAMS, guards=[user_guard])
async def list_teams(request: AnyRequest) -> Body:
    """Teams whose name or handle contains ``filter[keyword]``; with ``filter[me]`` those of the caller."""
    query, caller = request.query_params, principal_of(request).user_id
    async with services_of(request).database.session() as db:
        teams = list((await db.scalars(select(Team).order_by(Team.name))).all())
        members, links = await store.members_and_links(db)
        joined = await db.scalars(select(TeamMember).where(TeamMember.user_id == caller))
        own = {one.team_id: one.role for one in joined}
    text = query.get("filter[keyword]", "").lower()
    found = [
        team
        for team in teams
        if (text in team.name.lower() or text in team.handle)
        and (query.get("filter[me]", "").lower() != "true" or team.id in own)
    ]
    sort = query.get("sort", "name")
    if sort.removeprefix("-") not in _SORTS:
        raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(_SORTS)}")
    if sort.removeprefix("-") == "user_count":
        found.sort(key=lambda team: members.get(team.id, 0))
    if sort.startswith("-"):
        found.reverse()
    shown = page_of(found, query, 10)
    data = [store.described(team, members.get(team.id, 0), links.get(team.id, ())) for team in shown]
    body: Body = {"data": sparse(data, query), "meta": pagination(len(found), query)}
    asked = set(split_values(*query.getall("include", [])))
    if unknown := asked - {"team_links", "user_team_permissions"}:
        raise bad_request(f"Invalid include: {min(unknown)[:50]}. Expected team_links, user_team_permissions")
    if asked:
        body["included"] = []
    if "team_links" in asked:
        async with services_of(request).database.session() as db:
            of_these = TeamLink.team_id.in_([team.id for team in shown])
            found_links = await db.scalars(
                select(TeamLink).where(of_these).order_by(TeamLink.position, TeamLink.id)
            )
            body["included"] += [store.described_link(link) for link in found_links]
    if "user_team_permissions" in asked:
        body["included"] += [_allowed(principal_of(request), team, own.get(team.id)) for team in shown]
    return body


def _allowed(caller: Principal, team: Team, role: str | None) -> Body:
    """What the caller may do with a team, in which they have this role."""
    permissions = {action: may(caller, action, team.settings, role) for action in ACTIONS}
    return {"id": team.id, "type": "user_team_permissions", "attributes": {"permissions": permissions}}


@get(_TEAM, guards=[user_guard])
async def get_team(request: AnyRequest, team_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": await store.described_team(db, await store.found_team(db, team_id))}


@patch(_TEAM, guards=[user_guard])
async def update_team(request: AnyRequest, team_id: str, data: Body) -> Body:
    """Change a team, with ``teams_manage`` or as its permission settings allow."""
    attributes = attributes_of(data, "team")
    async with services_of(request).database.session() as db:
        team = await store.found_team(db, team_id)
        await store.check_may(db, principal_of(request), team, "edit")
        name = checked_name(attributes.get("name", team.name))
        handle = checked_handle(attributes.get("handle", team.handle))
        await store.check_unique(db, name, handle, but=team.id)
        team.name, team.handle, team.modified = name, handle, datetime.now(UTC)
        _apply(team, attributes)
        described = await store.described_team(db, team)
        _check_links(data["data"].get("relationships"), described["relationships"])
        return {"data": described}


def _check_links(given: Any, shown: Body) -> None:
    """Refuse links that the team does not have: they are changed one by one."""
    links = given.get("team_links") if isinstance(given, dict) else None
    wanted = links.get("data") if isinstance(links, dict) else None
    if not isinstance(wanted, list):
        return
    have = {one["id"] for one in shown["team_links"]["data"]}
    if any(not isinstance(one, dict) or one.get("id") not in have for one in wanted):
        raise bad_request("Invalid relationships.team_links. Links are created below the team's /links.")


@delete(_TEAM, guards=[writer_guard])
async def delete_team(request: AnyRequest, team_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await store.found_team(db, team_id))


handlers: list[ControllerRouterHandler] = [
    create_team, list_teams, get_team, update_team, delete_team, *member_routes.handlers,
    *hierarchy_routes.handlers, *channel_routes.handlers,
]  # fmt: skip
