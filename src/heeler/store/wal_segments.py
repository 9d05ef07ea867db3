"""Segment files of the write-ahead log: rows are on disk when :meth:`SegmentWriter.add` returns.

A segment starts with :data:`MAGIC` and its own token. The payload of each record (:mod:`.wal_record_file`):
sizes and contents of the tables, as MessagePack and Arrow's stream format.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import msgspec
import pyarrow as pa

from heeler.store import wal_record_file
from heeler.store.wal_files import DISK, Files
from heeler.store.wal_record_file import RecordWriter

MAGIC = b"HEELERWAL1"
TOKEN_BYTES = 24
SUFFIX = ".segment"
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


@dataclass(frozen=True, slots=True)
class Record:
    """Rows by table, and the digests of the requests that brought them.

    ``parts`` are the numbers of rows of each request by table, in their order.
    """

    tables: Mapping[str, pa.Table]
    digests: Sequence[bytes]
    parts: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())

    def of_requests(self, table: str) -> list[pa.Table]:
        """The rows of a table by request; all in one where it is not known whose they are."""
        rows, counts = self.tables[table], self.parts.get(table) or ()
        if sum(counts) != rows.num_rows:
            return [rows]
        ends = list(accumulate(counts))
        return [rows.slice(end - count, count) for end, count in zip(ends, counts, strict=True)]


class _Index(msgspec.Struct, array_like=True):
    names: list[str]
    sizes: list[int]
    digests: list[bytes]
    parts: list[list[int]] = []


def encode(record: Record) -> list[bytes | pa.Buffer]:
    """The payload of a record, in pieces."""
    streams = [_stream(table) for table in record.tables.values()]
    index = _Index(
        list(record.tables),
        [stream.size for stream in streams],
        list(record.digests),
        [list(record.parts.get(name, ())) for name in record.tables],
    )
    head = msgspec.msgpack.encode(index)
    return [len(head).to_bytes(4, "little"), head, *streams]


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
    parts = dict(zip(index.names, index.parts, strict=True)) if index.parts else {}
    return Record(tables, index.digests, parts)


class SegmentWriter(RecordWriter):
    """One segment that is written. Blocks; not for several threads at a time."""

    def __init__(self, path: Path, files: Files = DISK) -> None:
        self.token = secrets.token_hex(TOKEN_BYTES // 2)
        super().__init__(path, MAGIC + self.token.encode(), files)

    def add(self, record: Record) -> None:
        """As :meth:`append`, of rows."""
        self.append(encode(record))


def paths(folder: Path, files: Files = DISK) -> list[Path]:
    """The segments of a folder in the order in which they were begun."""
    return files.find(folder, SUFFIX)


def path_of(folder: Path, number: int) -> Path:
    return folder / f"{number:016d}{SUFFIX}"


def number_of(path: Path) -> int:
    return int(path.name.removesuffix(SUFFIX))


def read(path: Path, files: Files = DISK) -> tuple[str, list[Record], int]:
    """The token of a segment, its whole records in order, and the number of bytes that are damaged; the
    token is empty where the head is not whole."""
    head, payloads, damaged = wal_record_file.read(files.read(path), MAGIC, TOKEN_BYTES)
    return head.decode("ascii", "replace"), [_decode(payload) for payload in payloads], damaged
