"""Runs commands that need the store: in the server that has it open, or in this process when no server
runs."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import click
import msgspec

from heeler.cli.progress import ProgressLine
from heeler.settings import Settings

_TITLES = {"backup": "Backing up", "check": "Checking"}


async def through_server_or_here(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """Run a command of :mod:`heeler.server.control_socket` and return its result. Raises
    ``ClickException``.
    """
    from heeler.server.control_socket import ask

    answered = False
    with ProgressLine(_TITLES.get(str(request["command"]), "")) as progress:
        try:
            async for message in ask(settings.data_dir, request):
                answered = True
                if "error" in message:
                    raise click.ClickException(str(message["error"]))
                if "result" in message:
                    return dict(message["result"])
                progress(message["done"], message["total"])
        except (OSError, msgspec.DecodeError):
            if not answered:  # no server listens
                return await _here(settings, request, progress)
    raise click.ClickException("The server ended before the command was done")


async def _here(settings: Settings, request: dict[str, Any], progress: ProgressLine) -> dict[str, Any]:
    from heeler.backup.repository import BackupError
    from heeler.server.control_socket import COMMANDS, Context
    from heeler.server.lock import DataInUse, only_server
    from heeler.store.engine import Engine, EngineError
    from heeler.store.object_storage import S3Access

    if not settings.data_dir.is_dir():
        raise click.ClickException(f"There is no data folder {settings.data_dir} (--data or HEELER_DATA)")
    try:
        with only_server(settings.data_dir):
            async with await asyncio.to_thread(Engine, settings.store_dsn) as engine:
                context = Context(engine, settings.database_url, s3=partial(S3Access.of, settings))
                return await COMMANDS[str(request["command"])](context, request, progress)
    except (BackupError, DataInUse, EngineError, OSError) as error:
        raise click.ClickException(str(error)) from error
