"""Compiled (numba) parser of an agent's span payload. Importing it may compile: see `fast_path.py`.

The body is protobuf (`agent_payload.proto`). Texts are recorded by their position in it; tags and numbers of
all spans are stored contiguously in flat arrays. A span with anything that needs an object (links, events,
structs, a duplicate key) is left to the plain decoder; a malformed body is left to it entirely.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NOT_UNDERSTOOD = -1
#: Columns of the integers and of the texts of a span.
TRACE_ID, SPAN_ID, PARENT_ID, START, DURATION, ERROR = range(6)
SERVICE, NAME, RESOURCE, TYPE = range(4)
#: Counters of a body.
PAYLOADS, CHUNKS, SPANS, TAGS, NUMBERS, KEYS, KEY_BYTES = range(7)
PRIME = np.uint64(0x100000001B3)
SHIFT = np.uint64(29)


@njit(nogil=True, cache=True)
def varint(data: Any, at: int, end: int) -> Any:
    """(value, position after it); position -1 if truncated or longer than 64 bits."""
    value, shift = np.uint64(0), np.uint64(0)
    while at < end:
        byte = np.uint64(data[at])
        at += 1
        if shift == np.uint64(63) and byte > np.uint64(1):
            return np.uint64(0), -1
        value |= (byte & np.uint64(0x7F)) << shift
        if byte < np.uint64(0x80):
            return value, at
        shift += np.uint64(7)
        if shift > np.uint64(63):
            return np.uint64(0), -1
    return np.uint64(0), -1


@njit(nogil=True, cache=True)
def tag(data: Any, at: int, end: int) -> Any:
    """(key of a field, position of its value, position after the value): of a text without its length.

    The last position is -1 if the field is truncated, of unknown wire type or has the number 0.
    """
    if at < end and data[at] < 128:
        key, at = np.int64(data[at]), at + 1
    else:
        long, at = varint(data, at, end)
        if at < 0 or long >= np.uint64(1 << 32):
            return 0, 0, -1
        key = np.int64(long)
    kind = key & 7
    if key < 8:
        return 0, 0, -1
    if kind == 2:
        if at < end and data[at] < 128:
            size, at = np.int64(data[at]), at + 1
        else:
            long, at = varint(data, at, end)
            if at < 0 or long > np.uint64(end):
                return 0, 0, -1
            size = np.int64(long)
        return (key, at, at + size) if size <= end - at else (0, 0, -1)
    if kind == 0:
        begin = at
        while at < end and data[at] >= 128:
            at += 1
        last = at + 1
        if at >= end or last - begin > 10 or (last - begin == 10 and data[at] > 1):
            return 0, 0, -1
        return key, begin, last
    if kind == 1:
        return (key, at, at + 8) if at + 8 <= end else (0, 0, -1)
    if kind == 5:
        return (key, at, at + 4) if at + 4 <= end else (0, 0, -1)
    return 0, 0, -1


@njit(nogil=True, cache=True)
def is_utf8(data: Any, at: int, end: int) -> bool:
    while at < end:
        byte = data[at]
        if byte < 128:
            at += 1
            continue
        if byte < 0xC2 or byte > 0xF4:
            return False
        more = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
        if at + more >= end:
            return False
        low, high = 0x80, 0xBF
        if byte == 0xE0:
            low = 0xA0
        elif byte == 0xED:
            high = 0x9F
        elif byte == 0xF0:
            low = 0x90
        elif byte == 0xF4:
            high = 0x8F
        if data[at + 1] < low or data[at + 1] > high:
            return False
        for i in range(at + 2, at + more + 1):
            if data[i] & 0xC0 != 0x80:
                return False
        at += more + 1
    return True


@njit(nogil=True, cache=True)
def key_of(
    data: Any, begin: int, end: int, seed: Any, table: Any, offsets: Any, names: Any, count: Any
) -> Any:
    """Number of a key in the table, inserted if new; -1 if there is no room."""
    state, size = seed, end - begin
    for i in range(begin, end):
        state = (state ^ np.uint64(data[i])) * PRIME
    mask = len(table) - 1
    slot = np.int64((state ^ (state >> SHIFT)) & np.uint64(mask))
    while table[slot] >= 0:
        key = table[slot]
        first = offsets[key]
        if offsets[key + 1] - first == size:
            same = True
            for i in range(size):
                if names[first + i] != data[begin + i]:
                    same = False
                    break
            if same:
                return key
        slot = (slot + 1) & mask
    key = count[KEYS]
    if key + 1 >= len(offsets) or count[KEY_BYTES] + size > len(names):
        return -1
    first = offsets[key]
    for i in range(size):
        names[first + i] = data[begin + i]
    table[slot] = key
    offsets[key + 1] = first + size
    count[KEYS] += 1
    count[KEY_BYTES] += size
    return key


@njit(nogil=True, cache=True)
def entry(data: Any, at: int, end: int, value_key: int, out: Any) -> bool:
    """Read a map entry: start and end of its key and its value (of the field ``value_key``), 0 and 0 if
    absent.
    """
    out[:] = 0
    while at < end:
        key, begin, at = tag(data, at, end)
        if at < 0:
            return False
        if key == 10:
            out[0], out[1] = begin, at
        elif key == value_key:
            out[2], out[3] = begin, at
    return True


@njit(nogil=True, cache=True)
def read_span(
    data: Any, at: int, end: int, span: int, seed: Any, table: Any, offsets: Any, names: Any, count: Any,
    seen: Any,
    wholes: Any, texts: Any, slots: Any, number_slots: Any, slow: Any,
    tag_keys: Any, tag_bounds: Any, number_keys: Any, number_bounds: Any, out: Any,
) -> bool:  # fmt: skip
    """Read one span into index ``span``; False if the plain decoder must decode the body."""
    wholes[span, :] = np.uint64(0)
    texts[span, :, :] = 0
    slots[span, :] = -1
    number_slots[span, :] = -1
    slow[span] = False
    special = slots.shape[1]
    while at < end:
        key, begin, at = tag(data, at, end)
        if at < 0:
            return False
        field = key >> 3
        if key & 7 == 0 and 4 <= field <= 9:
            wholes[span, field - 4], _ = varint(data, begin, at)
        elif key & 7 != 2 or field > 15:
            continue
        elif field <= 3 or field == 12:
            place = TYPE if field == 12 else field - 1
            texts[span, place, 0], texts[span, place, 1] = begin, at
            if not is_utf8(data, begin, at):
                return False
        elif field == 10:
            if not entry(data, begin, at, 18, out) or not is_utf8(data, out[0], out[1]):
                return False
            name = key_of(data, out[0], out[1], seed, table, offsets, names, count)
            if name < 0 or not is_utf8(data, out[2], out[3]):
                return False
            n = count[TAGS]
            if seen[0, name] == span:
                slow[span] = True
            seen[0, name] = span
            tag_keys[n], tag_bounds[n, 0], tag_bounds[n, 1] = name, out[2], out[3]
            if name < special:
                slots[span, name] = n
            count[TAGS] += 1
        elif field == 11:
            if not entry(data, begin, at, 17, out) or not is_utf8(data, out[0], out[1]):
                return False
            name = key_of(data, out[0], out[1], seed, table, offsets, names, count)
            if name < 0:
                return False
            n = count[NUMBERS]
            if seen[1, name] == span:
                slow[span] = True
            seen[1, name] = span
            number_keys[n], number_bounds[n] = name, out[2] if out[3] else -1
            if name < special:
                number_slots[span, name] = n
            count[NUMBERS] += 1
        elif field >= 13:
            slow[span] = True
    return True


@njit(nogil=True, cache=True)
def cut(
    data: Any, seed: Any, most: int, table: Any, offsets: Any, names: Any, count: Any, seen: Any,
    payloads: Any, chunks: Any, chunk_texts: Any, spans: Any, wholes: Any, texts: Any, slots: Any,
    number_slots: Any, slow: Any, tag_keys: Any, tag_bounds: Any, tag_ends: Any,
    number_keys: Any, number_bounds: Any, number_ends: Any,
) -> Any:  # fmt: skip
    """Parse a body; the number of its spans, or ``NOT_UNDERSTOOD``.

    ``payloads`` receives start, end and the start of the field, ``chunks`` start, end, payload, priority,
    whether it has more than priority, origin and spans, and the start of the field; ``chunk_texts`` its
    origin, ``spans`` start, end and chunk.
    """
    out = np.empty(4, np.int64)
    end, at = len(data), 0
    while at < end:
        start = at
        key, begin, at = tag(data, at, end)
        if at < 0:
            return NOT_UNDERSTOOD
        if key != 42:
            continue
        payload = count[PAYLOADS]
        if payload >= most:
            return NOT_UNDERSTOOD
        payloads[payload, 0], payloads[payload, 1], payloads[payload, 2] = begin, at, start
        count[PAYLOADS] += 1
        inside = begin
        while inside < at:
            start = inside
            key, first, inside = tag(data, inside, at)
            if inside < 0:
                return NOT_UNDERSTOOD
            if key != 50:
                continue
            chunk = count[CHUNKS]
            if chunk >= most:
                return NOT_UNDERSTOOD
            chunks[chunk, 0], chunks[chunk, 1], chunks[chunk, 2] = first, inside, payload
            chunks[chunk, 3] = chunks[chunk, 4] = 0
            chunks[chunk, 5] = start
            chunk_texts[chunk, :] = 0
            count[CHUNKS] += 1
            place = first
            while place < inside:
                key, one, place = tag(data, place, inside)
                if place < 0:
                    return NOT_UNDERSTOOD
                if key == 26:
                    span = count[SPANS]
                    if span >= most:
                        return NOT_UNDERSTOOD
                    good = read_span(
                        data, one, place, span, seed, table, offsets, names, count, seen, wholes, texts,
                        slots,
                        number_slots, slow, tag_keys, tag_bounds, number_keys, number_bounds, out,
                    )  # fmt: skip
                    if not good:
                        return NOT_UNDERSTOOD
                    spans[span, 0], spans[span, 1], spans[span, 2] = one, place, chunk
                    tag_ends[span + 1], number_ends[span + 1] = count[TAGS], count[NUMBERS]
                    count[SPANS] += 1
                elif key == 8:
                    value, _ = varint(data, one, place)
                    chunks[chunk, 3] = np.int32(np.int64(value))
                elif key == 18:
                    if not is_utf8(data, one, place):
                        return NOT_UNDERSTOOD
                    chunk_texts[chunk, 0], chunk_texts[chunk, 1] = one, place
                else:
                    chunks[chunk, 4] = 1
    return count[SPANS]
