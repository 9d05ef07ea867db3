"""Format of a segment file: the points of one hour, all metrics, as columns. Pure.

Little-endian; lengths and offsets in bytes::

    header       80    magic, format, hour, mark, number of metrics and points, places of the parts below,
                       checksums of what follows the directory and of the header itself
    blocks             one a metric: series u64[n], offsets i32[n + 1], values (i32, f32 or f64)[m], times
                       u16[m], each part from a multiple of 8 on
    directory    48 n  one record a metric, by the digest of its name
    fence              first digest of every 32 records, u64
    checksums          CRC-32 of every 8 KiB of blocks and directory, u32

``mark`` is the version of the hour's rollup that the file was made beside: the points are those that the
store had then. What is read is compared with its checksum first, once a chunk, so that one series of many
costs few chunks.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heeler.query.metrics.packed_rows import NO_COUNTS, Ids, Numbers, Segment

FORMAT = 1
CHUNK = 8192
_MAGIC = b"HEELSEG\n"
_HEADER = struct.Struct("<8sIIQQQQQQQII")
_FENCE = 32
_RECORD = np.dtype(
    [
        ("high", "<u8"),
        ("low", "<u8"),
        ("offset", "<u8"),
        ("series", "<u4"),
        ("rows", "<u4"),
        ("kind", "<u4"),
        ("spare", "<u4"),
        ("divisor", "<f8"),
    ]
)
_KINDS: tuple[np.dtype[Any], ...] = (np.dtype("<i4"), np.dtype("<f4"), np.dtype("<f8"))
#: Kind of the record of a metric whose points are not in the file.
_ABSENT = 255
#: Runs of neighboring series that are read one by one; of more, the whole block is.
_MOST_RUNS = 16
_LARGEST = 2**40

#: ``read(offset, length)`` returns bytes of the file, fewer at its end.
Read = Callable[[int, int], bytes]


class SegmentFileError(Exception):
    """A file that is damaged, cut off, or of another format; the message says which."""


@dataclass(frozen=True, slots=True)
class Header:
    """``hour`` in UNIX seconds; ``metrics`` includes those that were left out."""

    hour: int
    mark: int
    metrics: int
    rows: int
    directory: int
    fence: int
    checksums: int
    length: int
    tail_checksum: int

    def encode(self) -> bytes:
        body = _HEADER.pack(
            _MAGIC, FORMAT, self.hour, self.mark, self.metrics, self.rows, self.directory, self.fence,
            self.checksums, self.length, self.tail_checksum, 0,
        )[:-4]  # fmt: skip
        return body + struct.pack("<I", zlib.crc32(body))

    @classmethod
    def decode(cls, data: bytes) -> Header:
        if len(data) < _HEADER.size:
            raise SegmentFileError("the header is cut off")
        magic, version, *values, checksum = _HEADER.unpack(data[: _HEADER.size])
        if magic != _MAGIC:
            raise SegmentFileError("it is no segment file")
        if version != FORMAT:
            raise SegmentFileError(f"its format is {version}, not {FORMAT}")
        if zlib.crc32(data[: _HEADER.size - 4]) != checksum:
            raise SegmentFileError("the header does not match its checksum")
        header = cls(*values)
        chunks = -(-(header.fence - _HEADER.size) // CHUNK)
        if (
            header.length > _LARGEST
            or header.fence != header.directory + header.metrics * _RECORD.itemsize
            or header.checksums != header.fence + 8 * -(-header.metrics // _FENCE)
            or header.length != header.checksums + 4 * chunks
        ):
            raise SegmentFileError("the places in its header do not fit together")
        return header


def _digest(metric: str) -> tuple[int, int]:
    high, low = struct.unpack(
        "<QQ", blake2b(metric.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    )
    return high, low


def _runs(places: NDArray[np.int64], offsets: NDArray[np.int32]) -> list[slice]:
    """Rows of the series at ``places`` (ascending), a slice for each run of neighbors."""
    if not len(places):
        return []
    ends = np.append(np.flatnonzero(np.diff(places) > 1), len(places) - 1)
    firsts = places[np.append(0, ends[:-1] + 1)]
    bounds = zip(offsets[firsts].tolist(), offsets[places[ends] + 1].tolist(), strict=True)
    return [slice(start, stop) for start, stop in bounds]


def _padding(length: int) -> int:
    return -length % 8


def _sizes(series: int, rows: int, kind: int) -> tuple[int, int, int]:
    """Bytes of a block's series with their offsets, of its values, and of its times, each padded."""
    head = 12 * series + 4
    values, times = rows * _KINDS[kind].itemsize, 2 * rows
    return head + _padding(head), values + _padding(values), times + _padding(times)


class Encoder:
    """Makes a file from the segments of an hour, block by block: what is returned is appended to the file,
    whose first :attr:`BEGIN` bytes are the header, returned last.
    """

    BEGIN = _HEADER.size

    def __init__(self, hour: int, mark: int) -> None:
        self._hour, self._mark = hour, mark
        self._records: list[tuple[int, int, int, int, int, int, int, float]] = []
        self._at, self._rows = _HEADER.size, 0
        self._checksums: list[int] = []
        self._checksum, self._filled = 0, 0

    def add(self, metric: str, segment: Segment) -> bytes:
        """Block of ``metric``. ``segment`` holds points of the hour, without counts."""
        if segment.base != self._hour or segment.unit != 1 or len(segment.counts):
            raise ValueError("Expected a segment of points of the file's hour")
        values = np.ascontiguousarray(segment.values)
        kind = next(at for at, dtype in enumerate(_KINDS) if dtype == values.dtype)
        columns = (
            np.ascontiguousarray(segment.ids, "<u8").tobytes()
            + np.ascontiguousarray(segment.offsets, "<i4").tobytes(),
            values.tobytes(),
            np.ascontiguousarray(segment.times, "<u2").tobytes(),
        )
        block = b"".join(column + bytes(_padding(len(column))) for column in columns)
        place = (*_digest(metric), self._at, len(segment.ids), len(segment), kind, 0, segment.divisor)
        self._records.append(place)
        self._rows += len(segment)
        return self._take(block)

    def leave_out(self, metric: str) -> None:
        """Record that the points of ``metric`` are not in the file."""
        self._records.append((*_digest(metric), self._at, 0, 0, _ABSENT, 0, 1.0))

    def finish(self) -> tuple[bytes, bytes]:
        """What follows the blocks, and the header. Raises ``ValueError`` if two metrics have one digest."""
        records = np.array(self._records, _RECORD)
        records = records[np.argsort(records["high"], kind="stable")]
        if bool((records["high"][1:] == records["high"][:-1]).any()):
            raise ValueError("Two metrics have the same digest, or one was added twice")
        directory = self._at
        listed = self._take(records.tobytes())
        fence = records["high"][::_FENCE].tobytes()
        if self._filled:
            self._checksums.append(self._checksum)
        tail = fence + np.array(self._checksums, "<u4").tobytes()
        header = Header(
            self._hour, self._mark, len(records), self._rows, directory, self._at, self._at + len(fence),
            self._at + len(tail), zlib.crc32(tail),
        )  # fmt: skip
        return listed + tail, header.encode()

    def _take(self, data: bytes) -> bytes:
        """Add ``data`` to the checksums of its chunks."""
        self._at += len(data)
        view, at = memoryview(data), 0
        while at < len(view):
            part = view[at : at + CHUNK - self._filled]
            self._checksum = zlib.crc32(part, self._checksum)
            self._filled += len(part)
            at += len(part)
            if self._filled == CHUNK:
                self._checksums.append(self._checksum)
                self._checksum, self._filled = 0, 0
        return data


class SegmentFile:
    """An open file. Raises :class:`SegmentFileError` on damage, when it is opened or where it is read."""

    def __init__(self, read: Read, length: int) -> None:
        """``length``: that of the file."""
        self.header = header = Header.decode(read(0, _HEADER.size))
        if header.length != length:
            raise SegmentFileError(f"it has {length} bytes in place of {header.length}")
        tail = read(header.fence, header.length - header.fence)
        if len(tail) != header.length - header.fence or zlib.crc32(tail) != header.tail_checksum:
            raise SegmentFileError("its end does not match the checksum")
        split = header.checksums - header.fence
        self._fence = np.frombuffer(tail[:split], "<u8")
        self._checksums = np.frombuffer(tail[split:], "<u4")
        self._checked = bytearray(len(self._checksums))
        self._read = read

    def segment(self, metric: str, wanted: Ids | None) -> Segment | None:
        """Points of ``metric`` of the series ``wanted`` (ascending; None for all), without rows if it has
        none; None if they are not in the file.
        """
        record = self._find(metric)
        if record is None:
            empty = np.zeros(0, np.uint64), np.zeros(1, np.int32), np.zeros(0, np.uint16)
            return self._made(*empty, np.zeros(0, np.int32), 1.0)
        if int(record["kind"]) == _ABSENT:
            return None
        return self._block(record, wanted)

    def _find(self, metric: str) -> np.void | None:
        high, low = _digest(metric)
        group = int(np.searchsorted(self._fence, np.uint64(high), side="right")) - 1
        if group < 0:
            return None
        first = group * _FENCE
        count = min(_FENCE, self.header.metrics - first)
        size = _RECORD.itemsize
        records = np.frombuffer(self._bytes(self.header.directory + first * size, count * size), _RECORD)
        place = int(np.searchsorted(records["high"], np.uint64(high)))
        if place == count or int(records[place]["high"]) != high or int(records[place]["low"]) != low:
            return None
        record: np.void = records[place]
        return record

    def _block(self, record: np.void, wanted: Ids | None) -> Segment:
        series, rows, kind = int(record["series"]), int(record["rows"]), int(record["kind"])
        start, divisor = int(record["offset"]), float(record["divisor"])
        if kind >= len(_KINDS):
            raise SegmentFileError(f"values of the kind {kind} are unknown")
        sizes = _sizes(series, rows, kind)
        if start + sum(sizes) > self.header.directory:
            raise SegmentFileError("a block ends behind the last")
        data = self._bytes(start, sum(sizes) if wanted is None else sizes[0])
        ids = np.frombuffer(data, np.uint64, series)
        offsets = np.frombuffer(data, np.int32, series + 1, 8 * series)
        if int(offsets[-1]) != rows or int(offsets[0]) != 0:
            raise SegmentFileError("the series of a block do not have its points")
        if wanted is None:
            values = np.frombuffer(data, _KINDS[kind], rows, sizes[0])
            times = np.frombuffer(data, np.uint16, rows, sizes[0] + sizes[1])
            return self._made(ids, offsets, times, values, divisor)
        places = np.searchsorted(ids, wanted)
        there = places < series
        there[there] = ids[places[there]] == wanted[there]
        places = places[there]
        lengths = np.concatenate(([0], np.diff(offsets)[places]))
        spans = _runs(places, offsets)
        values = self._column(start + sizes[0], spans, rows, _KINDS[kind])
        times = self._column(start + sizes[0] + sizes[1], spans, rows, np.dtype("<u2"))
        return self._made(ids[places], np.cumsum(lengths).astype(np.int32), times, values, divisor)

    def _column(self, at: int, spans: Sequence[slice], rows: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Values of the rows of ``spans`` of a column that begins at ``at``."""
        if len(spans) > _MOST_RUNS:
            whole = np.frombuffer(self._bytes(at, rows * dtype.itemsize), dtype)
            return np.concatenate([whole[span] for span in spans])
        parts = [
            self._bytes(at + span.start * dtype.itemsize, (span.stop - span.start) * dtype.itemsize)
            for span in spans
        ]
        return np.frombuffer(parts[0] if len(parts) == 1 else b"".join(parts), dtype)

    def _made(
        self, ids: Ids, offsets: NDArray[np.int32], times: NDArray[np.uint16], values: Numbers, divisor: float
    ) -> Segment:
        for column in (ids, offsets, times, values):
            column.flags.writeable = False  # as those that were packed here: code is compiled for each kind
        return Segment(self.header.hour, 1, ids, offsets, times, values, divisor, NO_COUNTS)

    def _bytes(self, offset: int, length: int) -> bytes:
        """Bytes of blocks and directory, once their chunks match the checksums."""
        if not length:
            return b""
        first, last = (offset - _HEADER.size) // CHUNK, (offset + length - 1 - _HEADER.size) // CHUNK
        if 0 in self._checked[first : last + 1]:
            return self._bytes_checked(first, last, offset, length)
        data = self._read(offset, length)
        if len(data) != length:
            raise SegmentFileError("it is cut off")
        return data

    def _bytes_checked(self, first: int, last: int, offset: int, length: int) -> bytes:
        begin = _HEADER.size + first * CHUNK
        end = min(_HEADER.size + (last + 1) * CHUNK, self.header.fence)
        data = memoryview(self._read(begin, end - begin))
        if len(data) != end - begin:
            raise SegmentFileError("it is cut off")
        for number in range(first, last + 1):
            chunk = data[(number - first) * CHUNK : (number - first + 1) * CHUNK]
            if zlib.crc32(chunk) != int(self._checksums[number]):
                raise SegmentFileError(f"its bytes from {_HEADER.size + number * CHUNK} on are damaged")
            self._checked[number] = 1
        return bytes(data[offset - begin : offset - begin + length])
