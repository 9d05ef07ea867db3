"""Lock of the data folder: a second server on the same folder is refused, as both would write the same
files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

NAME = "server.lock"


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
