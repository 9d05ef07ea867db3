"""Database operations on SLOs, and a short-lived cache of their statuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.monitors.model import Monitor
from heeler.query.search.row_access import current_key
from heeler.slos.definition import TIMEFRAMES
from heeler.slos.model import Slo
from heeler.slos.status import SloStatus, status_of
from heeler.store.database import Database

FRESH = 60
"""Cache lifetime of a computed status, seconds: windows end at whole minutes."""
_MOST = 2000
_AT_ONCE = 4
"""Statuses computed concurrently for one page."""


async def find_slo(db: AsyncSession, slo_id: str) -> Slo:
    """The SLO with an id. Raises the API's 404."""
    found = await db.get(Slo, slo_id)
    if found is None:
        raise ApiError(404, f"SLO not found: {slo_id} not found")
    return found


async def all_slos(db: AsyncSession) -> list[Slo]:
    return list(await db.scalars(select(Slo).order_by(Slo.created, Slo.id)))


async def monitor_tags(db: AsyncSession, slos: Iterable[Slo]) -> dict[str, list[str]]:
    """Union of the tags of an SLO's monitors, sorted, by SLO."""
    ids = {slo.id: slo.definition.get("monitor_ids") or [] for slo in slos}
    wanted = sorted({one for some in ids.values() for one in some})
    if not wanted:
        return {}
    rows = await db.execute(select(Monitor.id, Monitor.tags).where(Monitor.id.in_(wanted)))
    tags = {row.id: row.tags for row in rows}
    return {key: sorted({str(tag) for one in some for tag in tags.get(one, ())}) for key, some in ids.items()}


async def slos_of_monitor(db: AsyncSession, monitor_id: int) -> list[tuple[str, str]]:
    """Id and name of the SLOs based on the monitor."""
    return [
        (slo.id, slo.name)
        for slo in await all_slos(db)
        if monitor_id in (slo.definition.get("monitor_ids") or ())
    ]


def window_of(timeframe: str, now: float) -> tuple[float, float]:
    """Rolling window of ``7d``, ``30d`` or ``90d`` that ends at the last whole minute."""
    end = int(now) // FRESH * FRESH
    return float(end - TIMEFRAMES[timeframe]), float(end)


Key = tuple[str, float, str, float, object]
_statuses: WeakKeyDictionary[Database, dict[Key, SloStatus]] = WeakKeyDictionary()


async def current_status(services: Services, slo: Slo, timeframe: str) -> SloStatus:
    """Status over the rolling window, cached for a minute; of an SLO over logs for each access to them."""
    start, end = window_of(timeframe, services.now())
    key = (slo.id, slo.modified.timestamp(), timeframe, end, current_key())
    kept = _statuses.setdefault(services.database, {})
    found = kept.get(key)
    if found is None:
        found = await status_of(services, slo, start, end)
        if len(kept) >= _MOST:
            kept.clear()
        kept[key] = found
    return found


def forget_statuses(services: Services) -> None:
    """Clear the cache after a correction was created, changed or deleted."""
    _statuses.pop(services.database, None)


async def current_statuses(services: Services, slos: Iterable[Slo]) -> dict[tuple[str, str], SloStatus]:
    """Statuses by SLO and timeframe, computed with bounded concurrency."""
    wanted = [(slo, str(item["timeframe"])) for slo in slos for item in slo.thresholds]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(slo: Slo, timeframe: str) -> tuple[tuple[str, str], SloStatus]:
        async with gate:
            return (slo.id, timeframe), await current_status(services, slo, timeframe)

    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(one(slo, timeframe)) for slo, timeframe in wanted]
    return dict(task.result() for task in made)
