"""Endpoints of monitors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.roles import known_roles
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.numbers import is_whole, whole_parameter
from heeler.api.query_parameters import split_values
from heeler.api.services import Services
from heeler.monitors import downtime_preview
from heeler.monitors.definition import apply_monitor, given_fields
from heeler.monitors.downtime_matches import matches_of, silenced_by_downtimes
from heeler.monitors.endpoints import (
    downtime_routes,
    notification_routes,
    page_routes,
    policy_routes,
    rule_preview_routes,
    rule_routes,
    search_routes,
    status_routes,
    template_routes,
)
from heeler.monitors.endpoints.policy_routes import check_policies
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.composite_states import check_operands
from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.log_restriction import limit_to_readable
from heeler.monitors.model import Monitor, MonitorStates
from heeler.monitors.notifications.change_notifications import check_may_change, notify_change
from heeler.monitors.options import refuse
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery
from heeler.monitors.serializers import group_states, shown
from heeler.monitors.validation import checked_query

Object = dict[str, Any]
_STATES = frozenset({"alert", "warn", "no data", "ok", "ignored", "skipped", "unknown", "all"})


def _states(text: str | None) -> frozenset[str] | None:
    """Requested group states; None if none were requested, empty for all."""
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
    query = apply_monitor(monitor, _object(data))
    limit_to_readable(monitor, query, caller)
    async with services.database.session() as db:
        await _check_composite(db, query)
        await _check_roles(db, monitor)
        await check_policies(db, monitor)
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
    query = apply_monitor(monitor, _object(data))
    async with services_of(request).database.session() as db:
        await _check_composite(db, query)
        if monitor_id is None or "tags" in data:
            await check_policies(db, monitor)
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
    count = max(1, min(whole_parameter("page_size", size, 100), 1000))
    after, number = whole_parameter("id_offset", offset, 0), whole_parameter("page", page, 0)
    if offset:
        found = [monitor for monitor in found if monitor.id > after]
        return found[:count] if size else found
    return found[number * count : (number + 1) * count] if page else found


async def _whole(db: AsyncSession, monitor: Monitor, request: Request[Any, Any, Any]) -> Object:
    """The monitor with requested additions: group states, downtimes."""
    now = services_of(request).now()
    body = shown(monitor)
    silenced = await silenced_by_downtimes(db, monitor, now)
    body["options"] = {**monitor.options, "silenced": {**silenced, **(monitor.options.get("silenced") or {})}}
    if request.query_params.get("with_downtimes", "").lower() == "true":
        found = await matches_of(db, monitor, now)
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
        check_may_change(monitor, principal_of(request))
        before = monitor.query
        silenced = await silenced_by_downtimes(db, monitor, services.now())
        given = _without_downtimes(given_fields(_object(data)), silenced)
        if monitor.query != given.get("query", monitor.query) and "options" not in given:
            # Thresholds of another query do not apply to this one.
            given["options"] = {k: v for k, v in monitor.options.items() if k != "thresholds"}
        query = apply_monitor(monitor, given)
        limit_to_readable(monitor, query, principal_of(request))
        await _check_composite(db, query)
        if given.get("restricted_roles"):
            await _check_roles(db, monitor)
        await check_policies(db, monitor)
        monitor.modified = datetime.fromtimestamp(services.now(), UTC)
        if monitor.query != before:
            # Groups of another query do not apply to this one.
            if (states := await db.get(MonitorStates, monitor_id)) is not None:
                await db.delete(states)
            monitor.overall_state, monitor.evaluated = "No Data", 0.0
        await notify_change(db, services, monitor, principal_of(request), "edited")
        return shown(monitor, creator=False)


async def _check_roles(db: AsyncSession, monitor: Monitor) -> None:
    """Raise a 400 for a role that does not exist: nobody could change the monitor."""
    if monitor.restricted_roles:
        roles = await known_roles(db)
        for one in monitor.restricted_roles:
            if one.lower() not in roles:
                raise refuse("restricted_roles", one, "there is no role with this id")


def _without_downtimes(data: Object, silenced: Object) -> Object:
    """Remove mutes by downtimes from the body: they were returned with the monitor and are sent back
    with it.
    """
    options = data.get("options")
    if not isinstance(options, dict) or not isinstance(options.get("silenced"), dict):
        return dict(data)
    own = {scope: end for scope, end in options["silenced"].items() if silenced.get(scope, "") != end}
    return {**data, "options": {**options, "silenced": own}}


async def _references(db: AsyncSession, monitor_id: int) -> list[Monitor]:
    composites = await db.scalars(select(Monitor).where(Monitor.type == "composite"))
    found = []
    for item in composites:
        query = checked_query(item.type, item.query, item.options)
        if isinstance(query, CompositeQuery) and monitor_id in query.monitors:
            found.append(item)
    return found


async def _refusals(services: Services, db: AsyncSession, monitor: Monitor) -> list[str]:
    """Reasons not to delete the monitor: the composites and SLOs that use it."""
    composites = [(str(item.id), item.name) for item in await _references(db, monitor.id)]
    slos = await services.slos_of_monitor(db, monitor.id)
    return [
        f"monitor [{monitor.id},{monitor.name}] is referenced in {kind}: "
        + "; ".join(f"[{key},{name}]" for key, name in users)
        for kind, users in (("composite monitors", composites), ("slos", slos))
        if users
    ]


@delete("/api/v1/monitor/{monitor_id:int}", status_code=200, guards=[writer_guard])
async def delete_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    force = request.query_params.get("force", "").lower() == "true"
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        check_may_change(monitor, principal_of(request))
        reasons = await _refusals(services_of(request), db, monitor)
        if reasons and not force:
            raise ApiError(409, *reasons)
        await notify_change(db, services_of(request), monitor, principal_of(request), "deleted")
        await db.delete(monitor)
    return {"deleted_monitor_id": monitor_id}


@get("/api/v1/monitor/can_delete", guards=[user_guard])
async def can_delete(request: Request[Any, Any, Any]) -> Response[Object]:
    given = split_values(*request.query_params.getall("monitor_ids", []))
    if wrong := [item for item in given if not is_whole(item)]:
        raise bad_request(f"Invalid monitor_ids: {wrong[0][:50]!r}. Expected whole numbers")
    if not given:
        raise bad_request("Missing monitor_ids: the ids of monitors, separated by commas")
    ids = [int(item) for item in given]
    ok: list[int] = []
    errors: dict[str, list[str]] = {}
    async with services_of(request).database.session() as db:
        for monitor_id in ids:
            monitor = await _find(db, monitor_id)
            reasons = await _refusals(services_of(request), db, monitor)
            if reasons:
                errors[str(monitor_id)] = reasons
            else:
                ok.append(monitor_id)
    if errors:
        return Response({"data": {"ok": ok}, "errors": errors}, status_code=409)
    return Response({"data": {"ok": ok}})  # the `datadog` package treats any `errors` as a failure


async def _optional(request: Request[Any, Any, Any]) -> Object:
    data = await request.json() if await request.body() else {}
    return {**request.query_params, **_object(data)}


@post("/api/v1/monitor/{monitor_id:int}/mute", status_code=200, guards=[writer_guard])
async def mute_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    given = await _optional(request)
    scope = _scope(given.get("scope"))
    end = _end(given.get("end"))
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        check_may_change(monitor, principal_of(request))
        now = dict(monitor.options.get("silenced") or {})
        now[scope] = end
        monitor.options = {**monitor.options, "silenced": now}
        await notify_change(db, services_of(request), monitor, principal_of(request), "muted")
        return shown(monitor, creator=False)


def _end(given: Any) -> int | None:
    """End of a mute, UNIX seconds. Raises a 400."""
    if given in (None, ""):
        return None
    text = str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)
    if isinstance(given, bool) or not is_whole(text):
        raise bad_request(f"Invalid end: {text[:50]!r}. Expected UNIX time in seconds.")
    return int(text)


def _scope(given: Any) -> str:
    items = given if isinstance(given, list) else [given]
    if not all(item is None or isinstance(item, str) for item in items):
        raise bad_request("Invalid scope. Expected text such as host:web, or a list of texts")
    return ",".join(item for item in items if item) or "*"


@post("/api/v1/monitor/{monitor_id:int}/unmute", status_code=200, guards=[writer_guard])
async def unmute_monitor(request: Request[Any, Any, Any], monitor_id: int) -> Object:
    given = await _optional(request)
    async with services_of(request).database.session() as db:
        monitor = await _find(db, monitor_id)
        check_may_change(monitor, principal_of(request))
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
    *downtime_preview.handlers,
    *downtime_routes.handlers,
    *notification_routes.handlers,
    *policy_routes.handlers,
    *rule_preview_routes.handlers,
    *rule_routes.handlers,
    *status_routes.handlers,
    *template_routes.handlers,
    *search_routes.handlers,
    *page_routes.handlers,
]
