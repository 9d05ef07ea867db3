"""Endpoints of downtimes, API v2."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.accounts.roles import role_ids_of
from heeler.accounts.user_serializers import described_user
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.api.numbers import whole_parameter
from heeler.api.query_parameters import split_values
from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, tell
from heeler.downtimes.schedule import current
from heeler.downtimes.service import cancel, flag
from heeler.downtimes.store import all_downtimes, made_by, touch
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.v2 import apply, attributes_of, relationships, shown

Object = dict[str, Any]
Ask = Request[Any, Any, Any]
_ALL = ("created_by", "monitor")
_CANCELED_LISTED = 2 * 86400
_MAX_PAGE = 1000


async def _find(db: AsyncSession, given: str, missing: str = "Downtime") -> Downtime:
    try:
        uuid = str(UUID(given))
    except ValueError:
        raise bad_request("Invalid URL param: downtime_id must be an uuid") from None
    found = await db.scalar(select(Downtime).where(Downtime.uuid == uuid))
    if found is None:
        raise not_found(missing)
    return found


def _include(request: Ask) -> list[str]:
    wanted = split_values(request.query_params.get("include", ""))
    unknown = [item for item in wanted if item not in _ALL]
    if unknown:
        raise bad_request(f"include is '{unknown[0]}'; write created_by, monitor or both")
    return wanted


async def _answer(
    services: Services, db: AsyncSession, found: list[Downtime], include: tuple[str, ...]
) -> Object:
    """Response document: ``data`` and, if requested, ``included``."""
    now = services.now()
    users = {user.id: user for user in await db.scalars(select(User))} if "created_by" in include else {}
    data = []
    for item in found:
        body = shown(item, now)
        creator = users.get(item.creator_id or 0)
        if include:
            body["relationships"] = relationships(item, creator.uuid if creator else None, include)
        data.append(body)
    if not include:
        return {"data": data}
    makers = dict.fromkeys(item.creator_id for item in found)
    given = await role_ids_of(db, [maker for maker in makers if maker in users])
    included = [
        described_user(users[maker], given.get(users[maker].id, [])) for maker in makers if maker in users
    ]
    if "monitor" in include:
        included += await _included_monitors(services, db, found)
    return {"data": data, "included": included}


async def _included_monitors(services: Services, db: AsyncSession, found: list[Downtime]) -> list[Object]:
    wanted = {item.monitor_id for item in found if item.monitor_id is not None}
    names = await services.monitor_names(db, wanted)
    return [{"type": "monitors", "id": key, "attributes": {"name": names[key]}} for key in sorted(names)]


async def _one(services: Services, db: AsyncSession, downtime: Downtime, include: tuple[str, ...]) -> Object:
    answer = await _answer(services, db, [downtime], include)
    return {**answer, "data": answer["data"][0]}


@post("/api/v2/downtime", status_code=200, guards=[writer_guard])
async def create_downtime(request: Ask, data: Any) -> Object:
    services = services_of(request)
    now = services.now()
    downtime = made_by(principal_of(request), now)
    apply(downtime, attributes_of(data), now)
    async with services.database.session() as db:
        db.add(downtime)
        await db.flush()
        await tell(db, services, downtime, Change.SCHEDULED)
        return await _one(services, db, downtime, _ALL)


@get("/api/v2/downtime", guards=[user_guard])
async def list_downtimes(request: Ask) -> Object:
    """A page of downtimes; canceled ones are listed for two days."""
    services = services_of(request)
    now, include = services.now(), tuple(_include(request))
    async with services.database.session() as db:
        found = [
            item
            for item in await all_downtimes(db)
            if item.canceled is None or now - item.canceled <= _CANCELED_LISTED
        ]
        if flag(request, "current_only"):
            found = [item for item in found if current(plan_of(item), now) is not None]
        answer = await _answer(services, db, page_of(request, found), include)
    return {**answer, "meta": {"page": {"total_filtered_count": len(found)}}}


def page_of(request: Ask, found: list[Any]) -> list[Any]:
    """The slice of ``found`` selected by ``page[offset]`` and ``page[limit]``."""
    given = request.query_params
    offset = whole_parameter("page[offset]", given.get("page[offset]"), 0)
    limit = max(1, min(whole_parameter("page[limit]", given.get("page[limit]"), 30), _MAX_PAGE))
    return found[offset : offset + limit]


@get("/api/v2/downtime/{downtime_id:str}", guards=[user_guard])
async def get_downtime(request: Ask, downtime_id: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        found = await _find(db, downtime_id)
        return await _one(services, db, found, tuple(_include(request)))


@patch("/api/v2/downtime/{downtime_id:str}", guards=[writer_guard])
async def update_downtime(request: Ask, downtime_id: str, data: Any) -> Object:
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        found = await _find(db, downtime_id)
        apply(found, attributes_of(data), now)
        touch(found, principal_of(request), now)
        await tell(db, services, found, Change.UPDATED)
        return await _one(services, db, found, _ALL)


@delete("/api/v2/downtime/{downtime_id:str}", guards=[writer_guard])
async def cancel_downtime(request: Ask, downtime_id: str) -> None:
    async with services_of(request).database.session() as db:
        await cancel(db, request, await _find(db, downtime_id, f"Downtime {downtime_id}"))


handlers: list[ControllerRouterHandler] = [
    create_downtime,
    list_downtimes,
    get_downtime,
    update_downtime,
    cancel_downtime,
]
