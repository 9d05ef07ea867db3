"""Compiled decoder of an agent's spans, used once its machine code is loaded; the plain decoder until then.

Both give the same rows (verified by a property test). Compiling, or loading code compiled by an earlier
process, runs in a thread, so that a server can serve requests immediately.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from heeler.wire.body_limits import MAX_ITEMS, MAX_TRACE_BYTES, check_bytes

log = logging.getLogger("heeler.wire")

#: For smaller bodies the plain decoder is faster than allocating the arrays.
SMALLEST = 2048
MAX_KEYS, MAX_KEY_BYTES = 4000, 200_000
_SLOTS = 8192
_SEED = np.uint64(secrets.randbits(64))

_compiled: tuple[ModuleType, ModuleType] | None = None
_lock = threading.Lock()
_EXAMPLE = bytes.fromhex("2a16320b1a09520712013112020000013207080112016f1a00")


@dataclass(frozen=True, slots=True)
class CutSpans:
    """A body parsed by :func:`heeler.wire.traces.jit.cut`; see there for the arrays.

    ``slots`` and ``number_slots`` have a column for each of the given keys, ``numbers`` the values of all
    numbers, ``columns`` the compiled loops that convert it to columns.
    """

    body: bytes
    data: npt.NDArray[np.uint8]
    names: list[str]
    payloads: npt.NDArray[np.int64]
    chunks: npt.NDArray[np.int64]
    chunk_texts: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int64]
    wholes: npt.NDArray[np.uint64]
    texts: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]
    number_slots: npt.NDArray[np.int32]
    slow: npt.NDArray[np.bool_]
    tag_keys: npt.NDArray[np.int32]
    tag_bounds: npt.NDArray[np.int32]
    tag_ends: npt.NDArray[np.int32]
    number_keys: npt.NDArray[np.int32]
    number_ends: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.float64]
    columns: Any


def ready() -> bool:
    return _compiled is not None


def prepare() -> None:
    """Load the machine code; blocks while compiling (some seconds, once an installation). Never raises."""
    global _compiled
    with _lock:
        if _compiled is not None:
            return
        try:
            from heeler.wire.traces import jit, jit_columns

            _cut(jit, jit_columns, _EXAMPLE, ("a",))
        except Exception:
            log.exception("The fast decoder of spans is not available; the plain one is used")
        else:
            _compiled = jit, jit_columns


def cut(body: bytes, keys: Sequence[str]) -> CutSpans | None:
    """Parse a body; ``keys`` are the tags whose positions are recorded. None if the plain decoder must be
    used.

    Raises ``LimitExceeded`` for a body that is too large.
    """
    check_bytes(body, MAX_TRACE_BYTES)
    if _compiled is None or len(body) < SMALLEST:
        return None
    return _cut(*_compiled, body, tuple(keys))


@cache
def _table(jit: ModuleType, keys: tuple[str, ...]) -> tuple[Any, Any, Any, Any]:
    table, offsets = np.full(_SLOTS, -1, np.int32), np.zeros(MAX_KEYS + 1, np.int32)
    names, count = np.empty(MAX_KEY_BYTES, np.uint8), np.zeros(7, np.int64)
    for key in keys:
        raw = np.frombuffer(key.encode(), np.uint8)
        jit.key_of(raw, 0, len(raw), _SEED, table, offsets, names, count)
    return table, offsets, names[: count[jit.KEY_BYTES]].copy(), count


def _cut(jit: ModuleType, columns: ModuleType, body: bytes, keys: tuple[str, ...]) -> CutSpans | None:
    known_table, known_offsets, known_names, known_count = _table(jit, keys)
    table, offsets, count = known_table.copy(), known_offsets.copy(), known_count.copy()
    names = np.empty(MAX_KEY_BYTES, np.uint8)
    names[: len(known_names)] = known_names
    half, special = len(body) // 2 + 1, len(keys)
    most = min(half, MAX_ITEMS)
    data, seen = np.frombuffer(body, np.uint8), np.full((2, MAX_KEYS), -1, np.int32)
    payloads, chunks = np.empty((half, 3), np.int64), np.empty((half, 6), np.int64)
    chunk_texts, spans = np.empty((half, 2), np.int64), np.empty((most, 3), np.int64)
    wholes, texts = np.empty((most, 6), np.uint64), np.empty((most, 4, 2), np.int32)
    slots, number_slots = np.empty((most, special), np.int32), np.empty((most, special), np.int32)
    slow, tag_keys, tag_bounds = (
        np.empty(most, np.bool_),
        np.empty(half, np.int32),
        np.empty((half, 2), np.int32),
    )
    number_keys, number_bounds = np.empty(half, np.int32), np.empty(half, np.int32)
    tag_ends, number_ends = np.zeros(most + 1, np.int32), np.zeros(most + 1, np.int32)
    found = jit.cut(
        data, _SEED, most, table, offsets, names, count, seen, payloads, chunks, chunk_texts,
        spans, wholes, texts, slots, number_slots, slow, tag_keys, tag_bounds, tag_ends,
        number_keys, number_bounds, number_ends,
    )  # fmt: skip
    if found < 0:
        return None
    at_numbers, at_tags = count[jit.NUMBERS], count[jit.TAGS]
    values = np.empty(at_numbers, np.float64)
    columns.doubles(data, number_bounds[:at_numbers], values.view(np.uint64))
    raw, stops = names[: count[jit.KEY_BYTES]].tobytes(), offsets[: count[jit.KEYS] + 1].tolist()
    paths = [raw[stops[key] : stops[key + 1]].decode() for key in range(count[jit.KEYS])]
    some, n = count[jit.CHUNKS], found
    return CutSpans(
        body, data, paths, payloads[: count[jit.PAYLOADS]], chunks[:some], chunk_texts[:some], spans[:n],
        wholes[:n],
        texts[:n], slots[:n], number_slots[:n], slow[:n], tag_keys[:at_tags], tag_bounds[:at_tags],
        tag_ends[: n + 1],
        number_keys[:at_numbers], number_ends[: n + 1], values, columns,
    )  # fmt: skip
