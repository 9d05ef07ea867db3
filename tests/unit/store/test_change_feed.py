"""What one server writes, others of the same PostgreSQL look up again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from heeler.accounts.store import create_user
from heeler.notify.model import Webhook
from heeler.server.database_migrations import upgrade
from heeler.store.change_feed import ChangeFeed
from heeler.store.database import Database, Remembered
from tests.postgres import running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


class Server:
    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.feed = ChangeFeed(self.database)
        self.task = asyncio.ensure_future(self.feed.run())

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.feed.close()
        await self.database.close()


@pytest.fixture
async def servers(postgres: str) -> AsyncIterator[tuple[Server, Server]]:
    database = Database(postgres)
    await upgrade(database)
    await database.close()
    one, other = Server(postgres), Server(postgres)
    async with asyncio.timeout(20):
        while not (one.feed.connected and other.feed.connected):
            await asyncio.sleep(0.01)
    yield one, other
    await one.end()
    await other.end()


async def _until_changed(database: Database, version: int) -> None:
    async with asyncio.timeout(5):
        while database.version == version:
            await asyncio.sleep(0.01)


async def test_what_is_remembered_of_a_table_is_forgotten_when_another_server_writes_to_it(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    users: Remembered[int, str] = Remembered(other.database, tables=("users",), seconds=3600)
    hooks: Remembered[int, str] = Remembered(other.database, tables=("webhooks",), seconds=3600)
    for remembered in (users, hooks):
        remembered.put(1, "found", remembered.version)
    version = other.database.version
    async with one.database.session() as db:
        await create_user(db, "changed@example.com")
    await _until_changed(other.database, version)
    assert users.get(1) is None
    assert hooks.get(1) == "found"
    async with one.database.session() as db:
        db.add(Webhook(name="made", url="https://example.com"))
    async with asyncio.timeout(5):
        while hooks.get(1) is not None:
            await asyncio.sleep(0.01)


async def test_what_was_rolled_back_is_not_told_and_the_writer_does_not_hear_itself(
    servers: tuple[Server, Server],
) -> None:
    one, other = servers
    before = other.database.version
    with contextlib.suppress(RuntimeError):
        async with one.database.session() as db:
            db.add(Webhook(name="gone", url="https://example.com"))
            await db.flush()
            raise RuntimeError
    mine = one.database.version
    async with one.database.session() as db:
        db.add(Webhook(name="stays", url="https://example.com"))
    await _until_changed(other.database, before)
    await asyncio.sleep(0.2)
    assert other.database.version == before + 1
    assert one.database.version == mine + 1


async def test_after_a_lost_connection_everything_counts_as_changed(servers: tuple[Server, Server]) -> None:
    one, other = servers
    remembered: Remembered[int, str] = Remembered(other.database, tables=("users",), seconds=3600)
    remembered.put(1, "found", remembered.version)
    listening = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heeler-changes'"
    )
    async with one.database.engine.connect() as connection:
        await connection.execute(text(listening))
    async with asyncio.timeout(30):
        while remembered.get(1) is not None or not other.feed.connected:
            await asyncio.sleep(0.05)
