"""Reads notification rules from the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.monitors.model import NotificationRule
from heeler.monitors.notifications.rules import Rule


async def rules_of(db: AsyncSession) -> list[Rule]:
    """All rules, by creation time."""
    rows = await db.scalars(select(NotificationRule).order_by(NotificationRule.created, NotificationRule.id))
    return [
        Rule(row.id, row.name, row.filter, tuple(row.recipients or ()), row.conditional_recipients)
        for row in rows
    ]
