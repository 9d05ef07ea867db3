"""A configuration database with an outbox whose time stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

import heeler.server.app  # noqa: F401 - every table
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.notify import destinations
from heeler.notify.delivery import deliver_due
from heeler.notify.handles import Recipient
from heeler.notify.message import Content
from heeler.notify.model import DeliveryAttempt, OutboxMessage
from heeler.notify.outbox import Notice, send_to
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer

NOW = 1_700_000_000.0


@asynccontextmanager
async def services_at(engine: Engine, folder: Path) -> AsyncIterator[Services]:
    """Services with a real engine, at :data:`NOW`."""
    settings = Settings.from_env({"HEELER_PRIVATE_TARGETS": "127.0.0.1"}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    try:
        yield Services(
            settings=settings, engine=engine, writer=Writer(engine), database=database,
            authenticator=DatabaseAuthenticator(database, settings.url), disk=DiskGuard(folder, 0),
            rollups=Rollups(engine), now=lambda: NOW,
        )  # fmt: skip
    finally:
        await database.close()


class World:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.now = NOW
        services.now = lambda: self.now

    async def destination(self, kind: str, name: str, **given: Any) -> str:
        async with self.services.database.session() as db:
            item = await destinations.create(db, kind, name, now=self.now, **given)
        return item.id

    async def notify(
        self, channel: str, recipient: str, content: Content, picture: bytes | None = None
    ) -> None:
        notice = Notice(content.title, content.body, "", picture, {"EVENT_TITLE": content.title}, content)
        async with self.services.database.session() as db:
            send_to(db, [Recipient(channel, recipient)], notice, datetime.fromtimestamp(self.now, UTC))

    async def deliver(self, seconds: float = 0) -> int:
        """Delivers what is due ``seconds`` later; returns how many attempts that took."""
        self.now += seconds
        return await deliver_due(self.services)

    async def messages(self) -> list[OutboxMessage]:
        async with self.services.database.session() as db:
            return list(await db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    async def states(self) -> list[str]:
        return [message.state for message in await self.messages()]

    async def attempts(self) -> list[DeliveryAttempt]:
        async with self.services.database.session() as db:
            return list(await db.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.id)))


@asynccontextmanager
async def opened(folder: Path, **environment: str) -> AsyncIterator[World]:
    settings = Settings.from_env({"HEELER_PRIVATE_TARGETS": "127.0.0.1", **environment}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    try:
        yield World(
            Services(
                settings=settings, engine=cast("Any", None), writer=cast("Any", None), database=database,
                authenticator=DatabaseAuthenticator(database, settings.url), disk=DiskGuard(folder, 0),
                rollups=cast("Any", None),
            )
        )  # fmt: skip
    finally:
        await database.close()


ALERT = Content(
    title="[P2] [Triggered on {host:web-1}] CPU <is> high",
    body="Look at **web-1** & its neighbors\nhttps://wiki.example.org/cpu",
    kind="alert",
    facts=(("State", "OK → Alert"), ("Value", "97.3 %"), ("Threshold", "alert > 90 %"), ("Tags", "team:a")),
    link="http://heeler.example.org/monitors/7",
    actions=(
        ("Mute", "http://heeler.example.org/monitors/7?mute=1"),
        ("Runbook", "https://wiki.example.org"),
    ),
    tags=("host:web-1",),
    monitor_id=7,
    group="host:web-1",
    priority=2,
    transition="Triggered",
    time=NOW,
)


def content(kind: str = "alert", group: str = "host:web-1", title: str = "") -> Content:
    names = {"alert": "Triggered", "warning": "Warn", "nodata": "No Data", "ok": "Recovered"}
    word = names[kind]
    made = title or f"[P2] [{word} on {{{group}}}] CPU <is> high"
    return replace(ALERT, kind=kind, group=group, tags=(group,), transition=word, title=made)
