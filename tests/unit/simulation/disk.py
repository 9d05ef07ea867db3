"""A disk that fails as a seed says: what is written stands in memory until it is synchronized.

A synchronization that fails may have lost its pages and marked them clean, so that the next one succeeds
with a hole in the file. A loss of power leaves of what was not synchronized as much as chance will have it,
and names that were not synchronized may be missing or back.
"""

from __future__ import annotations

import errno
import random
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class DiskFaults:
    """Chances of a call."""

    full: float = 0.0
    write: float = 0.0
    synchronize: float = 0.0
    truncate: float = 0.0


@dataclass
class _File:
    cached: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    clean: int = 0
    """Bytes that the system does not write any more: they are durable, or lost."""
    named: bool = False
    """Whether the name is durable."""

    def write_back(self) -> None:
        self.durable += bytes(max(self.clean - len(self.durable), 0))
        self.durable += self.cached[len(self.durable) :]
        self.clean = len(self.cached)

    def lose(self, rng: random.Random) -> None:
        """A synchronization failed: some of the pages were written, none will be."""
        self.durable += bytes(max(self.clean - len(self.durable), 0))
        kept = rng.randint(len(self.durable), max(len(self.cached), len(self.durable)))
        self.durable += self.cached[len(self.durable) : kept]
        self.clean = len(self.cached)

    def after_power_loss(self, rng: random.Random) -> None:
        content = self.durable + bytes(max(self.clean - len(self.durable), 0))
        content += self.cached[len(content) : rng.randint(len(content), max(len(self.cached), len(content)))]
        if rng.random() < 0.3:  # the size was written, the pages were not
            content[len(self.durable) :] = bytes(len(content) - len(self.durable))
        self.cached, self.durable, self.clean = bytearray(content), bytearray(content), len(content)
        self.named = True


class Disk:
    """What outlives a server."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.faults = DiskFaults()
        self.files: dict[Path, _File] = {}
        self._removed: dict[Path, _File] = {}
        """Removed files whose names may come back."""

    def lose_power(self) -> None:
        rng = self._rng
        for path, file in list(self._removed.items()):
            if rng.random() < 0.5:
                self.files.setdefault(path, file)
        self._removed = {}
        for path, file in list(self.files.items()):
            if not file.named and rng.random() < 0.5:
                del self.files[path]
            else:
                file.after_power_loss(rng)

    def check(self, chance: float, number: int = errno.EIO) -> None:
        if self._rng.random() < chance:
            raise OSError(number, "simulated")

    def remove(self, path: Path) -> None:
        found = self.files.pop(path, None)
        if found is not None:
            self._removed[path] = found

    def synchronize(self, file: _File) -> None:
        if self._rng.random() < self.faults.synchronize:
            file.lose(self._rng)
            raise OSError(errno.EIO, "simulated")
        file.write_back()

    def synchronize_folder(self) -> None:
        self.check(self.faults.synchronize)
        self._removed = {}
        for file in self.files.values():
            file.named = True


class DiskOfLife:
    """The disk as one life of a server sees it (`Files`): dead, it can do nothing."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._open: list[_File] = []
        self.dead = False

    def _alive(self) -> Disk:
        if self.dead:
            raise OSError(errno.EIO, "the process is dead")
        return self._disk

    def create(self, path: Path) -> int:
        disk = self._alive()
        disk.check(disk.faults.full, errno.ENOSPC)
        assert path not in disk.files, path
        disk.files[path] = _File()
        self._open.append(disk.files[path])
        return len(self._open) - 1

    def write(self, file: int, data: memoryview) -> int:
        disk = self._alive()
        disk.check(disk.faults.full, errno.ENOSPC)
        disk.check(disk.faults.write)
        size = disk._rng.randint(1, data.nbytes) if disk.faults.write else data.nbytes
        self._open[file].cached += data[:size]
        return size

    def synchronize(self, file: int) -> None:
        self._alive().synchronize(self._open[file])

    def close(self, file: int) -> None:
        self._alive()

    def truncate(self, path: Path, size: int) -> None:
        disk = self._alive()
        if path not in disk.files:
            raise FileNotFoundError(path)
        disk.check(disk.faults.truncate)
        file = disk.files[path]
        del file.cached[size:]
        del file.durable[size:]
        file.clean = min(file.clean, size)
        disk.synchronize(file)

    def remove(self, path: Path) -> None:
        disk = self._alive()
        disk.check(disk.faults.truncate)
        disk.remove(path)

    def read(self, path: Path) -> bytes:
        return bytes(self._alive().files[path].cached)

    def find(self, folder: Path, suffix: str) -> list[Path]:
        return sorted(
            path for path in self._alive().files if path.parent == folder and path.name.endswith(suffix)
        )

    def synchronize_folder(self, folder: Path) -> None:
        self._alive().synchronize_folder()
