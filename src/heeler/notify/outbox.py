"""Putting messages into the outbox, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.notify.handles import Person, Recipient, recipients
from heeler.notify.model import OutboxMessage


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell, before it is known whom."""

    subject: str
    text: str
    html: str
    picture: bytes | None = None
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Directory:
    """Those whom handles may mean, read once for many notices."""

    people: tuple[Person, ...]

    def recipients(self, names: Iterable[str]) -> tuple[list[Recipient], list[str]]:
        """Whom ``names`` (handles) mean, and the handles that mean nobody."""
        return recipients(names, self.people)


async def directory(db: AsyncSession) -> Directory:
    """Everybody who can be notified now."""
    rows = await db.execute(select(User.email, User.name).where(User.disabled.is_(False)))
    return Directory(tuple(Person(row.email, row.name) for row in rows))


async def addressees(db: AsyncSession, names: Iterable[str]) -> tuple[list[Recipient], list[str]]:
    """Whom ``names`` (handles) mean among the users, and the handles that mean nobody."""
    return (await directory(db)).recipients(names)


async def enqueue(db: AsyncSession, names: Iterable[str], notice: Notice, now: datetime) -> list[str]:
    """One message for each recipient that ``names`` (handles) mean; returns the handles that mean nobody."""
    found, unknown = await addressees(db, names)
    send_to(db, found, notice, now)
    return unknown


def send_to(db: AsyncSession, found: Iterable[Recipient], notice: Notice, now: datetime) -> None:
    """One message for each of ``found``, sent once the caller's transaction ends."""
    db.add_all(OutboxMessage(**row) for row in message_rows(found, notice, now))


def message_rows(found: Iterable[Recipient], notice: Notice, now: datetime) -> list[dict[str, Any]]:
    """The outbox's rows of ``notice``, one for each of ``found``, to be inserted many at a time."""
    return [
        {
            "channel": recipient.channel,
            "recipient": recipient.address,
            "subject": notice.subject,
            "text": notice.text,
            "html": notice.html,
            "picture": notice.picture,
            "variables": notice.variables,
            "created": now,
            "next_attempt": now,
        }
        for recipient in found
    ]
