"""Unauthenticated endpoints of shared dashboards: the definition, and results of its own queries."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from heeler.accounts.passwords import verify_in_pool
from heeler.accounts.sessions import refuse_early
from heeler.api.auth import address_of, services_of
from heeler.api.client_address import network_of
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.login_delays import Backoff, Bucket
from heeler.dashboards import share_store, store
from heeler.dashboards.batch_routes import MAX_QUERIES, Batch, stream_lines
from heeler.dashboards.model import Dashboard, SharedDashboard
from heeler.dashboards.shared_queries import allowed_queries
from heeler.dashboards.shared_times import shared_times

Object = dict[str, Any]
_UNLOCK_BACKOFF = Backoff(free=5, first=1.0, longest=60.0)


async def _opened(request: Request[Any, Any, Any], token: str) -> tuple[SharedDashboard, Dashboard]:
    now = datetime.now(UTC)
    async with services_of(request).database.session() as db:
        shared = await share_store.find(db, token)
        key, unlocked = request.headers.get("X-Share-Key", ""), request.headers.get("X-Share-Unlock", "")
        await share_store.may_read(db, shared, key, unlocked, now)
        dashboard = await store.find(db, shared.dashboard_id)
        if dashboard is None:
            raise ApiError(404, "This dashboard is not shared any more")
        if shared.accessed is None or (now - shared.accessed).total_seconds() > 60:
            shared.accessed = now
    return shared, dashboard


class Unlock(msgspec.Struct):
    password: str


class Unlocked(msgspec.Struct):
    """Response to a correct password. ``key`` is sent as ``X-Share-Unlock`` from then on."""

    key: str


@post("/api/public/dashboards/{token:str}/unlock", status_code=200, opt={"public": True})
async def unlock(request: Request[Any, Any, Any], token: str, data: Unlock) -> Unlocked:
    """Exchange the password of a shared dashboard for a key. Failed attempts slow down those after them."""
    services = services_of(request)
    async with services.database.session() as db:
        shared = await share_store.find(db, token)
        await share_store.may_try(db, shared, request.headers.get("X-Share-Key", ""), datetime.now(UTC))
    if not shared.password_hash:
        raise bad_request("This dashboard has no password")
    bucket = Bucket(f"shared dashboard {token} {network_of(address_of(request))}", _UNLOCK_BACKOFF)
    limiter = services.login_attempts
    refuse_early(limiter.reserve([bucket]))
    try:
        correct = await verify_in_pool(shared.password_hash, data.password)
    except BaseException:
        limiter.cancel([bucket])
        raise
    if not correct:
        raise ApiError(403, "Wrong password")
    limiter.succeeded(bucket)
    return Unlocked(share_store.unlock_key(shared))


@get("/api/public/dashboards/{token:str}", opt={"public": True})
async def public_dashboard(request: Request[Any, Any, Any], token: str) -> Object:
    """The dashboard and how it is shared, without names of people."""
    shared, dashboard = await _opened(request, token)
    body = dashboard.body
    return {
        "title": shared.body.get("title") or dashboard.title,
        "settings": {
            "global_time": shared.body.get("global_time") or {"live_span": "1h"},
            "global_time_selectable_enabled": bool(shared.body.get("global_time_selectable_enabled")),
            "selectable_template_vars": shared.body.get("selectable_template_vars") or [],
            "viewing_preferences": shared.body.get("viewing_preferences") or {},
        },
        "dashboard": {
            "id": "",
            "title": dashboard.title,
            "layout_type": body["layout_type"],
            "reflow_type": body.get("reflow_type"),
            "widgets": body["widgets"],
            "template_variables": body.get("template_variables") or [],
            "tabs": body.get("tabs"),
        },
    }


@post("/api/public/dashboards/{token:str}/query", status_code=200, opt={"public": True})
async def public_query(request: Request[Any, Any, Any], token: str, data: Batch) -> Stream:
    """As ``POST /api/ui/query/batch``, for queries of the dashboard alone and in the time that is shared.

    Logs are those that the roles of whoever shared the dashboard may read.
    """
    if len(data.queries) > MAX_QUERIES:
        raise bad_request(f"Invalid 'queries': {len(data.queries)} items. Expected at most {MAX_QUERIES}")
    shared, dashboard = await _opened(request, token)
    allowed, times = allowed_queries(dashboard.body, shared.body), shared_times(dashboard.body, shared.body)
    now = services_of(request).now()
    for one in data.queries:
        if not allowed.request(one.kind, one.body):
            raise ApiError(403, "This query is not one of the shared dashboard's")
        if times is not None and not times.allows(*_window(one.kind, one.body), now):
            raise ApiError(403, "This time range is not shared")
        await asyncio.sleep(0)  # a dashboard may have many queries
    await services_of(request).access.read_as(shared.author_id)
    return Stream(stream_lines(services_of(request), data.queries), media_type="application/x-ndjson")


def _window(kind: str, body: Object) -> tuple[float, float]:
    """The window that a body queries, in UNIX seconds."""
    given = body if kind == "v1" else object_in(object_in(body, "data"), "attributes")
    scale = 1 if kind == "v1" else 1000
    try:
        start, end = float(given["from"]) / scale, float(given["to"]) / scale
    except (KeyError, TypeError, ValueError, OverflowError):
        raise bad_request("'from' and 'to' are required") from None
    return start, end


handlers: list[ControllerRouterHandler] = [public_dashboard, public_query, unlock]
