"""Columns of logs: the output of the compiled decoder, and its conversion to Arrow arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_TAGS
from heeler.wire.json_codec import dump, looks_like_json
from heeler.wire.logs import reserved
from heeler.wire.logs.datadog import LogEntry, entry_of, split_tags
from heeler.wire.logs.id_forms import ID_PATHS, NO_FORM, ids_of
from heeler.wire.logs.reserved import text_of
from heeler.wire.normalize import tag_set

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.uint64]

ENVELOPE_KEYS = (
    "message", "msg", "log", "ddsource", "source", "ddtags", "hostname", "host", "service", "status",
    "timestamp",
    "date",
)  # fmt: skip
"""First keys of a body's table, in the order of :mod:`.jit`."""
#: Attributes of error logs, which are needed as objects.
ERROR_KEYS = ("error.kind", "error.type", "error.stack")
_INJECTED = np.frombuffer(b"dd.trace_id", np.uint8)


class Compiled(NamedTuple):
    """Modules of compiled loops: ``jit_json``, ``jit``, ``jit_fields`` and ``jit_columns``."""

    json: ModuleType
    cut: ModuleType
    fields: ModuleType
    columns: ModuleType


@dataclass(slots=True)
class Cut:
    """A body parsed by :func:`heeler.wire.logs.jit.cut`; see there for the arrays. ``special`` numbers the
    paths that have a column of ``slots``.
    """

    data: Bytes
    rows: npt.NDArray[np.uint8]
    bounds: Ints
    places: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]
    keys: npt.NDArray[np.int32]
    begins: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    names: list[str]
    special: Mapping[str, int]
    used: int

    def json(self, value: int) -> bytes:
        return self.data[self.begins[value] : self.ends[value]].tobytes()

    def load(self, value: int) -> Any:
        return orjson.loads(self.json(value))

    def document(self, row: int) -> bytes:
        return self.data[self.bounds[row, 0] : self.bounds[row, 1]].tobytes()


@dataclass(slots=True)
class LogColumns:
    """Logs of a body: columns of those read by compiled code, entries of the others.

    ``places`` and the first element of each of ``entries`` are the position of a log in the request, from 0.
    ``promoted`` are attributes with dedicated columns, by path. ``values`` of attributes are texts that
    preserve their type.
    """

    count: int
    places: Ints
    times: Ints
    texts: dict[str, pa.Array] = field(default_factory=dict)
    """``service``, ``host``, ``source``, ``status`` and ``message``."""
    tags: pa.Array | None = None
    promoted: dict[str, pa.Array] = field(default_factory=dict)
    attributes: pa.Array | None = None
    ids: pa.Array | None = None
    """Forms of ids that are left out of ``attributes`` (:mod:`.id_forms`)."""
    trace_ids: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    trace_highs: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    span_ids: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    entries: list[tuple[int, LogEntry]] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    dated: bool = True
    """Whether each log has its own time."""


class Reader:
    """Converts a cut to :class:`LogColumns`. ``needs_entry`` tells for a source whether its logs are needed
    as objects.

    Raises ``PayloadError`` like the plain decoder, and what orjson raises if the body is not valid JSON.
    """

    def __init__(
        self, compiled: Compiled, cut: Cut, query: Mapping[str, str], now_ns: int, promoted: Sequence[str],
        needs_entry: Callable[[str], bool], seed: np.uint64,
    ) -> None:  # fmt: skip
        self._json, self._jit, self._fields, self._write = compiled
        self._cut, self._seed = cut, seed
        self._query, self._now, self._needs_entry = query, now_ns, needs_entry
        self._promoted = promoted

    def read(self) -> LogColumns:
        cut = self._cut
        self._encode_rest()
        rows = np.flatnonzero(cut.rows == self._jit.FAST)
        source = self._field(rows, [], self._jit.SOURCE, MAX_FIELD, "ddsource")
        status = self._status(rows)
        plain = status.valid & ~self._needed(rows, source, status)
        times, dated = self._times(rows, plain)
        service = self._picked(rows, reserved.SERVICE_KEYS, (self._jit.SERVICE,), MAX_FIELD, "service")
        host = self._picked(
            rows, reserved.HOST_KEYS, (self._jit.HOST, self._jit.HOSTNAME), MAX_HOST, "hostname"
        )
        ids = self._ids(rows, plain)
        message = self._message(rows)
        self._inject(message, ids)
        entries = self._entries(rows[~plain])
        kept = np.flatnonzero(plain)
        rows, all_kept = rows[kept], len(kept) == len(rows)
        take = pa.array(kept)
        position = np.cumsum(cut.rows != self._jit.EMPTY) - 1
        attributes, forms = self._maps(rows, ids[0][kept], ids[1][kept], ids[2][kept])
        order = {row: int(position[row]) for row, _ in entries}
        return LogColumns(
            count=int(np.count_nonzero(cut.rows != self._jit.EMPTY)),
            places=position[rows],
            times=times[kept],
            texts={
                "service": service.strings(kept),
                "host": host.strings(kept),
                "source": source.strings(kept),
                "status": status.strings(kept),
                "message": message if all_kept else message.take(take),
            },
            tags=self._tags(rows),
            promoted={path: self._texts(cut.slots[rows, cut.special[path]]) for path in self._promoted},
            attributes=attributes,
            ids=forms,
            trace_ids=ids[1][kept],
            trace_highs=ids[0][kept],
            span_ids=ids[2][kept],
            entries=[(order[row], entry) for row, entry in entries],
            sources=source.used(kept) | {entry.source for _, entry in entries},
            dated=bool(dated[kept].all()) and all(entry.dated for _, entry in entries),
        )

    def _encode_rest(self) -> None:
        """Write the values that only the plain encoder supports, after the data."""
        cut = self._cut
        found = np.flatnonzero((cut.kinds & 15 == self._json.ENCODED) & (cut.keys >= 0))
        if not len(found):
            return
        values = []
        for value in found.tolist():
            loaded = cut.load(value)
            plain = isinstance(loaded, str) and not looks_like_json(loaded)
            values.append(b"" if plain else dump(loaded).encode())
            cut.kinds[value] = self._json.UNESCAPED | self._json.ESCAPED if plain else self._json.VERBATIM
        found, values = found[[one != b"" for one in values]], [one for one in values if one]
        if not values:
            return
        sizes = np.array([len(one) for one in values])
        stops = cut.used + np.cumsum(sizes)
        cut.begins[found], cut.ends[found] = stops - sizes, stops
        extra = np.frombuffer(b"".join(values), np.uint8)
        cut.data = np.concatenate([cut.data[: cut.used], extra])

    def _needed(self, rows: Ints, source: _Words, status: _Words) -> npt.NDArray[np.bool_]:
        """Rows needed as objects: those of some sources, and errors that are more than a line."""
        cut = self._cut
        by_code = np.array([self._needs_entry(word) for word in source.words], np.bool_)
        needed: npt.NDArray[np.bool_] = by_code[source.codes]
        slots = cut.slots[rows][:, [cut.special[key] for key in ERROR_KEYS]]
        failed = np.array([word in reserved.FAILED for word in status.words], np.bool_)[status.codes]
        needed |= failed & (slots >= 0).any(axis=1)
        return needed

    def _columns(self, rows: Ints, paths: Sequence[str], places: Sequence[int]) -> npt.NDArray[np.int32]:
        """Values of attributes, then of the envelope, one a row."""
        cut = self._cut
        of_paths = cut.slots[rows][:, [cut.special[path] for path in paths]]
        return np.ascontiguousarray(np.hstack([of_paths, cut.places[rows][:, list(places)]]))

    def _codes(self, values: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], list[int]]:
        """Number each distinct JSON text of ``values``, -1 for none; and a value of each number."""
        cut = self._cut
        size = 1 << int(2 * len(values) + 1).bit_length()
        table, codes = np.full(size, -1, np.int32), np.empty(len(values), np.int32)
        first = np.empty(len(values), np.int32)
        count = self._write.distinct(cut.data, values, cut.begins, cut.ends, self._seed, table, codes, first)
        return codes, first[:count].tolist()

    def _picked(
        self, rows: Ints, paths: Sequence[str], places: Sequence[int], most: int, default: str
    ) -> _Words:
        candidates = self._columns(rows, paths, places)
        values = np.empty(len(rows), np.int32)
        self._write.pick_text(self._cut.data, candidates, self._cut.begins, self._cut.ends, values)
        return self._words(values, most, default)

    def _field(self, rows: Ints, paths: Sequence[str], place: int, most: int, default: str) -> _Words:
        return self._words(np.ascontiguousarray(self._cut.places[rows, place]), most, default)

    def _words(self, values: npt.NDArray[np.int32], most: int, default: str) -> _Words:
        codes, firsts = self._codes(values)
        words = [text_of(self._cut.load(value))[:most] for value in firsts]
        words.append(self._query.get(default, "")[:most])
        return _Words(words, np.where(codes < 0, len(words) - 1, codes))

    def _status(self, rows: Ints) -> _Words:
        """Statuses; invalid where the envelope has an invalid one."""
        words = [*reserved.SEVERITIES, "ok"]
        number = {word: place for place, word in enumerate(words)}
        codes = np.full(len(rows), -1, np.int64)
        columns = self._columns(rows, reserved.STATUS_KEYS, (self._jit.STATUS,))
        valid = np.ones(len(rows), np.bool_)
        for place, values in enumerate(columns.T):
            if (values < 0).all():
                continue
            found, firsts = self._codes(np.ascontiguousarray(values))
            statuses = [reserved.status_of(self._cut.load(value)) for value in firsts]
            of_code = np.array([-1 if one is None else number[one] for one in statuses] + [-1], np.int64)[
                found
            ]
            if place == len(columns.T) - 1:
                valid = (values < 0) | (of_code >= 0)
            codes = np.where(codes < 0, of_code, codes)
        return _Words(words, np.where(codes < 0, number["info"], codes), valid)

    def _times(self, rows: Ints, plain: npt.NDArray[np.bool_]) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Nanoseconds of each row, and whether they are the log's own; rows with an invalid time in the
        envelope are removed from ``plain``.
        """
        cut, fields = self._cut, self._fields
        for place in (self._jit.TIMESTAMP, self._jit.DATE):
            values = np.ascontiguousarray(cut.places[rows, place])
            plain &= (values < 0) | (self._time(values[:, None]) != fields.NONE)
        columns = self._columns(rows, reserved.DATE_KEYS, (self._jit.TIMESTAMP, self._jit.DATE))
        found = self._time(columns)
        dated = found != fields.NONE
        return np.where(dated, found, self._now), dated

    def _time(self, columns: npt.NDArray[np.int32]) -> Ints:
        cut, fields = self._cut, self._fields
        found = np.empty(len(columns), np.int64)
        fields.times(cut.data, np.ascontiguousarray(columns), cut.begins, cut.ends, found)
        for row in np.flatnonzero(found == fields.UNSURE).tolist():
            values = (
                reserved.time_ns(cut.load(value), self._now) for value in columns[row].tolist() if value >= 0
            )
            found[row] = next((one for one in values if one is not None), fields.NONE)
        return found

    def _ids(self, rows: Ints, plain: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.uint64]]:
        """Upper and lower half of the trace id, and the span id."""
        cut, found = self._cut, []
        for paths in (reserved.TRACE_KEYS, reserved.SPAN_KEYS):
            high, low = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.uint64)
            unsure = np.zeros(len(rows), np.bool_)
            columns = self._columns(rows, paths, ())
            self._fields.ids(cut.data, columns, cut.begins, cut.ends, high, low, unsure)
            plain &= ~unsure
            found += [high, low]
        return [found[0], found[1], found[3]]

    def _inject(self, messages: pa.Array, ids: list[npt.NDArray[np.uint64]]) -> None:
        """Ids that a tracer wrote into the message; a span id alone is ignored."""
        high, low, span = ids
        for row in self._with_ids(messages):
            if not low[row]:
                high[row], low[row], own = reserved.trace_of(messages[row].as_py(), {})
                span[row] = span[row] or own
        span[low == 0] = 0

    def _with_ids(self, messages: pa.Array) -> list[int]:
        data = messages.buffers()[2]
        if data is None or not data.size:
            return []
        offsets = np.frombuffer(messages.buffers()[1], np.int32, len(messages) + 1)
        found = np.empty(len(messages), np.int32)
        count = self._write.find_word(np.frombuffer(data, np.uint8), offsets, _INJECTED, found)
        rows: list[int] = found[:count].tolist()
        return rows

    def _message(self, rows: Ints) -> pa.Array:
        values = np.ascontiguousarray(self._cut.places[rows, self._jit.MESSAGE])
        return self._strings(self._write.insides, values)

    def _texts(self, values: npt.NDArray[np.int32]) -> pa.Array:
        return self._strings(self._write.texts, np.ascontiguousarray(values))

    def _strings(self, write: Callable[..., int], values: npt.NDArray[np.int32]) -> pa.Array:
        cut = self._cut
        there = values[values >= 0]
        if not len(there):
            return pa.array([""], pa.string()).take(pa.array(np.zeros(len(values), np.int8)))
        size = int((cut.ends[there] - cut.begins[there]).sum())
        offsets, out = np.zeros(len(values) + 1, np.int32), np.empty(size, np.uint8)
        used = write(cut.data, values, cut.begins, cut.ends, cut.kinds, offsets, out)
        return _string_array(offsets, out[:used])

    def _tags(self, rows: Ints) -> pa.Array:
        codes, firsts = self._codes(np.ascontiguousarray(self._cut.places[rows, self._jit.DDTAGS]))
        own = split_tags(self._query.get("ddtags"))
        lists = [split_tags(self._cut.load(value)) for value in firsts]
        sets = [list(tag_set((one + own)[:MAX_TAGS])) for one in (*lists, [])]
        return pa.array(sets, pa.list_(pa.string())).take(pa.array(np.where(codes < 0, len(lists), codes)))

    def _maps(self, rows: Ints, highs: Ids, lows: Ids, spans: Ids) -> tuple[pa.Array, pa.Array]:
        """Attributes, and the forms of ids that are left out of them."""
        cut = self._cut
        id_keys = np.array([cut.special[path] for path in ID_PATHS], np.int64)
        forms = np.full((len(rows), len(ID_PATHS)), ord(NO_FORM), np.uint8)
        promoted = np.zeros(max(len(cut.names), 1), np.bool_)
        promoted[[cut.special[path] for path in self._promoted]] = True
        size = int((cut.ends[cut.keys >= 0] - cut.begins[cut.keys >= 0]).sum())
        row_offsets, keys = np.zeros(len(rows) + 1, np.int32), np.empty(len(cut.keys), np.int32)
        offsets, out = np.zeros(len(cut.keys) + 1, np.int32), np.empty(size, np.uint8)
        count, used = self._write.maps(
            cut.data, rows, cut.bounds, cut.keys, promoted, cut.begins, cut.ends, cut.kinds, id_keys,
            np.stack([highs, spans]), np.stack([lows, spans]), forms, row_offsets, keys, offsets, out,
        )  # fmt: skip
        names = pa.array(cut.names, pa.string()).take(pa.array(keys[:count]))
        attributes = pa.MapArray.from_arrays(
            row_offsets, names, _string_array(offsets[: count + 1], out[:used])
        )
        kinds, codes = np.unique(forms.view("S2").ravel(), return_inverse=True)
        texts = pa.array([ids_of(one.decode()) for one in kinds.tolist()], pa.string())
        return attributes, texts.take(pa.array(codes))

    def _entries(self, needed: Ints) -> list[tuple[int, LogEntry]]:
        """Logs decoded by the plain decoder, each with its row."""
        cut, found = self._cut, []
        for row in np.union1d(needed, np.flatnonzero(cut.rows == self._jit.SLOW)).tolist():
            document = orjson.loads(cut.document(row))
            if document == "":
                cut.rows[row] = self._jit.EMPTY
            else:
                found.append((row, entry_of(document, self._query, self._now)))
        return found


@dataclass(slots=True)
class _Words:
    """A column with few distinct words."""

    words: list[str]
    codes: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def strings(self, rows: Ints) -> pa.Array:
        return pa.array(self.words, pa.string()).take(pa.array(self.codes[rows]))

    def used(self, rows: Ints) -> set[str]:
        return {self.words[code] for code in np.unique(self.codes[rows]).tolist()}


def _string_array(offsets: npt.NDArray[np.int32], data: Bytes) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
