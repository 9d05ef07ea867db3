"""Deliveries on their way to the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.logs.ingest import Decoded, LogIngest
from heeler.settings import Settings
from heeler.store.database import Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer

NOW = time.time()


@pytest.fixture
async def services(engine: Engine, tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings.from_env({}, data_dir=tmp_path)
    database = Database("sqlite:///:memory:")
    writer = Writer(engine, delay=0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        yield Services(
            settings, engine, writer, database, DatabaseAuthenticator(database, settings.url),
            DiskGuard(tmp_path, 0), Rollups(engine), now=lambda: NOW,
        )  # fmt: skip
        writer.close()
    await database.close()


async def deliver(services: Services, items: list[dict[str, Any]]) -> int:
    async def run(read: Callable[[bytes], Decoded]) -> Decoded:
        return read(orjson.dumps(items))

    return await services.part(LogIngest).take(run, "application/json", {}, b"")


def stored(services: Services, service: str) -> list[str]:
    rows = services.engine.rows_sync(
        "SELECT message FROM log_events WHERE service = {service:String} ORDER BY time, seq",
        {"service": service},
    )
    return [row[0] for row in rows]


def lines(service: str, *messages: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"message": message, "service": service, **fields} for message in messages]


async def test_a_dated_delivery_that_comes_again_is_stored_once(services: Services) -> None:
    body = lines("again", "a", "b", "a", timestamp=int(NOW * 1000))
    assert [await deliver(services, body) for _ in range(3)] == [3, 3, 3]
    assert stored(services, "again") == ["a", "b", "a"]


async def test_also_after_a_restart(services: Services) -> None:
    body = lines("restarted", "a", timestamp=int(NOW * 1000))
    await deliver(services, body)
    later = Services(
        services.settings, services.engine, Writer(services.engine, delay=0), services.database,
        services.authenticator, services.disk, services.rollups, now=lambda: NOW + 60,
    )  # fmt: skip
    assert await deliver(later, body) == 1
    assert stored(services, "restarted") == ["a"]


async def test_undated_lines_may_come_twice(services: Services) -> None:
    for _ in range(2):
        await deliver(services, lines("undated", "beat"))
    assert stored(services, "undated") == ["beat", "beat"]


async def test_deliveries_of_one_moment_keep_their_order(services: Services) -> None:
    for place in range(5):
        await deliver(services, lines("moment", f"{place} first", f"{place} second"))
    expected = [f"{place} {which}" for place in range(5) for which in ("first", "second")]
    assert stored(services, "moment") == expected
