"""Compiled (numba) loops of the v2 protobuf decoder. Importing it may compile: see `fast_path.py`.

A series without its points has the same bytes from one flush to the next: two keyed 64-bit hashes of those
bytes lead directly to its slot. Anything unusual makes a body "not understood", and the plain decoder reads
it.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

U8 = np.uint64(8)
LOW7 = np.uint64(0x7F)


@njit(nogil=True, cache=True)
def varint(data: Any, at: int, end: int) -> Any:
    """(value, position after it); position -1 if truncated or too long."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while at < end and shift < np.uint64(64):
        byte = np.uint64(data[at])
        at += 1
        value |= (byte & LOW7) << shift
        if byte <= LOW7:
            return np.int64(value), at
        shift += np.uint64(7)
    return np.int64(0), -1


@njit(nogil=True, cache=True)
def word_at(data: Any, at: int) -> Any:
    """Eight bytes as an integer, little endian."""
    word = np.uint64(0)
    for i in range(8):
        word |= np.uint64(data[at + i]) << np.uint64(8 * i)
    return word


@njit(nogil=True, cache=True)
def mix(state: Any, data: Any, begin: int, end: int, prime: Any) -> Any:
    """Hash ``state`` updated with the bytes from ``begin`` to ``end`` and their number."""
    at = begin
    while at + 8 <= end:
        state = (state ^ word_at(data, at)) * prime
        state ^= state >> np.uint64(29)
        at += 8
    word = np.uint64(end - begin)
    while at < end:
        word = (word << U8) | np.uint64(data[at])
        at += 1
    state = (state ^ word) * prime
    return state ^ (state >> np.uint64(32))


@njit(nogil=True, cache=True)
def skip(data: Any, at: int, end: int, wire_type: int) -> int:
    """Position after a field's value; -1 if truncated or of unknown wire type."""
    if wire_type == 0:
        _, at = varint(data, at, end)
        return at
    if wire_type == 1:
        at += 8
    elif wire_type == 5:
        at += 4
    elif wire_type == 2:
        size, at = varint(data, at, end)
        if at < 0 or size < 0 or size > end - at:
            return -1
        at += size
    else:
        return -1
    return at if at <= end else -1


@njit(nogil=True, cache=True)
def point(data: Any, at: int, end: int, bits: Any, times: Any, n: int) -> bool:
    """Read ``Point{value 1 double, timestamp 2 int64}`` into index ``n``; False for anything else."""
    bits[n] = 0
    times[n] = 0
    while at < end:
        key = data[at]
        at += 1
        if key == 9 and at + 8 <= end:
            bits[n] = word_at(data, at)
            at += 8
        elif key == 16:
            times[n], at = varint(data, at, end)
            if at < 0:
                return False
        else:
            return False
    return True


@njit(nogil=True, cache=True)
def series(
    data: Any, at: int, end: int, seed: Any, hashes: Any, row: int, bits: Any, times: Any, n: int
) -> int:
    """Read one series: its two hashes into ``row``, its points from index ``n`` on.

    Returns the index after its last point, or -1 when it is not understood.
    """
    one, two = seed[0], seed[1]
    field_start = at
    while at < end:
        field = at
        key, at = varint(data, at, end)
        if at < 0 or key >> 3 == 0:
            return -1
        if key != 34:  # all fields but points are the identity
            at = skip(data, at, end, key & 7)
            if at < 0:
                return -1
            continue
        if field_start < field:
            one, two = (
                mix(one, data, field_start, field, seed[2]),
                mix(two, data, field_start, field, seed[3]),
            )
        size, at = varint(data, at, end)
        if at < 0 or size < 0 or size > end - at or not point(data, at, at + size, bits, times, n):
            return -1
        at += size
        n += 1
        field_start = at
    if field_start < end:
        one, two = mix(one, data, field_start, end, seed[2]), mix(two, data, field_start, end, seed[3])
    hashes[row, 0], hashes[row, 1] = one, two
    return n


@njit(nogil=True, cache=True)
def look_up(keys: Any, slots: Any, one: Any, two: Any) -> int:
    """Slot of the series with these hashes, or -1."""
    mask = np.uint64(len(slots) - 1)
    place = one & mask
    while slots[place] >= 0:
        if keys[place, 0] == one and keys[place, 1] == two:
            return int(slots[place])
        place = (place + np.uint64(1)) & mask
    return -1


@njit(nogil=True, cache=True)
def insert(keys: Any, slots: Any, hashes: Any, new: Any) -> int:
    """Map ``hashes`` to the slots ``new``; there must be room. Returns the number of new entries."""
    mask = np.uint64(len(slots) - 1)
    added = 0
    for row in range(len(new)):
        one, two = hashes[row, 0], hashes[row, 1]
        place = one & mask
        while slots[place] >= 0 and (keys[place, 0] != one or keys[place, 1] != two):
            place = (place + np.uint64(1)) & mask
        added += 1 if slots[place] < 0 else 0
        keys[place, 0], keys[place, 1] = one, two
        slots[place] = new[row]
    return added


@njit(nogil=True, cache=True)
def cut_series(
    data: Any,
    seed: Any,
    keys: Any,
    slots: Any,
    bounds: Any,
    hashes: Any,
    found: Any,
    ends: Any,
    bits: Any,
    times: Any,
) -> Any:
    """Split a ``MetricPayload``. ``keys`` and ``slots`` are the hash table; the rest is output, a row a
    series.

    Returns (number of series, number of points); (-1, -1) when it is not understood.
    """
    at, end, row, n = 0, len(data), 0, 0
    while at < end:
        key, at = varint(data, at, end)
        if at < 0 or key != 10:
            return -1, -1
        size, at = varint(data, at, end)
        if at < 0 or size < 0 or size > end - at:
            return -1, -1
        n = series(data, at, at + size, seed, hashes, row, bits, times, n)
        if n < 0:
            return -1, -1
        bounds[row, 0], bounds[row, 1], ends[row] = at, at + size, n
        found[row] = look_up(keys, slots, hashes[row, 0], hashes[row, 1])
        at += size
        row += 1
    return row, n


_INFINITE = np.uint64(0x7FF << 52)


@njit(nogil=True, cache=True)
def settled(
    rows: int, found: Any, ends: Any, due: Any, window: Any, bits: Any, times: Any, owners: Any, n: int
) -> bool:
    """Whether a split body needs no further checks. Writes its points' slots into ``owners``, from index
    ``n`` on.

    True if every series is known and not due, and every point finite and within ``window`` (now, oldest,
    newest).
    """
    at = n
    for row in range(rows):
        slot = found[row]
        if slot < 0 or window[0] >= due[slot]:
            return False
        while at < n + ends[row]:
            infinite = bits[at] & _INFINITE == _INFINITE
            if infinite or times[at] < window[1] or times[at] > window[2]:
                return False
            owners[at] = slot
            at += 1
    return True


@njit(nogil=True, cache=True)
def cut_known(
    data: Any,
    stops: Any,
    clean: Any,
    seed: Any,
    keys: Any,
    slots: Any,
    due: Any,
    window: Any,
    bounds: Any,
    hashes: Any,
    found: Any,
    ends: Any,
    bits: Any,
    times: Any,
    owners: Any,
) -> int:
    """Split many bodies, concatenated in ``data``, and retain the points of those that are settled.

    Body *i* ends at ``stops[i]``; ``clean[i]`` tells whether its points are accepted. Returns the number of
    points.
    """
    begin, n = 0, 0
    for body in range(len(stops)):
        rows, points = cut_series(
            data[begin : stops[body]], seed, keys, slots, bounds, hashes, found, ends, bits[n:], times[n:]
        )
        clean[body] = rows >= 0 and settled(rows, found, ends, due, window, bits, times, owners, n)
        n += points if clean[body] else 0
        begin = stops[body]
    return n
