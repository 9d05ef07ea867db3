"""Migrates the schema of the configuration database, on SQLite and PostgreSQL."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, inspect, text

import heeler
from heeler.store.database import Base, Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^(revision|down_revision) = "([^"]+)"', re.MULTILINE)


def all_tables() -> MetaData:
    """The tables of every ``heeler.*.model`` module."""
    for package in pkgutil.iter_modules(heeler.__path__, "heeler."):
        if (
            package.ispkg
            and (Path(heeler.__path__[0]) / package.name.rpartition(".")[2] / "model.py").exists()
        ):
            importlib.import_module(f"{package.name}.model")
    return Base.metadata


def alembic_config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database) -> None:
    """Apply missing migrations; fast when there are none."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    if current_revision(connection) == newest_revision():
        return  # Alembic takes a third of a second and 11 MB for the same result
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def current_revision(connection: Connection) -> str | None:
    """Current migration of the tables; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def newest_revision() -> str:
    """The head migration, read from the files."""
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for path in (MIGRATIONS / "versions").glob("*.py"):
        for kind, revision in _REVISION.findall(path.read_text()):
            found[kind].add(revision)
    (newest,) = found["revision"] - found["down_revision"]
    return newest
