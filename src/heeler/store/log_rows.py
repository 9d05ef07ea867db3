"""Arrow table of ``log_events`` rows."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from heeler.store.attributes import PROMOTED, columns_of, take_ids
from heeler.wire.logs.columns import LogColumns
from heeler.wire.logs.datadog import LogEntry

#: The default index, for logs that match no other.
DEFAULT_INDEX = "main"
#: Bits of a sequence number below the millisecond of arrival: four million logs a millisecond.
_PLACE_BITS = 22
_TAGS = pa.list_(pa.string())


def first_number(at: float) -> int:
    """First sequence number for a time in UNIX seconds."""
    return int(at * 1000) << _PLACE_BITS


class Arrivals:
    """Sequence numbers of logs by arrival, based on time, so that they increase over restarts.

    Within a millisecond they begin at a random place of the process's own: with the time, the number is the
    log's id, which must not be that of one that another server took. Safe to use from several threads.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._next = 0
        self._place = secrets.randbelow(1 << (_PLACE_BITS - 1))
        self._lock = threading.Lock()

    def take(self, count: int) -> int:
        """First of ``count`` consecutive numbers, each greater than all before."""
        with self._lock:
            first = max(self._next, first_number(self._now()) + self._place)
            self._next = first + count
        return first


#: The process's instance.
arrivals = Arrivals()


def logs_table(
    entries: Sequence[LogEntry], origin: int, first: int | None = None, places: Sequence[int] | None = None
) -> pa.Table:
    """Logs in order of arrival, of the request with the hash ``origin`` (0: unknown).

    ``first`` is the number of the request's first log (see :class:`Arrivals`), by default the next one;
    ``places`` are those of the entries in the request, by default all of them.
    """
    start = arrivals.take(len(entries)) if first is None else first
    numbers = np.arange(len(entries), dtype=np.uint64) if places is None else np.array(places, np.uint64)
    taken = [columns_of(entry.attributes) for entry in entries]
    columns = {
        "time": pa.array([entry.time for entry in entries], pa.timestamp("ns", "UTC")),
        "seq": pa.array(np.uint64(start) + numbers),
        "service": _texts([entry.service for entry in entries]),
        "host": _texts([entry.host for entry in entries]),
        "source": _texts([entry.source for entry in entries]),
        "status": _texts([entry.status for entry in entries]),
        "message": _texts([entry.message for entry in entries]),
        "tags": pa.array([list(entry.tags) for entry in entries], _TAGS),
    }
    for column in PROMOTED.values():
        columns[column] = _texts([promoted.get(column, "") for _, promoted in taken])
    columns["ids"] = _texts(
        [
            take_ids(rest, (entry.trace_high, entry.trace_id), entry.span_id)
            for (rest, _), entry in zip(taken, entries, strict=True)
        ]
    )
    columns["attributes"] = _maps([rest for rest, _ in taken])
    columns["trace_id"] = pa.array([entry.trace_id for entry in entries], pa.uint64())
    columns["trace_high"] = pa.array([entry.trace_high for entry in entries], pa.uint64())
    columns["span_id"] = pa.array([entry.span_id for entry in entries], pa.uint64())
    columns["index_name"] = _texts([entry.index or DEFAULT_INDEX for entry in entries])
    columns["origin"] = pa.array(np.full(len(entries), origin, np.uint64))
    return pa.table(columns)


def columns_table(logs: LogColumns, origin: int, first: int) -> pa.Table:
    """Like :func:`logs_table`, for logs decoded to columns; ``first`` is the number of the first."""
    count = len(logs.places)
    fast = {
        "time": pa.array(logs.times).cast(pa.timestamp("ns", "UTC")),
        "seq": pa.array(np.uint64(first) + logs.places.astype(np.uint64)),
        **{name: logs.texts[name] for name in ("service", "host", "source", "status", "message")},
        "tags": logs.tags,
        **{column: logs.promoted[path] for path, column in PROMOTED.items()},
        "ids": logs.ids,
        "attributes": logs.attributes,
        "trace_id": pa.array(logs.trace_ids),
        "trace_high": pa.array(logs.trace_highs),
        "span_id": pa.array(logs.span_ids),
        "index_name": pa.array([DEFAULT_INDEX]).take(pa.array(np.zeros(count, np.int8))),
        "origin": pa.array(np.full(count, origin, np.uint64)),
    }
    if not logs.entries:
        return pa.table(fast)
    others = logs_table([entry for _, entry in logs.entries], origin, first)
    places = pa.array([first + place for place, _ in logs.entries], pa.uint64())
    others = others.set_column(others.schema.get_field_index("seq"), "seq", places)
    return pa.concat_tables([pa.table(fast), others]) if count else others


def _texts(values: list[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # an unpaired surrogate, which JSON may contain
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], pa.string())


def _maps(rows: Sequence[dict[str, str]]) -> pa.Array:
    """Arrow maps from flat keys and values with offsets: ten times faster than from rows of pairs."""
    offsets = np.zeros(len(rows) + 1, np.int32)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    keys = _texts([key for row in rows for key in row])
    values = _texts([value for row in rows for value in row.values()])
    return pa.MapArray.from_arrays(offsets, keys, values)
