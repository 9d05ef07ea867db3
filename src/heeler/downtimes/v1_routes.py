"""Endpoints of downtimes, API v1."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, tell
from heeler.downtimes.schedule import current
from heeler.downtimes.service import cancel, flag, given_body
from heeler.downtimes.store import all_downtimes, made_by, pending, touch
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.v1 import apply, shown
from heeler.downtimes.validation import boolean

Object = dict[str, Any]
Ask = Request[Any, Any, Any]


async def _find(db: AsyncSession, downtime_id: int) -> Downtime:
    found = await db.get(Downtime, downtime_id)
    if found is None:
        raise not_found("Downtime")
    return found


def _disabled(data: Object) -> bool:
    given = data.get("disabled")
    return given not in (None, "") and boolean("disabled", given)


@post("/api/v1/downtime", status_code=200, guards=[writer_guard])
async def create_downtime(request: Ask) -> Object:
    services, caller = services_of(request), principal_of(request)
    now = services.now()
    downtime, data = made_by(caller, now), await given_body(request)
    if _disabled(data):
        raise bad_request("Invalid disabled parameter: a downtime is enabled when it is created")
    apply(downtime, data, now)
    async with services.database.session() as db:
        db.add(downtime)
        await db.flush()
        await tell(db, services, downtime, Change.SCHEDULED)
        return shown(downtime, now)


@get("/api/v1/downtime", guards=[user_guard])
async def list_downtimes(request: Ask) -> list[Object]:
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        found = await all_downtimes(db)
    if flag(request, "current_only"):
        found = [item for item in found if current(plan_of(item), now) is not None]
    return [shown(item, now, creator=flag(request, "with_creator")) for item in found]


@get("/api/v1/downtime/{downtime_id:int}", guards=[user_guard])
async def get_downtime(request: Ask, downtime_id: int) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        return shown(await _find(db, downtime_id), services.now(), creator=flag(request, "with_creator"))


@put("/api/v1/downtime/{downtime_id:int}", guards=[writer_guard])
async def update_downtime(request: Ask, downtime_id: int) -> Object:
    services = services_of(request)
    now, data = services.now(), await given_body(request)
    async with services.database.session() as db:
        downtime = await _find(db, downtime_id)
        apply(downtime, data, now)
        if _disabled(data):
            await cancel(db, request, downtime)
        else:
            touch(downtime, principal_of(request), now)
            await tell(db, services, downtime, Change.UPDATED)
        return shown(downtime, now)


@delete("/api/v1/downtime/{downtime_id:int}", guards=[writer_guard])
async def cancel_downtime(request: Ask, downtime_id: int) -> None:
    async with services_of(request).database.session() as db:
        downtime = await db.get(Downtime, downtime_id)
        if downtime is None:
            raise not_found(f"Downtime {downtime_id}")
        await cancel(db, request, downtime)


@post("/api/v1/downtime/cancel/by_scope", status_code=200, guards=[writer_guard])
async def cancel_by_scope(request: Ask) -> Object:
    """Cancels every downtime whose scope is the given one, in any order."""
    services, data = services_of(request), await given_body(request)
    probe = made_by(principal_of(request), services.now())
    apply(probe, {"scope": data.get("scope")}, services.now())
    async with services.database.session() as db:
        found = [item for item in await pending(db, services.now()) if set(item.scope) == set(probe.scope)]
        if not found:
            raise ApiError(404, "No downtimes found")
        for item in found:
            await cancel(db, request, item)
        return {"cancelled_ids": [item.id for item in found]}


handlers: list[ControllerRouterHandler] = [
    create_downtime,
    list_downtimes,
    get_downtime,
    update_downtime,
    cancel_downtime,
    cancel_by_scope,
]
