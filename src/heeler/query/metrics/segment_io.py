"""Segment files on the disk: one that is written, and one that is read. Blocks: for threads."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import IO
from weakref import finalize

from heeler.query.metrics.segment_file import Encoder, SegmentFile


class NewFile:
    """A file that is being written, under a name of its own until ``SegmentFiles.publish``."""

    def __init__(self, hour: int, mark: int, since: int, generation: int, folder: Path) -> None:
        self.hour, self.mark = hour, mark
        self.since, self.generation = since, generation
        self.path = folder / f"{hour}-{mark}-{secrets.token_hex(4)}.tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: IO[bytes] = self.path.open("wb", buffering=2**18)
        self._file.seek(Encoder.BEGIN)

    def append(self, data: bytes) -> None:
        self._file.write(data)

    def complete(self, header: bytes) -> None:
        """Write the header, and all to the disk."""
        self._file.seek(0)
        self._file.write(header)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Close the file, and delete it if it was not published."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def opened(path: Path) -> SegmentFile:
    """The file, which is closed once nothing refers to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return SegmentFile(_Reading(descriptor), os.fstat(descriptor).st_size)


class _Reading:
    """Reads a descriptor, and owns it. Not mapped: an error of the disk is then an exception, no signal that
    ends the process.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        finalize(self, os.close, descriptor)

    def __call__(self, offset: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, offset)
