"""Protobuf reader: field by field, without generated code or repeated copies."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from heeler.wire.body_limits import bounded
from heeler.wire.metrics.series import PayloadError

Value = int | bytes
_DOUBLE = struct.Struct("<d")


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at ``at`` and the position after it. Raises :class:`PayloadError` if truncated."""
    result = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise PayloadError(f"Truncated or broken protobuf at byte {at}")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, at
        shift += 7


def fields(data: bytes) -> Iterator[tuple[int, int, Value]]:
    """``(field number, wire type, value)`` of each field: int for types 0, 1 and 5 (raw bits), bytes for
    2."""
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        # Fast path for the most frequent fields: number below 16, fewer than 128 bytes, not truncated.
        if key < 0x80 and key & 7 == 2 and key > 7 and at + 1 < end and data[at + 1] < 0x80:
            begin, at = at + 2, at + 2 + data[at + 1]
            if at > end:
                raise PayloadError(f"Truncated or broken protobuf at byte {begin}")
            yield key >> 3, 2, data[begin:at]
            continue
        key, at = varint(data, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            if at < end and data[at] < 0x80:
                value, at = data[at], at + 1
            else:
                value, at = varint(data, at)
            yield number, 0, value
            continue
        size = 8 if wire_type == 1 else 4 if wire_type == 5 else -1
        if wire_type == 2:
            size, at = varint(data, at)
        if size < 0 or at + size > len(data) or number == 0:
            raise PayloadError(f"Truncated or broken protobuf at byte {at}")
        chunk = data[at : at + size]
        at += size
        yield number, wire_type, chunk if wire_type == 2 else int.from_bytes(chunk, "little")


def text(value: Value) -> str:
    """A string field; invalid UTF-8 is replaced, as Datadog's intake does."""
    if isinstance(value, int):
        raise PayloadError("A protobuf string field has a number in it")
    return value.decode("utf-8", "replace")


def message(value: Value) -> bytes:
    if isinstance(value, int):
        raise PayloadError("A protobuf message field has a number in it")
    return value


def double(value: Value) -> float:
    """A double from the raw bits of a fixed64 field."""
    bits = signed(value) & 0xFFFFFFFFFFFFFFFF
    result: float = _DOUBLE.unpack(bits.to_bytes(8, "little"))[0]
    return result


def signed(value: Value) -> int:
    """An int64 field: two's complement of the varint."""
    if not isinstance(value, int):
        raise PayloadError("A protobuf number field has bytes in it")
    return value - 2**64 if value >= 2**63 else value


def packed(wire_type: int, value: Value) -> list[int]:
    """A repeated varint field, packed or not."""
    if wire_type == 0:
        return [signed(value)]
    data, out, at = message(value), [], 0
    while at < len(data):
        one, at = varint(data, at)
        out.append(one)
    return out


def count_messages(data: bytes, path: tuple[int, ...], most: int, what: str) -> int:
    """Number of messages at the end of ``path``, field numbers from the outermost message on.

    Only lengths are read. Raises ``LimitExceeded`` as soon as a level has more than ``most``, or ten times as
    many fields of any kind, and :class:`PayloadError` if a message on the path is malformed.
    """
    level = [data]
    for number in path:
        every = bounded((one for part in level for one in fields(part)), 10 * most, f"fields beside {what}")
        found = (value for key, _, value in every if key == number)
        level = [message(value) for value in bounded(found, most, what)]
    return len(level)


def zigzag(value: int) -> int:
    """Decode a sint32/sint64 value from its varint."""
    return (value >> 1) ^ -(value & 1)


def put_varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def put_bytes(number: int, data: bytes) -> bytes:
    return put_varint(number << 3 | 2) + put_varint(len(data)) + data


def put_int(number: int, value: int) -> bytes:
    return put_varint(number << 3) + put_varint(value)


def put_double(number: int, value: float) -> bytes:
    return put_varint(number << 3 | 1) + _DOUBLE.pack(value)
