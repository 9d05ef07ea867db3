"""Protobuf writer: the subset of the wire format that the agent's payloads need, field by field."""

from __future__ import annotations

import struct
from collections.abc import Iterable

_DOUBLE = struct.Struct("<d")


def varint(value: int) -> bytes:
    """Encode a base-128 varint; negative numbers as 64-bit two's complement."""
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
    """Encode signed to unsigned, for sint32 and sint64."""
    return (value << 1) ^ (value >> 63)


def integer(number: int, value: int) -> bytes:
    """Encode an int, enum or bool field; nothing for 0, the default."""
    return varint(number << 3) + varint(value) if value else b""


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + _DOUBLE.pack(value) if value else b""


def blob(number: int, value: bytes) -> bytes:
    """Encode a bytes, string or message field, even when empty."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def text(number: int, value: str) -> bytes:
    """Encode a string field; nothing for the empty string."""
    return blob(number, value.encode(errors="replace")) if value else b""


def packed(number: int, values: Iterable[int]) -> bytes:
    """Encode a packed repeated varint field; nothing when empty."""
    body = b"".join(map(varint, values))
    return blob(number, body) if body else b""
