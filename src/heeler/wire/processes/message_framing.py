"""Message framing of process agents, and the response that they expect.

A version byte first. Version 3 (sixteen bytes, little endian): version u8, encoding u8, type u8,
subscription u8, organization i32, time i64; version 2 lacks the time; version 1 is version, encoding, type
and subscription. Then the message. Source: the public agent-payload (`message.go`, `agent.proto`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import zstandard

from heeler.wire import protobuf as pb
from heeler.wire.compression import inflate
from heeler.wire.metrics.series import PayloadError

_HEADER = struct.Struct("<BBBBiq")
_SIZES = {1: 4, 2: 8, 3: _HEADER.size}
_PROTOBUF = 0
_ZSTD = (4, 5)
RES_COLLECTOR = 23
PROCESSES = 12
REAL_TIME = 27
CONTAINERS = 39
CONTAINERS_REAL_TIME = 40


@dataclass(frozen=True, slots=True)
class Frame:
    """``type``: the number of the message's kind. ``time``: UNIX seconds, 0 where the header has none."""

    type: int
    time: int
    message: bytes


def read_frame(data: bytes, limit: int) -> Frame:
    """The message in ``data``, inflated to at most ``limit`` bytes. Raises ``PayloadError``, ``TooLarge``."""
    size = _SIZES.get(data[0]) if data else None
    if size is None or len(data) < size:
        raise PayloadError("The body is no message of a process agent: it has no header of version 1, 2 or 3")
    encoding, kind = data[1], data[2]
    time = _HEADER.unpack_from(data)[5] if size == _HEADER.size else 0
    if encoding == _PROTOBUF:
        return Frame(kind, time, data[size:])
    if encoding not in _ZSTD:
        raise PayloadError(f"The message's encoding is {encoding}: expected 0 (protobuf), 4 or 5 (with zstd)")
    return Frame(kind, time, inflate(data[size:], "zstd", limit))


def write_frame(kind: int, message: bytes, now: int) -> bytes:
    """``message`` in a frame of version 3, compressed with zstd. ``now``: UNIX seconds."""
    return _HEADER.pack(3, _ZSTD[0], kind, 0, 0, now) + zstandard.ZstdCompressor(level=3).compress(message)


def res_collector(now: int, *, active_clients: int = 0, interval: int = 2) -> bytes:
    """A framed ``ResCollector{header 1 {type 4}, message 2, status 3 {activeClients 1, interval 2}}``.

    An empty message means success; an active client would turn on real-time mode.
    """
    status = pb.put_int(1, active_clients) + pb.put_int(2, interval)
    body = pb.put_bytes(1, pb.put_int(4, RES_COLLECTOR)) + pb.put_bytes(2, b"") + pb.put_bytes(3, status)
    return _HEADER.pack(3, _PROTOBUF, RES_COLLECTOR, 0, 0, now) + body
