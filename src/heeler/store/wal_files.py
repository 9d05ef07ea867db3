"""What the logs before the engine do with files, so that simulations can stand in for a disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """Calls that block and raise ``OSError``. An open file is a number."""

    def create(self, path: Path) -> int:
        """A new, empty file that only we may read; it must not exist."""

    def write(self, file: int, data: memoryview) -> int:
        """Append some of ``data``; how many bytes."""

    def synchronize(self, file: int) -> None:
        """Have what was written on disk."""

    def close(self, file: int) -> None: ...

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file that is closed to ``size`` bytes, durably."""

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is no error."""

    def read(self, path: Path) -> bytes: ...

    def find(self, folder: Path, suffix: str) -> list[Path]:
        """The files of a folder by their ending, sorted by name. The folder is made where it is missing."""

    def synchronize_folder(self, folder: Path) -> None:
        """Have the names of a folder's files on disk."""


class DiskFiles:
    """The files of the operating system."""

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, file: int, data: memoryview) -> int:
        return os.write(file, data)

    def synchronize(self, file: int) -> None:
        os.fdatasync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def truncate(self, path: Path, size: int) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(file, size)
            os.fsync(file)
        finally:
            os.close(file)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def find(self, folder: Path, suffix: str) -> list[Path]:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return sorted(folder.glob(f"*{suffix}"))

    def synchronize_folder(self, folder: Path) -> None:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


DISK = DiskFiles()
