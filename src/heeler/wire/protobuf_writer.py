"""Protobuf writer: the subset of the wire format that the agent's payloads need, field by field."""

from __future__ import annotations

import struct
from collections.abc import Iterable

_DOUBLE = struct.Struct("<d")


def varint(value: int) -> bytes:
    """Base-128 varint; negative numbers as 64-bit two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> int:
    """Signed to unsigned as sint32 and sint64 write it."""
    return (value << 1) ^ (value >> 63)


def integer(number: int, value: int) -> bytes:
    """An int, enum or bool field; nothing for 0, the default."""
    return varint(number << 3) + varint(value) if value else b""


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + _DOUBLE.pack(value) if value else b""


def blob(number: int, value: bytes) -> bytes:
    """A bytes, string or message field, written even when empty."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def text(number: int, value: str) -> bytes:
    """A string field; nothing for the empty string."""
    return blob(number, value.encode(errors="replace")) if value else b""


def packed(number: int, values: Iterable[int]) -> bytes:
    """A packed repeated varint field; nothing when there are none."""
    body = b"".join(map(varint, values))
    return blob(number, body) if body else b""
