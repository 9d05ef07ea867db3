"""Lookup of monitor names by id."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.monitors.model import Monitor


async def monitor_names(db: AsyncSession, ids: Iterable[int]) -> dict[int, str]:
    """The names of monitors by id; those that do not exist are missing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await db.execute(select(Monitor.id, Monitor.name).where(Monitor.id.in_(wanted)))
    return {row.id: row.name for row in rows}
