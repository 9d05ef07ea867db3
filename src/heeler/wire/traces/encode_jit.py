"""Compiled (numba) writer of spans as protobuf. Importing it may compile: see `fast_encode.py`.

What it reads is the MessagePack in which ``msgspec`` writes a :class:`~heeler.wire.traces.spans.Span`: a map
of 15 fields in their order, every number in its shortest form. It is not for bytes of others.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NOT_UNDERSTOOD = -1
NO_ROOM = -2
#: Bytes of a span beside its texts and maps: tags, lengths and six numbers.
_FIXED = 128
_LOW = np.uint64(0x7F)
_SEVEN = np.uint64(7)
_MORE = np.uint64(0x80)
#: Names of the fields in MessagePack take a byte more than their characters.
_AFTER_NAMES = np.array([8, 5, 9, 5, 9, 8, 10, 6, 9, 6, 5, 8, 12, 6, 7], np.int64)
#: Protobuf's tag of each text and number, in the order of the span's fields.
_TAGS = np.array([0x0A, 0x12, 0x1A, 0x62, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48], np.uint8)


@njit(nogil=True, cache=True)
def big_endian(data: Any, at: int, size: int) -> Any:
    value = np.uint64(0)
    for i in range(at, at + size):
        value = (value << np.uint64(8)) | np.uint64(data[i])
    return value


@njit(nogil=True, cache=True)
def text_at(data: Any, at: int) -> Any:
    """Start and end of the text at ``at``; -1 and -1 if there is none."""
    first = data[at]
    if 0xA0 <= first <= 0xBF:
        return at + 1, at + 1 + np.int64(first & 0x1F)
    if 0xD9 <= first <= 0xDB:
        size = 1 << (first - 0xD9)
        begin = at + 1 + size
        return begin, begin + np.int64(big_endian(data, at + 1, size))
    return -1, -1


@njit(nogil=True, cache=True)
def whole_at(data: Any, at: int) -> Any:
    """Bits of the integer at ``at``, the position after it (-1: none), and whether it is negative."""
    first = data[at]
    if first < 0x80:
        return np.uint64(first), at + 1, False
    if first >= 0xE0:
        return np.uint64(np.int64(first) - 256), at + 1, True
    if 0xCC <= first <= 0xCF:
        size = 1 << (first - 0xCC)
        return big_endian(data, at + 1, size), at + 1 + size, False
    if 0xD0 <= first <= 0xD3:
        size = 1 << (first - 0xD0)
        bits = big_endian(data, at + 1, size)
        negative = data[at + 1] >= 0x80
        if negative and size < 8:
            bits |= ~((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))
        return bits, at + 1 + size, negative
    return np.uint64(0), -1, False


@njit(nogil=True, cache=True)
def double_at(data: Any, at: int, one: Any) -> Any:
    """Write the number at ``at`` to ``one``; the position after it, -1 if there is none."""
    if data[at] == 0xCB:
        one[0] = big_endian(data, at + 1, 8)
        return at + 9
    bits, after, negative = whole_at(data, at)
    if after >= 0:
        one.view(np.float64)[0] = np.float64(np.int64(bits)) if negative else np.float64(bits)
    return after


@njit(nogil=True, cache=True)
def map_at(data: Any, at: int) -> Any:
    """Entries of the map at ``at`` and the position of the first; -1 and -1 if there is none."""
    first = data[at]
    if 0x80 <= first <= 0x8F:
        return np.int64(first & 0x0F), at + 1
    if first in (0xDE, 0xDF):
        size = 2 << (first - 0xDE)
        return np.int64(big_endian(data, at + 1, size)), at + 1 + size
    return -1, -1


@njit(nogil=True, cache=True)
def put_varint(out: Any, to: int, value: Any) -> int:
    while value >= _MORE:
        out[to] = np.uint8((value & _LOW) | _MORE)
        value >>= _SEVEN
        to += 1
    out[to] = np.uint8(value)
    return to + 1


@njit(nogil=True, cache=True)
def varint_size(value: int) -> int:
    size = 1
    while value >= 128:
        value >>= 7
        size += 1
    return size


@njit(nogil=True, cache=True)
def put_text(out: Any, to: int, tag: int, data: Any, begin: int, end: int) -> int:
    out[to] = tag
    to = put_varint(out, to + 1, np.uint64(end - begin))
    for i in range(begin, end):
        out[to] = data[i]
        to += 1
    return to


@njit(nogil=True, cache=True)
def put_tags(data: Any, at: int, out: Any, to: int) -> Any:
    """The map of texts at ``at`` as entries of ``meta``: positions after it in both; -1 or -2 on failure."""
    count, at = map_at(data, at)
    if count < 0:
        return NOT_UNDERSTOOD, to
    for _ in range(count):
        begin, end = text_at(data, at)
        if begin < 0:
            return NOT_UNDERSTOOD, to
        first, last = text_at(data, end)
        if first < 0:
            return NOT_UNDERSTOOD, to
        size = 2 + varint_size(end - begin) + end - begin + varint_size(last - first) + last - first
        if to + size + _FIXED > len(out):
            return NO_ROOM, to
        out[to] = 0x52
        to = put_varint(out, to + 1, np.uint64(size))
        to = put_text(out, to, 0x0A, data, begin, end)
        to = put_text(out, to, 0x12, data, first, last)
        at = last
    return at, to


@njit(nogil=True, cache=True)
def put_numbers(data: Any, at: int, out: Any, to: int, one: Any) -> Any:
    """Like :func:`put_tags`, for the map of numbers and ``metrics``."""
    count, at = map_at(data, at)
    if count < 0:
        return NOT_UNDERSTOOD, to
    for _ in range(count):
        begin, end = text_at(data, at)
        if begin < 0:
            return NOT_UNDERSTOOD, to
        at = double_at(data, end, one)
        if at < 0:
            return NOT_UNDERSTOOD, to
        size = 10 + varint_size(end - begin) + end - begin
        if to + size + _FIXED > len(out):
            return NO_ROOM, to
        out[to] = 0x5A
        to = put_varint(out, to + 1, np.uint64(size))
        to = put_text(out, to, 0x0A, data, begin, end)
        out[to] = 0x11
        for i in range(8):
            out[to + 1 + i] = np.uint8(one[0] >> np.uint64(8 * i))
        to += 9
    return at, to


@njit(nogil=True, cache=True)
def put_span(data: Any, at: int, out: Any, to: int, one: Any) -> Any:
    """The span at ``at`` without its tag and length: positions after it in both, and whether it has no more
    than what is written here (structs, links, events); -1 or -2 in place of the first on failure."""
    if data[at] != 0x8F:
        return NOT_UNDERSTOOD, to, False
    at += 1
    for field in range(10):
        at += _AFTER_NAMES[field]
        if field < 4:
            begin, end = text_at(data, at)
            if begin < 0:
                return NOT_UNDERSTOOD, to, False
            if to + end - begin + _FIXED > len(out):
                return NO_ROOM, to, False
            if end > begin:
                to = put_text(out, to, _TAGS[field], data, begin, end)
            at = end
            continue
        bits, at, negative = whole_at(data, at)
        signed = np.int64(bits)
        outside = field < 7 and negative
        outside |= field >= 7 and not negative and signed < 0
        outside |= field == 9 and not -(2**31) <= signed < 2**31
        if at < 0 or outside:
            return NOT_UNDERSTOOD, to, False
        if bits != np.uint64(0):
            out[to] = _TAGS[field]
            to = put_varint(out, to + 1, bits)
    at, to = put_tags(data, at + _AFTER_NAMES[10], out, to)
    if at < 0:
        return at, to, False
    at, to = put_numbers(data, at + _AFTER_NAMES[11], out, to, one)
    if at < 0:
        return at, to, False
    at += _AFTER_NAMES[12]
    if data[at] != 0x80:
        return at, to, False
    at += 1 + _AFTER_NAMES[13]
    if data[at] != 0x90:
        return at, to, False
    at += 1 + _AFTER_NAMES[14]
    return at + 1, to, data[at] == 0x90


@njit(nogil=True, cache=True)
def put_spans(data: Any, starts: Any, out: Any, ends: Any, simple: Any) -> int:
    """Write the spans that begin at ``starts`` as fields of a chunk, one after the other; the bytes written.

    ``ends`` receives where each ends. Of a span with structs, links or events nothing is written and
    ``simple`` is false. ``NOT_UNDERSTOOD``: another encoder must be used; ``NO_ROOM``: ``out`` is too small.
    """
    one, to = np.zeros(1, np.uint64), 0
    for span in range(len(starts)):
        if to + _FIXED > len(out):
            return NO_ROOM
        begin = to + 3
        at, after, is_simple = put_span(data, starts[span], out, begin, one)
        if at < 0:
            return NO_ROOM if at == NO_ROOM else NOT_UNDERSTOOD
        simple[span] = is_simple
        if is_simple:
            size = after - begin
            out[to] = 0x1A
            body = put_varint(out, to + 1, np.uint64(size)) if size < 16384 else to + 1 + varint_size(size)
            if body > begin:
                if after + 8 > len(out):
                    return NO_ROOM
                for i in range(size - 1, -1, -1):
                    out[body + i] = out[begin + i]
                put_varint(out, to + 1, np.uint64(size))
            elif body < begin:
                for i in range(size):
                    out[body + i] = out[begin + i]
            to = body + size
        ends[span] = to
    return to
