"""Segment files of the write-ahead log: a record is on disk when :meth:`SegmentWriter.append` returns.

A segment starts with :data:`MAGIC` and its own token. Each record is the size and the CRC-32 of its payload,
both 32 bits, little endian, and the payload: sizes and contents of the tables, as MessagePack and Arrow's
stream format. Data after the last complete record was never acknowledged and is ignored.
"""

from __future__ import annotations

import os
import secrets
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

MAGIC = b"HEELERWAL1"
TOKEN_BYTES = 24
_HEAD = struct.Struct("<II")
_SUFFIX = ".segment"
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


@dataclass(frozen=True, slots=True)
class Record:
    """Rows by table, and the digests of their requests."""

    tables: Mapping[str, pa.Table]
    digests: Sequence[bytes]

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())


class _Index(msgspec.Struct, array_like=True):
    names: list[str]
    sizes: list[int]
    digests: list[bytes]


def encode(record: Record) -> list[bytes | pa.Buffer]:
    """Encode a record, in pieces."""
    streams = [_stream(table) for table in record.tables.values()]
    index = _Index(list(record.tables), [stream.size for stream in streams], list(record.digests))
    head = msgspec.msgpack.encode(index)
    pieces: list[bytes | pa.Buffer] = [len(head).to_bytes(4, "little"), head, *streams]
    size, check = 0, 0
    for piece in pieces:
        size += memoryview(piece).nbytes
        check = zlib.crc32(piece, check)
    return [_HEAD.pack(size, check), *pieces]


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _decode(payload: memoryview) -> Record:
    size = int.from_bytes(payload[:4], "little")
    index = msgspec.msgpack.decode(payload[4 : 4 + size], type=_Index)
    at, tables = 4 + size, {}
    for name, length in zip(index.names, index.sizes, strict=True):
        with pa.ipc.open_stream(pa.py_buffer(payload[at : at + length])) as reader:
            tables[name] = reader.read_all()
        at += length
    return Record(tables, index.digests)


class SegmentWriter:
    """Writer of one segment. Blocks; not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path, self.token = path, secrets.token_hex(TOKEN_BYTES // 2)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._size = 0
        try:
            self._put([MAGIC + self.token.encode()])
            synchronize_folder(path.parent)
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def append(self, record: Record) -> None:
        """Write a record; it is on disk on return. Raises ``OSError``, after removing a partial write."""
        try:
            self._put(encode(record))
        except OSError:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            os.fdatasync(self._file)
            raise

    def _put(self, pieces: Sequence[bytes | pa.Buffer]) -> None:
        size = 0
        for piece in pieces:
            rest = memoryview(piece)
            size += rest.nbytes
            while rest.nbytes:
                rest = rest[os.write(self._file, rest) :]
        os.fdatasync(self._file)
        self._size += size

    def close(self) -> None:
        os.close(self._file)


def synchronize_folder(folder: Path) -> None:
    """Sync the directory entries of a folder to disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def paths(folder: Path) -> list[Path]:
    """Segments of a folder, oldest first."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def path_of(folder: Path, number: int) -> Path:
    return folder / f"{number:016d}{_SUFFIX}"


def number_of(path: Path) -> int:
    return int(path.name.removesuffix(_SUFFIX))


def read(path: Path) -> tuple[str, list[Record], int]:
    """Token of a segment, its complete records in order, and the number of damaged bytes.

    An interrupted write leaves less than a record at the end, which was never acknowledged; a record of full
    length with a wrong checksum is damage, and what follows it cannot be read. The token is empty if the head
    is incomplete.
    """
    content = memoryview(path.read_bytes())
    begin = len(MAGIC) + TOKEN_BYTES
    if content[: len(MAGIC)] != MAGIC[: len(content)]:
        return "", [], len(content)
    if len(content) < begin:
        return "", [], 0
    records, damaged = _records(content, begin)
    return bytes(content[len(MAGIC) : begin]).decode("ascii", "replace"), records, damaged


def _records(content: memoryview, at: int) -> tuple[list[Record], int]:
    records: list[Record] = []
    while at + _HEAD.size <= len(content):
        size, check = _HEAD.unpack_from(content, at)
        payload = content[at + _HEAD.size : at + _HEAD.size + size]
        if len(payload) < size or not any(content[at:]):
            break
        if not size or zlib.crc32(payload) != check:
            return records, len(content) - at
        records.append(_decode(payload))
        at += _HEAD.size + size
    return records, 0
