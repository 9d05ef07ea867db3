"""Prunes the history of monitors: by the retention of points, and by a maximum number of rows.

Monitor SLOs look back 90 days, so at least that much is retained even if the retention is shorter.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import delete, func, select

from heeler.api.services import Services
from heeler.monitors.model import MonitorStateChange, MonitorTransition

log = logging.getLogger("heeler.monitors")
LEAST_DAYS = 95
MAX_ROWS = 5_000_000
"""Maximum rows of each of the two tables; the oldest beyond are deleted."""
SLICE = 5000
"""Rows deleted in one transaction, so that rounds of evaluation do not wait long."""
_HOUR, _DAY = 3600.0, 86_400.0


async def prune_forever(services: Services) -> None:
    """Background task of the hourly pruning, for the server's lifetime."""
    while True:
        try:
            await prune(services)
        except Exception:  # a temporary database failure must not end the task
            log.exception("The history of monitors could not be pruned; trying again in an hour")
        await asyncio.sleep(_HOUR)


async def prune(services: Services, most: int = MAX_ROWS) -> int:
    """Delete rows beyond the retention or beyond the newest ``most``; returns the number deleted."""
    oldest = services.now() - max(services.settings.retention_days, LEAST_DAYS) * _DAY
    return sum(
        [await _prune(services, table, oldest, most) for table in (MonitorTransition, MonitorStateChange)]
    )


async def _prune(
    services: Services, table: type[MonitorTransition] | type[MonitorStateChange], oldest: float, most: int
) -> int:
    """Delete by id: rows are written in order of time, so the lowest ids are the oldest."""
    async with services.database.session() as db:
        newest = await db.scalar(select(func.max(table.id))) or 0
    deleted = 0
    while True:
        async with services.database.session() as db:
            rows = (await db.execute(select(table.id, table.time).order_by(table.id).limit(SLICE))).all()
            last = max((row.id for row in rows if row.time < oldest or row.id <= newest - most), default=None)
            if last is None:
                return deleted
            await db.execute(
                delete(table).where(table.id <= last).execution_options(synchronize_session=False)
            )
        deleted += sum(row.id <= last for row in rows)
        await asyncio.sleep(0)
