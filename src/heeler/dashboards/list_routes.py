"""Endpoints of dashboard lists, v1 and v2."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.text_limits import MAX_NAME, bounded_text
from heeler.dashboards import store
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Dashboard, DashboardList, DashboardListItem
from heeler.dashboards.presets import PRESETS, Preset

Object = dict[str, Any]

_LISTS = "/api/v1/dashboard/lists/manual"
_ITEMS = [f"{_LISTS}/{{list_id:int}}/dashboards", "/api/v2/dashboard/lists/manual/{list_id:int}/dashboards"]


MAX_ITEMS = 1000
TYPES = (
    "custom_screenboard",
    "custom_timeboard",
    "host_timeboard",
    "integration_screenboard",
    "integration_timeboard",
)
"""Types of dashboards in lists."""


class ListBody(msgspec.Struct):
    name: str = ""


class Item(msgspec.Struct):
    id: str | int
    type: str


class Items(msgspec.Struct):
    dashboards: list[Item]


def _author(handle: str, name: str | None) -> Object:
    return {"handle": handle, "email": handle, "name": name}


def _shown(listed: DashboardList, count: int) -> Object:
    return {
        "id": listed.id,
        "name": listed.name,
        "type": "manual_dashboard_list",
        "author": _author(listed.author_handle, listed.author_name),
        "created": listed.created.isoformat(),
        "modified": listed.modified.isoformat(),
        "is_favorite": False,
        "dashboard_count": count,
        "dashboards": None,
    }


async def _found(db: AsyncSession, list_id: int) -> DashboardList:
    found = await db.get(DashboardList, list_id) if list_id < 2**31 else None
    if found is None:
        raise ApiError(404, f"Manual Dashboard List with id {list_id} not found")
    return found


def _name(data: ListBody) -> str:
    if not data.name.strip():
        raise bad_request("'name' is a required property")
    return bounded_text("name", data.name, MAX_NAME)


@post(_LISTS, status_code=200, guards=[writer_guard])
async def create_list(request: Request[Any, Any, Any], data: ListBody) -> Object:
    principal, now = principal_of(request), datetime.now(UTC)
    async with services_of(request).database.session() as db:
        made = DashboardList(
            name=_name(data),
            author_handle=principal.email,
            author_name=principal.name or None,
            created=now,
            modified=now,
        )
        db.add(made)
        await db.flush()
        return _shown(made, 0)


@get(_LISTS, guards=[user_guard])
async def list_lists(request: Request[Any, Any, Any]) -> Object:
    async with services_of(request).database.session() as db:
        lists = (await db.scalars(select(DashboardList).order_by(DashboardList.id))).all()
        shown = [_shown(listed, len(await _members(db, listed.id))) for listed in lists]
    return {"dashboard_lists": shown}


@get(f"{_LISTS}/{{list_id:int}}", guards=[user_guard])
async def get_list(request: Request[Any, Any, Any], list_id: int) -> Object:
    async with services_of(request).database.session() as db:
        return _shown(await _found(db, list_id), len(await _members(db, list_id)))


@put(f"{_LISTS}/{{list_id:int}}", guards=[writer_guard])
async def update_list(request: Request[Any, Any, Any], list_id: int, data: ListBody) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, list_id)
        found.name, found.modified = _name(data), datetime.now(UTC)
        return _shown(found, len(await _members(db, list_id)))


@delete(f"{_LISTS}/{{list_id:int}}", status_code=200, guards=[writer_guard])
async def delete_list(request: Request[Any, Any, Any], list_id: int) -> Object:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, list_id))
    return {"deleted_dashboard_list_id": list_id}


Member = tuple[DashboardListItem, Dashboard | Preset]


async def _members(db: AsyncSession, list_id: int) -> list[Member]:
    """Items of the list whose dashboards still exist."""
    rows = await db.execute(
        select(DashboardListItem, Dashboard)
        .outerjoin(Dashboard, (Dashboard.id == DashboardListItem.dashboard_id) & Dashboard.deleted.is_(None))
        .where(DashboardListItem.list_id == list_id)
        .order_by(func.lower(func.coalesce(Dashboard.title, DashboardListItem.dashboard_id)))
    )
    return [
        (item, shown)
        for item, board in rows
        if (shown := board or PRESETS.get(item.dashboard_id)) is not None
    ]


def _member(item: DashboardListItem, board: Dashboard | Preset, since: datetime, old: bool) -> Object:
    if isinstance(board, Preset):
        title, author, created, modified, read_only = (
            board.body["title"],
            _author("", "Heeler"),
            since,
            since,
            True,
        )
    else:
        title, author = board.title, _author(board.author_handle, board.author_name)
        created, modified = board.created, board.modified
        read_only = bool(board.body.get("is_read_only"))
    number = board.number if old and isinstance(board, Dashboard) else item.dashboard_id
    return {
        "id": number,
        **({"new_id": item.dashboard_id} if old else {}),
        "type": item.type,
        "title": title,
        "url": dashboard_url(item.dashboard_id, title),
        "author": author,
        "created": created.isoformat(),
        "modified": modified.isoformat(),
        "is_favorite": False,
        "is_shared": False,
        "is_read_only": read_only,
        "popularity": 0,
        "icon": None,
        "integration_id": board.integration if isinstance(board, Preset) else None,
    }


def _is_old(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/v1/")


@get(_ITEMS, guards=[user_guard])
async def get_items(request: Request[Any, Any, Any], list_id: int) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, list_id)
        members = await _members(db, list_id)
    shown = [_member(item, board, found.created, _is_old(request)) for item, board in members]
    return {"total": len(shown), "dashboards": shown}


async def _resolved(db: AsyncSession, items: Sequence[Item]) -> dict[str, str]:
    """Map dashboard ids to item types; raises a 400 that lists unknown ids."""
    known: dict[str, str] = {}
    missing = []
    if len(items) > MAX_ITEMS:
        raise bad_request(f"Invalid 'dashboards': {len(items)} items. Expected at most {MAX_ITEMS}")
    for item in items:
        if item.type not in TYPES:
            raise bad_request(f"Invalid 'type': {item.type[:50]!r}. Expected one of {', '.join(TYPES)}")
        board = None if str(item.id) in PRESETS else await store.find(db, str(item.id))
        if board is None and str(item.id) not in PRESETS:
            missing.append(str(item.id))
        else:
            known[board.id if board else str(item.id)] = item.type
    if missing:
        raise bad_request(f"Dashboards with IDs {', '.join(missing[:20])} not found")
    return known


async def _current(db: AsyncSession, list_id: int) -> set[str]:
    query = select(DashboardListItem.dashboard_id).where(DashboardListItem.list_id == list_id)
    return set((await db.scalars(query)).all())


def _add(db: AsyncSession, list_id: int, wanted: dict[str, str]) -> None:
    db.add_all(
        DashboardListItem(list_id=list_id, dashboard_id=id_, type=type_) for id_, type_ in wanted.items()
    )


def _references(items: Sequence[Item]) -> list[Object]:
    return [{"id": item.id, "type": item.type} for item in items]


@post(_ITEMS, status_code=200, guards=[writer_guard])
async def add_items(request: Request[Any, Any, Any], list_id: int, data: Items) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, list_id)
        wanted, present = await _resolved(db, data.dashboards), await _current(db, list_id)
        _add(db, list_id, {id_: type_ for id_, type_ in wanted.items() if id_ not in present})
        found.modified = datetime.now(UTC)
    return {"added_dashboards_to_list": _references(data.dashboards)}


@put(_ITEMS, guards=[writer_guard])
async def replace_items(request: Request[Any, Any, Any], list_id: int, data: Items) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, list_id)
        wanted = await _resolved(db, data.dashboards)
        await db.execute(delete_rows(DashboardListItem).where(DashboardListItem.list_id == list_id))
        _add(db, list_id, wanted)
        found.modified = datetime.now(UTC)
    return {"dashboards": _references(data.dashboards)}


@delete(_ITEMS, status_code=200, guards=[writer_guard])
async def remove_items(request: Request[Any, Any, Any], list_id: int, data: Items) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, list_id)
        unwanted = await _resolved(db, data.dashboards)
        await db.execute(
            delete_rows(DashboardListItem).where(
                DashboardListItem.list_id == list_id, DashboardListItem.dashboard_id.in_(unwanted)
            )
        )
        found.modified = datetime.now(UTC)
    return {"deleted_dashboards_from_list": _references(data.dashboards)}


handlers: list[ControllerRouterHandler] = [
    create_list, list_lists, get_list, update_list, delete_list,
    get_items, add_items, replace_items, remove_items,
]  # fmt: skip
