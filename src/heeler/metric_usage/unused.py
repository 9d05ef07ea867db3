"""What nobody looks at: metrics that nobody queried, dashboards and monitors that nobody opened; their cost.

Queries of dashboards that are open count as those of whoever looks; the evaluation of monitors, SLOs and
rollups does not, which is why the number of those that use a metric is told beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Dashboard, DashboardView
from heeler.metric_usage.assets import AssetIndex
from heeler.metric_usage.model import MonitorView
from heeler.metrics import catalog
from heeler.metrics.last_queried import LastQueried
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.store.engine import Engine

DAY = 86_400
MAX_ROWS = 1000


class UnusedMetric(msgspec.Struct):
    """``series`` and ``points`` are of the last day. ``assets``: the dashboards, monitors, notebooks and SLOs
    that name it.
    """

    name: str
    type: str
    series: int
    points: int
    last_queried: datetime | None
    assets: int


class UnusedAsset(msgspec.Struct):
    """A dashboard or monitor. ``metrics`` are those that it queries; ``series`` what they have together;
    ``last_alert`` is when a monitor last changed its state.
    """

    id: str
    title: str
    url: str
    author: str
    created: datetime
    last_viewed: datetime | None
    metrics: int
    series: int
    last_alert: datetime | None = None


class Unused(msgspec.Struct):
    """The most costly first, at most a thousand of each."""

    metrics: list[UnusedMetric]
    dashboards: list[UnusedAsset]
    monitors: list[UnusedAsset]


async def unused(services: Services, days: int) -> Unused:
    """What nobody looked at for ``days``; dashboards and monitors that are younger are left out."""
    now = services.now()
    oldest = datetime.fromtimestamp(now, UTC) - timedelta(days=days)
    since = now - DAY - catalog.SERIES_REWRITE_SECONDS
    volumes = await catalog.metric_volumes(services.engine, since, since)
    points = await _points(services.engine, int(now))
    queried = await services.part(LastQueried).all()
    index = services.part(AssetIndex)
    counts = await index.counts()
    metrics = [
        UnusedMetric(name, kind, series, points.get(name, 0), queried.get(name), counts.get(name, 0))
        for name, kind, series, _ in volumes
        if name not in queried or queried[name] < oldest
    ]
    metrics.sort(key=lambda one: (-one.series, -one.points, one.name))
    series_of = {name: series for name, _, series, _ in volumes}
    used = {(one.kind, one.id): list(one.selectors) for one in await index.all()}
    async with services.database.session() as db:
        dashboards = [one for one in await _dashboards(db) if _is_old(one, oldest)]
        monitors = [one for one in await _monitors(db) if _is_old(one, oldest)]
    for kind, found in (("dashboards", dashboards), ("monitors", monitors)):
        for one in found:
            names = used.get((kind, one.id), [])
            one.metrics, one.series = len(names), sum(series_of.get(name, 0) for name in names)
        found.sort(key=lambda one: (-one.series, one.title))
    return Unused(metrics[:MAX_ROWS], dashboards[:MAX_ROWS], monitors[:MAX_ROWS])


def _is_old(one: UnusedAsset, oldest: datetime) -> bool:
    return one.created < oldest and (one.last_viewed is None or one.last_viewed < oldest)


async def _points(engine: Engine, now: int) -> dict[str, int]:
    rows = await engine.rows(
        "SELECT toString(metric), count() FROM ("
        "SELECT metric FROM points WHERE time >= toDateTime({since:UInt32}) UNION ALL "
        "SELECT metric FROM sketches WHERE time >= toDateTime({since:UInt32})) GROUP BY metric",
        {"since": max(0, now - DAY)},
    )
    return {str(name): int(count) for name, count in rows}


async def _dashboards(db: AsyncSession) -> list[UnusedAsset]:
    views = select(DashboardView.dashboard_id, func.max(DashboardView.last)).group_by(
        DashboardView.dashboard_id
    )
    last = dict((await db.execute(views)).tuples().all())
    rows = await db.execute(
        select(Dashboard.id, Dashboard.title, Dashboard.author_handle, Dashboard.created).where(
            Dashboard.deleted.is_(None)
        )
    )
    return [
        UnusedAsset(key, title, dashboard_url(key, title), author, created, last.get(key), 0, 0)
        for key, title, author, created in rows
    ]


async def _monitors(db: AsyncSession) -> list[UnusedAsset]:
    last = dict((await db.execute(select(MonitorView.monitor_id, MonitorView.last))).tuples().all())
    changes = select(MonitorTransition.monitor_id, func.max(MonitorTransition.time)).group_by(
        MonitorTransition.monitor_id
    )
    changed = dict((await db.execute(changes)).tuples().all())
    rows = await db.execute(select(Monitor.id, Monitor.name, Monitor.creator_email, Monitor.created))
    return [
        UnusedAsset(
            str(key), name, f"/monitors/{key}", author, created, last.get(key), 0, 0,
            datetime.fromtimestamp(changed[key], UTC) if key in changed else None,
        )
        for key, name, author, created in rows
    ]  # fmt: skip


async def note_view(db: AsyncSession, monitor_id: int, now: datetime) -> bool:
    """Record that a person opened the page of a monitor; False if there is none."""
    if await db.get(Monitor, monitor_id) is None:
        return False
    found = await db.get(MonitorView, monitor_id)
    if found is None:
        db.add(MonitorView(monitor_id=monitor_id, last=now))
    else:
        found.last = now
    return True
