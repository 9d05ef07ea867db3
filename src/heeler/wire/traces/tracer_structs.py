"""Fast path for well-formed tracer payloads, decoded directly into typed structs; several times cheaper than
by way of plain values.

The result is None for a payload with any value of an unexpected type:
:mod:`heeler.wire.traces.tracer_payload` decodes it as leniently as an Agent does, or reports the error.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from heeler.wire.traces.spans import Chunk, Span, TracerPayload

_Id = Annotated[int, msgspec.Meta(ge=0)]
_Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Place = Annotated[int, msgspec.Meta(ge=0)]


class _Map(msgspec.Struct, forbid_unknown_fields=True):
    """A span of v0.1 to v0.4; those with links, events or structs are left to the other decoder."""

    service: str = ""
    name: str = ""
    resource: str = ""
    type: str = ""
    trace_id: _Id = 0
    span_id: _Id = 0
    parent_id: _Id = 0
    start: _Whole = 0
    duration: _Whole = 0
    error: _Whole = 0
    meta: dict[str, str] = {}
    metrics: dict[str, float] = {}
    meta_struct: msgspec.Raw | None = None
    span_links: msgspec.Raw | None = None
    span_events: msgspec.Raw | None = None


_Row = tuple[
    _Place, _Place, _Place, _Id, _Id, _Id, _Whole, _Whole, _Whole, dict[_Place, _Place], dict[_Place,
    float], _Place
]  # fmt: skip

#: A list, a map without entries, and nil.
_EMPTY = frozenset((b"\x90", b"\x80", b"\xc0"))
_MAPS = msgspec.msgpack.Decoder(list[list[_Map]])
_TABLE = msgspec.msgpack.Decoder(tuple[list[str], list[list[_Row]]])


def nested(body: bytes) -> TracerPayload | None:
    """Decode a payload of v0.4 in MessagePack."""
    try:
        traces = _MAPS.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    chunks = []
    for trace in traces:
        if not all(_is_plain(one) for one in trace):
            return None
        chunks.append(Chunk([_span(one) for one in trace]))
    return TracerPayload(chunks)


def _is_plain(one: _Map) -> bool:
    """Whether a span has neither links, events nor structs."""
    more = (one.meta_struct, one.span_links, one.span_events)
    return more == (None, None, None) or all(part is None or bytes(part) in _EMPTY for part in more)


def _span(one: _Map) -> Span:
    return Span(
        one.service, one.name, one.resource, one.type, one.trace_id, one.span_id, one.parent_id, one.start,
        one.duration, one.error, one.meta, one.metrics,
    )  # fmt: skip


def tabled(body: bytes) -> TracerPayload | None:
    """Decode a payload of v0.5."""
    try:
        strings, traces = _TABLE.decode(body)
        return TracerPayload([Chunk([_row(strings, row) for row in trace]) for trace in traces])
    except (msgspec.MsgspecError, ValueError, RecursionError, IndexError):
        return None


def _row(at: list[str], row: tuple[Any, ...]) -> Span:
    service, name, resource, trace_id, span_id, parent_id, start, duration, error, meta, metrics, kind = row
    return Span(
        at[service], at[name], at[resource], at[kind], trace_id, span_id, parent_id, start, duration, error,
        {at[key]: at[value] for key, value in meta.items()}, {at[key]: value for key,
        value in metrics.items()},
    )  # fmt: skip
