"""Endpoints of SLOs: create, read, list, update, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.query_parameters import split_values
from heeler.dashboards.model import Dashboard
from heeler.monitors.model import Monitor
from heeler.monitors.queries.slo_alerts import slo_ids
from heeler.slos import alerts, correction_routes, history_routes, report_routes, search_routes
from heeler.slos.definition import TIMEFRAMES, apply_slo
from heeler.slos.model import Slo
from heeler.slos.search import slo_matches
from heeler.slos.serializers import shown
from heeler.slos.store import all_slos, find_slo, monitor_tags

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
alerts.install()


async def _answer(db: AsyncSession, slos: list[Slo]) -> list[Object]:
    tags = await monitor_tags(db, slos)
    return [shown(slo, tags.get(slo.id)) for slo in slos]


async def _check_monitors(db: AsyncSession, slo: Slo) -> None:
    ids = slo.definition.get("monitor_ids") or []
    known = set(await db.scalars(select(Monitor.id).where(Monitor.id.in_(ids))))
    missing = [str(one) for one in ids if one not in known]
    if missing:
        raise bad_request(f"Invalid payload: there is no monitor {', '.join(missing)}")


@post("/api/v1/slo", status_code=200, guards=[writer_guard])
async def create_slo(request: HttpRequest, data: Any) -> Object:
    services, caller = services_of(request), principal_of(request)
    now = datetime.fromtimestamp(services.now(), UTC)
    slo = Slo(id=uuid4().hex, tags=[], thresholds=[], created=now, modified=now)
    slo.creator_id, slo.creator_email, slo.creator_name = caller.user_id, caller.email, caller.name
    apply_slo(slo, data)
    async with services.database.session() as db:
        await _check_monitors(db, slo)
        db.add(slo)
        await db.flush()
        return {"data": await _answer(db, [slo]), "error": None}


@put("/api/v1/slo/{slo_id:str}", guards=[writer_guard])
async def update_slo(request: HttpRequest, slo_id: str, data: Any) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        slo = await find_slo(db, slo_id)
        apply_slo(slo, data)
        await _check_monitors(db, slo)
        slo.modified = datetime.fromtimestamp(services.now(), UTC)
        return {"data": await _answer(db, [slo]), "error": None}


@get("/api/v1/slo/{slo_id:str}", guards=[user_guard])
async def get_slo(request: HttpRequest, slo_id: str) -> Object:
    async with services_of(request).database.session() as db:
        slo = await find_slo(db, slo_id)
        (body,) = await _answer(db, [slo])
        if request.query_params.get("with_configured_alert_ids", "").lower() == "true":
            body["configured_alert_ids"] = [one.id for one in await _alerts_of(db, slo_id)]
        return {"data": body, "error": None}


async def _alerts_of(db: AsyncSession, slo_id: str) -> list[Monitor]:
    rows = await db.scalars(select(Monitor).where(Monitor.type == "slo alert").order_by(Monitor.id))
    return [row for row in rows if slo_id in slo_ids(row.query)]


@get("/api/v1/slo", guards=[user_guard])
async def list_slos(request: HttpRequest) -> Object:
    """Filters by ``ids``, ``query`` (name), ``tags_query`` and ``metrics_query``; pages by limit and
    offset."""
    given = request.query_params
    async with services_of(request).database.session() as db:
        slos = await all_slos(db)
        found = [slo for slo in slos if _wanted(slo, given)]
        missing = [one for one in split_values(given.get("ids") or "") if one not in {slo.id for slo in slos}]
        if missing and not found:
            raise ApiError(404, f"SLO not found: {', '.join(missing)} not found")
        limit = whole_parameter("limit", given.get("limit"), 1000)
        offset = whole_parameter("offset", given.get("offset"), 0)
        page = found[offset:][: min(limit, 1000)]
        data = await _answer(db, page)
    counts = {"total_count": len(slos), "total_filtered_count": len(found)}
    return {"data": data, "error": None, "metadata": {"page": counts}}


def _wanted(slo: Slo, given: Any) -> bool:
    ids, query = split_values(given.get("ids") or ""), given.get("query") or ""
    tags, metrics = given.get("tags_query") or "", given.get("metrics_query") or ""
    if given.get("is_deleted", "").lower() == "true":
        return False
    return (
        (not ids or slo.id in ids)
        and (not query or slo_matches(query, slo))
        and all(tag.strip().lower() in slo.tags for tag in tags.split(",") if tag.strip())
        and (not metrics or metrics in str(slo.definition))
    )


async def _users_of(db: AsyncSession, slo_id: str) -> list[str]:
    """Objects that use an SLO: dashboards with a widget of it, and alerts on it."""
    boards = await db.scalars(select(Dashboard).where(Dashboard.deleted.is_(None)))
    return [
        *(f"dashboard {board.id} ({board.title})" for board in boards if _names_slo(board.body, slo_id)),
        *(f"monitor {one.id} ({one.name})" for one in await _alerts_of(db, slo_id)),
    ]


def _names_slo(item: Any, slo_id: str) -> bool:
    if isinstance(item, dict):
        return item.get("slo_id") == slo_id or any(_names_slo(one, slo_id) for one in item.values())
    return isinstance(item, list) and any(_names_slo(one, slo_id) for one in item)


@delete("/api/v1/slo/{slo_id:str}", status_code=200, guards=[writer_guard])
async def delete_slo(request: HttpRequest, slo_id: str) -> Response[Object]:
    """Delete the SLO with its corrections; refused with 409 if it is in use, unless ``force``."""
    force = request.query_params.get("force", "").lower() == "true"
    async with services_of(request).database.session() as db:
        slo = await find_slo(db, slo_id)
        users = await _users_of(db, slo_id)
        if users and not force:
            reason = f"SLO {slo_id} is used by {', '.join(users)}"
            return Response({"data": [], "errors": {slo_id: reason}}, status_code=409)
        await db.delete(slo)
    return Response({"data": [slo_id], "error": None})


@delete("/api/v1/slo", status_code=200, guards=[writer_guard])
async def delete_slos(request: HttpRequest) -> Object:
    """``{"ids": [...]}``: deletes all of them, or none where one does not exist.

    The ``datadog`` package (0.56) sends the same as ``{"body": {"ids": [...]}}``.
    """
    data = await request.json() if await request.body() else {}
    if isinstance(data, dict) and "ids" not in data:
        data = data.get("body")
    ids = data.get("ids") if isinstance(data, dict) else None
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise bad_request("Invalid payload: must specify ids")
    async with services_of(request).database.session() as db:
        for one in [await find_slo(db, str(item)) for item in dict.fromkeys(ids)]:
            await db.delete(one)
    return {"data": list(dict.fromkeys(ids)), "error": None}


@post("/api/v1/slo/bulk_delete", status_code=200, guards=[writer_guard])
async def bulk_delete(request: HttpRequest, data: Any) -> Object:
    """``{id: [timeframes]}``: an SLO without any threshold left is deleted.

    The ``datadog`` package (0.56) sends the same as ``{"body": {id: [timeframes]}}``.
    """
    if isinstance(data, dict) and isinstance(data.get("body"), dict):
        data = data["body"]
    if not isinstance(data, dict):
        raise bad_request("Invalid payload: the body is {id: [timeframes]}")
    for slo_id, timeframes in data.items():
        if not isinstance(timeframes, list):
            raise bad_request(f"Invalid payload: the timeframes of '{slo_id[:50]}' must be a list")
    deleted, updated, errors = [], [], []
    async with services_of(request).database.session() as db:
        for slo_id, timeframes in data.items():
            slo = await db.get(Slo, slo_id)
            wrong = [one for one in timeframes if one not in (*TIMEFRAMES, "all")]
            if slo is None or wrong:
                message = f"SLO not found: {slo_id} not found" if slo is None else f"no timeframe {wrong[0]}"
                errors.append({"id": slo_id, "message": message, "timeframe": "all"})
                continue
            gone = TIMEFRAMES if "all" in timeframes else timeframes
            left = [item for item in slo.thresholds if item["timeframe"] not in gone]
            if left:
                slo.thresholds = left
                if slo.timeframe in gone:
                    slo.timeframe = left[0]["timeframe"]
                updated.append(slo_id)
            else:
                await db.delete(slo)
                deleted.append(slo_id)
    answer: dict[str, Any] = {"data": {"deleted": deleted, "updated": updated}}
    return answer | ({"errors": errors} if errors else {})  # as of SLO `can_delete`


@get("/api/v1/slo/can_delete", guards=[user_guard])
async def can_delete(request: HttpRequest) -> Response[Object]:
    """Which of ``ids`` are unused. ``errors`` is present only with the users of the others, and a 409: the
    ``datadog`` package treats the key as a failure, even with null.
    """
    ids = split_values(request.query_params.get("ids") or "")
    ok, errors = [], {}
    async with services_of(request).database.session() as db:
        for slo_id in ids:
            await find_slo(db, slo_id)
            users = await _users_of(db, slo_id)
            if users:
                errors[slo_id] = f"SLO {slo_id} is used by {', '.join(users)}"
            else:
                ok.append(slo_id)
    if errors:
        return Response({"data": {"ok": ok}, "errors": errors}, status_code=409)
    return Response({"data": {"ok": ok}})


handlers: list[ControllerRouterHandler] = [
    create_slo,
    update_slo,
    get_slo,
    list_slos,
    delete_slo,
    delete_slos,
    bulk_delete,
    can_delete,
    *correction_routes.handlers,
    *history_routes.handlers,
    *search_routes.handlers,
    *report_routes.handlers,
]
