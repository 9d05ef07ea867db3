"""Locks of a server: on its data folder, which a second server is refused, as both would write the same
files; and on a PostgreSQL that several servers share, while one of them prepares it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import text

from heeler.store.database import Database

NAME = "server.lock"
#: PostgreSQL's number of the lock under which tables are made and changed.
_PREPARING = 7_236_511_804


class DataInUse(Exception):
    """Another server uses the data folder; the message names it and tells what to do."""


@contextlib.contextmanager
def only_server(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises :class:`DataInUse`.

    The operating system releases it when the process ends, however that happens: no stale locks.
    """
    with os.fdopen(os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        if not _lock(file):
            holder = file.read().strip()
            who = f"process {holder}" if holder else "another process"
            raise DataInUse(
                f"The data folder {data_dir} is in use by a Heeler server ({who}). "
                "Stop that one, or choose another folder with --data or HEELER_DATA."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: the engine is a ClickHouse server there, which does its own locking
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.asynccontextmanager
async def one_at_a_time(database: Database) -> AsyncIterator[None]:
    """Wait until no other server of the same PostgreSQL is within: tables, here and in the store, and the
    first credentials are made by one. The lock goes with the connection, however that ends."""
    if database.engine.dialect.name != "postgresql":
        yield
        return
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _PREPARING})
        try:
            yield
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _PREPARING})
