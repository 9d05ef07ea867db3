"""Endpoints of monitors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, bounded_tags, bounded_text
from heeler.monitors import downtime_routes, search_routes, ui_routes
from heeler.monitors.composite import CompositeQuery
from heeler.monitors.composites import check_operands
from heeler.monitors.downtime_matches import matches_of
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.model import Monitor, MonitorStates
from heeler.monitors.query import MonitorQuery
from heeler.monitors.serializers import group_states, shown
from heeler.monitors.states import states_of
from heeler.monitors.validation import checked_options, checked_query, default_name
from heeler.notify.handles import check_handles

Object = dict[str, Any]
_STATES = frozenset({"alert", "warn", "no data", "ok", "ignored", "skipped", "unknown", "all"})


def _states(text: str | None) -> frozenset[str] | None:
    """The wanted group states; None where none were asked for, empty for all."""
    if not text:
        return None
    wanted = frozenset(item.strip().lower() for item in text.split(","))
    if not wanted <= _STATES:
        raise bad_request("Invalid group_state filters.")
    return frozenset() if "all" in wanted else wanted


async def _find(db: AsyncSession, monitor_id: int) -> Monitor:
    found = await db.get(Monitor, monitor_id)
    if found is None:
        raise not_found("Monitor")
    return found


def _apply(monitor: Monitor, data: Object) -> MonitorQuery:
    """Puts the given fields on ``monitor``; raises a 400 before anything is changed."""
    kind = str(data.get("type") or monitor.type or "")
    text = data["query"] if data.get("query") is not None else monitor.query
    given = data.get("options") if "options" in data else monitor.options
    query = checked_query(kind, text, given)
    options = checked_options(given, query)
    priority = data.get("priority", monitor.priority)
    if priority is not None and str(priority) not in ("1", "2", "3", "4", "5"):
        raise bad_request("The value provided for parameter 'priority' is invalid: write 1 to 5")
    tags = bounded_tags("tags", data.get("tags", monitor.tags))
    name = bounded_text("name", data.get("name") or monitor.name or "", MAX_NAME).strip()
    message = bounded_text("message", data.get("message", monitor.message) or "", MAX_MESSAGE).strip()
    check_handles(message)
    monitor.type, monitor.query, monitor.options = kind, str(text).strip(), options
    monitor.name, monitor.message = name or default_name(query), message
    monitor.tags = list(tags)
    monitor.priority = int(priority) if priority is not None else None
    monitor.restricted_roles = data.get("restricted_roles", monitor.restricted_roles)
    return query


async def _check_composite(db: AsyncSession, query: MonitorQuery) -> None:
    if isinstance(query, CompositeQuery):
        try:
            await check_operands(db, query)
        except InvalidQuery as error:
            raise bad_request(error.message) from None


def _object(data: Any) -> Object:
    if not isinstance(data, dict):
        raise bad_request("The body must be a JSON object")
    return data


@post("/api/v1/monitor", status_code=200, guards=[writer_guard])
async def create_monitor(request: Request[Any, Any, Any], data: Any) -> Object:
    services, caller = services_of(request), principal_of(request)
    now = datetime.fromtimestamp(services.now(), UTC)
    monitor = Monitor(overall_state="No Data", created=now, modified=now, evaluated=0.0, problem="")
    monitor.creator_id, monitor.creator_email = caller.user_id, caller.email
    monitor.creator_name = caller.name
    query = _apply(monitor, _object(data))
    async with services.database.session() as db:
        await _check_composite(db, query)
        db.add(monitor)
        await db.flush()
        return shown(monitor)


@post(
    ["/api/v1/monitor/validate", "/api/v1/monitor/{monitor_id:int}/validate"],
    status_code=200,
    guards=[user_guard],
)
async def validate_monitor(
    request: Request[Any, Any, Any], data: Any, monitor_id: int | None = None
) -> Object:
    monitor = Monitor()
    if monitor_id is not None:
        async with services_of(request).database.session() as db:
            kept = await _find(db, monitor_id)
        monitor.type, monitor.query, monitor.options = kept.type, kept.query, kept.options
    query = _apply(monitor, _object(data))
    async with services_of(request).database.session() as db:
        await _check_composite(db, query)
    return {}


@get("/api/v1/monitor", guards=[user_guard])
async def list_monitors(request: Request[Any, Any, Any]) -> list[Object]:
    given = request.query_params
    _states(given.get("group_states"))
    tags = [tag for tag in (given.get("monitor_tags") or "").split(",") if tag]
    scopes = [tag for tag in (given.get("tags") or "").split(",") if tag]
    async with services_of(request).database.session() as db:
        found = (await db.scalars(select(Monitor).order_by(Monitor.id))).all()
        chosen = [
            monitor
            for monitor in found
            if (given.get("name") or "").lower() in monitor.name.lower()
            and all(tag in monitor.tags for tag in tags)
            and all(tag in monitor.query for tag in scopes)
        ]
        chosen = _page(chosen, given.get("id_offset"), given.get("page"), given.get("page_size"))
        return [await _whole(db, monitor, request) for monitor in chosen]


def _page(found: list[Monitor], offset: str | None, page: str | None, size: str | None) -> list[Monitor]:
    try:
        count = max(1, min(int(size or 100), 1000))
        if offset:
            found = [monitor for monitor in found if monitor.id > int(offset)]
            return found[:count] if size else found
        return found[int(page) * count : (int(page) + 1) * count] if page else found
    except ValueError:
        raise bad_request("page, page_size and id_offset must be whole numbers") from None


async def _whole(db: AsyncSession, monitor: Monitor, request: Request[Any, Any, Any]) -> Object:
    """The monitor with what the query asks for beside it: states of groups, downtimes."""
    body = shown(monitor)
    if request.query_params.get("with_downtimes", "").lower() == "true":
        found = await matches_of(db, monitor, services_of(request).now())
        body["matching_downtimes"] = [match.first_version for match in found]
    wanted = _states(request.query_params.get("group_states"))
    if wanted is not None:
        body["state"] = group_states(await states_of(db, monitor.id), wanted)
    return body


@get("/api/v1/monitor/{monitor_id:int}", guards=[user_guard])
async def get_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    _states(request.query_params.get("group_states"))
    async with services_of(request).database.session() as db:
        return await _whole(db, await _find(db, monitor_id), request)


@put("/api/v1/monitor/{monitor_id:int}", guards=[writer_guard])
async def update_monitor(request: Request[Any, Any, Any], monitor_id: int, data: Any) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        monitor = await _find(db, monitor_id)
        before = monitor.query
        await _check_composite(db, _apply(monitor, _object(data)))
        monitor.modified = datetime.fromtimestamp(services.now(), UTC)
        if monitor.query != before:
            # Groups of another query say nothing of this one.
            if (states := await db.get(MonitorStates, monitor_id)) is not None:
                await db.delete(states)
            monitor.overall_state, monitor.evaluated = "No Data", 0.0
        return shown(monitor, creator=False)


async def _references(db: AsyncSession, monitor_id: int) -> list[Monitor]:
    composites = await db.scalars(select(Monitor).where(Monitor.type == "composite"))
    found = []
    for item in composites:
        query = checked_query(item.type, item.query, item.options)
        if isinstance(query, CompositeQuery) and monitor_id in query.monitors:
            found.append(item)
    return found


def _refusal(monitor: Monitor, users: list[Monitor]) -> str:
    where = "; ".join(f"[{item.id},{item.name}]" for item in users)
    return f"monitor [{monitor.id},{monitor.name}] is referenced in composite monitors: {where}"


@delete("/api/v1/monitor/{monitor_id:int}", status_code=200, guards=[writer_guard])
async def delete_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    force = request.query_params.get("force", "").lower() == "true"
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        users = await _references(db, monitor_id)
        if users and not force:
            raise ApiError(409, _refusal(monitor, users))
        await db.delete(monitor)
    return {"deleted_monitor_id": monitor_id}


@get("/api/v1/monitor/can_delete", guards=[user_guard])
async def can_delete(request: Request[Any, Any, Any]) -> Response[Object]:
    ids = [
        int(item) for item in request.query_params.get("monitor_ids", "").split(",") if item.strip().isdigit()
    ]
    ok: list[int] = []
    errors: dict[str, list[str]] = {}
    async with services_of(request).database.session() as db:
        for monitor_id in ids:
            monitor = await _find(db, monitor_id)
            users = await _references(db, monitor_id)
            if users:
                errors[str(monitor_id)] = [_refusal(monitor, users)]
            else:
                ok.append(monitor_id)
    return Response({"data": {"ok": ok}, "errors": errors or None}, status_code=409 if errors else 200)


async def _optional(request: Request[Any, Any, Any]) -> Object:
    data = await request.json() if await request.body() else {}
    return {**request.query_params, **(data if isinstance(data, dict) else {})}


@post("/api/v1/monitor/{monitor_id:int}/mute", status_code=200, guards=[writer_guard])
async def mute_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    given = await _optional(request)
    scope = _scope(given.get("scope"))
    end = given.get("end")
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        now = dict(monitor.options.get("silenced") or {})
        now[scope] = int(end) if end not in (None, "") else None
        monitor.options = {**monitor.options, "silenced": now}
        return shown(monitor, creator=False)


def _scope(given: Any) -> str:
    if isinstance(given, list):
        given = ",".join(str(item) for item in given)
    return str(given or "*")


@post("/api/v1/monitor/{monitor_id:int}/unmute", status_code=200, guards=[writer_guard])
async def unmute_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    given = await _optional(request)
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        now = dict(monitor.options.get("silenced") or {})
        scope = _scope(given.get("scope"))
        if str(given.get("all_scopes", "")).lower() == "true":
            now = {}
        elif scope in now:
            del now[scope]
        else:
            raise bad_request(f"Monitor {monitor_id} is not muted for scope {scope}")
        monitor.options = {**monitor.options, "silenced": now}
        return shown(monitor, creator=False)


handlers: list[ControllerRouterHandler] = [
    create_monitor,
    validate_monitor,
    list_monitors,
    can_delete,
    get_monitor,
    update_monitor,
    delete_monitor,
    mute_monitor,
    unmute_monitor,
    *downtime_routes.handlers,
    *search_routes.handlers,
    *ui_routes.handlers,
]
