"""Shared parts of commands: settings with readable errors, configuration database, event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click

from heeler.settings import Settings, SettingsError

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def data_option(function: F) -> F:
    """The ``--data`` flag."""
    return click.option("--data", "data_dir", help="Data folder (HEELER_DATA).")(function)


def listen_option(function: F) -> F:
    """The ``--listen`` flag."""
    return click.option("--listen", help="host:port to listen on (HEELER_LISTEN, 127.0.0.1:8124).")(function)


def read_settings(data_dir: str | None = None, listen: str | None = None) -> Settings:
    try:
        return Settings.from_env(data_dir=data_dir, listen=listen)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Any]:
    """Session on the configuration database, created if needed; works beside a running server."""
    from heeler.server.data_directory import DataFolderError, secure
    from heeler.server.database_migrations import upgrade
    from heeler.store.database import Database

    try:
        secure(settings)
    except DataFolderError as error:
        raise click.ClickException(str(error)) from error
    database = Database(settings.database_url)
    try:
        await upgrade(database)
        async with database.session() as session:
            yield session
    finally:
        await database.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work``; API errors become errors of the command."""
    from heeler.api.errors import ApiError

    try:
        return asyncio.run(work)
    except ApiError as error:
        raise click.ClickException("\n".join(error.messages)) from error


def table(rows: list[tuple[str, ...]]) -> str:
    """Format rows, the first of them a heading, in columns as wide as their contents.

    Control characters in names that others chose are not written to the terminal.
    """
    rows = [tuple(_printable(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
