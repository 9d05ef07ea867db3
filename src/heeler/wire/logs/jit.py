"""Compiled (numba) parser of JSON logs. Importing it may compile: see `fast_path.py`.

A body is read once. Every value is recorded in flat arrays: the start and end of its JSON, its key, and its
storage type. Objects are flattened to dotted paths; each path is a number in a table of the body's keys. A
log with anything unusual (a duplicate key, a path through a value, a reserved key of another type) is left to
the plain decoder; a body that is not strict JSON is left to it entirely.
"""

# mypy: disallow-untyped-decorators=False
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from heeler.wire.logs.jit_json import (
    BRACE,
    BRACKET,
    COLON,
    COMMA,
    DOT,
    END_BRACE,
    END_BRACKET,
    QUOTE,
    space,
    string_end,
    unescape,
    value_end,
)

#: Codes for a log, or a body, that must be left to the plain decoder.
UNUSUAL, NOT_UNDERSTOOD = -2, -1
#: Kinds of rows.
FAST, SLOW, EMPTY = 0, 1, 2
#: Maximum nesting of objects, bytes of a path, dots of a path; more is unusual.
LEVELS, MAX_PATH, MAX_DOTS = 8, 512, 8
#: Reserved keys of the envelope are first in the table of keys, in this order.
MESSAGE, MSG, LOG, DDSOURCE, SOURCE, DDTAGS, HOSTNAME, HOST, SERVICE, STATUS, TIMESTAMP, DATE = range(12)
ENVELOPE = 12
#: Keys of a message that is a JSON object: message, msg and log are reserved in it, too.
MESSAGES = 3
#: Longer messages may have to be truncated.
MAX_MESSAGE = 200_000

PRIME = np.uint64(0x100000001B3)
SHIFT = np.uint64(29)

# Counters of a body: values, keys, bytes of keys, bytes of the data in use.
VALUES, KEYS, KEY_BYTES, USED = 0, 1, 2, 3


@njit(nogil=True, cache=True)
def find_key(state: Any, path: Any, size: int, table: Any, offsets: Any, names: Any) -> Any:
    """(number of the key with this hash and path or -1, its slot in ``table``)."""
    mask = len(table) - 1
    slot = np.int64((state ^ (state >> SHIFT)) & np.uint64(mask))
    while table[slot] >= 0:
        key = table[slot]
        begin = offsets[key]
        if offsets[key + 1] - begin == size:
            same = True
            for i in range(size):
                if names[begin + i] != path[i]:
                    same = False
                    break
            if same:
                return key, slot
        slot = (slot + 1) & mask
    return -1, slot


@njit(nogil=True, cache=True)
def new_key(
    slot: int, path: Any, size: int, count: Any, table: Any, offsets: Any, names: Any, parents: Any, seed: Any
) -> int:
    """Insert a path and its parents into the table; returns its number, -1 if the table is full."""
    first, child = -1, -1
    while True:
        key = count[KEYS]
        if key + 1 >= len(offsets) or count[KEY_BYTES] + size > len(names):
            return -1
        table[slot] = key
        begin = offsets[key]
        for i in range(size):
            names[begin + i] = path[i]
        offsets[key + 1] = begin + size
        parents[key] = -1
        count[KEYS] += 1
        count[KEY_BYTES] += size
        if child >= 0:
            parents[child] = key
        else:
            first = key
        size -= 1
        while size >= 0 and path[size] != DOT:
            size -= 1
        if size < 0:
            return first
        state = seed
        for i in range(size):
            state = (state ^ np.uint64(path[i])) * PRIME
        known, slot = find_key(state, path, size, table, offsets, names)
        if known >= 0:
            parents[key] = known
            return first
        child = key


@njit(nogil=True, cache=True)
def add_leaf(
    key: int,
    value: int,
    row: int,
    keys: Any,
    parents: Any,
    leaf: Any,
    group: Any,
    slots: Any,
    lists: Any,
    is_list: bool,
) -> bool:
    """Record the value of a path; False if the path is duplicated or leads through another value."""
    if leaf[key] == row or group[key] == row:
        return False
    leaf[key] = row
    above = parents[key]
    while above >= 0 and group[above] != row:
        if leaf[above] == row:
            return False
        group[above] = row
        above = parents[above]
    if key < slots.shape[1]:
        if is_list and lists[key]:
            return False
        slots[row, key] = value
    keys[value] = key
    return True


@njit(nogil=True, cache=True)
def walk(
    data: Any, at: int, end: int, row: int, reserved: int, found: Any, path: Any, sizes: Any, states: Any,
    seed: Any,
    count: Any, table: Any, offsets: Any, names: Any, parents: Any, lists: Any,
    leaf: Any, group: Any, opened: Any, slots: Any,
    keys: Any, begins: Any, ends: Any, kinds: Any,
) -> int:  # fmt: skip
    """Read the object whose content starts at ``at``; returns the position after it, or an error code.

    The first ``reserved`` keys of the table are not flattened at the top level: ``found`` receives their
    values.
    """
    depth, size, state = 0, 0, seed
    at = space(data, at, end)
    if at < end and data[at] == END_BRACE:
        return at + 1
    while True:
        if at >= end or data[at] != QUOTE:
            return NOT_UNDERSTOOD
        stop, escapes = string_end(data, at + 1, end)
        if stop < 0:
            return NOT_UNDERSTOOD
        length = size + stop - at - 1
        if escapes or length + 1 >= MAX_PATH:
            return UNUSUAL
        inner = state
        for i in range(at + 1, stop):
            path[size + i - at - 1] = data[i]
            inner = (inner ^ np.uint64(data[i])) * PRIME
        at = space(data, stop + 1, end)
        if at >= end or data[at] != COLON:
            return NOT_UNDERSTOOD
        at = space(data, at + 1, end)
        if at >= end:
            return NOT_UNDERSTOOD
        key, slot = find_key(inner, path, length, table, offsets, names)
        if key < 0:
            dots = 0
            for i in range(length):
                dots += path[i] == DOT
            if dots > MAX_DOTS:
                return UNUSUAL
            key = new_key(slot, path, length, count, table, offsets, names, parents, seed)
            if key < 0:
                return NOT_UNDERSTOOD
        if data[at] == BRACE:
            first = space(data, at + 1, end)
            if first >= end:
                return NOT_UNDERSTOOD
            if data[first] != END_BRACE:
                if depth + 1 >= LEVELS or opened[key] == row or (depth == 0 and key < reserved):
                    return UNUSUAL
                opened[key] = row
                sizes[depth], states[depth] = size, state
                depth += 1
                path[length] = DOT
                size, state = length + 1, (inner ^ np.uint64(DOT)) * PRIME
                at = first
                continue
        stop, kind = value_end(data, at, end)
        if stop < 0:
            return NOT_UNDERSTOOD
        value = count[VALUES]
        begins[value], ends[value], kinds[value], keys[value] = at, stop, kind, -1
        count[VALUES] += 1
        if depth == 0 and key < reserved:
            if found[key] >= 0:
                return UNUSUAL
            found[key] = value
        elif not add_leaf(key, value, row, keys, parents, leaf, group, slots, lists, data[at] == BRACKET):
            return UNUSUAL
        at = stop
        while True:
            at = space(data, at, end)
            if at >= end:
                return NOT_UNDERSTOOD
            if data[at] == COMMA:
                at = space(data, at + 1, end)
                break
            if data[at] != END_BRACE:
                return NOT_UNDERSTOOD
            at += 1
            if depth == 0:
                return at
            depth -= 1
            size, state = sizes[depth], states[depth]


@njit(nogil=True, cache=True)
def is_text(data: Any, value: int, begins: Any, ends: Any) -> Any:
    """Whether a value is a non-empty string."""
    return data[begins[value]] == QUOTE and ends[value] - begins[value] > 2


@njit(nogil=True, cache=True)
def pick_message(
    data: Any, found: Any, row: int, keys: Any, begins: Any, ends: Any,
    parents: Any, leaf: Any, group: Any, slots: Any, lists: Any,
) -> int:  # fmt: skip
    """The first of message, msg and log, the others as attributes; -1 for none, ``UNUSUAL`` if it is not
    text.
    """
    picked = -1
    for key in range(MESSAGES):
        value = found[key]
        if value < 0:
            continue
        if picked < 0:
            if not is_text(data, value, begins, ends):
                return UNUSUAL
            picked = value
        elif not add_leaf(
            key, value, row, keys, parents, leaf, group, slots, lists, data[begins[value]] == BRACKET
        ):
            return UNUSUAL
    return picked


@njit(nogil=True, cache=True)
def envelope(
    data: Any, found: Any, row: int, places: Any, keys: Any, begins: Any, ends: Any,
    parents: Any, leaf: Any, group: Any, slots: Any, lists: Any,
) -> bool:  # fmt: skip
    """Write the values of the envelope's keys to ``places``; False if one has an unexpected type."""
    for key in (DDSOURCE, SOURCE, DDTAGS, HOSTNAME, HOST, SERVICE):
        value = found[key]
        if value >= 0 and not (
            is_text(data, value, begins, ends) or (key == DDTAGS and data[begins[value]] == QUOTE)
        ):
            return False
    for key in (STATUS, TIMESTAMP, DATE):
        value = found[key]
        if value >= 0:
            byte = data[begins[value]]
            if byte in (BRACKET, BRACE, 116, 102, 110) or (
                ends[value] - begins[value] == 2 and byte == QUOTE
            ):
                return False
    places[SOURCE] = found[DDSOURCE] if found[DDSOURCE] >= 0 else found[SOURCE]
    twice = found[DDSOURCE] >= 0 and found[SOURCE] >= 0
    if twice and not add_leaf(SOURCE, found[SOURCE], row, keys, parents, leaf, group, slots, lists, False):
        return False
    for key in range(DDTAGS, ENVELOPE):
        places[key] = found[key]
    return True


@njit(nogil=True, cache=True)
def unfold(data: Any, begin: int, end: int, count: Any) -> int:
    """Copy a message that may be a JSON object, unescaped, behind the data in use; returns its size, 0 if it
    is not an object, ``UNUSUAL`` if uncertain. ``begin`` and ``end`` are those of the string's JSON.
    """
    byte = data[begin + 1]
    if byte != BRACE:
        return UNUSUAL if byte == 92 else 0
    to = count[USED]
    last = unescape(data, begin + 1, end - 1, data, to)
    size = last - to
    while last > to and (data[last - 1] == 32 or 9 <= data[last - 1] <= 13 or 28 <= data[last - 1] <= 31):
        last -= 1
    if data[last - 1] >= 128:
        return UNUSUAL
    return size if data[last - 1] == END_BRACE else 0


@njit(nogil=True, cache=True)
def cut(
    data: Any, length: int, seed: Any, max_rows: int, count: Any, table: Any, offsets: Any, names: Any,
    parents: Any,
    lists: Any, leaf: Any, group: Any, opened: Any, slots: Any, keys: Any, begins: Any, ends: Any, kinds: Any,
    rows: Any, places: Any, bounds: Any,
) -> int:  # fmt: skip
    """Parse ``[object, ...]``, the first ``length`` bytes of ``data``; the number of its items, or
    ``NOT_UNDERSTOOD``.

    ``rows`` receives the kind of each item, ``bounds`` the start and end of its JSON and the number of values
    up to its end, ``places`` the values of the envelope: column ``MESSAGE`` that of the message.
    """
    path = np.empty(MAX_PATH, np.uint8)
    sizes = np.empty(LEVELS, np.int64)
    states = np.empty(LEVELS, np.uint64)
    found = np.empty(ENVELOPE, np.int64)
    at = space(data, 0, length)
    if at >= length or data[at] != BRACKET:
        return NOT_UNDERSTOOD
    at = space(data, at + 1, length)
    row = 0
    if at < length and data[at] == END_BRACKET:
        return 0 if space(data, at + 1, length) == length else NOT_UNDERSTOOD
    while True:
        if at >= length or row >= max_rows:
            return NOT_UNDERSTOOD
        begin, before = at, count[VALUES]
        slots[row, :] = -1
        places[row, :] = -1
        found[:] = -1
        at = UNUSUAL
        if data[begin] == BRACE:
            at = walk(
                data, begin + 1, length, row, ENVELOPE, found, path, sizes, states, seed, count, table,
                offsets, names,
                parents, lists, leaf, group, opened, slots, keys, begins, ends, kinds,
            )  # fmt: skip
        kind = SLOW if at == UNUSUAL else FAST
        if kind == FAST and at >= 0:
            if count[VALUES] == before:
                kind = EMPTY
            else:
                message = pick_message(
                    data, found, row, keys, begins, ends, parents, leaf, group, slots, lists
                )
                good = message != UNUSUAL and envelope(
                    data, found, row, places[row], keys, begins, ends, parents, leaf, group, slots, lists
                )
                if good and message >= 0:
                    good = ends[message] - begins[message] <= MAX_MESSAGE
                    size = unfold(data, begins[message], ends[message], count) if good else 0
                    good = good and size != UNUSUAL
                    if good and size > 0:
                        start, stop = count[USED], count[USED] + size
                        found[:] = -1
                        done = walk(
                            data, start + 1, stop, row, MESSAGES, found, path, sizes, states, seed, count,
                            table,
                            offsets, names, parents, lists, leaf, group, opened, slots, keys, begins, ends,
                            kinds,
                        )  # fmt: skip
                        good = done >= 0 and space(data, done, stop) == stop
                        if good:
                            own = pick_message(
                                data, found, row, keys, begins, ends, parents, leaf, group, slots, lists
                            )
                            good = own != UNUSUAL
                            message = own if own >= 0 else message
                            good = good and ends[message] - begins[message] <= MAX_MESSAGE
                        count[USED] = stop
                places[row, MESSAGE] = message
                kind = FAST if good else SLOW
        if kind == SLOW and at < 0:
            stop, _ = value_end(data, begin, length)
            at = stop
        if at < 0:
            return NOT_UNDERSTOOD
        if kind != FAST:
            count[VALUES] = before
        rows[row] = kind
        bounds[row, 0], bounds[row, 1], bounds[row, 2] = begin, at, count[VALUES]
        row += 1
        at = space(data, at, length)
        if at < length and data[at] == COMMA:
            at = space(data, at + 1, length)
        elif at < length and data[at] == END_BRACKET:
            return row if space(data, at + 1, length) == length else NOT_UNDERSTOOD
        else:
            return NOT_UNDERSTOOD
