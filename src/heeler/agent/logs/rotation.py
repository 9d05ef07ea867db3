"""Finds the earlier generations of a log file in its folder: by name, identity, time and fingerprint."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from heeler.agent.logs.fingerprint import Fingerprint, head_of

ARCHIVES = (".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4")


@dataclass(frozen=True)
class Generation:
    """A rotated file in the folder."""

    file: Path
    identity: str
    size: int
    changed: float
    """Modification time, epoch seconds."""

    @property
    def is_archive(self) -> bool:
        return self.file.suffix in ARCHIVES


def generations(path: Path) -> list[Generation]:
    """Rotated files of ``path``, oldest first: ``app.log.1``, ``app.log-20260101.gz``,
    ``app-2026-01-01.log``, ``app.1.log``.
    """
    stem, suffix = re.escape(path.stem), re.escape(path.suffix)
    pattern = re.compile(
        rf"^(?:{re.escape(path.name)}[.\-_].+|{stem}[.\-_][\d.\-_T]+{suffix}(?:\.\w{{1,4}})?)$"
    )
    found = []
    try:
        names = [entry for entry in path.parent.iterdir() if pattern.match(entry.name)]
    except OSError:
        return []
    for file in names:
        try:
            stat = file.stat()
        except OSError:
            continue
        if file.is_file():
            identity = f"{stat.st_dev}:{stat.st_ino}"
            found.append(Generation(file, identity, stat.st_size, stat.st_mtime))
    return sorted(found, key=lambda one: (one.changed, one.file.name))


def content_size(generation: Generation) -> int:
    """Bytes of its content; of a ``.gz`` file of one member, modulo 2**32 (RFC 1952, ISIZE).

    0 if it cannot be read.
    """
    if generation.file.suffix != ".gz":
        return generation.size
    try:
        with generation.file.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            return int.from_bytes(file.read(4), "little")
    except OSError:
        return 0


def is_copy(generation: Generation, known: Collection[Fingerprint]) -> bool:
    """Whether the file starts like one of the ``known`` files: a copy or an archive of it."""
    head = head_of(generation.file)
    return any(fingerprint.length and fingerprint.fits(head) for fingerprint in known)
