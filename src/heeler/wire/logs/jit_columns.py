"""Compiled (numba) loops that write the values of a parsed body contiguously, as columns. Importing it may
compile: see `fast_path.py`."""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from heeler.wire.logs.jit import PRIME, SHIFT
from heeler.wire.logs.jit_json import ESCAPED, INSIDE, QUOTE, UNESCAPED, VERBATIM, unescape


@njit(nogil=True, cache=True)
def put(data: Any, begin: int, end: int, kind: int, out: Any, to: int) -> Any:
    """Write a value in storage form; returns the position after it."""
    if kind == VERBATIM:
        for i in range(begin, end):
            out[to + i - begin] = data[i]
        return to + end - begin
    if kind == INSIDE:
        for i in range(begin + 1, end - 1):
            out[to + i - begin - 1] = data[i]
        return to + end - begin - 2
    return unescape(data, begin + 1, end - 1, out, to)


@njit(nogil=True, cache=True)
def texts(data: Any, values: Any, begins: Any, ends: Any, kinds: Any, offsets: Any, out: Any) -> int:
    """Values with these numbers, in storage form, contiguously; -1 is an empty one."""
    to = 0
    for row in range(len(values)):
        value = values[row]
        if value >= 0:
            to = put(data, begins[value], ends[value], kinds[value] & 15, out, to)
        offsets[row + 1] = to
    return to


@njit(nogil=True, cache=True)
def insides(data: Any, values: Any, begins: Any, ends: Any, kinds: Any, offsets: Any, out: Any) -> int:
    """Like :func:`texts`, for strings: their unescaped content."""
    to = 0
    for row in range(len(values)):
        value = values[row]
        if value >= 0:
            kind = UNESCAPED if kinds[value] & ESCAPED else INSIDE
            to = put(data, begins[value], ends[value], kind, out, to)
        offsets[row + 1] = to
    return to


@njit(nogil=True, cache=True)
def maps(
    data: Any, rows: Any, bounds: Any, keys: Any, promoted: Any, begins: Any, ends: Any, kinds: Any,
    id_keys: Any, highs: Any, lows: Any, forms: Any, row_offsets: Any, out_keys: Any, offsets: Any, out: Any,
) -> Any:  # fmt: skip
    """Attributes of ``rows`` without those in columns: (their number, the bytes of their values).

    Those under ``id_keys`` (a trace's, a span's) that are the row's id are left out: ``forms`` has their form
    (:mod:`heeler.wire.logs.id_forms`). The row's ids are in ``highs`` and ``lows``, for each of these keys.
    """
    to, n = 0, 0
    for place in range(len(rows)):
        row = rows[place]
        first = bounds[row - 1, 2] if row else 0
        for value in range(first, bounds[row, 2]):
            key = keys[value]
            if key < 0:
                continue
            begin, end, kind = begins[value], ends[value], kinds[value] & 15
            if promoted[key] and not (end == begin + 2 and kind == INSIDE):
                continue
            form = 0
            for one in range(len(id_keys)):
                if key == id_keys[one]:
                    form = id_form(data, begin, end, highs[one, place], lows[one, place], one == 0)
                    if form:
                        forms[place, one] = form
            if form:
                continue
            out_keys[n] = key
            to = put(data, begin, end, kind, out, to)
            n += 1
            offsets[n] = to
        row_offsets[place + 1] = n
    return n, to


@njit(nogil=True, cache=True)
def id_form(data: Any, begin: int, end: int, high: Any, low: Any, of_trace: bool) -> int:
    """Letter of the form of an id, 0 for none."""
    if low == 0:
        return 0
    if data[begin] != QUOTE:
        return 110 if is_decimal(data, begin, end, low) else 0
    if is_decimal(data, begin + 1, end - 1, low):
        return 100
    if of_trace and end - begin == 34 and is_hex(data, begin + 1, high) and is_hex(data, begin + 17, low):
        return 104
    return 0


@njit(nogil=True, cache=True)
def is_decimal(data: Any, begin: int, end: int, number: Any) -> bool:
    """Whether the bytes are the number as a decimal one, without zeros before it."""
    rest, at = np.uint64(number), end - 1
    while at >= begin and rest > 0:
        tenth = rest // np.uint64(10)
        if np.uint64(data[at]) != np.uint64(48) + (rest - tenth * np.uint64(10)):
            return False
        rest = tenth
        at -= 1
    return rest == 0 and at == begin - 1


@njit(nogil=True, cache=True)
def is_hex(data: Any, begin: int, number: Any) -> bool:
    """Whether the 16 bytes at ``begin`` are the number in hexadecimal digits, in lower case."""
    rest = np.uint64(number)
    for place in range(16):
        digit = np.int64((rest >> np.uint64(60 - 4 * place)) & np.uint64(15))
        if data[begin + place] != (48 + digit if digit < 10 else 87 + digit):
            return False
    return True


@njit(nogil=True, cache=True)
def pick_text(data: Any, candidates: Any, begins: Any, ends: Any, out: Any) -> None:
    """For each row the first candidate that is a non-empty string, or a number."""
    for row in range(len(candidates)):
        out[row] = -1
        for place in range(candidates.shape[1]):
            value = candidates[row, place]
            if value < 0:
                continue
            byte = data[begins[value]]
            if byte == 45 or 48 <= byte <= 57 or (byte == QUOTE and ends[value] - begins[value] > 2):
                out[row] = value
                break


@njit(nogil=True, cache=True)
def distinct(
    data: Any, values: Any, begins: Any, ends: Any, seed: Any, table: Any, codes: Any, first: Any
) -> int:
    """Number the distinct JSON texts of ``values`` (-1: none): ``codes`` of each, ``first`` the first value
    of a code; returns their number. ``table`` has twice as many slots as there are values, all -1.
    """
    mask, n = len(table) - 1, 0
    before = -1
    for row in range(len(values)):
        value = values[row]
        codes[row] = -1
        if value < 0:
            continue
        begin, size = begins[value], ends[value] - begins[value]
        if before >= 0 and equal(data, begin, size, begins[first[before]], ends[first[before]]):
            codes[row] = before
            continue
        state = seed
        for i in range(begin, begin + size):
            state = (state ^ np.uint64(data[i])) * PRIME
        slot = np.int64((state ^ (state >> SHIFT)) & np.uint64(mask))
        while table[slot] >= 0:
            one = first[table[slot]]
            if equal(data, begin, size, begins[one], ends[one]):
                break
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = n
            first[n] = value
            n += 1
        before = codes[row] = table[slot]
    return n


@njit(nogil=True, cache=True)
def equal(data: Any, begin: int, size: int, other: int, end: int) -> bool:
    if end - other != size:
        return False
    for i in range(size):  # noqa: SIM110 - a generator does not compile
        if data[begin + i] != data[other + i]:
            return False
    return True


@njit(nogil=True, cache=True)
def find_word(text: Any, offsets: Any, word: Any, found: Any) -> int:
    """Rows whose text contains ``word``, into ``found``; returns their number."""
    n, size = 0, len(word)
    for row in range(len(offsets) - 1):
        for at in range(offsets[row], offsets[row + 1] - size + 1):
            if text[at] == word[0] and text[at + 1] == word[1]:
                same = True
                for i in range(2, size):
                    if text[at + i] != word[i]:
                        same = False
                        break
                if same:
                    found[n] = row
                    n += 1
                    break
    return n
