"""Endpoints of SLO corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import not_found
from heeler.api.numbers import whole_parameter
from heeler.slos.corrections import apply_correction
from heeler.slos.model import SloCorrection
from heeler.slos.serializers import correction
from heeler.slos.status import corrections_of
from heeler.slos.store import find_slo, forget_statuses

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
PATH = "/api/v1/slo/correction"


async def _find(db: AsyncSession, correction_id: str) -> SloCorrection:
    found = await db.get(SloCorrection, correction_id)
    if found is None:
        raise not_found(f"SLO correction {correction_id}")
    return found


@post(PATH, status_code=200, guards=[writer_guard])
async def create_correction(request: HttpRequest, data: Any) -> Object:
    services, caller = services_of(request), principal_of(request)
    item = SloCorrection(
        id=str(uuid4()), description="", timezone="UTC",
        created=datetime.fromtimestamp(services.now(), UTC), creator_email=caller.email,
        creator_name=caller.name, modifier_email="", modifier_name="",
    )  # fmt: skip
    apply_correction(item, data, fresh=True)
    async with services.database.session() as db:
        if item.slo_id is not None:
            await find_slo(db, item.slo_id)
        db.add(item)
        await db.flush()
        body = correction(item)
    forget_statuses(services)
    return {"data": body}


@patch(PATH + "/{correction_id:str}", guards=[writer_guard])
async def update_correction(request: HttpRequest, correction_id: str, data: Any) -> Object:
    services, caller = services_of(request), principal_of(request)
    async with services.database.session() as db:
        item = await _find(db, correction_id)
        with db.no_autoflush:
            apply_correction(item, data, fresh=False)
            if item.slo_id is not None:
                await find_slo(db, item.slo_id)
        item.modified = datetime.fromtimestamp(services.now(), UTC)
        item.modifier_email, item.modifier_name = caller.email, caller.name
        body = correction(item)
    forget_statuses(services)
    return {"data": body}


@delete(PATH + "/{correction_id:str}", guards=[writer_guard])
async def delete_correction(request: HttpRequest, correction_id: str) -> None:
    services = services_of(request)
    async with services.database.session() as db:
        await db.delete(await _find(db, correction_id))
    forget_statuses(services)


@get(PATH + "/{correction_id:str}", guards=[user_guard])
async def get_correction(request: HttpRequest, correction_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return {"data": correction(await _find(db, correction_id))}


@get(PATH, guards=[user_guard])
async def list_corrections(request: HttpRequest) -> Object:
    given = request.query_params
    limit = whole_parameter("limit", given.get("limit"), 25)
    offset = whole_parameter("offset", given.get("offset"), 0)
    async with services_of(request).database.session() as db:
        rows = list(await db.scalars(select(SloCorrection).order_by(SloCorrection.created, SloCorrection.id)))
    return _listed(rows, rows[offset:][: min(limit, 1000)])


@get("/api/v1/slo/{slo_id:str}/corrections", guards=[user_guard])
async def corrections_of_slo(request: HttpRequest, slo_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found = await corrections_of(db, await find_slo(db, slo_id))
    return _listed(found, found)


def _listed(found: list[SloCorrection], page: list[SloCorrection]) -> Object:
    counts = {"total_count": len(found), "total_filtered_count": len(found)}
    return {"data": [correction(item) for item in page], "meta": {"page": counts}}


handlers: list[ControllerRouterHandler] = [
    create_correction,
    update_correction,
    delete_correction,
    get_correction,
    list_corrections,
    corrections_of_slo,
]
