"""Compiled (numba) loops for times and ids in JSON values. Importing it may compile: see `fast_path.py`."""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

#: Result codes: not a value, or left to the plain decoder.
NONE, UNSURE = 0, -1
SECOND = 1_000_000_000
_LATEST_SECONDS = 4_102_444_800
_LATEST = 2**63 - 1
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@njit(nogil=True, cache=True)
def of_whole(number: int) -> int:
    """Nanoseconds of a number of seconds, milliseconds, microseconds or nanoseconds, like
    :func:`heeler.wire.logs.reserved.time_ns`.
    """
    if number <= 0:
        return NONE
    unit = SECOND
    while unit > 1 and number > _LATEST_SECONDS * (SECOND // unit):
        unit //= 1000
    return number * unit if number <= _LATEST // unit else NONE


@njit(nogil=True, cache=True)
def whole(data: Any, begin: int, end: int) -> Any:
    """Parse a number of up to 18 digits; -1 for anything else."""
    if end <= begin or end - begin > 18:
        return -1
    value: Any = 0
    for i in range(begin, end):
        if data[i] < 48 or data[i] > 57:
            return -1
        value = value * 10 + np.int64(data[i]) - 48
    return value


@njit(nogil=True, cache=True)
def days_since_1970(year: int, month: int, day: int) -> int:
    """Days of a date of the Gregorian calendar, with years shifted to start in March."""
    year -= month <= 2
    era = year // 400
    within = year - era * 400
    shifted = month - 3 if month > 2 else month + 9
    of_year = (153 * shifted + 2) // 5 + day - 1
    return era * 146_097 + within * 365 + within // 4 - within // 100 + of_year - 719_468


@njit(nogil=True, cache=True)
def of_iso(data: Any, begin: int, end: int) -> Any:
    """Nanoseconds of ``2026-11-30T02:48:49[.123456789][Z|+01:00]``; ``UNSURE`` for anything else."""
    if end - begin < 19 or data[begin + 4] != 45 or data[begin + 7] != 45:
        return UNSURE
    if data[begin + 10] not in (84, 32) or data[begin + 13] != 58 or data[begin + 16] != 58:
        return UNSURE
    year, month, day = (
        whole(data, begin, begin + 4),
        whole(data, begin + 5, begin + 7),
        whole(data, begin + 8, begin + 10),
    )
    hour, minute = whole(data, begin + 11, begin + 13), whole(data, begin + 14, begin + 16)
    second = whole(data, begin + 17, begin + 19)
    if not (
        1971 <= year <= 2261 and 1 <= month <= 12 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60
    ):
        return UNSURE
    leap = month == 2 and (year % 400 == 0 or (year % 4 == 0 and year % 100 != 0))
    if day < 1 or day > _DAYS[month - 1] + leap:
        return UNSURE
    at = begin + 19
    fraction: Any = 0
    if at < end and (data[at] == 46 or data[at] == 44):
        at += 1
        first, unit = at, SECOND
        while at < end and 48 <= data[at] <= 57:
            if at - first < 9:
                unit //= 10
                fraction += (np.int64(data[at]) - 48) * unit
            at += 1
        if at == first:
            return UNSURE
    offset = zone(data, at, end)
    if offset == 86_400:
        return UNSURE
    seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return seconds * SECOND + fraction


@njit(nogil=True, cache=True)
def zone(data: Any, at: int, end: int) -> int:
    """Seconds east of UTC of ``Z``, ``+01:00``, ``+0100`` or nothing; a whole day for anything else."""
    if at == end or (at + 1 == end and data[at] == 90):
        return 0
    if data[at] not in (43, 45):
        return 86_400
    hours = whole(data, at + 1, at + 3) if at + 3 <= end else -1
    minutes = -1
    if at + 6 == end and data[at + 3] == 58:
        minutes = whole(data, at + 4, end)
    elif at + 5 == end:
        minutes = whole(data, at + 3, end)
    if not (0 <= hours < 24 and 0 <= minutes < 60):
        return 86_400
    offset = hours * 3600 + minutes * 60
    return offset if data[at] == 43 else -offset


@njit(nogil=True, cache=True)
def time_of(data: Any, begin: int, end: int) -> Any:
    """Nanoseconds of a JSON value; ``NONE`` if it is not a time, ``UNSURE`` if the plain decoder must
    decide.
    """
    byte = data[begin]
    if 48 <= byte <= 57:
        number = whole(data, begin, end)
        return of_whole(number) if number >= 0 else UNSURE
    if byte != 34:
        return UNSURE if byte == 45 else NONE
    begin, end = begin + 1, end - 1
    if end - begin >= 9:
        number = whole(data, begin, end)
        if number >= 0:
            return of_whole(number)
    return of_iso(data, begin, end)


@njit(nogil=True, cache=True)
def times(data: Any, candidates: Any, begins: Any, ends: Any, out: Any) -> None:
    """For each row the first candidate that is a time: nanoseconds, ``NONE``, or ``UNSURE``."""
    for row in range(len(candidates)):
        out[row] = NONE
        for place in range(candidates.shape[1]):
            value = candidates[row, place]
            if value >= 0:
                out[row] = time_of(data, begins[value], ends[value])
                if out[row] != NONE:
                    break


@njit(nogil=True, cache=True)
def halves(data: Any, begin: int, end: int, words: Any) -> Any:
    """Parse the id in a JSON value to ``words`` (upper and lower half); False if the plain decoder must
    decide.
    """
    words[0] = words[1] = np.uint64(0)
    if data[begin] == 34:
        begin, end = begin + 1, end - 1
    elif 48 <= data[begin] <= 57:
        if whole(data, begin, end) < 0:
            return False
    else:
        return data[begin] != 45
    size = end - begin
    if size == 0:
        return True
    decimal = size != 32
    for i in range(begin, end):
        byte = data[i] | 32
        if not (48 <= data[i] <= 57):
            decimal = False
            if not (97 <= byte <= 102):
                return False
    if decimal:
        if size > 19:
            return False
        value = np.uint64(0)
        for i in range(begin, end):
            value = value * np.uint64(10) + np.uint64(data[i] - 48)
        words[1] = value
        return True
    if size > 32:
        return False
    for i in range(begin, end):
        digit = np.uint64(data[i] - 48) if data[i] <= 57 else np.uint64((data[i] | 32) - 87)
        words[0] = (words[0] << np.uint64(4)) | (words[1] >> np.uint64(60))
        words[1] = (words[1] << np.uint64(4)) | digit
    return True


@njit(nogil=True, cache=True)
def ids(data: Any, candidates: Any, begins: Any, ends: Any, high: Any, low: Any, unsure: Any) -> None:
    """For each row the first candidate that is a nonzero id; ``unsure`` marks rows for the plain decoder."""
    words = np.empty(2, np.uint64)
    for row in range(len(candidates)):
        high[row] = low[row] = np.uint64(0)
        for place in range(candidates.shape[1]):
            value = candidates[row, place]
            if value < 0:
                continue
            if not halves(data, begins[value], ends[value], words):
                unsure[row] = True
                break
            if words[0] or words[1]:
                high[row], low[row] = words[0], words[1]
                break
