"""Endpoints of saved views: private, shared with a team, or with all users."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal
from heeler.explorer.model import SavedView
from heeler.explorer.sources import EXPLORABLE
from heeler.teams.model import TeamMember

HttpRequest = Request[Any, Any, Any]
SOURCES = (*EXPLORABLE, "monitors")
"""The explorers, and the list of monitors, whose searches are saved the same way."""
MAX_STATE, MAX_VIEWS = 20_000, 500


@get("/api/ui/explorer/{source:str}/views", guards=[user_guard])
async def list_views(request: HttpRequest, source: str) -> dict[str, Any]:
    """The person's own views, and those that are shared with everyone or with a team of theirs, by name."""
    who = principal_of(request)
    async with services_of(request).database.session() as db:
        found = await db.scalars(
            select(SavedView)
            .where(SavedView.source == _known(source), _visible(who))
            .order_by(SavedView.name, SavedView.id)
            .limit(MAX_VIEWS)
        )
        return {"views": [_shown(one, who) for one in found]}


@post("/api/ui/explorer/{source:str}/views", guards=[user_guard], status_code=200)
async def create_view(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    who = principal_of(request)
    now = datetime.now(UTC)
    made = SavedView(
        source=_known(source), owner_id=who.user_id, owner_name=who.email, created=now, modified=now, state={}
    )
    async with services_of(request).database.session() as db:
        await _change(db, made, data, who)
        db.add(made)
        await db.flush()
        return _shown(made, who)


@put("/api/ui/explorer/{source:str}/views/{view_id:int}", guards=[user_guard])
async def update_view(
    request: HttpRequest, source: str, view_id: int, data: dict[str, Any]
) -> dict[str, Any]:
    who = principal_of(request)
    async with services_of(request).database.session() as db:
        found = await _own(db, source, view_id, who)
        await _change(db, found, data, who)
        found.modified = datetime.now(UTC)
        return _shown(found, who)


@delete("/api/ui/explorer/{source:str}/views/{view_id:int}", guards=[user_guard])
async def delete_view(request: HttpRequest, source: str, view_id: int) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _own(db, source, view_id, principal_of(request)))


def _known(source: str) -> str:
    if source not in SOURCES:
        raise ApiError(404, f"Unknown source {source[:50]}. Supported: {', '.join(SOURCES)}.")
    known = EXPLORABLE.get(source)
    return (known.views if known else "") or source


def _visible(who: Principal) -> Any:
    teams = select(TeamMember.team_id).where(TeamMember.user_id == who.user_id)
    return or_(SavedView.shared, SavedView.owner_id == who.user_id, SavedView.team_id.in_(teams))


async def _own(db: AsyncSession, source: str, view_id: int, who: Principal) -> SavedView:
    """A view that ``who`` may change: their own, or a shared one with write permission."""
    found = await db.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.source == _known(source), _visible(who))
    )
    if found is None:
        raise ApiError(404, f"Saved view {view_id} not found.")
    if found.owner_id != who.user_id and not who.can_write:
        raise ApiError(403, f"Role {who.role} is read-only.")
    return found


async def _change(db: AsyncSession, view: SavedView, data: dict[str, Any], who: Principal) -> None:
    name, state = data.get("name", view.name), data.get("state", view.state)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise bad_request("Invalid name. Expected 1 to 200 characters.")
    texts = isinstance(state, dict) and all(isinstance(one, str) for pair in state.items() for one in pair)
    if not texts or sum(len(key) + len(value) for key, value in state.items()) > MAX_STATE:
        raise bad_request(
            f"Invalid state. Expected an object of strings with at most {MAX_STATE} characters."
        )
    for flag in ("shared", "is_default"):
        if not isinstance(data.get(flag, False), bool):
            raise bad_request(f"Invalid {flag}. Expected true or false.")
    view.name, view.state = name.strip(), state
    await _share(db, view, data, who)
    if who.user_id is None or view.owner_id != who.user_id:
        return  # which view a page begins with is its owner's choice
    is_default = bool(data.get("is_default", view.is_default or False))
    if is_default:
        own = (SavedView.source == view.source, SavedView.owner_id == who.user_id)
        await db.execute(update(SavedView).where(*own).values(is_default=False))
    view.is_default = is_default


async def _share(db: AsyncSession, view: SavedView, data: dict[str, Any], who: Principal) -> None:
    """Set who may see the view. Raises 400 for a team that the person is not in, 403 for read-only ones."""
    shared, team = data.get("shared"), data.get("team")
    if team is not None and (not isinstance(team, str) or shared):
        raise bad_request(
            "Invalid team. Expected the id of a team, in a view that is not shared with everyone."
        )
    if shared is not None:
        view.shared = shared
    if team is not None:
        view.shared = False
    if "team" in data or view.shared:
        changed, view.team_id = team != view.team_id, team
        member = TeamMember.team_id == team, TeamMember.user_id == who.user_id
        if (
            team is not None
            and changed
            and await db.scalar(select(TeamMember.team_id).where(*member)) is None
        ):
            raise bad_request("Invalid team. Expected the id of a team that you are a member of.")
    view.shared = bool(view.shared)
    if (view.shared or view.team_id) and not who.can_write:
        raise ApiError(403, f"Role {who.role} is read-only: it can save views for itself.")


def _shown(view: SavedView, who: Principal) -> dict[str, Any]:
    own = view.owner_id == who.user_id
    return {
        "id": view.id,
        "name": view.name,
        "state": view.state,
        "owner": view.owner_name,
        "own": own,
        "shared": view.shared,
        "team": view.team_id,
        "is_default": view.is_default and own,
        "modified": view.modified.isoformat(),
    }


handlers: list[ControllerRouterHandler] = [list_views, create_view, update_view, delete_view]
