"""Putting messages into the outbox, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.notify.handles import Person, recipients
from heeler.notify.model import OutboxMessage


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell, before it is known whom."""

    subject: str
    text: str
    html: str
    picture: bytes | None = None
    variables: dict[str, Any] = field(default_factory=dict)


async def enqueue(db: AsyncSession, names: Iterable[str], notice: Notice, now: datetime) -> list[str]:
    """One message for each recipient that ``names`` (handles) mean; returns the handles that mean nobody."""
    users = await db.scalars(select(User).where(User.disabled.is_(False)))
    found, unknown = recipients(names, [Person(user.email, user.name) for user in users])
    for recipient in found:
        db.add(
            OutboxMessage(
                channel=recipient.channel,
                recipient=recipient.address,
                subject=notice.subject,
                text=notice.text,
                html=notice.html,
                picture=notice.picture,
                variables=notice.variables,
                created=now,
                next_attempt=now,
            )
        )
    return unknown
