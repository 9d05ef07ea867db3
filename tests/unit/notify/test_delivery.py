"""The outbox against real sockets: one that never answers, one that does, and a message that is broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.notify.delivery import RecipientRefused, check_recipient, deliver_due
from heeler.notify.model import OutboxMessage, Webhook
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer

NOW = 1_700_000_000.0
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def services_at(engine: Engine, folder: Path) -> AsyncIterator[Services]:
    settings = Settings.from_env({"HEELER_PRIVATE_TARGETS": "127.0.0.1"}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    try:
        yield Services(
            settings=settings,
            engine=engine,
            writer=Writer(engine),
            database=database,
            authenticator=DatabaseAuthenticator(database, settings.url),
            disk=DiskGuard(folder, 0),
            rollups=Rollups(engine),
            now=lambda: NOW,
        )
    finally:
        await database.close()


@asynccontextmanager
async def listening(answer: Answering) -> AsyncIterator[str]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


async def enqueue(services: Services, hooks: dict[str, tuple[str, str | None]]) -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    async with services.database.session() as db:
        for name, (url, headers) in hooks.items():
            db.add(Webhook(name=name, url=url, custom_headers=headers))
            db.add(OutboxMessage(channel="webhook", recipient=name, created=moment, next_attempt=moment))


async def states(services: Services) -> dict[str, tuple[str, int]]:
    async with services.database.session() as db:
        rows = (await db.scalars(select(OutboxMessage))).all()
    return {row.recipient: (row.state, row.attempts) for row in rows}


async def test_a_webhook_that_never_answers_holds_up_no_other(engine: Engine, tmp_path: Path) -> None:
    release, arrived = asyncio.Event(), asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        arrived.set()

    async with services_at(engine, tmp_path) as services, listening(hang) as slow, listening(take) as quick:
        await enqueue(services, {"slow": (slow, None), "quick": (quick, None)})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver_due(services))
            await asyncio.wait_for(arrived.wait(), 10)
            release.set()  # only now may the one that hangs end: the other was sent before
        assert await states(services) == {"slow": ("pending", 1), "quick": ("sent", 1)}


async def test_a_message_that_cannot_be_made_is_counted_as_tried(engine: Engine, tmp_path: Path) -> None:
    async with services_at(engine, tmp_path) as services:
        await enqueue(services, {"broken": ("http://127.0.0.1:9/", "[1]")})
        await deliver_due(services)
        assert await states(services) == {"broken": ("pending", 1)}
        assert await deliver_due(services) == 0, "it waits for its turn, and lets others go first"


@pytest.mark.parametrize(
    ("address", "domains", "sent"),
    [
        ("ann@example.com", (), True),
        ("ann@example.com", ("example.com",), True),
        ("ann@Example.COM", ("example.com",), True),
        ("ann@evil.example.com", ("example.com",), False),
        ("ann@example.com.evil.org", ("example.com",), False),
        ("user@elsewhere.org", ("example.com",), True),
    ],
)
def test_mail_goes_only_to_allowed_domains_and_users(
    address: str, domains: tuple[str, ...], sent: bool
) -> None:
    if sent:
        check_recipient(address, domains, {"user@elsewhere.org"})
    else:
        with pytest.raises(RecipientRefused, match="HEELER_MAIL_DOMAINS"):
            check_recipient(address, domains, {"user@elsewhere.org"})


async def test_mail_to_another_domain_fails_at_once_and_for_good(engine: Engine, tmp_path: Path) -> None:
    async with services_at(engine, tmp_path) as services:
        services.settings = replace(
            services.settings, smtp_url="smtp://127.0.0.1:9", mail_domains=("example.com",)
        )
        moment = datetime.fromtimestamp(NOW, UTC)
        async with services.database.session() as db:
            for address in ("a@example.com", "b@example.org"):
                db.add(OutboxMessage(channel="email", recipient=address, created=moment, next_attempt=moment))
        await deliver_due(services)
        assert await states(services) == {"a@example.com": ("pending", 1), "b@example.org": ("failed", 1)}
