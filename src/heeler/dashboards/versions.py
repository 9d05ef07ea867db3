"""Version history of dashboards: record, list and restore."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError
from heeler.dashboards.model import Dashboard, DashboardVersion

MAX_VERSIONS = 50


async def record(db: AsyncSession, dashboard: Dashboard, author: str, now: datetime) -> None:
    """Add the current state of the dashboard to its versions; the oldest beyond ``MAX_VERSIONS`` are
    deleted.
    """
    await db.flush()
    db.add(
        DashboardVersion(
            dashboard=dashboard.number,
            saved=now,
            author_handle=author,
            title=dashboard.title,
            body=dashboard.body,
        )
    )
    await db.flush()
    newest = (
        select(DashboardVersion.id)
        .where(DashboardVersion.dashboard == dashboard.number)
        .order_by(DashboardVersion.id.desc())
        .limit(MAX_VERSIONS)
    )
    await db.execute(
        delete(DashboardVersion).where(
            DashboardVersion.dashboard == dashboard.number, DashboardVersion.id.not_in(newest)
        )
    )


async def listed(db: AsyncSession, dashboard: Dashboard) -> Sequence[DashboardVersion]:
    """Versions of a dashboard, newest first."""
    query = (
        select(DashboardVersion)
        .where(DashboardVersion.dashboard == dashboard.number)
        .order_by(DashboardVersion.id.desc())
    )
    return (await db.scalars(query)).all()


async def version(db: AsyncSession, dashboard: Dashboard, version_id: int) -> DashboardVersion:
    """Return one version. Raises a 404 for one of another dashboard, or a deleted one."""
    found = await db.get(DashboardVersion, version_id) if version_id < 2**31 else None
    if found is None or found.dashboard != dashboard.number:
        raise ApiError(404, f"Version {version_id} of dashboard {dashboard.id} not found")
    return found
