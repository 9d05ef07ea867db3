"""Endpoints that mute a host, or everything; both are stored as downtimes."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, writer_guard
from heeler.api.errors import bad_request
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, tell
from heeler.downtimes.schedule import current
from heeler.downtimes.service import cancel, given_body
from heeler.downtimes.store import made_by, pending, touch
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.v1 import apply, shown
from heeler.downtimes.validation import boolean

Object = dict[str, Any]
Ask = Request[Any, Any, Any]


async def _mute_of(db: AsyncSession, scope: str, now: float) -> Downtime | None:
    """The active downtime of all monitors in exactly ``scope``, without recurrence."""
    for item in await pending(db, now):
        whole = item.monitor_id is None and item.monitor_tags == ["*"] and not item.recurrences
        if whole and item.scope == [scope] and current(plan_of(item), now) is not None:
            return item
    return None


@post("/api/v1/host/{host:str}/mute", status_code=200, guards=[writer_guard])
async def mute_host(request: Ask, host: str) -> Object:
    services, caller, given = services_of(request), principal_of(request), await given_body(request)
    now = services.now()
    override = boolean("override", given.get("override") or request.query_params.get("override") or False)
    wanted = {"scope": [f"host:{host}"], "end": given.get("end"), "message": given.get("message")}
    async with services.database.session() as db:
        held = await _mute_of(db, f"host:{host}", now)
        if held is not None and not override:
            raise bad_request(
                f"host:{host} is already muted. To mute this host with a different end timestamp, "
                "add ?override=true to your request."
            )
        downtime = held or made_by(caller, now)
        apply(downtime, wanted, now)
        touch(downtime, caller, now)
        db.add(downtime)
        await db.flush()
        await tell(db, services, downtime, Change.UPDATED if held else Change.SCHEDULED)
        body: Object = {"action": "Muted", "hostname": host, "downtime_id": downtime.id}
        if downtime.end is not None:
            body["end"] = int(downtime.end)
        return {**body, "message": downtime.message} if downtime.message else body


@post("/api/v1/host/{host:str}/unmute", status_code=200, guards=[writer_guard])
async def unmute_host(request: Ask, host: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        held = await _mute_of(db, f"host:{host}", services.now())
        if held is None:
            raise bad_request(f"host:{host} is not muted")
        await cancel(db, request, held)
        return {"action": "Unmuted", "hostname": host, "downtime_id": held.id}


@post("/api/v1/monitor/mute_all", status_code=200, guards=[writer_guard])
async def mute_all(request: Ask) -> Object:
    """Mute all monitors until unmuted; if they are muted already, returns the existing mute."""
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        downtime = await _mute_of(db, "*", now)
        if downtime is None:
            downtime = made_by(principal_of(request), now)
            apply(downtime, {"scope": ["*"]}, now)
            db.add(downtime)
            await db.flush()
        return shown(downtime, now)


@post("/api/v1/monitor/unmute_all", status_code=204, guards=[writer_guard])
async def unmute_all(request: Ask) -> None:
    services = services_of(request)
    async with services.database.session() as db:
        held = await _mute_of(db, "*", services.now())
        if held is None:
            raise bad_request("Monitoring is not currently globally muted")
        await cancel(db, request, held)


handlers: list[ControllerRouterHandler] = [mute_host, unmute_host, mute_all, unmute_all]
