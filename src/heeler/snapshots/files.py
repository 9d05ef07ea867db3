"""Storage of pictures on disk, under unguessable names; the oldest are deleted."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

#: Retention of pictures, and their maximum number.
MAX_AGE_SECONDS = 90 * 86_400
MAX_COUNT = 5_000
#: ``day/key``: 160 random bits, so that the URL cannot be guessed.
NAME = re.compile(r"\d{4}-\d{2}-\d{2}/[0-9a-f]{40}")


class SnapshotFiles:
    """Folder of snapshots. Its methods block; call them in a thread."""

    def __init__(
        self,
        folder: Path,
        *,
        max_count: int = MAX_COUNT,
        max_age: float = MAX_AGE_SECONDS,
        suffix: str = ".png",
    ) -> None:
        self._folder = folder
        self._max_count = max_count
        self._max_age = max_age
        self._suffix = suffix

    def save(self, png: bytes, now: float) -> str:
        """Store ``png`` and evict the oldest; returns its name."""
        name = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}/{secrets.token_hex(20)}"
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(png)
        os.utime(part, (now, now))
        part.replace(path)
        self._prune(now)
        return name

    def load(self, name: str) -> bytes | None:
        """The picture, or None if there is none of this name (any more)."""
        if not NAME.fullmatch(name):
            return None
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        return NAME.fullmatch(name) is not None and self._path(name).is_file()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{self._suffix}"

    def _prune(self, now: float) -> None:
        files = sorted(
            ((path.stat().st_mtime, path) for path in self._folder.glob(f"*/*{self._suffix}")),
            key=lambda item: item[0],
        )
        surplus = max(len(files) - self._max_count, 0)
        for place, (time, path) in enumerate(files):
            if place < surplus or time < now - self._max_age:
                path.unlink(missing_ok=True)
        for day in self._folder.iterdir():
            if day.is_dir() and not any(day.iterdir()):
                day.rmdir()
