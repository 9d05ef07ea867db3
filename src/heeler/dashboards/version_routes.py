"""Endpoints of the versions of dashboards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError
from heeler.dashboards import store, versions
from heeler.dashboards.model import Dashboard
from heeler.dashboards.shared_rights import check_may_change

Object = dict[str, Any]
_VERSIONS = "/api/ui/dashboards/{dashboard_id:str}/versions"


class VersionSummary(msgspec.Struct):
    """A version. ``saved`` is an ISO 8601 time; ``widgets`` counts those at the top level."""

    id: int
    saved: str
    author_handle: str
    title: str
    widgets: int


class Versions(msgspec.Struct):
    versions: list[VersionSummary]


async def _found(request: Request[Any, Any, Any], dashboard_id: str, db: Any) -> Dashboard:
    found = await store.find(db, dashboard_id)
    if found is None:
        raise ApiError(404, f"Dashboard with ID {dashboard_id} not found")
    return found


@get(_VERSIONS, guards=[user_guard])
async def list_versions(request: Request[Any, Any, Any], dashboard_id: str) -> Versions:
    """Saved versions with their times, newest first."""
    async with services_of(request).database.session() as db:
        found = await versions.listed(db, await _found(request, dashboard_id, db))
    return Versions(
        [
            VersionSummary(
                id=one.id,
                saved=one.saved.isoformat(),
                author_handle=one.author_handle,
                title=one.title,
                widgets=len(one.body.get("widgets") or []),
            )
            for one in found
        ]
    )


@get(_VERSIONS + "/{version_id:int}", guards=[user_guard])
async def get_version(request: Request[Any, Any, Any], dashboard_id: str, version_id: int) -> Object:
    """The dashboard as it was then, in the shape of the dashboards API."""
    async with services_of(request).database.session() as db:
        dashboard = await _found(request, dashboard_id, db)
        found = await versions.version(db, dashboard, version_id)
        return {**store.shown(dashboard), **found.body, "modified_at": found.saved.isoformat()}


@post(_VERSIONS + "/{version_id:int}/restore", status_code=200, guards=[writer_guard])
async def restore_version(request: Request[Any, Any, Any], dashboard_id: str, version_id: int) -> Object:
    """Restore an earlier version; the current one remains in the history."""
    principal, now = principal_of(request), datetime.now(UTC)
    async with services_of(request).database.session() as db:
        dashboard = await _found(request, dashboard_id, db)
        store.may_change(dashboard, principal)
        await check_may_change(db, principal, dashboard.id)
        found = await versions.version(db, dashboard, version_id)
        store.replace(dashboard, found.body, now)
        await versions.record(db, dashboard, principal.email, now)
        return store.shown(dashboard)


handlers: list[ControllerRouterHandler] = [list_versions, get_version, restore_version]
