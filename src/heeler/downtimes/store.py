"""Database operations on downtimes."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Principal, Services
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import current, current_or_next
from heeler.downtimes.suppression import plan_of
from heeler.downtimes.v1 import downtime_type
from heeler.downtimes.validation import DEFAULT_END_STATES, DEFAULT_END_TYPES

REMEMBERED = 30 * 86400
"""Seconds after its end during which a downtime may still mute a first recovery."""


def made_by(caller: Principal, now: float) -> Downtime:
    """A downtime of ``caller`` with defaults; scope and schedule are to be set."""
    moment = datetime.fromtimestamp(now, UTC)
    return Downtime(
        uuid=str(uuid4()),
        scope=[],
        expression="",
        monitor_tags=["*"],
        timezone="UTC",
        recurrences=[],
        mute_first_recovery_notification=False,
        notify_end_types=DEFAULT_END_TYPES,
        notify_end_states=DEFAULT_END_STATES,
        created=moment,
        modified=moment,
        creator_id=caller.user_id,
        creator_email=caller.email,
        creator_name=caller.name,
    )


def touch(downtime: Downtime, caller: Principal, now: float) -> None:
    downtime.modified = datetime.fromtimestamp(now, UTC)
    downtime.updater_id = caller.user_id


async def all_downtimes(db: AsyncSession) -> list[Downtime]:
    return list((await db.scalars(select(Downtime).order_by(Downtime.id))).all())


async def effective(db: AsyncSession, now: float) -> list[Downtime]:
    """Downtimes that may affect monitors now: not ended, or ended recently."""
    since = now - REMEMBERED
    found = await db.scalars(
        select(Downtime)
        .where(or_(Downtime.canceled.is_(None), Downtime.canceled > since))
        .where(Downtime.start <= now)
        .order_by(Downtime.id)
    )
    return [item for item in found if item.recurrences or item.end is None or item.end > since]


async def pending(db: AsyncSession, now: float) -> list[Downtime]:
    """Downtimes that are active or scheduled."""
    found = await db.scalars(select(Downtime).where(Downtime.canceled.is_(None)).order_by(Downtime.id))
    return [item for item in found if current_or_next(plan_of(item), now) is not None]


async def host_mutes(services: Services) -> dict[str, int | None]:
    """Muted hosts and the end of each mute, UNIX seconds; None for never."""
    now = services.now()
    found: dict[str, int | None] = {}
    async with services.database.session() as db:
        for item in await pending(db, now):
            active = current(plan_of(item), now)
            if active is None or downtime_type(item.scope) != 1 or item.monitor_id is not None:
                continue
            if item.monitor_tags != ["*"]:
                continue
            host = str(item.scope[0]).removeprefix("host:")
            end = None if active.end is None else int(active.end)
            held = found.get(host, 0)
            found[host] = None if end is None or held is None else max(end, held)
    return found
