"""Endpoints of dashboard usage (views, popularity) and of a user's favorites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.dashboards import store
from heeler.dashboards.model import Dashboard, DashboardStar, DashboardView
from heeler.dashboards.presets import PRESETS

Object = dict[str, Any]
MAX_PAGE = 500
ORG_ID = 1


class Favorites(msgspec.Struct):
    """``starred`` are dashboard ids; ``popularity`` is 0 to 5 by the views of the last 30 days."""

    starred: list[str]
    popularity: dict[str, int]


def widget_counts(widgets: Iterable[Any]) -> Counter[str]:
    """Number of widgets by type, also inside of groups."""
    counts: Counter[str] = Counter()
    for widget in widgets:
        definition = widget["definition"]
        counts[definition["type"]] += 1
        inner = definition.get("widgets")
        if isinstance(inner, list):
            counts += widget_counts(inner)
    return counts


def popularity(views: dict[str, int]) -> dict[str, int]:
    """Popularity in fifths of the maximum: 5 for the most viewed, 0 for those without views."""
    most = max(views.values(), default=0)
    return {one: -(-5 * count // most) for one, count in views.items() if count > 0}


@post("/api/ui/dashboards/{dashboard_id:str}/views", status_code=204, guards=[user_guard])
async def count_view(request: Request[Any, Any, Any], dashboard_id: str) -> None:
    """Record a view of the dashboard by the caller."""
    principal, now = principal_of(request), datetime.now(UTC)
    if principal.user_id is None:
        return
    async with services_of(request).database.session() as db:
        await _known(db, dashboard_id)
        key = (dashboard_id, principal.user_id, now.date())
        found = await db.get(DashboardView, key)
        if found is None:
            db.add(DashboardView(dashboard_id=key[0], user_id=key[1], day=key[2], count=1, last=now))
        else:
            found.count, found.last = found.count + 1, now


async def _known(db: AsyncSession, dashboard_id: str) -> None:
    if dashboard_id not in PRESETS and await store.find(db, dashboard_id) is None:
        raise ApiError(404, f"Dashboard with ID {dashboard_id} not found")


@put("/api/ui/dashboards/{dashboard_id:str}/star", status_code=204, guards=[user_guard])
async def star(request: Request[Any, Any, Any], dashboard_id: str) -> None:
    """Add a dashboard to the caller's favorites."""
    user = _user(request)
    async with services_of(request).database.session() as db:
        await _known(db, dashboard_id)
        if await db.get(DashboardStar, (user, dashboard_id)) is None:
            db.add(DashboardStar(user_id=user, dashboard_id=dashboard_id))


@delete("/api/ui/dashboards/{dashboard_id:str}/star", status_code=204, guards=[user_guard])
async def unstar(request: Request[Any, Any, Any], dashboard_id: str) -> None:
    user = _user(request)
    async with services_of(request).database.session() as db:
        await db.execute(
            delete_rows(DashboardStar).where(
                DashboardStar.user_id == user, DashboardStar.dashboard_id == dashboard_id
            )
        )


def _user(request: Request[Any, Any, Any]) -> int:
    user = principal_of(request).user_id
    if user is None:
        raise ApiError(403, "Favorites belong to a user: log in, or use an application key")
    return user


@get("/api/ui/dashboard_favorites", guards=[user_guard])
async def favorites(request: Request[Any, Any, Any]) -> Favorites:
    """The caller's favorites, and how much each dashboard is viewed."""
    user = principal_of(request).user_id
    since = datetime.fromtimestamp(services_of(request).now() - 30 * 86_400, UTC).date()
    async with services_of(request).database.session() as db:
        query = select(DashboardStar.dashboard_id).where(DashboardStar.user_id == user)
        starred = [] if user is None else list((await db.scalars(query)).all())
        rows = await db.execute(
            select(DashboardView.dashboard_id, func.sum(DashboardView.count))
            .where(DashboardView.day >= since)
            .group_by(DashboardView.dashboard_id)
        )
        views = {str(one): int(count) for one, count in rows}
    return Favorites(sorted(starred), popularity(views))


@get("/api/v2/dashboards/usage", guards=[user_guard])
async def list_usage(request: Request[Any, Any, Any]) -> Object:
    given = request.query_params
    limit, offset = _whole(given.get("page[limit]"), 250), _whole(given.get("page[offset]"), 0)
    if limit > MAX_PAGE:
        raise bad_request(f"Input should be less than or equal to {MAX_PAGE}")
    edited, viewed = _moment(given, "filter[edited_before]"), _moment(given, "filter[viewed_before]")
    async with services_of(request).database.session() as db:
        query = select(Dashboard).where(Dashboard.deleted.is_(None)).order_by(Dashboard.number)
        if edited is not None:
            query = query.where(Dashboard.modified < edited)
        found = [await _usage(db, dashboard) for dashboard in (await db.scalars(query)).all()]
    if viewed is not None:
        found = [
            one
            for one in found
            if not (seen := one["attributes"]["viewed_at"]) or datetime.fromisoformat(seen) < viewed
        ]
    shown = found[offset : offset + limit]
    page = {
        "type": "offset_limit",
        "offset": offset,
        "limit": limit,
        "total": len(found),
        "first_offset": 0,
        "prev_offset": max(0, offset - limit) if offset else None,
        "next_offset": offset + limit if offset + limit < len(found) else None,
        "last_offset": max(0, (len(found) - 1) // max(1, limit) * limit),
    }
    return {"data": shown, "meta": {"page": page}}


@get("/api/v2/dashboards/{dashboard_id:str}/usage", guards=[user_guard])
async def get_usage(request: Request[Any, Any, Any], dashboard_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found = await store.find(db, dashboard_id)
        if found is None:
            raise ApiError(
                404, f"Dashboard not found for dashboard_id={dashboard_id} in org_id={ORG_ID} not found"
            )
        return {"data": await _usage(db, found)}


async def _usage(db: AsyncSession, dashboard: Dashboard) -> Object:
    condition = DashboardView.dashboard_id == dashboard.id
    total = await db.scalar(select(func.sum(DashboardView.count)).where(condition)) or 0
    last = await db.scalar(
        select(DashboardView).where(condition).order_by(DashboardView.last.desc()).limit(1)
    )
    counts = widget_counts(dashboard.body.get("widgets") or [])
    author = None if dashboard.author_id is None else await db.get(User, dashboard.author_id)
    viewer = None if last is None else await db.get(User, last.user_id)
    return {
        "id": dashboard.id,
        "type": "dashboards-usages",
        "attributes": {
            "title": dashboard.title,
            "org_id": ORG_ID,
            "created_at": dashboard.created.isoformat(),
            "edited_at": dashboard.modified.isoformat(),
            "viewed_at": last.last.isoformat() if last else None,
            "total_views": int(total),
            "total_views_by_type": {"in_app": int(total)},
            "widget_count": sum(counts.values()),
            "widget_count_by_type": dict(counts),
            "teams": [tag[5:] for tag in dashboard.body.get("tags") or [] if tag.startswith("team:")],
            "dashboard_quality_score": None,
            **({"author": _person(author)} if author else {}),
            **({"viewer": _person(viewer)} if viewer else {}),
        },
    }


def _person(user: User) -> Object:
    return {"id": user.uuid, "handle": user.email, "name": user.name, "is_disabled": user.disabled}


def _whole(text: str | None, default: int) -> int:
    return whole_parameter("number", text, default)


def _moment(given: Any, name: str) -> datetime | None:
    text = given.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"Invalid '{name}': {text}. Expected an ISO 8601 time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


handlers: list[ControllerRouterHandler] = [
    count_view, star, unstar, favorites, list_usage, get_usage,
]  # fmt: skip
