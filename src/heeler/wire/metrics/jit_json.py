"""Compiled (numba) loop of the v1 JSON decoder (see `jit.py` and `fast_path.py`).

It finds each item's ``points`` and parses them; all other bytes of the item are its identity. Bytes that lead
to a known slot were once parsed by a complete JSON parser, so the rest of an item is not validated here.
Anything unusual makes a body "not understood".
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from heeler.wire.metrics.jit import look_up, mix, settled
from heeler.wire.metrics.jit_numbers import digits, number

QUOTE, BACKSLASH, COMMA, COLON = 34, 92, 44, 58
BRACKET, END_BRACKET, BRACE, END_BRACE = 91, 93, 123, 125
_SERIES = np.frombuffer(b'"series"', np.uint8)
_POINTS = np.frombuffer(b'"points"', np.uint8)


@njit(nogil=True, cache=True)
def space(data: Any, at: int, end: int) -> int:
    """Position of the next non-whitespace byte."""
    while at < end and (data[at] == 32 or data[at] == 10 or data[at] == 13 or data[at] == 9):
        at += 1
    return at


@njit(nogil=True, cache=True)
def expect(data: Any, at: int, end: int, byte: int) -> int:
    """Position after ``byte`` and whitespace around it; -1 for anything else."""
    if at < 0:
        return -1
    at = space(data, at, end)
    return space(data, at + 1, end) if at < end and data[at] == byte else -1


@njit(nogil=True, cache=True)
def text_end(data: Any, at: int, end: int) -> int:
    """Position after the string that starts at ``at``; -1 if unterminated."""
    at += 1
    while at < end and data[at] != QUOTE:
        at += 2 if data[at] == BACKSLASH else 1
    return at + 1 if at < end else -1


@njit(nogil=True, cache=True)
def same(data: Any, begin: int, end: int, text: Any) -> bool:
    if end - begin != len(text):
        return False
    for i in range(len(text)):  # noqa: SIM110 - a generator does not compile
        if data[begin + i] != text[i]:
            return False
    return True


@njit(nogil=True, cache=True)
def points(data: Any, at: int, end: int, bits: Any, times: Any, n: int) -> Any:
    """Read ``[[whole seconds, number], ...]``: (position after it, index after the last point).

    The position is -1 for anything else.
    """
    at = expect(data, at, end, BRACKET)
    if at < 0:
        return -1, n
    if at < end and data[at] == END_BRACKET:
        return at + 1, n
    while True:
        at = expect(data, at, end, BRACKET)
        if at < 0:
            return -1, n
        time, stop = digits(data, at, end, np.uint64(0))
        if stop == at or stop - at > 18 or (stop - at > 1 and data[at] == 48):
            return -1, n
        times[n] = np.int64(time)
        at = expect(data, stop, end, COMMA)
        if at >= 0:
            at = number(data, at, end, bits, n)
        at = expect(data, at, end, END_BRACKET)
        if at < 0 or at >= end:
            return -1, n
        n += 1
        if data[at] == END_BRACKET:
            return at + 1, n
        at = expect(data, at, end, COMMA)


@njit(nogil=True, cache=True)
def item(
    data: Any, at: int, end: int, seed: Any, hashes: Any, row: int, bits: Any, times: Any, n: int
) -> Any:
    """Read the item that starts at ``at``: its two hashes into ``row``, its points from index ``n`` on.

    Returns (position after it, index after its last point); position -1 when it is not understood.
    """
    begin, depth, first, last = at, 0, -1, -1
    while at < end:
        byte = data[at]
        if byte == QUOTE:
            stop = text_end(data, at, end)
            if stop < 0:
                return -1, n
            colon = space(data, stop, end)
            if depth == 1 and colon < end and data[colon] == COLON and same(data, at, stop, _POINTS):
                if first >= 0:
                    return -1, n
                first = space(data, colon + 1, end)
                last, n = points(data, first, end, bits, times, n)
                if last < 0:
                    return -1, n
                stop = last
            at = stop
            continue
        at += 1
        if byte in (BRACE, BRACKET):
            depth += 1
        elif byte in (END_BRACE, END_BRACKET):
            depth -= 1
            if depth == 0:
                break
    if depth != 0 or first < 0:
        return -1, n
    one, two = mix(seed[0], data, begin, first, seed[2]), mix(seed[1], data, begin, first, seed[3])
    hashes[row, 0], hashes[row, 1] = mix(one, data, last, at, seed[2]), mix(two, data, last, at, seed[3])
    return at, n


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
    """Split ``{"series": [item, ...]}``; arguments and result as in :func:`.jit.cut_series`."""
    end = len(data)
    at = expect(data, 0, end, BRACE)
    if at < 0 or at + 8 > end or not same(data, at, at + 8, _SERIES):
        return -1, -1
    at = expect(data, expect(data, at + 8, end, COLON), end, BRACKET)
    row, n, more = 0, 0, at >= 0 and at < end and data[at] != END_BRACKET
    while more:
        if at >= end or data[at] != BRACE:
            return -1, -1
        stop, n = item(data, at, end, seed, hashes, row, bits, times, n)
        if stop < 0:
            return -1, -1
        bounds[row, 0], bounds[row, 1], ends[row] = at, stop, n
        found[row] = look_up(keys, slots, hashes[row, 0], hashes[row, 1])
        row += 1
        at = space(data, stop, end)
        more = at < end and data[at] == COMMA
        if more:
            at = space(data, at + 1, end)
    at = expect(data, expect(data, at, end, END_BRACKET), end, END_BRACE)
    return (row, n) if at == end else (-1, -1)


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
    """Split many bodies; arguments and result as in :func:`heeler.wire.metrics.jit.cut_known`."""
    begin, n = 0, 0
    for body in range(len(stops)):
        rows, points = cut_series(
            data[begin : stops[body]], seed, keys, slots, bounds, hashes, found, ends, bits[n:], times[n:]
        )
        clean[body] = rows >= 0 and settled(rows, found, ends, due, window, bits, times, owners, n)
        n += points if clean[body] else 0
        begin = stops[body]
    return n
