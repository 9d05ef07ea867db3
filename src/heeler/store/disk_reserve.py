"""Disk reserve: a placeholder file that is deleted when the disk is full.

Below the minimum of free space no telemetry is written, but other programs may fill the disk to its last
byte. The file is then removed, so that people can still log in, view and delete: those are small writes to
the configuration database.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

log = logging.getLogger("heeler.disk")

RESERVE_BYTES = 32 * 2**20
"""Size of the file."""


class Reserve:
    """The file ``reserve`` in the data folder."""

    def __init__(self, folder: Path, size: int = RESERVE_BYTES) -> None:
        self._path = folder / "reserve"
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    @property
    def held(self) -> bool:
        """Whether the file is allocated."""
        try:
            return self._path.stat().st_size >= self._size
        except OSError:
            return False

    def release(self) -> bool:
        """Remove the file; returns whether there was one."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            log.error("The reserve %s could not be released: %s", self._path, error)
            return False
        log.warning("The disk is full: the reserve of %d MiB was released", self._size >> 20)
        return True

    def take(self) -> bool:
        """Create the file; returns whether its space was allocated. Blocks."""
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            log.warning("The reserve %s could not be made: %s", self._path, error)
            self._path.unlink(missing_ok=True)
            return False
        return True
