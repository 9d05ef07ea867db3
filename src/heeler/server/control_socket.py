"""Control socket of a running server: operator commands that need the server's open resources.

``control.sock`` in the data folder is accessible only to the server's own user. One request a connection, a
line of JSON, ``{"command": "backup", "folder": "/backups", "name": null}``, with ``s3`` for a bucket (the
fields of :class:`~heeler.store.object_storage.S3Access`); the response is lines of JSON: any number of
``{"done": bytes, "total": bytes}``, then ``{"result": {...}}`` or ``{"error": "..."}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from heeler.api.services import Services
from heeler.backup.create import create
from heeler.backup.repository import BackupError, Progress, open_repository
from heeler.store.engine import Engine, EngineError
from heeler.store.object_storage import S3Access
from heeler.store.usage import check, usage

log = logging.getLogger("heeler.server")

NAME = "control.sock"
_MAX_LINE = 64 * 2**10
_READ_TIMEOUT_S = 10.0
#: Maximum concurrent commands; each may read the whole store.
_MAX_COMMANDS = 4
_PROGRESS_S = 0.2


@dataclass(frozen=True, slots=True)
class Context:
    """Resources of a command. ``committing``: the writer's commit lock, if a server runs."""

    engine: Engine
    database_url: str
    committing: AbstractAsyncContextManager[object] | None = None
    now: Callable[[], float] = time.time
    s3: Callable[[], S3Access] | None = None
    """The server's own access to buckets, for requests that bring none."""

    def access(self, request: dict[str, Any]) -> S3Access:
        """Access to buckets: the caller's own, where its environment has credentials, or the server's."""
        given = request.get("s3")
        if given is None and self.s3 is not None:
            return self.s3()
        return msgspec.convert(given, S3Access)


Command = Callable[[Context, dict[str, Any], Progress], Awaitable[dict[str, Any]]]


async def _backup(context: Context, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    repository = await asyncio.to_thread(
        open_repository, str(request["folder"]), partial(context.access, request)
    )
    manifest = await create(
        context.engine,
        context.database_url,
        repository,
        committing=context.committing,
        name=request.get("name"),
        progress=progress,
        now=context.now,
    )
    return {"name": manifest.name, "rows": manifest.rows, "bytes": sum(manifest.files.values())}


async def _usage(context: Context, _: dict[str, Any], __: Progress) -> dict[str, Any]:
    return {"tables": msgspec.to_builtins(await context.engine.run(usage, context.engine))}


async def _check(context: Context, _: dict[str, Any], progress: Progress) -> dict[str, Any]:
    return {"problems": await context.engine.run(check, context.engine, progress)}


COMMANDS: dict[str, Command] = {"backup": _backup, "usage": _usage, "check": _check}


async def listen(services: Services) -> None:
    """Serve commands until canceled: a background task of the server."""
    slots = asyncio.Semaphore(_MAX_COMMANDS)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with slots:
            try:
                await _answer(services, reader, writer)
            except (ConnectionError, TimeoutError) as error:
                log.info("A command on the control socket was abandoned: %s", error or type(error).__name__)
            finally:
                writer.close()

    path = services.settings.data_dir / NAME
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(path) as short:
        bound.bind(short)
    path.chmod(0o600)
    server = await asyncio.start_unix_server(connected, sock=bound, limit=_MAX_LINE)
    try:
        async with server:
            await server.serve_forever()
    finally:
        path.unlink(missing_ok=True)


async def _answer(services: Services, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    context = Context(
        services.engine,
        services.settings.database_url,
        services.writer.paused(),
        services.now,
        partial(S3Access.of, services.settings),
    )
    sent = 0.0

    def progress(done: int, total: int) -> None:
        """Send progress, from any thread, at most a few lines a second."""
        nonlocal sent
        if (now := time.monotonic()) - sent >= _PROGRESS_S:
            sent = now
            loop.call_soon_threadsafe(writer.write, _line({"done": done, "total": total}))

    async with asyncio.timeout(_READ_TIMEOUT_S):
        line = await reader.readline()
    try:
        request = msgspec.json.decode(line, type=dict[str, Any])
        command = COMMANDS[str(request.get("command"))]
        result: dict[str, Any] = {"result": await command(context, request, progress)}
    except (msgspec.MsgspecError, KeyError) as error:
        result = {"error": f"Invalid command: {error}. Supported: {', '.join(COMMANDS)}"}
    except (BackupError, EngineError, OSError) as error:
        log.warning("A command on the control socket failed: %s", error)
        result = {"error": str(error)}
    writer.write(_line(result))
    await writer.drain()


def _line(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message) + b"\n"


async def ask(data_dir: Path, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Send a command to the server of ``data_dir``; yields its messages. Raises ``OSError`` when none
    listens.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(data_dir / NAME) as short:
        connection.connect(short)
    connection.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=connection, limit=2**24)
    try:
        writer.write(_line(request))
        await writer.drain()
        while line := await reader.readline():
            yield msgspec.json.decode(line, type=dict[str, Any])
    finally:
        writer.close()


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """``path`` as a socket address of at most 107 bytes, through a handle of its folder if it is longer."""
    if len(os.fsencode(path)) <= 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
