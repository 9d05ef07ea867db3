"""Endpoints of dashboards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError
from heeler.api.numbers import whole_parameter
from heeler.dashboards import (
    annotation_routes,
    batch_routes,
    embed_routes,
    legacy_routes,
    list_routes,
    powerpack_routes,
    public_routes,
    share_routes,
    store,
    usage_routes,
    version_routes,
    versions,
)
from heeler.dashboards.content import content_of
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Dashboard, SharedDashboard
from heeler.dashboards.presets import PRESETS, prefixes_with_data, preset_dashboard
from heeler.dashboards.shared_rights import check_may_change

Object = dict[str, Any]


class Reference(msgspec.Struct):
    id: str
    type: str = "dashboard"


class References(msgspec.Struct):
    data: list[Reference]


class DashboardSummary(msgspec.Struct):
    """Entry of the dashboard list. ``integration`` names the integration of a preset; a preset whose metrics
    have not been received has no data. ``content`` has widget titles and queried metrics, for the search.
    """

    id: str
    title: str
    description: str
    url: str
    author_handle: str
    modified_at: str
    integration: str
    has_data: bool
    tags: list[str]
    content: str


class DashboardSummaries(msgspec.Struct):
    dashboards: list[DashboardSummary]


def _now() -> datetime:
    return datetime.now(UTC)


def unknown(dashboard_id: str) -> ApiError:
    return ApiError(404, f"Dashboard with ID {dashboard_id} not found")


@post("/api/v1/dashboard", status_code=200, guards=[writer_guard])
async def create_dashboard(request: Request[Any, Any, Any], data: Any) -> Object:
    services = services_of(request)
    body = store.checked(services, data)
    async with services.database.session() as db:
        principal, now = principal_of(request), _now()
        made = await store.create(db, services, principal, body, now)
        await versions.record(db, made, principal.email, now)
        return store.shown(made)


@get("/api/v1/dashboard", guards=[user_guard])
async def list_dashboards(request: Request[Any, Any, Any]) -> Object:
    query = request.query_params
    async with services_of(request).database.session() as db:
        found = await store.live(db, deleted=query.get("filter[deleted]", "").lower() == "true")
        if query.get("filter[shared]", "").lower() == "true":
            shared = set((await db.scalars(select(SharedDashboard.dashboard_id))).all())
            found = [dashboard for dashboard in found if dashboard.id in shared]
    start, count = (
        whole_parameter("start", query.get("start"), 0),
        whole_parameter("count", query.get("count"), len(found)),
    )
    return {"dashboards": [_summary(dashboard) for dashboard in found[start : start + count]]}


def _summary(dashboard: Dashboard) -> Object:
    return {
        "id": dashboard.id,
        "title": dashboard.title,
        "description": dashboard.body.get("description"),
        "layout_type": dashboard.body.get("layout_type"),
        "url": dashboard_url(dashboard.id, dashboard.title),
        "is_read_only": bool(dashboard.body.get("is_read_only")),
        "created_at": dashboard.created.isoformat(),
        "modified_at": dashboard.modified.isoformat(),
        "author_handle": dashboard.author_handle,
        "deleted_at": dashboard.deleted.isoformat() if dashboard.deleted else None,
    }


@get("/api/v1/dashboard/{dashboard_id:str}", guards=[user_guard])
async def get_dashboard(request: Request[Any, Any, Any], dashboard_id: str) -> Object:
    if (preset := preset_dashboard(dashboard_id)) is not None:
        return preset
    async with services_of(request).database.session() as db:
        found = await store.find(db, dashboard_id)
        if found is None:
            raise unknown(dashboard_id)
        return store.shown(found)


@put("/api/v1/dashboard/{dashboard_id:str}", guards=[writer_guard])
async def update_dashboard(request: Request[Any, Any, Any], dashboard_id: str, data: Any) -> Object:
    _refuse_preset(dashboard_id)
    services = services_of(request)
    body = store.checked(services, data)
    async with services.database.session() as db:
        found = await store.find(db, dashboard_id)
        if found is None:
            raise unknown(dashboard_id)
        principal, now = principal_of(request), _now()
        store.may_change(found, principal)
        await check_may_change(db, principal, found.id)
        _refuse_stale(request, found)
        store.replace(found, body, now)
        await versions.record(db, found, principal.email, now)
        return store.shown(found)


def _refuse_stale(request: Request[Any, Any, Any], found: Dashboard) -> None:
    """Optimistic locking: with ``If-Match: "<modified_at>"`` a dashboard is replaced only if unchanged
    since.
    """
    wanted = request.headers.get("If-Match", "").strip().strip('"')
    if wanted and wanted != "*" and wanted != found.modified.isoformat():
        raise ApiError(
            412,
            f"This dashboard was saved at {found.modified.isoformat()}, after you opened it.",
        )


@delete("/api/v1/dashboard/{dashboard_id:str}", status_code=200, guards=[writer_guard])
async def delete_dashboard(request: Request[Any, Any, Any], dashboard_id: str) -> Object:
    _refuse_preset(dashboard_id)
    async with services_of(request).database.session() as db:
        found = await store.find(db, dashboard_id)
        if found is None:
            raise unknown(dashboard_id)
        store.may_change(found, principal_of(request))
        found.deleted = _now()
    return {"deleted_dashboard_id": dashboard_id}


def _refuse_preset(dashboard_id: str) -> None:
    if preset_dashboard(dashboard_id) is not None:
        raise ApiError(403, "This dashboard comes with an integration; clone it to change it.")


@delete("/api/v1/dashboard", status_code=204, guards=[writer_guard])
async def delete_dashboards(request: Request[Any, Any, Any], data: References) -> None:
    await _set_deleted(request, data, deleted=_now())


@patch("/api/v1/dashboard", status_code=204, guards=[writer_guard])
async def restore_dashboards(request: Request[Any, Any, Any], data: References) -> None:
    await _set_deleted(request, data, deleted=None)


async def _set_deleted(request: Request[Any, Any, Any], data: References, deleted: datetime | None) -> None:
    wanted = {reference.id for reference in data.data}
    async with services_of(request).database.session() as db:
        query = select(Dashboard).where(Dashboard.id.in_(wanted))
        if deleted is not None:
            query = query.where(Dashboard.deleted.is_(None))
        found = (await db.scalars(query)).all()
        missing = wanted - {dashboard.id for dashboard in found}
        if missing:
            raise ApiError(404, f"Dashboards with IDs {', '.join(sorted(missing)[:20])} not found")
        for dashboard in found:
            store.may_change(dashboard, principal_of(request))
            dashboard.deleted = deleted


@get("/api/ui/dashboards", guards=[user_guard])
async def summaries(request: Request[Any, Any, Any]) -> DashboardSummaries:
    """All entries of the dashboard list: users' own and presets."""
    services = services_of(request)
    async with services.database.session() as db:
        own = [
            DashboardSummary(
                id=dashboard.id,
                title=dashboard.title,
                description=str(dashboard.body.get("description") or ""),
                url=dashboard_url(dashboard.id, dashboard.title),
                author_handle=dashboard.author_handle,
                modified_at=dashboard.modified.isoformat(),
                integration="",
                has_data=True,
                tags=[str(tag) for tag in dashboard.body.get("tags") or []],
                content=content_of(dashboard.body),
            )
            for dashboard in await store.live(db)
        ]
    seen = await prefixes_with_data(services.engine)
    presets = [
        DashboardSummary(
            id=preset.id,
            title=preset.body["title"],
            description=str(preset.body.get("description") or ""),
            url=dashboard_url(preset.id, preset.body["title"]),
            author_handle="",
            modified_at="",
            integration=preset.integration,
            has_data=preset.integration in seen,
            tags=[],
            content=content_of(preset.body),
        )
        for preset in PRESETS.values()
    ]
    return DashboardSummaries([*own, *presets])


class RecommendedMonitor(msgspec.Struct):
    name: str
    type: str
    query: str
    message: str


class GalleryEntry(msgspec.Struct):
    """A preset dashboard. ``has_data``: metrics that it shows have been received."""

    id: str
    integration: str
    title: str
    description: str
    has_data: bool
    monitors: list[RecommendedMonitor]


class Gallery(msgspec.Struct):
    entries: list[GalleryEntry]


@get("/api/ui/dashboards/gallery", guards=[user_guard])
async def gallery(request: Request[Any, Any, Any]) -> Gallery:
    """Ready dashboards with the monitors recommended beside them, those whose metrics have arrived first."""
    seen = await prefixes_with_data(services_of(request).engine)
    entries = [
        GalleryEntry(
            id=preset.id,
            integration=preset.integration,
            title=preset.body["title"],
            description=str(preset.body.get("description") or ""),
            has_data=preset.integration in seen,
            monitors=[msgspec.convert(one, RecommendedMonitor) for one in preset.monitors],
        )
        for preset in PRESETS.values()
    ]
    return Gallery(sorted(entries, key=lambda one: (not one.has_data, one.title)))


handlers: list[ControllerRouterHandler] = [
    gallery, create_dashboard, list_dashboards, get_dashboard, update_dashboard, delete_dashboard,
    delete_dashboards, restore_dashboards, summaries, *legacy_routes.handlers, *list_routes.handlers,
    *annotation_routes.handlers, *batch_routes.handlers, *version_routes.handlers,
    *powerpack_routes.handlers, *usage_routes.handlers,
    *share_routes.handlers, *public_routes.handlers, *embed_routes.handlers,
]  # fmt: skip
