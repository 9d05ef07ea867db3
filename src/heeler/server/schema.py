"""Brings the tables of configuration data up to date, on SQLite and PostgreSQL."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData

import heeler
from heeler.store.database import Base, Database

MIGRATIONS = Path(__file__).parent / "migrations"


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
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database) -> None:
    """Apply the migrations that are missing; quick when there are none."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")
