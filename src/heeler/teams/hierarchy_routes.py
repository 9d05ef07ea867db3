"""Endpoints of the team hierarchy: member teams, hierarchy links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.paging import page_of
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.teams import store
from heeler.teams.model import Team, TeamHierarchyLink
from heeler.teams.paging import page_links, page_meta, pagination, sparse
from heeler.teams.rules import checked_id

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_HIERARCHY = "/api/v2/team-hierarchy-links"
_MEMBER_TEAMS = "/api/v2/team/{team_id:str}/member_teams"
_MAX_DEPTH = 10


async def link_teams(db: AsyncSession, parent: Team, sub: Team, email: str) -> TeamHierarchyLink:
    """Make ``sub`` a member team of ``parent``. Raises 400 for a cycle and 409 if it has a parent."""
    if await db.scalar(select(TeamHierarchyLink.id).where(TeamHierarchyLink.sub_id == sub.id)):
        raise ApiError(409, f"Team {sub.name!r} is part of another team already")
    above: list[str] = [parent.id]
    while len(above) <= _MAX_DEPTH:
        if sub.id in above:
            raise bad_request(f"Team {parent.name!r} is a part of {sub.name!r}: teams cannot form a circle.")
        upper = await db.scalar(
            select(TeamHierarchyLink.parent_id).where(TeamHierarchyLink.sub_id == above[-1])
        )
        if upper is None:
            break
        above.append(upper)
    if len(above) + await _levels_below(db, sub.id) > _MAX_DEPTH:
        raise bad_request(f"At most {_MAX_DEPTH} levels of teams are allowed below a team.")
    link = TeamHierarchyLink(
        parent_id=parent.id, sub_id=sub.id, provisioned_by=email, created=datetime.now(UTC)
    )
    db.add(link)
    await db.flush()
    return link


async def _levels_below(db: AsyncSession, team_id: str) -> int:
    """How many levels of teams are below a team; at most ``_MAX_DEPTH`` are counted."""
    level, depth = {team_id}, 0
    while depth < _MAX_DEPTH and level:
        level = set(
            await db.scalars(select(TeamHierarchyLink.sub_id).where(TeamHierarchyLink.parent_id.in_(level)))
        )
        depth += bool(level)
    return depth


async def _may_edit(request: AnyRequest, db: AsyncSession, team_id: str) -> Team:
    team = await store.found_team(db, team_id)
    await store.check_may(db, principal_of(request), team, "edit")
    return team


@post(_MEMBER_TEAMS, status_code=204, guards=[user_guard])
async def add_member_team(request: AnyRequest, team_id: str, data: Body) -> None:
    """Make a team a member of another; requires edit access to both."""
    given = data.get("data")
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise bad_request("Invalid body. Expected an object `data` with the id of a team.")
    async with services_of(request).database.session() as db:
        parent, sub = await _may_edit(request, db, team_id), await _may_edit(request, db, given["id"])
        await link_teams(db, parent, sub, principal_of(request).email)


@get(_MEMBER_TEAMS, guards=[user_guard])
async def list_member_teams(request: AnyRequest, team_id: str) -> Body:
    query = request.query_params
    async with services_of(request).database.session() as db:
        team = await store.found_team(db, team_id)
        teams = (
            await db.scalars(
                select(Team)
                .join(TeamHierarchyLink, TeamHierarchyLink.sub_id == Team.id)
                .where(TeamHierarchyLink.parent_id == team.id)
                .order_by(Team.name)
            )
        ).all()
        members, links = await store.members_and_links(db)
    shown = page_of(teams, query, 10)
    data = [store.described(item, members.get(item.id, 0), links.get(item.id, ())) for item in shown]
    return {"data": sparse(data, query), "meta": pagination(len(teams), query)}


@delete(_MEMBER_TEAMS + "/{member_id:str}", guards=[user_guard])
async def remove_member_team(request: AnyRequest, team_id: str, member_id: str) -> None:
    async with services_of(request).database.session() as db:
        parent = await _may_edit(request, db, team_id)
        link = await db.scalar(
            select(TeamHierarchyLink).where(
                TeamHierarchyLink.parent_id == parent.id, TeamHierarchyLink.sub_id == checked_id(member_id)
            )
        )
        if link is None:
            raise ApiError(404, f"Team {member_id} is not part of team {parent.id} not found")
        await db.delete(link)


def _reference(team: Team, members: Mapping[str, int], links: Mapping[str, Sequence[str]]) -> Body:
    shown = store.described(team, members.get(team.id, 0), links.get(team.id, ()))["attributes"]
    names = ("avatar", "banner", "handle", "is_managed", "link_count", "name", "summary", "user_count")
    attributes = {name: shown[name] for name in names if shown[name] is not None}
    return {"id": team.id, "type": "team", "attributes": {**attributes, "is_open_membership": False}}


def _described(link: TeamHierarchyLink, teams: Mapping[str, Body]) -> Body:
    return {
        "id": link.id,
        "type": "team_hierarchy_links",
        "attributes": {"created_at": link.created.isoformat(), "provisioned_by": link.provisioned_by},
        "relationships": {
            "parent_team": {"data": teams[link.parent_id]},
            "sub_team": {"data": teams[link.sub_id]},
        },
    }


async def _teams_of(db: AsyncSession, links: list[TeamHierarchyLink]) -> dict[str, Body]:
    ids = {identity for link in links for identity in (link.parent_id, link.sub_id)}
    members, counts = await store.members_and_links(db)
    found = await db.scalars(select(Team).where(Team.id.in_(ids)))
    return {team.id: _reference(team, members, counts) for team in found}


async def _one(db: AsyncSession, link: TeamHierarchyLink) -> Body:
    teams = await _teams_of(db, [link])
    links = {"self": f"{_HIERARCHY}/{link.id}"}
    return {"data": _described(link, teams), "included": list(teams.values()), "links": links}


def _related(data: Body, name: str) -> str:
    relationships = data.get("relationships")
    item = relationships.get(name) if isinstance(relationships, dict) else None
    found = item.get("data") if isinstance(item, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise bad_request(f"Invalid relationships.{name}. Expected an object with the id of a team.")
    return str(found["id"])


@post(_HIERARCHY, status_code=200, guards=[user_guard])
async def add_link(request: AnyRequest, data: Body) -> Body:
    given = data.get("data")
    if not isinstance(given, dict):
        raise bad_request("Invalid body. Expected an object `data`.")
    async with services_of(request).database.session() as db:
        parent = await _may_edit(request, db, _related(given, "parent_team"))
        sub = await _may_edit(request, db, _related(given, "sub_team"))
        return await _one(db, await link_teams(db, parent, sub, principal_of(request).email))


@get(_HIERARCHY, guards=[user_guard])
async def list_links(request: AnyRequest) -> Body:
    query = request.query_params
    statement = select(TeamHierarchyLink).order_by(TeamHierarchyLink.created, TeamHierarchyLink.id)
    if parent := query.get("filter[parent_team]"):
        statement = statement.where(TeamHierarchyLink.parent_id == checked_id(parent))
    if sub := query.get("filter[sub_team]"):
        statement = statement.where(TeamHierarchyLink.sub_id == checked_id(sub))
    async with services_of(request).database.session() as db:
        found = (await db.scalars(statement)).all()
        shown = list(page_of(found, query, 100))
        teams = await _teams_of(db, shown)
    return {
        "data": [_described(link, teams) for link in shown],
        "included": list(teams.values()),
        "links": page_links(_HIERARCHY, len(found), query, 100),
        "meta": {"page": page_meta(len(found), query, 100)},
    }


async def _link(db: AsyncSession, link_id: str) -> TeamHierarchyLink:
    found = await db.get(TeamHierarchyLink, checked_id(link_id))
    if found is None:
        raise ApiError(404, f"Team hierarchy link {link_id} not found")
    return found


@get(_HIERARCHY + "/{link_id:str}", guards=[user_guard])
async def get_link(request: AnyRequest, link_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return await _one(db, await _link(db, link_id))


@delete(_HIERARCHY + "/{link_id:str}", guards=[user_guard])
async def remove_link(request: AnyRequest, link_id: str) -> None:
    async with services_of(request).database.session() as db:
        link = await _link(db, link_id)
        await _may_edit(request, db, link.parent_id)
        await db.delete(link)


@post("/api/v2/team/sync", status_code=200, guards=[writer_guard])
async def sync_teams() -> None:
    """Refused: teams are not read from GitHub."""
    raise bad_request(
        "Teams are not synchronized with GitHub by this server. Connections of teams are: POST "
        "/api/v2/team/connections; members can come from the identity provider by authn mappings."
    )


@get("/api/v2/team/sync", guards=[user_guard])
async def get_sync() -> Body:
    """No synchronization is set up."""
    return {"data": []}


handlers: list[ControllerRouterHandler] = [
    add_member_team, list_member_teams, remove_member_team, add_link, list_links, get_link, remove_link,
    sync_teams, get_sync,
]  # fmt: skip
