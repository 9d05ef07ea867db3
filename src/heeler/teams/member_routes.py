"""Endpoints of a team's members, links and permission settings."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.paging import page_of
from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.documents import is_one_of, object_in, whole_in
from heeler.api.errors import ApiError, bad_request
from heeler.teams import store
from heeler.teams.model import Team, TeamLink, TeamMember
from heeler.teams.paging import pagination
from heeler.teams.rules import (
    ACTIONS,
    OPTIONS,
    attributes_of,
    checked_id,
    checked_link,
    checked_role,
    described_settings,
    may,
)

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_TEAM = "/api/v2/team/{team_id:str}"
_MEMBERS = _TEAM + "/memberships"
_LINKS = _TEAM + "/links"
_SETTINGS = _TEAM + "/permission-settings"
_MAX_LINKS = 100
#: Handles are emails, and nobody has a manager here.
_SORTS = ("email", "handle", "manager_name", "name")


async def _changed(request: AnyRequest, db: AsyncSession, team_id: str, action: str) -> Team:
    """The team, if the caller may change it in this way."""
    team = await store.found_team(db, team_id)
    await store.check_may(db, principal_of(request), team, action)
    return team


@get(_MEMBERS, guards=[user_guard])
async def list_members(request: AnyRequest, team_id: str) -> Body:
    query = request.query_params
    text = query.get("filter[keyword]", "").lower()
    async with services_of(request).database.session() as db:
        team = await store.found_team(db, team_id)
        rows = await store.memberships(db, TeamMember.team_id == team.id)
        found = [row for row in rows if text in row[1].email or text in row[1].name.lower()]
        sort = query.get("sort") or "email"
        if sort.removeprefix("-") not in _SORTS:
            raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(_SORTS)}")
        if sort.removeprefix("-") == "name":
            found.sort(key=lambda row: row[1].name.lower())
        if sort.startswith("-"):
            found.reverse()
        shown = page_of(found, query, 10)
        return {
            "data": [store.described_membership(member, user) for member, user in shown],
            "included": await store.included_users(db, [user for _, user in shown]),
            "meta": pagination(len(found), query),
        }


@post(_MEMBERS, status_code=200, guards=[user_guard])
async def add_member(request: AnyRequest, team_id: str, data: Body) -> Body:
    role = checked_role(attributes_of(data, "team_memberships"))
    person = object_in(object_in(data["data"], "relationships"), "user")
    given = object_in(person, "data").get("id")
    if not isinstance(given, str):
        raise bad_request("Invalid relationships.user. Expected an object with id and type.")
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "manage_membership")
        user = await store.found_user(db, given)
        if await db.get(TeamMember, (team.id, user.id)) is not None:
            raise _Conflict(user.uuid)
        if role:
            await store.check_may(db, principal_of(request), team, "edit")
        member = TeamMember(team_id=team.id, user_id=user.id, role=role)
        db.add(member)
        await db.flush()
        return {
            "data": store.described_membership(member, user),
            "included": await store.included_users(db, [user]),
        }


class _Conflict(ApiError):
    """409 for an existing membership, in the format that clients expect."""

    def __init__(self, uuid: str) -> None:
        super().__init__(409, f"users already present on the team [{uuid}]")

    @property
    def body(self) -> dict[str, list[Any]]:
        return {"errors": [{"status": "409", "title": "Conflict", "detail": self.messages[0]}]}


async def _member(db: AsyncSession, team: Team, user_id: str) -> tuple[TeamMember, Any]:
    user = await store.found_user(db, user_id)
    member = await db.get(TeamMember, (team.id, user.id))
    if member is None:
        raise ApiError(404, f"User {user.uuid} is not a member of Team {team.id} not found")
    return member, user


@patch(_MEMBERS + "/{user_id:str}", guards=[user_guard])
async def update_member(request: AnyRequest, team_id: str, user_id: str, data: Body) -> Body:
    """Make a member an administrator of the team, or with null no longer."""
    attributes = attributes_of(data, "team_memberships")
    role = checked_role(attributes)
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "manage_membership")
        member, user = await _member(db, team, user_id)
        caller = await db.get(TeamMember, (team.id, principal_of(request).user_id))
        if not (principal_of(request).may("teams_manage") or (caller and caller.role == "admin")):
            raise ApiError(403, "Forbidden", "Only administrators of the team may change roles in it.")
        if "role" in attributes:
            member.role = role
        return {"data": store.described_membership(member, user)}


@delete(_MEMBERS + "/{user_id:str}", guards=[user_guard])
async def remove_member(request: AnyRequest, team_id: str, user_id: str) -> None:
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "manage_membership")
        member, _ = await _member(db, team, user_id)
        await db.delete(member)


@get("/api/v2/users/{uuid:str}/memberships", guards=[user_guard])
async def list_user_memberships(request: AnyRequest, uuid: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await store.found_user(db, uuid)
        rows = await store.memberships(db, TeamMember.user_id == user.id)
        return {
            "data": [store.described_membership(member, found) for member, found in rows],
            "included": await store.included_users(db, [user]) if rows else [],
            "meta": pagination(len(rows), request.query_params),
        }


async def _link(db: AsyncSession, team: Team, link_id: str) -> TeamLink:
    found = await db.get(TeamLink, checked_id(link_id))
    if found is None or found.team_id != team.id:
        raise ApiError(404, f"Link for ID {link_id} not found")
    return found


def _position(attributes: Body, default: int) -> int:
    return whole_in(attributes.get("position", default), "position")


@post(_LINKS, status_code=200, guards=[user_guard])
async def create_link(request: AnyRequest, team_id: str, data: Body) -> Body:
    attributes = attributes_of(data, "team_links")
    label, url = checked_link(attributes)
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "edit")
        others = (await db.scalars(select(TeamLink).where(TeamLink.team_id == team.id))).all()
        if len(others) >= _MAX_LINKS:
            raise bad_request(f"At most {_MAX_LINKS} links are allowed.")
        link = TeamLink(team_id=team.id, label=label, url=url, position=_position(attributes, len(others)))
        db.add(link)
        await db.flush()
        return {"data": store.described_link(link)}


@get(_LINKS, guards=[user_guard])
async def list_links(request: AnyRequest, team_id: str) -> Body:
    async with services_of(request).database.session() as db:
        team = await store.found_team(db, team_id)
        links = await db.scalars(
            select(TeamLink).where(TeamLink.team_id == team.id).order_by(TeamLink.position, TeamLink.label)
        )
        return {"data": [store.described_link(link) for link in links]}


@get(_LINKS + "/{link_id:str}", guards=[user_guard])
async def get_link(request: AnyRequest, team_id: str, link_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": store.described_link(await _link(db, await store.found_team(db, team_id), link_id))}


@patch(_LINKS + "/{link_id:str}", guards=[user_guard])
async def update_link(request: AnyRequest, team_id: str, link_id: str, data: Body) -> Body:
    attributes = attributes_of(data, "team_links")
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "edit")
        link = await _link(db, team, link_id)
        link.label, link.url = checked_link({"label": link.label, "url": link.url, **attributes})
        link.position = _position(attributes, link.position)
        return {"data": store.described_link(link)}


@delete(_LINKS + "/{link_id:str}", guards=[user_guard])
async def delete_link(request: AnyRequest, team_id: str, link_id: str) -> None:
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "edit")
        await db.delete(await _link(db, team, link_id))


@get(_SETTINGS, guards=[user_guard])
async def list_settings(request: AnyRequest, team_id: str) -> Body:
    async with services_of(request).database.session() as db:
        team = await store.found_team(db, team_id)
        member = await db.get(TeamMember, (team.id, principal_of(request).user_id))
        editable = may(principal_of(request), "edit", team.settings, member.role if member else None)
        return {"data": [described_settings(team.id, action, team.settings, editable) for action in ACTIONS]}


@put(_SETTINGS + "/{action:str}", guards=[user_guard])
async def update_setting(request: AnyRequest, team_id: str, action: str, data: Body) -> Body:
    """Set who may edit the team or manage its members."""
    if action not in ACTIONS:
        valid = ", ".join(ACTIONS)
        raise ApiError(404, f'Invalid action type "{action}". Valid actions: {valid} not found')
    value = attributes_of(data, "team_permission_settings").get("value")
    if not is_one_of(value, OPTIONS):
        raise bad_request(f"Invalid value: {value!r}. Expected one of {', '.join(OPTIONS)}")
    async with services_of(request).database.session() as db:
        team = await _changed(request, db, team_id, "edit")
        team.settings = {**team.settings, action: value}
        return {"data": described_settings(team.id, action, team.settings, editable=True)}


handlers: list[ControllerRouterHandler] = [
    list_members, add_member, update_member, remove_member, list_user_memberships, create_link, list_links,
    get_link, update_link, delete_link, list_settings, update_setting,
]  # fmt: skip
