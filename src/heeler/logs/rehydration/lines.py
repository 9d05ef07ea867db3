"""Logs of a file of an archive, read in pieces: memory is bounded, whatever is in the file.

What cannot be read is counted and left out: lines that are no logs, and the rest of a file that is damaged.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from heeler.logs.matcher import Test
from heeler.logs.rehydration.rules import Scan
from heeler.logs.search import read_id
from heeler.store.object_storage import Bucket, Object, ObjectMissing
from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_TAGS, LimitExceeded
from heeler.wire.json_codec import load
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import id_halves, time_ns, trace_of
from heeler.wire.metrics.series import PayloadError
from heeler.wire.normalize import tag_set

#: Decompressed bytes that are read at a time, of a line, and of a file.
CHUNK_BYTES, MAX_LINE_BYTES, MAX_FILE_BYTES = 2**20, 16 * 2**20, 16 * 2**30
#: Logs of a batch, and bytes of their lines after which it is full.
BATCH_LOGS, BATCH_BYTES = 5000, 16 * 2**20
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_MILLISECOND = 1_000_000


@dataclass(slots=True)
class Found:
    """A log with its place in the order of arrival."""

    seq: int
    entry: LogEntry


@dataclass(slots=True)
class Batch:
    """Logs that match, of some lines. ``bytes``: compressed bytes that were read for them; ``damage`` says
    why the file ends here.
    """

    logs: list[Found] = field(default_factory=list)
    lines: int = 0
    damaged: int = 0
    bytes: int = 0
    damage: str = ""


def batches(
    bucket: Bucket, file: Object, scan: Scan, test: Test, view: str, tags: Sequence[str]
) -> Iterator[Batch]:
    """The logs of a file that are in the time of ``scan`` and match, in their order, with ``tags`` added.

    Blocks. Raises ``ObjectStorageError`` where the store does not answer; a file that is gone is damaged.
    """
    first, last = round(scan.start * 1e9), round(scan.end * 1e9)
    source = _Pieces(bucket, file)
    batch, size, number = Batch(), 0, 0
    try:
        for line in _lines(source, file.key):
            number += 1
            if line is not None and not line.strip():
                continue
            batch.lines += 1
            found = None if line is None else read_line(line, f"{file.key}:{number}")
            matches = None if found is None else _matches(found.entry, first, last, test)
            if found is None or matches is None:
                batch.damaged += 1
            elif matches:
                if tags:
                    found.entry.tags = tag_set([*found.entry.tags, *tags])
                found.entry.index = view
                batch.logs.append(found)
            size += len(line or b"")
            if batch.lines >= BATCH_LOGS or size >= BATCH_BYTES:
                batch.bytes = source.take_count()
                yield batch
                batch, size = Batch(), 0
    except _Damaged as error:
        batch.damage = str(error)
    batch.bytes = source.take_count()
    yield batch


def _matches(entry: LogEntry, first: int, last: int, test: Test) -> bool | None:
    """None for a log whose attributes are nested so deep that it cannot be searched."""
    try:
        return first <= entry.time < last and test(entry)
    except RecursionError:
        return None


class _Damaged(Exception):
    """The rest of a file cannot be read."""


def _lines(source: _Pieces, key: str) -> Iterator[bytes | None]:
    """Lines without their end; None for one that is too long."""
    kind = _COMPRESSIONS[key[key.rindex(".") :]]
    stream = pa.CompressedInputStream(pa.PythonFile(source, mode="r"), kind)
    rest, skipping, total = b"", False, 0
    while True:
        try:
            chunk = stream.read(CHUNK_BYTES)
        except ObjectMissing:
            raise _Damaged("it is not in the bucket any more") from None
        except OSError as error:
            raise _Damaged(f"it is damaged: {error}") from error
        if not chunk:
            break
        total += len(chunk)
        if total > MAX_FILE_BYTES:
            raise _Damaged(f"it has more than {MAX_FILE_BYTES:,} bytes")
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield None if skipping else line
            skipping = False
        if len(rest) > MAX_LINE_BYTES:
            rest, skipping = b"", True
    if skipping:
        yield None
    elif rest:
        yield rest


class _Pieces(io.RawIOBase):
    """An object as a file: ranges are requested as they are read."""

    def __init__(self, bucket: Bucket, file: Object) -> None:
        super().__init__()
        self._pieces = bucket.pieces(file.key, file.size)
        self._piece = memoryview(b"")
        self._count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        taken = bytes(self._piece[:size] if size >= 0 else self._piece)
        self._piece = self._piece[len(taken) :]
        self._count += len(taken)
        return taken

    def take_count(self) -> int:
        """Bytes read since the last call."""
        count, self._count = self._count, 0
        return count


def read_line(line: bytes, place: str) -> Found | None:
    """The log of a line, which was written by :func:`heeler.logs.archives.lines.line_of` or in the same
    format by others; None if it is none. ``place`` stands for the id of a line without one.
    """
    try:
        document = load(line)
    except (PayloadError, LimitExceeded):
        return None
    if not isinstance(document, dict):
        return None
    attributes, tags = document.get("attributes") or {}, document.get("tags") or []
    texts = [document.get(name) for name in ("message", "status", "service", "host", "source")]
    if not isinstance(attributes, dict) or not isinstance(tags, list):
        return None
    if not all(isinstance(one, str) for one in tags) or not all(
        one is None or isinstance(one, str) for one in texts
    ):
        return None
    date = time_ns(document.get("date"), 0)
    if date is None:
        return None
    seq, time = _place(document.get("_id"), date, place)
    message, status, service, host, source = (str(one or "") for one in texts)
    entry = LogEntry(
        message, time, status or "info", service[:MAX_FIELD], host[:MAX_HOST], source[:MAX_FIELD],
        tuple(tags[:MAX_TAGS]), attributes, dated=True,
    )  # fmt: skip
    entry.trace_high, entry.trace_id, entry.span_id = _trace(document, message, attributes)
    return Found(seq, entry)


def _place(identity: Any, date: int, place: str) -> tuple[int, int]:
    """Order of arrival and time: those of the id, which has nanoseconds, if it is one of this server's."""
    if isinstance(identity, str):
        own = read_id(identity)
        if own is not None and own[0] // _MILLISECOND == date // _MILLISECOND:
            return own[1], own[0]
    known = str(identity or place).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(known, digest_size=8).digest()), date


def _trace(document: dict[str, Any], message: str, attributes: dict[str, Any]) -> tuple[int, int, int]:
    """Trace and span: the line's own if it has them, as others are in its attributes."""
    trace, span = document.get("trace_id"), document.get("span_id")
    if isinstance(trace, str) and isinstance(span, str):
        high, low = id_halves(trace)
        return high, low, id_halves(span)[1]
    return trace_of(message, attributes)
