"""Migrations make exactly the tables of the models, on every database."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
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
from heeler.server.config_schema import alembic_config, all_tables, current_revision, newest_revision, upgrade
from heeler.store.database import Database
from tests.conftest import free_port


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "nobody", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of an empty database of a PostgreSQL server of our own."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="heeler-pg-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        data, port = f"{folder}/data", free_port()
        run = {"check": True, "capture_output": True, "timeout": 60, "cwd": folder}
        subprocess.run(  # type: ignore[call-overload]
            _as_nobody([f"{programs}/initdb", "-D", data, "-U", "heeler", "-A", "trust", "-E", "UTF8"]), **run
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c timezone=Asia/Tokyo -c fsync=off"
        control = _as_nobody([f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options])
        subprocess.run([*control, "start"], **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://heeler@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]


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
