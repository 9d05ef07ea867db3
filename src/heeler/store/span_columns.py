"""Rows of ``apm_spans`` from a body that was split by compiled code (:mod:`heeler.wire.traces.fast_path`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError

from heeler.store.span_rows import (
    ELSEWHERE,
    KNOWN,
    PARTIAL,
    PROMOTED,
    SPANS,
    TOP_LEVEL,
    Columns,
    container_tags,
)
from heeler.wire.traces import agent_payload, fast_path
from heeler.wire.traces.fast_path import CutSpans
from heeler.wire.traces.spans import AgentTraces, Chunk, TracerPayload

#: A failed span without one of these is not a tracked error.
_ERROR = ("error.type", "error.message", "error.msg")
_KEYS = tuple(
    dict.fromkeys(
        (*PROMOTED, *KNOWN, *ELSEWHERE, *TOP_LEVEL, PARTIAL, "_dd.hostname", "http.status_code", *_ERROR)
    )
)
_PLACE = {key: place for place, key in enumerate(_KEYS)}
_STATUS = _PLACE["http.status_code"]
_LARGEST_INT64 = 2**63 - 1

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded body: rows by table, and the spans of chunks with errors."""

    tables: dict[str, pa.Table]
    with_errors: AgentTraces


def decode(body: bytes) -> Decoded | None:
    """Rows of a delivery, by compiled code; None if :func:`heeler.wire.traces.agent_payload.decode` has to
    decode it. Raises ``LimitExceeded``.
    """
    found = fast_path.cut(body, _KEYS)
    if found is None:
        return None
    try:
        return _Reader(found).read()
    except (_Unusual, DecodeError):
        return None


class _Unusual(Exception):
    """The body contains something that only the plain decoder supports."""


class _Reader:
    def __init__(self, cut: CutSpans) -> None:
        self._cut, self._write = cut, cut.columns
        if (cut.number_slots[:, _PLACE[PARTIAL]] >= 0).any():
            raise _Unusual
        self._traces = agent_payload.header_of(_without(cut.body, 0, len(cut.body), cut.payloads[:, (2, 1)]))
        self._payloads = [self._payload(place) for place in range(len(cut.payloads))]
        for chunk in np.flatnonzero(cut.chunks[:, 4]).tolist():
            self._chunk(chunk)  # rejected if malformed

    def read(self) -> Decoded:
        cut = self._cut
        high = np.zeros(len(cut.chunks), np.uint64)
        self._statuses = np.zeros(len(cut.spans), np.int64)
        self._write.statuses(
            cut.data, cut.slots, cut.number_slots, _STATUS, cut.tag_bounds, cut.numbers, self._statuses
        )
        tid, known = _PLACE["_dd.p.tid"], np.zeros(len(cut.chunks), np.bool_)
        self._write.high_halves(cut.data, cut.spans, cut.slots, tid, cut.tag_bounds, high, known)
        promoted = [_PLACE[key] for key in PROMOTED]
        slow = cut.slow | (cut.number_slots[:, promoted] >= 0).any(axis=1)
        table = self._table(np.flatnonzero(~slow), high)
        if slow.any():
            table = pa.concat_tables([table, self._plain(np.flatnonzero(slow), high)])
        return Decoded({"apm_spans": table}, self._with_errors())

    def _payload(self, place: int) -> TracerPayload:
        """One payload without its chunks."""
        cut = self._cut
        begin, end, _ = cut.payloads[place].tolist()
        inside = cut.chunks[cut.chunks[:, 2] == place]
        return agent_payload.payload_of(_without(cut.body, begin, end, inside[:, (5, 1)]))

    def _chunk(self, place: int) -> Chunk:
        return agent_payload.chunk_of(self._cut.body[slice(*self._cut.chunks[place, :2].tolist())])

    def _with_errors(self) -> AgentTraces:
        """The delivery with only the chunks that contain a failed span."""
        cut = self._cut
        failed = (cut.wholes[:, 5] & np.uint64(0xFFFFFFFF)) != 0
        failed &= (cut.slots[:, [_PLACE[key] for key in _ERROR]] >= 0).any(axis=1)
        found = [
            TracerPayload(**{name: getattr(one, name) for name in one.__struct_fields__})
            for one in self._payloads
        ]
        for one in found:
            one.chunks = []
        for place in np.unique(cut.spans[failed, 2]).tolist():
            found[int(cut.chunks[place, 2])].chunks.append(self._chunk(place))
        traces = self._traces
        return AgentTraces(traces.hostname, traces.env, traces.agent_version, found, traces.tags)

    def _plain(self, rows: Ints, high: npt.NDArray[np.uint64]) -> pa.Table:
        """Rows by way of objects."""
        cut, columns = self._cut, Columns()
        containers = [container_tags(one) for one in self._payloads]
        for row in rows.tolist():
            begin, end, place = cut.spans[row].tolist()
            payload = int(cut.chunks[place, 2])
            chunk = Chunk([], int(cut.chunks[place, 3]), self._origin(place))
            span = agent_payload.span_of(cut.body[begin:end])
            columns.add(
                self._traces, self._payloads[payload], chunk, int(high[place]), span, containers[payload], 1
            )
        return columns.table()

    def _origin(self, chunk: int) -> str:
        return self._cut.body[slice(*self._cut.chunk_texts[chunk].tolist())].decode()

    def _table(self, rows: Ints, high: npt.NDArray[np.uint64]) -> pa.Table:
        cut = self._cut
        wholes, chunks = cut.wholes[rows], cut.spans[rows, 2]
        payloads = cut.chunks[chunks, 2]
        traces = self._traces
        start = np.minimum(wholes[:, 3].view(np.int64), _LARGEST_INT64)
        priority = np.clip(cut.chunks[chunks, 3], -128, 127)

        def of_payload(read: Callable[[TracerPayload], str]) -> pa.Array:
            return pa.array([read(one) for one in self._payloads], pa.string()).take(pa.array(payloads))

        fixed = {
            "service": self._text(rows, 0),
            "start": pa.array(start).cast(pa.timestamp("ns", "UTC")),
            "duration": pa.array(wholes[:, 4].copy().view(np.int64)),
            "trace_id": pa.array(wholes[:, 0].copy()),
            "trace_high": pa.array(high[chunks]),
            "span_id": pa.array(wholes[:, 1].copy()),
            "parent_id": pa.array(wholes[:, 2].copy()),
            "name": self._text(rows, 1),
            "resource": self._text(rows, 2),
            "type": self._text(rows, 3),
            "error": pa.array(((wholes[:, 5] & np.uint64(0xFFFFFFFF)) != 0).astype(np.uint8)),
            "env": _either(self._tag(rows, "env"), of_payload(lambda one: one.env or traces.env)),
            "version": _either(self._tag(rows, "version"), of_payload(lambda one: one.app_version)),
            "host": _either(
                self._tag(rows, "_dd.hostname"), of_payload(lambda one: one.hostname or traces.hostname)
            ),
            "language": _either(self._tag(rows, "language"), of_payload(lambda one: one.language)),
            "http_status": pa.array(self._statuses[rows].astype(np.uint16)),
            "top_level": pa.array(self._top_level(rows)),
            "priority": pa.array(priority.astype(np.int16)),
            "origin": self._strings(chunks, cut.chunk_texts),
            "tags": self._containers(payloads),
            **{column: self._tag(rows, key) for key, column in PROMOTED.items()},
            "meta": self._meta(rows),
            "metrics": self._metrics(rows),
            "links": self._tag(rows, "_dd.span_links"),
            "events": self._tag(rows, "events"),
            "indexed": pa.array(np.ones(len(rows), np.uint8)),
            "meta_struct": pa.array([""], pa.string()).take(pa.array(np.zeros(len(rows), np.int8))),
        }
        return pa.table(fixed, schema=SPANS)

    def _text(self, rows: Ints, place: int) -> pa.Array:
        return self._strings(rows, self._cut.texts[:, place])

    def _tag(self, rows: Ints, key: str) -> pa.Array:
        return self._strings(self._cut.slots[rows, _PLACE[key]], self._cut.tag_bounds)

    def _strings(
        self,
        rows: npt.NDArray[np.int64] | npt.NDArray[np.int32],
        bounds: npt.NDArray[np.int64] | npt.NDArray[np.int32],
    ) -> pa.Array:
        there = rows[rows >= 0]
        if not len(there):
            return pa.array([""], pa.string()).take(pa.array(np.zeros(len(rows), np.int8)))
        size = int((bounds[there, 1] - bounds[there, 0]).sum())
        offsets, out = np.zeros(len(rows) + 1, np.int32), np.empty(size, np.uint8)
        self._write.gather(
            self._cut.data,
            np.ascontiguousarray(rows, np.int64),
            np.ascontiguousarray(bounds, np.int64),
            offsets,
            out,
        )
        return _string_array(offsets, out)

    def _top_level(self, rows: Ints) -> npt.NDArray[np.uint8]:
        cut, found = self._cut, np.zeros(len(rows), np.bool_)
        for key in TOP_LEVEL:
            slots = cut.number_slots[rows, _PLACE[key]]
            there = slots >= 0
            found[there] |= cut.numbers[slots[there]] == 1
        return found.astype(np.uint8)

    def _containers(self, payloads: Ints) -> pa.Array:
        lists = [container_tags(one) for one in self._payloads]
        return pa.array(lists, pa.list_(pa.string())).take(pa.array(payloads))

    def _marks(self, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
        marks = np.zeros(len(self._cut.names), np.bool_)
        marks[[_PLACE[key] for key in keys]] = True
        return marks

    def _meta(self, rows: Ints) -> pa.Array:
        cut = self._cut
        count = len(cut.tag_keys)
        size = int((cut.tag_bounds[:, 1] - cut.tag_bounds[:, 0]).sum())
        row_offsets, keys = np.zeros(len(rows) + 1, np.int32), np.empty(count, np.int32)
        offsets, out = np.zeros(count + 1, np.int32), np.empty(size, np.uint8)
        elsewhere, columns = self._marks(tuple(ELSEWHERE)), self._marks((*PROMOTED, *KNOWN))
        n, used = self._write.tags(
            cut.data, rows, cut.tag_ends, cut.tag_keys, cut.tag_bounds, elsewhere, columns, _STATUS,
            self._statuses,
            row_offsets, keys,
            offsets, out,
        )  # fmt: skip
        values = _string_array(offsets[: n + 1], out[:used])
        return pa.MapArray.from_arrays(row_offsets, self._names(keys[:n]), values)

    def _metrics(self, rows: Ints) -> pa.Array:
        cut = self._cut
        count = len(cut.number_keys)
        row_offsets, keys = np.zeros(len(rows) + 1, np.int32), np.empty(count, np.int32)
        values = np.empty(count, np.float64)
        n = self._write.numbers(
            rows, cut.number_ends, cut.number_keys, cut.numbers, cut.slots, _STATUS, self._marks(TOP_LEVEL),
            row_offsets,
            keys, values,
        )  # fmt: skip
        return pa.MapArray.from_arrays(row_offsets, self._names(keys[:n]), pa.array(values[:n]))

    def _names(self, keys: npt.NDArray[np.int32]) -> pa.Array:
        return pa.array(self._cut.names, pa.string()).take(pa.array(keys))


def _without(body: bytes, begin: int, end: int, parts: Ints) -> bytes:
    """Bytes from ``begin`` to ``end`` without those between consecutive ``parts``."""
    found = []
    for start, stop in parts.tolist():
        found.append(body[begin:start])
        begin = stop
    return b"".join([*found, body[begin:end]])


def _either(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(first, ""), second, first)


def _string_array(offsets: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]) -> pa.Array:
    return pa.Array.from_buffers(
        pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
