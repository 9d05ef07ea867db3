"""Files of records that are on disk when :meth:`RecordWriter.append` returns.

A file begins with a magic text. Each record is the size and the CRC-32 of its payload, both 32 bits, little
endian, and the payload. What follows the last whole record was never acknowledged and is left out.

After a write or a synchronization that failed, a file is never written again: the operating system may have
dropped what it could not write and report the next synchronization as successful, with a hole in the file.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from heeler.store.wal_files import DISK, Files

_HEAD = struct.Struct("<II")


class RecordWriter:
    """One file that is written. Blocks; not for several threads at a time."""

    def __init__(self, path: Path, magic: bytes, files: Files = DISK) -> None:
        self.path, self.size, self.broken = path, 0, False
        self._files = files
        self._file = files.create(path)
        try:
            self._put([magic])
            files.synchronize_folder(path.parent)
        except OSError:
            self.close()
            with contextlib.suppress(OSError):
                files.remove(path)
            raise

    def append(self, payload: Sequence[Any]) -> None:
        """Write a record of some buffers; it is on disk on return.

        Raises ``OSError``: then the file is :attr:`broken`, and good up to :attr:`size`; ``ValueError`` for
        an empty record, or one whose size has no room in its head.
        """
        if self.broken:
            raise OSError(f"{self.path} failed before and is not written again")
        size, check = 0, 0
        for piece in payload:
            size += memoryview(piece).nbytes
            check = zlib.crc32(piece, check)
        if not 0 < size < 2**32:
            raise ValueError(f"a record of {size} bytes cannot be read again")
        try:
            self._put([_HEAD.pack(size, check), *payload])
        except BaseException:  # whatever it was, a part of the record may be in the file
            self.broken = True
            raise

    def _put(self, pieces: Sequence[Any]) -> None:
        size = 0
        for piece in pieces:
            if not (whole := memoryview(piece)).nbytes:
                continue
            rest = whole.cast("B")
            size += rest.nbytes
            while rest.nbytes:
                written = self._files.write(self._file, rest)
                if written <= 0:
                    raise OSError(f"nothing could be written to {self.path}")
                rest = rest[written:]
        self._files.synchronize(self._file)
        self.size += size

    def close(self) -> None:
        """Close the file. What was acknowledged is on disk already: an error changes nothing about that."""
        with contextlib.suppress(OSError):
            self._files.close(self._file)


class Payloads(NamedTuple):
    """What a file holds: its whole records in order, and how many bytes at its end are damaged."""

    head: bytes
    records: list[memoryview]
    damaged: int


def read(content: bytes, magic: bytes, head_bytes: int = 0) -> Payloads:
    """The records of a file whose magic text is followed by ``head_bytes`` of its own.

    A write that was cut off leaves less than a record at the end, which was never acknowledged; a record of
    full length with a wrong checksum is damage, and what follows it cannot be read. The head is empty where
    it is not whole.
    """
    view, begin = memoryview(content), len(magic) + head_bytes
    if view[: len(magic)] != magic[: len(view)]:
        return Payloads(b"", [], len(view))
    if len(view) < begin:
        return Payloads(b"", [], 0)
    records, damaged = _records(view, begin)
    return Payloads(bytes(view[len(magic) : begin]), records, damaged)


def _records(content: memoryview, at: int) -> tuple[list[memoryview], int]:
    records: list[memoryview] = []
    while at + _HEAD.size <= len(content):
        size, check = _HEAD.unpack_from(content, at)
        payload = content[at + _HEAD.size : at + _HEAD.size + size]
        if len(payload) < size or not any(content[at:]):
            break
        if not size or zlib.crc32(payload) != check:
            return records, len(content) - at
        records.append(payload)
        at += _HEAD.size + size
    return records, 0
