"""Notifies the recipients mentioned in a downtime's message of its start and end."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, tell
from heeler.downtimes.schedule import Occurrence, Plan, current, latest
from heeler.downtimes.suppression import plan_of

log = logging.getLogger("heeler.downtimes")
EVERY = 5.0
"""Seconds between rounds."""

News = list[tuple[Change, Occurrence]]


def news(plan: Plan, begun: float | None, now: float) -> tuple[News, float | None]:
    """The notifications due at ``now``, and the start to store for the next round.

    ``begun`` is the start, UNIX seconds, of the last notified occurrence that has not ended. Adjacent
    occurrences without a gap, such as the two days of a weekend, are treated as one.
    """
    active = current(plan, now)
    if active is None:
        ended = (latest(plan, now) or Occurrence(begun, now)) if begun is not None else None
        return ([(Change.ENDED, ended)] if ended else []), None
    if begun == active.start:
        return [], begun
    started: News = [(Change.STARTED, active)]
    if begun is None:
        return started, active.start
    before = current(plan, begun)
    if before is None or before.end is None or before.end >= active.start:
        return [], active.start
    return [(Change.ENDED, before), *started], active.start


async def announce_forever(services: Services) -> None:
    """Background task of the notifications, for the server's lifetime."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            await announce_due(services)
        except Exception:  # a temporary database failure must not end the task
            log.exception("Downtimes could not be read; trying again in %.0f s", EVERY)


async def announce_due(services: Services) -> None:
    """Notify of all starts and ends since the last round; a failure of one downtime does not affect
    others.
    """
    now = services.now()
    async with services.database.session() as db:
        mentioning = or_(Downtime.message.contains("@"), Downtime.begun.is_not(None))
        wanted = select(Downtime).where(Downtime.canceled.is_(None), mentioning).order_by(Downtime.id)
        found = (await db.scalars(wanted)).all()
    for item in found:
        try:
            told, begun = news(plan_of(item), item.begun, now)
            if begun != item.begun:
                async with services.database.session() as db:
                    await _announce(db, services, item, told, begun)
        except Exception:
            log.exception("Downtime %s could not be announced", item.id)


async def _announce(
    db: AsyncSession, services: Services, item: Downtime, told: News, begun: float | None
) -> None:
    """Store and notify in one transaction; no-op if the downtime was changed or notified meanwhile."""
    kept = await db.execute(
        update(Downtime)
        .where(Downtime.id == item.id, Downtime.canceled.is_(None), Downtime.modified == item.modified)
        .where(Downtime.begun.is_(None) if item.begun is None else Downtime.begun == item.begun)
        .values(begun=begun)
    )
    if isinstance(kept, CursorResult) and kept.rowcount == 1:
        for change, occurrence in told:
            await tell(db, services, item, change, occurrence)
