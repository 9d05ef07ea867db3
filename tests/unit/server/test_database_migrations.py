"""Migrations make exactly the tables of the models, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from heeler.accounts.keys import make_key
from heeler.accounts.model import Key, Session, User
from heeler.accounts.store import create_user
from heeler.server.database_migrations import (
    alembic_config,
    all_tables,
    current_revision,
    newest_revision,
    upgrade,
)
from heeler.store.database import Database
from tests.postgres import running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of an empty database of a PostgreSQL server of our own."""
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path}/config.sqlite"
    opened = Database(request.getfixturevalue("postgres") if request.param == "postgres" else url)
    await upgrade(opened)
    return opened


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [item for item in compare_metadata(context, all_tables()) if "alembic_version" not in str(item)]


async def test_models_and_migrations_agree(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await database.close()


async def test_the_newest_migration_is_the_one_that_alembic_finds(database: Database) -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(current_revision) == newest_revision()


async def test_a_second_start_changes_nothing(database: Database) -> None:
    await upgrade(database)
    await database.close()


async def test_times_keep_their_instant_and_deletion_reaches_what_belongs(database: Database) -> None:
    elsewhere = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    async with database.session() as db:
        user = await create_user(db, f"{database.engine.dialect.name}@example.com")
        db.add(Session(token_hash="h", user_id=user.id, created=elsewhere, expires=elsewhere))
        db.add(make_key("app", "k", "s" * 40, user.id, elsewhere))
    async with database.session() as db:
        found = await db.get_one(Session, "h")
        assert (found.expires, found.expires.tzinfo) == (elsewhere, UTC)
        hour_earlier = select(func.count()).select_from(Session)
        assert await db.scalar(hour_earlier.where(Session.expires > elsewhere - timedelta(hours=1))) == 1
        assert await db.scalar(hour_earlier.where(Session.expires > elsewhere)) == 0
        await db.delete(await db.get_one(User, found.user_id))
    async with database.session() as db:
        assert await db.scalar(select(func.count()).select_from(Session)) == 0
        assert await db.scalar(select(func.count()).select_from(Key)) == 0
    await database.close()
