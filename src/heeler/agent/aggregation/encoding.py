"""Preencoded single-point series: only value and timestamp change between flushes, all other bytes are
reused."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from heeler.wire.metrics.encode_series import MAX_BYTES, MAX_POINTS, Series, encode_series
from heeler.wire.protobuf_writer import integer, varint

_MARK = struct.Struct("<d").pack(1.2345678901234567e200)
_POINT_HEAD = b"\x09"
_SERIES_KEY = b"\x0a"
_STAMP = 1_700_000_000
_STAMP_BYTES = 5
"""A timestamp's varint is always written in five bytes, so that lengths are constant."""


_AFTER: dict[bytes, bytes] = {}
_MAX_AFTER = 1000


class Template:
    """Encoded bytes of a series before and after the value of its point, with protobuf length prefixes."""

    __slots__ = ("after", "before")

    def __init__(
        self, metric: str, tags: tuple[str, ...], host: str, kind: str, interval: int, unit: str
    ) -> None:
        value: float = struct.unpack("<d", _MARK)[0]
        one = Series(metric, ((_STAMP, value),), tags, host, kind, interval, "System", unit)
        body = encode_series(one)
        framed = _SERIES_KEY + varint(len(body)) + body
        at = framed.rindex(_POINT_HEAD + _MARK + integer(2, _STAMP)) + len(_POINT_HEAD)
        self.before = framed[:at]
        after = framed[at + len(_MARK) + len(integer(2, _STAMP)) :]
        # Equal for all series of a kind and unit, so that there is one of each.
        self.after = _AFTER.setdefault(after, after) if len(_AFTER) < _MAX_AFTER else after


def encode(templates: Sequence[Template], values: Sequence[float], timestamp: int) -> Iterator[bytes]:
    """MetricPayloads with one timestamp (epoch seconds), each within the size limits of the intake."""
    packed = struct.pack(f"<{len(values)}d", *values)
    stamp = integer(2, 1)[:1] + _five_bytes(timestamp)
    parts: list[bytes] = []
    size = 0
    for index, template in enumerate(templates):
        length = len(template.before) + 8 + len(stamp) + len(template.after)
        if size and (size + length > MAX_BYTES or len(parts) >= 4 * MAX_POINTS):
            yield b"".join(parts)
            parts, size = [], 0
        parts += (template.before, packed[8 * index : 8 * index + 8], stamp, template.after)
        size += length
    if parts:
        yield b"".join(parts)


def _five_bytes(value: int) -> bytes:
    low = (value >> 7 * place & 0x7F | 0x80 for place in range(_STAMP_BYTES - 1))
    return bytes((*low, value >> 7 * (_STAMP_BYTES - 1) & 0x7F))
