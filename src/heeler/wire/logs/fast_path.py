"""Compiled decoder of JSON logs, used once its machine code is loaded; the plain decoder is used until then.

Both give the same rows (verified by a property test). Compiling, or loading code compiled by an earlier
process, runs in a thread, so that a server can serve requests immediately.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from heeler.wire.body_limits import MAX_LOGS, check_json
from heeler.wire.logs import reserved
from heeler.wire.logs.columns import ENVELOPE_KEYS, ERROR_KEYS, Compiled, Cut, LogColumns, Reader

log = logging.getLogger("heeler.wire")

#: For smaller bodies the plain decoder is faster than allocating the arrays.
SMALLEST = 4096
#: Maximum paths of a body and their bytes; a body with more is decoded plainly.
MAX_KEYS, MAX_KEY_BYTES = 4000, 200_000
_SLOTS = 8192
_SEED = np.uint64(secrets.randbits(64))

_compiled: Compiled | None = None
_lock = threading.Lock()
_EXAMPLE = (
    b'[{"message":"{\\"message\\":\\"a\\",\\"b\\":{\\"c\\":[1.5]},\\"dd.trace_id\\":\\"12\\"}","ddtags":"a:b",'
    b'"timestamp":1,"service":"s","hostname":"h","status":"info"},{"message":"\\u0041 dd.trace_id=1"}]'
)


def ready() -> bool:
    return _compiled is not None


def prepare() -> None:
    """Load the machine code; blocks while compiling (some seconds, once an installation). Never raises."""
    global _compiled
    with _lock:
        if _compiled is not None:
            return
        try:
            from heeler.wire.logs import jit, jit_columns, jit_fields, jit_json

            loaded = Compiled(jit_json, jit, jit_fields, jit_columns)
            _read(loaded, _EXAMPLE, {}, 1, ("http.url",), lambda _: False)
        except Exception:
            log.exception("The fast decoder of logs is not available; the plain one is used")
        else:
            _compiled = loaded


def decode(
    body: bytes, query: Mapping[str, str], now_ns: int, promoted: Sequence[str],
    needs_entry: Callable[[str], bool] = lambda _: False,
) -> LogColumns | None:  # fmt: skip
    """Columns of a body, equivalent to the entries of :func:`heeler.wire.logs.datadog.decode`; None if the
    plain decoder must be used.

    ``promoted`` are the paths with dedicated columns. ``needs_entry`` tells for a source whether its logs are
    needed as entries. Raises ``LimitExceeded`` if the document may contain too many objects.
    """
    if _compiled is None or len(body) < SMALLEST:
        return None
    check_json(body)
    if not _is_utf8(body):
        return None
    try:
        return _read(_compiled, body, query, now_ns, promoted, needs_entry)
    except orjson.JSONDecodeError:  # a log that only looked like JSON
        return None


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(
    compiled: Compiled, body: bytes, query: Mapping[str, str], now_ns: int,
    promoted: Sequence[str], needs_entry: Callable[[str], bool],
) -> LogColumns | None:  # fmt: skip
    cut = _cut(compiled.cut, body, tuple(promoted))
    return None if cut is None else Reader(compiled, cut, query, now_ns, promoted, needs_entry, _SEED).read()


class _Known(NamedTuple):
    """Key table preloaded with the reserved keys."""

    table: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]
    names: npt.NDArray[np.uint8]
    parents: npt.NDArray[np.int32]
    counts: tuple[int, int]
    special: dict[str, int]
    lists: npt.NDArray[np.bool_]


@cache
def _known(jit: ModuleType, promoted: tuple[str, ...]) -> _Known:
    table, offsets = np.full(_SLOTS, -1, np.int32), np.zeros(MAX_KEYS + 1, np.int32)
    names, parents = np.empty(MAX_KEY_BYTES, np.uint8), np.full(MAX_KEYS, -1, np.int32)
    count = np.zeros(4, np.int64)
    paths = dict.fromkeys(
        (
            *ENVELOPE_KEYS, *reserved.DATE_KEYS, *reserved.HOST_KEYS, *reserved.SERVICE_KEYS,
            *reserved.STATUS_KEYS,
            *reserved.TRACE_KEYS, *reserved.SPAN_KEYS, *promoted, *ERROR_KEYS,
        )
    )  # fmt: skip
    special = {}
    for path in paths:
        raw = np.frombuffer(path.encode(), np.uint8)
        with np.errstate(over="ignore"):
            state = _SEED
            for byte in raw:
                state = (state ^ np.uint64(byte)) * jit.PRIME
        key, slot = jit.find_key(state, raw, len(raw), table, offsets, names)
        if key < 0:
            key = jit.new_key(slot, raw, len(raw), count, table, offsets, names, parents, _SEED)
        special[path] = int(key)
    above = {path.rsplit(".", size)[0] for path in promoted for size in range(1, path.count(".") + 1)}
    text = [bytes(names[offsets[key] : offsets[key + 1]]).decode() for key in range(count[1])]
    lists = np.array([name in above for name in text], np.bool_)
    return _Known(
        table, offsets, names[: count[2]].copy(), parents, (int(count[1]), int(count[2])), special, lists
    )


def _cut(jit: ModuleType, body: bytes, promoted: tuple[str, ...]) -> Cut | None:
    known = _known(jit, promoted)
    size, values = len(body), body.count(b":") + 1
    most = min(size // 2 + 1, MAX_LOGS)
    data = np.empty(2 * size, np.uint8)
    data[:size] = np.frombuffer(body, np.uint8)
    count = np.array([0, *known.counts, size], np.int64)
    names = np.empty(MAX_KEY_BYTES, np.uint8)
    names[: known.counts[1]] = known.names
    offsets = known.offsets.copy()
    marks = np.full((3, MAX_KEYS), -1, np.int32)
    slots = np.empty((most, known.counts[0]), np.int32)
    keys, begins, ends = np.empty(values, np.int32), np.empty(values, np.int32), np.empty(values, np.int32)
    kinds, rows = np.empty(values, np.uint8), np.empty(most, np.uint8)
    places, bounds = np.empty((most, len(ENVELOPE_KEYS)), np.int32), np.empty((most, 3), np.int64)
    found = jit.cut(
        data, size, _SEED, most, count, known.table.copy(), offsets, names, known.parents.copy(), known.lists,
        marks[0], marks[1], marks[2], slots, keys, begins, ends, kinds, rows, places, bounds,
    )  # fmt: skip
    if found < 0:
        return None
    used, text = int(count[0]), names[: count[2]].tobytes()
    stops = offsets[: count[1] + 1].tolist()
    paths = [text[stops[key] : stops[key + 1]].decode() for key in range(count[1])]
    return Cut(
        data, rows[:found], bounds[:found], places[:found], slots[:found], keys[:used], begins[:used],
        ends[:used],
        kinds[:used], paths, known.special, int(count[3]),
    )  # fmt: skip
