"""Storage of dashboards, shared by all endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError
from heeler.api.numbers import is_whole
from heeler.api.services import Principal, Services
from heeler.dashboards.ids import dashboard_url, new_dashboard_id, with_tab_ids, with_widget_ids
from heeler.dashboards.model import Dashboard
from heeler.dashboards.validate import problems

SERVER_OWNED = frozenset(
    {"id", "new_id", "url", "author_handle", "author_name", "created_at", "modified_at", "deleted_at"}
)
"""Fields written by the server; ignored in requests, such as a re-imported export."""

_NULLS: Mapping[str, Any] = {"description": None, "notify_list": None, "template_variables": None}
"""Fields in every response, null if not set; others are present only if they were sent."""


def checked(services: Services, given: Any) -> dict[str, Any]:
    """Body to store: the user's fields, with widget ids. Raises a 400 with all validation errors."""
    if not isinstance(given, dict):
        raise ApiError(400, "The body must be a JSON object")
    body = {name: value for name, value in given.items() if name not in SERVER_OWNED}
    if found := problems(body):
        raise ApiError(400, *found[:20])
    body["widgets"] = with_widget_ids(body["widgets"], services.rng)
    if body.get("tabs"):
        body["tabs"] = with_tab_ids(body["tabs"], body["widgets"], services.rng)
    return body


def shown(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard in the API format: the submitted fields and those of the server."""
    return {
        **_NULLS,
        **dashboard.body,
        "id": dashboard.id,
        "url": dashboard_url(dashboard.id, dashboard.title),
        "author_handle": dashboard.author_handle,
        "author_name": dashboard.author_name,
        "created_at": dashboard.created.isoformat(),
        "modified_at": dashboard.modified.isoformat(),
    }


async def create(
    db: AsyncSession,
    services: Services,
    principal: Principal,
    body: dict[str, Any],
    now: datetime,
    kind: str = "dashboard",
    legacy: dict[str, Any] | None = None,
) -> Dashboard:
    dashboard = Dashboard(
        id=await _free_id(db, services),
        kind=kind,
        title=body["title"],
        author_id=principal.user_id,
        author_handle=principal.email,
        author_name=principal.name or None,
        created=now,
        modified=now,
        deleted=None,
        body=body,
        legacy=legacy,
    )
    db.add(dashboard)
    await db.flush()
    return dashboard


async def _free_id(db: AsyncSession, services: Services) -> str:
    while True:
        candidate = new_dashboard_id(services.rng)
        if await db.scalar(select(Dashboard.number).where(Dashboard.id == candidate)) is None:
            return candidate


async def find(db: AsyncSession, given: str, kind: str | None = None) -> Dashboard | None:
    """Find a dashboard by either id; deleted ones are excluded."""
    condition = Dashboard.id == given
    if is_whole(given) and int(given) < 2**31:
        condition = or_(condition, Dashboard.number == int(given))
    query = select(Dashboard).where(condition, Dashboard.deleted.is_(None))
    if kind is not None:
        query = query.where(Dashboard.kind == kind)
    found: Dashboard | None = await db.scalar(query)
    return found


async def live(db: AsyncSession, *, deleted: bool = False, kind: str | None = None) -> Sequence[Dashboard]:
    """All dashboards, oldest first, or all deleted ones, most recently deleted first."""
    order = (Dashboard.deleted.desc(), Dashboard.number.desc()) if deleted else (Dashboard.number,)
    query = select(Dashboard).order_by(*order)
    query = query.where(Dashboard.deleted.is_not(None) if deleted else Dashboard.deleted.is_(None))
    if kind is not None:
        query = query.where(Dashboard.kind == kind)
    return (await db.scalars(query)).all()


def may_change(dashboard: Dashboard, principal: Principal) -> None:
    """Raise a 403 if a dashboard of another user is read-only, or restricted to roles that the caller has
    none of.
    """
    if principal.role == "admin" or dashboard.author_id == principal.user_id:
        return
    if dashboard.body.get("is_read_only"):
        raise ApiError(403, f"This dashboard is read-only. {dashboard.author_handle} may change it.")
    roles = {one.lower() for one in dashboard.body.get("restricted_roles") or ()}
    if roles and roles.isdisjoint(principal.role_ids):
        raise ApiError(
            403, f"This dashboard is restricted to roles. {dashboard.author_handle} and they may change it."
        )


def replace(
    dashboard: Dashboard, body: dict[str, Any], now: datetime, legacy: dict[str, Any] | None = None
) -> None:
    dashboard.body, dashboard.title = body, body["title"]
    dashboard.modified, dashboard.legacy = now, legacy
