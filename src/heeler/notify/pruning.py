"""Retention of the outbox: messages for 90 days, their graphs for 14."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from heeler.api.services import Services
from heeler.notify.model import OutboxMessage

log = logging.getLogger("heeler.notify")
MESSAGE_DAYS, PICTURE_DAYS = 90, 14
SLICE = 5000
"""Rows deleted in one transaction, so that no other waits long."""
_HOUR = 3600.0


async def prune_forever(services: Services) -> None:
    """Background task of the hourly pruning, for the server's lifetime."""
    while True:
        try:
            await prune(services)
        except Exception:  # a temporary database failure must not end the task
            log.exception("The outbox could not be pruned; trying again in an hour")
        await asyncio.sleep(_HOUR)


async def prune(services: Services) -> int:
    """Delete old messages that are not pending, and old graphs; returns the number of messages."""
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        await db.execute(
            update(OutboxMessage)
            .where(OutboxMessage.created < now - timedelta(days=PICTURE_DAYS))
            .where(OutboxMessage.picture.is_not(None), OutboxMessage.state != "pending")
            .values(picture=None)
            .execution_options(synchronize_session=False)
        )
    deleted = 0
    while True:
        async with services.database.session() as db:
            ids = (
                await db.scalars(
                    select(OutboxMessage.id)
                    .where(OutboxMessage.created < now - timedelta(days=MESSAGE_DAYS))
                    .where(OutboxMessage.state != "pending")
                    .limit(SLICE)
                )
            ).all()
            if ids:
                await db.execute(
                    delete(OutboxMessage)
                    .where(OutboxMessage.id.in_(ids))
                    .execution_options(synchronize_session=False)
                )
        deleted += len(ids)
        if len(ids) < SLICE:
            return deleted
        await asyncio.sleep(0)
