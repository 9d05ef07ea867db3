"""Compiled (numba) JSON scanner: strings, numbers and their ends, strictly by RFC 8259.

Whatever is accepted here, orjson accepts with the same value; doubtful input is rejected, and decoded by
orjson. Importing this module may compile: see `fast_path.py`.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

from numba import njit

QUOTE, BACKSLASH, COMMA, COLON, DOT, MINUS, ZERO = 34, 92, 44, 58, 46, 45, 48
BRACKET, END_BRACKET, BRACE, END_BRACE = 91, 93, 123, 125

#: Storage form of a value (see :mod:`heeler.store.attributes`): its JSON unchanged, the content of a string,
#: that unescaped, or by the plain encoder.
VERBATIM, INSIDE, UNESCAPED, ENCODED = 0, 1, 2, 3
#: Added to the kind of a string with escapes.
ESCAPED = 16
#: Strings with escapes up to this many bytes may be one of the words that are stored with quotation marks.
_SHORT = 32
#: Digits that a double always represents exactly, so that such a number is written as it was read.
_SURE_DIGITS = 15


@njit(nogil=True, cache=True, inline="always")
def space(data: Any, at: int, end: int) -> int:
    """Position of the next non-whitespace byte."""
    while at < end and (data[at] == 32 or data[at] == 10 or data[at] == 13 or data[at] == 9):
        at += 1
    return at


@njit(nogil=True, cache=True)
def hex4(data: Any, at: int, end: int) -> int:
    """Value of four hex digits; -1 if invalid."""
    if at + 4 > end:
        return -1
    value = 0
    for i in range(at, at + 4):
        byte = data[i]
        if 48 <= byte <= 57:
            value = value * 16 + byte - 48
        elif 97 <= byte <= 102 or 65 <= byte <= 70:
            value = value * 16 + (byte | 32) - 87
        else:
            return -1
    return value


@njit(nogil=True, cache=True)
def escape_end(data: Any, at: int, end: int) -> int:
    """Position after the escape whose backslash is at ``at``; -1 if invalid, or an unpaired surrogate."""
    if at + 1 >= end:
        return -1
    byte = data[at + 1]
    if byte in (34, 92, 47, 98, 102, 110, 114, 116):
        return at + 2
    if byte != 117:
        return -1
    code = hex4(data, at + 2, end)
    if code < 0 or 0xDC00 <= code <= 0xDFFF:
        return -1
    if code < 0xD800 or code > 0xDFFF:
        return at + 6
    if at + 8 > end or data[at + 6] != BACKSLASH or data[at + 7] != 117:
        return -1
    low = hex4(data, at + 8, end)
    return at + 12 if 0xDC00 <= low <= 0xDFFF else -1


@njit(nogil=True, cache=True)
def string_end(data: Any, at: int, end: int) -> Any:
    """For a string whose content starts at ``at``: (position of its closing quote, whether it has escapes);
    position -1 if invalid.
    """
    escapes = False
    while at < end:
        byte = data[at]
        if byte == QUOTE:
            return at, escapes
        if byte == BACKSLASH:
            escapes = True
            at = escape_end(data, at, end)
            if at < 0:
                return -1, False
        elif byte < 32:
            return -1, False
        else:
            at += 1
    return -1, False


@njit(nogil=True, cache=True)
def digits_end(data: Any, at: int, end: int) -> int:
    while at < end and 48 <= data[at] <= 57:
        at += 1
    return at


@njit(nogil=True, cache=True)
def number_end(data: Any, at: int, end: int) -> Any:
    """(position after a number, its storage form); position -1 if invalid."""
    begin = at
    if data[at] == MINUS:
        at += 1
    first = at
    at = digits_end(data, at, end)
    whole = at - first
    if whole == 0 or (whole > 1 and data[first] == ZERO):
        return -1, VERBATIM
    if at >= end or (data[at] != DOT and data[at] != 101 and data[at] != 69):
        sure = whole <= 18 and not (first > begin and data[first] == ZERO)
        return at, VERBATIM if sure else ENCODED
    sure = whole <= _SURE_DIGITS
    if data[at] == DOT:
        point = at + 1
        at = digits_end(data, point, end)
        if at == point:
            return -1, VERBATIM
        sure = sure and whole + at - point <= _SURE_DIGITS and (at == point + 1 or data[at - 1] != ZERO)
        if data[first] == ZERO:  # 0.0 and from 0.001 on: smaller ones are written with an exponent
            large = data[point] != ZERO or (at > point + 1 and data[point + 1] != ZERO)
            large = large or (at > point + 2 and data[point + 2] != ZERO)
            sure = sure and (large or (at == point + 1 and first == begin))
    if at < end and (data[at] == 101 or data[at] == 69):
        sure = False
        at += 1
        if at < end and (data[at] == 43 or data[at] == MINUS):
            at += 1
        point = at
        at = digits_end(data, at, end)
        if at == point:
            return -1, VERBATIM
    return at, VERBATIM if sure else ENCODED


@njit(nogil=True, cache=True)
def word_end(data: Any, at: int, end: int) -> int:
    """Position after ``true``, ``false`` or ``null``; -1 for anything else."""
    if at + 4 <= end:
        if data[at] == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
            return at + 4
        if data[at] == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
            return at + 4
        if at + 5 <= end and data[at] == 102 and data[at + 1] == 97 and data[at + 2] == 108:
            return at + 5 if data[at + 3] == 115 and data[at + 4] == 101 else -1
    return -1


@njit(nogil=True, cache=True)
def list_end(data: Any, at: int, end: int) -> int:
    """Position after the list or object at ``at``; only strings and brackets are scanned."""
    depth = 0
    while at < end:
        byte = data[at]
        if byte == QUOTE:
            at, _ = string_end(data, at + 1, end)
            if at < 0:
                return -1
        elif byte in (BRACE, BRACKET):
            depth += 1
        elif byte in (END_BRACE, END_BRACKET):
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1


@njit(nogil=True, cache=True)
def string_kind(data: Any, begin: int, end: int, escapes: bool) -> int:
    """Storage form of the string between the quotes at ``begin`` and ``end``: with quotes if it looks like
    another value.
    """
    if end == begin + 1:
        return INSIDE
    byte = data[begin + 1]
    if escapes:
        if byte == BACKSLASH or end - begin <= _SHORT:
            return ENCODED | ESCAPED
        kind = UNESCAPED
    else:
        kind = INSIDE
    if byte in (BRACKET, BRACE, MINUS) or 48 <= byte <= 57:
        return ENCODED | ESCAPED if escapes else VERBATIM
    if not escapes and (byte == 116 or byte == 102 or byte == 110) and end - begin <= 6:
        stop = word_end(data, begin + 1, end)
        if stop == end:
            return VERBATIM
    return kind | ESCAPED if escapes else kind


@njit(nogil=True, cache=True)
def value_end(data: Any, at: int, end: int) -> Any:
    """(position after the value at ``at``, its storage form); position -1 if invalid. Lists are not
    parsed.
    """
    byte = data[at]
    if byte == QUOTE:
        stop, escapes = string_end(data, at + 1, end)
        if stop < 0:
            return -1, VERBATIM
        return stop + 1, string_kind(data, at, stop, escapes)
    if byte in (BRACKET, BRACE):
        return list_end(data, at, end), ENCODED
    if byte == MINUS or 48 <= byte <= 57:
        return number_end(data, at, end)
    return word_end(data, at, end), VERBATIM


@njit(nogil=True, cache=True)
def unescape(data: Any, begin: int, end: int, out: Any, to: int) -> int:
    """Copy the content of a string read by :func:`string_end`, unescaped; returns the position after it."""
    at = begin
    while at < end:
        byte = data[at]
        if byte != BACKSLASH:
            out[to] = byte
            to += 1
            at += 1
            continue
        byte = data[at + 1]
        if byte != 117:
            out[to] = plain_escape(byte)
            to += 1
            at += 2
            continue
        code = hex4(data, at + 2, end)
        at += 6
        if 0xD800 <= code <= 0xDBFF:
            code = 0x10000 + ((code - 0xD800) << 10) + hex4(data, at + 2, end) - 0xDC00
            at += 6
        to = put_utf8(code, out, to)
    return to


@njit(nogil=True, cache=True)
def plain_escape(byte: int) -> int:
    if byte == 110:
        return 10
    if byte == 116:
        return 9
    if byte == 114:
        return 13
    if byte == 98:
        return 8
    if byte == 102:
        return 12
    return byte


@njit(nogil=True, cache=True)
def put_utf8(code: int, out: Any, to: int) -> int:
    if code < 0x80:
        out[to] = code
        return to + 1
    if code < 0x800:
        out[to] = 0xC0 | code >> 6
        out[to + 1] = 0x80 | code & 63
        return to + 2
    if code < 0x10000:
        out[to] = 0xE0 | code >> 12
        out[to + 1] = 0x80 | (code >> 6) & 63
        out[to + 2] = 0x80 | code & 63
        return to + 3
    out[to] = 0xF0 | code >> 18
    out[to + 1] = 0x80 | (code >> 12) & 63
    out[to + 2] = 0x80 | (code >> 6) & 63
    out[to + 3] = 0x80 | code & 63
    return to + 4
