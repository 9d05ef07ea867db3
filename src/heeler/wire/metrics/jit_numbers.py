"""Conversion of decimal numbers to doubles in machine code, rounded as Python's ``float`` does.

A number of at most 19 digits is ``w * 10**q``. If both fit a double exactly, one operation is enough;
otherwise the method of Lemire, "Number parsing at a gigabyte per second" (2021), is used: multiply ``w`` with
the first 128 bits of ``10**q`` and round. In the rare cases where that is not certain, the number is not
parsed here.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

LEAST, MOST = -300, 280
#: Powers of ten whose double is exact, with a product that is rounded once.
_EXACT = 22

ONE = np.uint64(1)
HALF = np.uint64(32)
LOW32 = np.uint64(0xFFFFFFFF)
LOW9 = np.uint64(0x1FF)
FRACTION = np.uint64((1 << 52) - 1)
ALL = np.uint64(2**64 - 1)


def _first_128_bits(q: int) -> int:
    """First 128 bits of ``10**q``, truncated (rounded up for fractions, as the method requires)."""
    if q >= 0:
        power: int = 10**q
        size = power.bit_length()
        return power << (128 - size) if size <= 128 else power >> (size - 128)
    power = 10**-q
    return (1 << (127 + power.bit_length())) // power + 1


def _powers() -> npt.NDArray[np.uint64]:
    found = [_first_128_bits(q) for q in range(LEAST, MOST + 1)]
    return np.array([(bits >> 64, bits & (2**64 - 1)) for bits in found], np.uint64)


POWERS = _powers()
TENS = 10.0 ** np.arange(_EXACT + 1)


@njit(nogil=True, cache=True)
def product(a: Any, b: Any) -> Any:
    """128-bit product of ``a * b``, as two words."""
    a1, a0, b1, b0 = a >> HALF, a & LOW32, b >> HALF, b & LOW32
    low, one, two = a0 * b0, a1 * b0, a0 * b1
    middle = (low >> HALF) + (one & LOW32) + (two & LOW32)
    return a1 * b1 + (one >> HALF) + (two >> HALF) + (middle >> HALF), a * b


@njit(nogil=True, cache=True)
def leading_zeros(word: Any) -> Any:
    count = np.uint64(0)
    for step in (32, 16, 8, 4, 2, 1):
        shift = np.uint64(step)
        if word >> (np.uint64(64) - shift) == 0:
            word <<= shift
            count += shift
    return count


@njit(nogil=True, cache=True)
def nearest_bits(w: Any, q: int) -> Any:
    """Bits of the double nearest to ``w * 10**q`` (``w`` not 0); all ones if uncertain."""
    zeros = leading_zeros(w)
    w <<= zeros
    high, low = product(w, POWERS[q - LEAST, 0])
    if high & LOW9 == LOW9 and low + w < low:
        more, least = product(w, POWERS[q - LEAST, 1])
        total = low + more
        if total < low:
            high += ONE
        if high & LOW9 == LOW9 and total == ALL and least + w < least:
            return ALL
        low = total
    top = high >> np.uint64(63)
    fraction = high >> (top + np.uint64(9))
    if low == 0 and high & LOW9 == 0 and fraction & np.uint64(3) == ONE:
        return ALL  # half way between two doubles
    fraction = (fraction + (fraction & ONE)) >> ONE
    # 217706 / 2**16 approximates log2(10) well enough for these powers.
    exponent = ((217706 * q) >> 16) + 1087 - np.int64(zeros) - np.int64(ONE ^ top)
    if fraction >> np.uint64(53) != 0:
        fraction >>= ONE
        exponent += 1
    if exponent < 1 or exponent > 2045:
        return ALL
    return (np.uint64(exponent) << np.uint64(52)) | (fraction & FRACTION)


@njit(nogil=True, cache=True)
def digits(data: Any, at: int, end: int, value: Any) -> Any:
    """``value`` with the digits from ``at`` on appended, and the position after them."""
    while at < end and 48 <= data[at] <= 57:
        value = value * np.uint64(10) + np.uint64(data[at] - 48)
        at += 1
    return value, at


@njit(nogil=True, cache=True)
def exponent_of(data: Any, at: int, end: int) -> Any:
    """Exponent after an ``e``, and the position after it; position -1 if invalid."""
    negative = at < end and data[at] == 45
    if at < end and data[at] in (43, 45):
        at += 1
    value, stop = digits(data, at, end, np.uint64(0))
    if stop == at or stop - at > 4:
        return 0, -1
    return (-np.int64(value) if negative else np.int64(value)), stop


@njit(nogil=True, cache=True)
def number(data: Any, at: int, end: int, bits: Any, n: int) -> int:
    """Parse a JSON number into the double at index ``n``; returns the position after it, -1 if uncertain."""
    sign = np.uint64(0)
    if at < end and data[at] == 45:
        sign, at = ONE << np.uint64(63), at + 1
    begin = at
    w, at = digits(data, at, end, np.uint64(0))
    count, q = at - begin, 0
    if count == 0 or (count > 1 and data[begin] == 48):
        return -1
    if at < end and data[at] == 46:
        point = at + 1
        w, at = digits(data, point, end, w)
        if at == point:
            return -1
        count, q = count + at - point, point - at
    while begin < at and (data[begin] == 48 or data[begin] == 46):  # leading zeros are not digits of w
        count -= data[begin] == 48
        begin += 1
    if count > 19:
        return -1
    if at < end and data[at] in (69, 101):
        power, at = exponent_of(data, at + 1, end)
        if at < 0:
            return -1
        q += power
    if w == 0:
        bits[n] = sign
        return at
    if w <= (ONE << np.uint64(53)) and -22 <= q <= 22:
        # Views of one double and its bits: the caller's array holds both.
        bits[n] = np.float64(w * 1.0 / TENS[-q] if q < 0 else w * TENS[q]).view(np.uint64) | sign
        return at
    if q < LEAST or q > MOST:
        return -1
    found = nearest_bits(w, q)
    if found == ALL:
        return -1
    bits[n] = found | sign
    return at
