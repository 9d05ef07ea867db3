"""Values that no column can hold, and what a database says about its own state."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from heeler.metrics.model import MetricMetadata
from heeler.notify.model import OutboxMessage, WebhookVariable
from heeler.store.database import Base, Database, Remembered, ValueNotStorable, database_problem


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "half \ud800"])
async def test_a_value_that_no_column_holds_is_named(tmp_path: Path, value: object) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with pytest.raises(ValueNotStorable):
        async with database.session() as session:
            await session.execute(text("SELECT :value"), {"value": value})
    async with database.session() as session:
        assert (await session.execute(text("SELECT :value"), {"value": 2**63 - 1})).scalar() == 2**63 - 1
    await database.close()


async def test_the_values_of_many_rows_in_one_statement_are_checked(tmp_path: Path) -> None:
    """SQLAlchemy makes one statement of rows whose ids it wants back: the parameters of all in one tuple."""
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    async with database.session() as session:
        await session.run_sync(lambda sync: Base.metadata.create_all(sync.connection()))
    async with database.session() as session:
        session.add_all([_message("a"), _message("b")])
    with pytest.raises(ValueNotStorable):
        async with database.session() as session:
            session.add_all([_message("c"), _message("half \ud800")])
    async with database.session() as session:
        names = (await session.scalars(select(OutboxMessage.recipient))).all()
        assert sorted(names) == ["a", "b"]
    await database.close()


def _message(recipient: str) -> OutboxMessage:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return OutboxMessage(channel="mail", recipient=recipient, created=now, next_attempt=now, monitor_id=7)


async def test_a_damaged_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is no database, it is a text" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError) as raised:
        async with database.session() as session:
            await session.execute(text("SELECT 1 FROM sqlite_master"))
    await database.close()
    problem = database_problem(str(raised.value.orig))
    assert problem is not None
    assert problem[0] == 503
    assert "damaged" in problem[1]


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    connection.execute("PRAGMA page_size=1024")
    connection.execute("CREATE TABLE a (b BLOB)")
    connection.execute("PRAGMA max_page_count=10")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("INSERT INTO a VALUES (zeroblob(100000))")
    connection.close()
    assert database_problem(str(raised.value)) == (
        507,
        "The disk is full: nothing can be saved until there is room.",
    )


def test_an_error_of_a_statement_is_no_problem_of_the_database() -> None:
    assert database_problem("no such table: x") is None


async def test_what_is_written_to_a_table_leaves_what_was_looked_up_in_others(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'versions.sqlite'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    try:
        cache: Remembered[str, int] = Remembered(database, tables=("metric_metadata",), seconds=3600)
        cache.put("a", 1, cache.version)
        async with database.session() as db:
            db.add(WebhookVariable(name="A", value="", is_secret=False))
        assert cache.get("a") == 1
        async with database.session() as db:
            await db.execute(delete(WebhookVariable))
        assert cache.get("a") == 1
        async with database.session() as db:
            db.add(MetricMetadata(name="m", type="gauge"))
        assert cache.get("a") is None
        cache.put("a", 2, cache.version)
        async with database.session() as db:
            await db.execute(update(MetricMetadata).values(unit="byte"))
        assert cache.get("a") is None
        cache.put("a", 3, cache.version)
        async with database.session() as db:
            await db.execute(text("UPDATE metric_metadata SET unit = 'bit'"))
        assert cache.get("a") is None, "of a statement that names no mapped class nothing is known"
    finally:
        await database.close()


async def test_a_value_is_looked_up_once_for_all_who_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'lookups.sqlite'}")
    cache: Remembered[str, int] = Remembered(database, tables=("metric_metadata",), seconds=3600)
    lookups, go = 0, asyncio.Event()

    async def look_up() -> tuple[int, int]:
        nonlocal lookups
        lookups += 1
        mine = lookups
        await go.wait()
        if mine == 1:  # somebody writes while the first is under way
            database.note_changes(["metric_metadata"])
        return mine, 0

    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(cache.fetch("a", look_up)) for _ in range(50)]
        await asyncio.sleep(0)
        go.set()
    found = [one.result() for one in waiting]
    assert lookups == 2
    assert found == [1, *[2] * 49]
    assert await cache.fetch("a", look_up) == 2
    await database.close()


async def test_a_lookup_that_fails_or_is_canceled_leaves_the_next_to_look(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'lookups.sqlite'}")
    cache: Remembered[str, int] = Remembered(database, seconds=3600)

    async def fails() -> tuple[int, int]:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def hangs() -> tuple[int, int]:
        await asyncio.Event().wait()
        raise AssertionError

    async def finds() -> tuple[int, int]:
        return 7, 0

    error, found = await asyncio.gather(
        cache.fetch("a", fails), cache.fetch("a", finds), return_exceptions=True
    )
    assert isinstance(error, ValueError)
    assert found == 7

    async def impatient() -> int:
        async with asyncio.timeout(0.05):
            return await cache.fetch("b", hangs)

    error, found = await asyncio.gather(impatient(), cache.fetch("b", finds), return_exceptions=True)
    assert isinstance(error, TimeoutError)
    assert found == 7
    await database.close()
