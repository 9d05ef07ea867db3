"""Compiled (numba) loops that make columns of parsed spans. Importing it may compile: see `fast_path.py`."""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def gather(data: Any, rows: Any, bounds: Any, offsets: Any, out: Any) -> int:
    """Texts ``bounds[row]`` of ``rows``, contiguously; a row of -1 is an empty one."""
    to = 0
    for place in range(len(rows)):
        row = rows[place]
        if row >= 0:
            for i in range(bounds[row, 0], bounds[row, 1]):
                out[to] = data[i]
                to += 1
        offsets[place + 1] = to
    return to


@njit(nogil=True, cache=True)
def doubles(data: Any, bounds: Any, bits: Any) -> None:
    """Bits of the doubles at ``bounds``; 0 for -1."""
    for n in range(len(bounds)):
        word = np.uint64(0)
        if bounds[n] >= 0:
            for i in range(8):
                word |= np.uint64(data[bounds[n] + i]) << np.uint64(8 * i)
        bits[n] = word


@njit(nogil=True, cache=True)
def statuses(data: Any, slots: Any, number_slots: Any, key: int, bounds: Any, numbers: Any, out: Any) -> None:
    """HTTP status of each span: three digits of its tag, else its number from 100 to 999, else 0."""
    for span in range(len(slots)):
        out[span] = 0
        place = slots[span, key]
        if place >= 0 and bounds[place, 1] - bounds[place, 0] == 3:
            value: Any = 0
            for i in range(bounds[place, 0], bounds[place, 1]):
                value = value * 10 + np.int64(data[i]) - 48 if 48 <= data[i] <= 57 else -10_000
            if value >= 0:
                out[span] = value
                continue
        place = number_slots[span, key]
        if place >= 0 and 100 <= numbers[place] <= 999:
            out[span] = np.int64(numbers[place])


@njit(nogil=True, cache=True)
def high_halves(data: Any, spans: Any, slots: Any, key: int, bounds: Any, chunks: Any, known: Any) -> None:
    """For each chunk the upper half of its trace id: 16 lower-case hex digits in the first span that has
    them.
    """
    for span in range(len(spans)):
        chunk, place = spans[span, 2], slots[span, key]
        if known[chunk] or place < 0 or bounds[place, 1] - bounds[place, 0] != 16:
            continue
        value, good = np.uint64(0), True
        for i in range(bounds[place, 0], bounds[place, 1]):
            byte = data[i]
            if 48 <= byte <= 57:
                digit = byte - 48
            elif 97 <= byte <= 102:
                digit = byte - 87
            else:
                good = False
                break
            value = (value << np.uint64(4)) | np.uint64(digit)
        if good:
            chunks[chunk], known[chunk] = value, True


@njit(nogil=True, cache=True)
def are_digits(data: Any, begin: int, end: int) -> bool:
    for i in range(begin, end):  # noqa: SIM110 - a generator does not compile
        if data[i] < 48 or data[i] > 57:
            return False
    return True


@njit(nogil=True, cache=True)
def tags(
    data: Any, rows: Any, ends: Any, keys: Any, bounds: Any, elsewhere: Any, columns: Any, status: int,
    statuses: Any,
    row_offsets: Any, out_keys: Any, offsets: Any, out: Any,
) -> Any:  # fmt: skip
    """Tags of ``rows`` without a dedicated column: (their number, the bytes of their values).

    ``elsewhere`` marks keys that are omitted, ``columns`` those that are omitted if they have a value,
    ``status`` is the key of the HTTP status, which is omitted if equal to its column ``statuses``.
    """
    n, to = 0, 0
    for place in range(len(rows)):
        row = rows[place]
        for one in range(ends[row], ends[row + 1]):
            key, begin, end = keys[one], bounds[one, 0], bounds[one, 1]
            if elsewhere[key] or (columns[key] and end > begin):
                continue
            if key == status and end > begin and are_digits(data, begin, end):
                zero = end - begin == 1 and data[begin] == 48 and statuses[row] == 0
                if zero or (end - begin == 3 and data[begin] != 48):
                    continue
            out_keys[n] = key
            for i in range(begin, end):
                out[to] = data[i]
                to += 1
            n += 1
            offsets[n] = to
        row_offsets[place + 1] = n
    return n, to


@njit(nogil=True, cache=True)
def numbers(
    rows: Any, ends: Any, keys: Any, values: Any, slots: Any, status: int, one_is_left_out: Any,
    row_offsets: Any, out_keys: Any, out: Any,
) -> int:  # fmt: skip
    """Numbers of ``rows`` without a dedicated column; returns their number."""
    n = 0
    for place in range(len(rows)):
        row = rows[place]
        for one in range(ends[row], ends[row + 1]):
            key, value = keys[one], values[one]
            if value == 1.0 and one_is_left_out[key]:
                continue
            in_column = value == 0.0 or (100 <= value <= 999 and value == np.floor(value))
            if key == status and slots[row, status] < 0 and in_column:
                continue
            out_keys[n], out[n] = key, value
            n += 1
        row_offsets[place + 1] = n
    return n
