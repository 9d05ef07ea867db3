"""Decoder of tracer payloads: ``decode(version, body)`` for v0.1 to v0.5, v0.7 and v1.0.

MessagePack, and JSON for versions before v0.4. All give the same structures. One bad span makes the payload
unreadable (the tracer's encoder is broken), so it is refused as a whole, as the Agent does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from heeler.wire.body_limits import LimitExceeded, check_json, check_msgpack
from heeler.wire.coerce import mapping, number, numbers, sequence, text, texts, unsigned, whole
from heeler.wire.traces import tracer_structs, tracer_v1
from heeler.wire.traces.spans import Chunk, Span, SpanEvent, SpanLink, TraceFormatError, TracerPayload

_V05_FIELDS = 12


def decode(version: str, body: bytes, *, json: bool = False) -> TracerPayload:
    """Decode the payload of ``/<version>/traces``, such as ``v0.5``. Raises :class:`TraceFormatError`."""
    decoder = _DECODERS.get(version)
    if decoder is None:
        raise TraceFormatError(f"There is no trace format {version}")
    _check(body, json)
    if not json and version in _TYPED:
        found = _TYPED[version](body)
        if found is not None:
            return found
    return decoder(_load(body, json))


def _check(body: bytes, json: bool) -> None:
    try:
        (check_json if json else check_msgpack)(body)
    except LimitExceeded as error:
        raise TraceFormatError(str(error)) from None


def _load(body: bytes, json: bool) -> Any:
    try:
        return msgspec.json.decode(body) if json else msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TraceFormatError(f"The body is no {'JSON' if json else 'MessagePack'}: {error}") from None


def _flat(raw: Any) -> TracerPayload:
    """v0.1: one list of spans, grouped by trace."""
    by_trace: dict[int, list[Span]] = {}
    for one in sequence(raw, "The payload"):
        span = span_of(one)
        by_trace.setdefault(span.trace_id, []).append(span)
    return TracerPayload([Chunk(spans) for spans in by_trace.values()])


def _nested(raw: Any) -> TracerPayload:
    """v0.2 to v0.4: a list of lists of span maps."""
    traces = sequence(raw, "The payload")
    return TracerPayload([Chunk([span_of(one) for one in sequence(trace, "A trace")]) for trace in traces])


def _tabled(raw: Any) -> TracerPayload:
    """v0.5: a string table, then spans with indexes into it."""
    parts = sequence(raw, "The payload")
    if len(parts) != 2:
        raise TraceFormatError(f"A v0.5 payload has 2 parts, not {len(parts)}")
    strings = [text(one) for one in sequence(parts[0], "The table of strings")]
    traces = sequence(parts[1], "The list of traces")
    return TracerPayload(
        [Chunk([_tabled_span(strings, one) for one in sequence(trace, "A trace")]) for trace in traces]
    )


def _tabled_span(strings: list[str], raw: Any) -> Span:
    fields = sequence(raw, "A span")
    if len(fields) != _V05_FIELDS:
        raise TraceFormatError(f"A v0.5 span has {_V05_FIELDS} fields, not {len(fields)}")
    service, name, resource, trace_id, span_id, parent_id, start, duration, error, meta, metrics, kind = (
        fields
    )

    def at(index: Any) -> str:
        if type(index) is not int or not 0 <= index < len(strings):
            raise TraceFormatError(f"String {index!r:.40} is not in the table of {len(strings)}")
        return strings[index]

    return Span(
        service=at(service),
        name=at(name),
        resource=at(resource),
        type=at(kind),
        trace_id=unsigned(trace_id),
        span_id=unsigned(span_id),
        parent_id=unsigned(parent_id),
        start=whole(start),
        duration=whole(duration),
        error=whole(error),
        meta={at(key): at(value) for key, value in mapping(meta, "meta").items()},
        metrics={at(key): number(value) for key, value in mapping(metrics, "metrics").items()},
    )


def _payload(raw: Any) -> TracerPayload:
    """v0.7: the tracer's metadata around chunks."""
    fields = mapping(raw, "The payload")
    return TracerPayload(
        chunks=[_chunk(one) for one in sequence(fields.get("chunks"), "chunks")],
        container_id=text(fields.get("container_id")),
        language=text(fields.get("language_name")),
        language_version=text(fields.get("language_version")),
        tracer_version=text(fields.get("tracer_version")),
        runtime_id=text(fields.get("runtime_id")),
        env=text(fields.get("env")),
        hostname=text(fields.get("hostname")),
        app_version=text(fields.get("app_version")),
        tags=texts(fields.get("tags"), "tags"),
    )


def _chunk(raw: Any) -> Chunk:
    fields = mapping(raw, "A chunk")
    chunk = Chunk([span_of(one) for one in sequence(fields.get("spans"), "spans")])
    if fields.get("priority") is not None:
        chunk.priority = whole(fields["priority"])
    chunk.origin = text(fields.get("origin"))
    chunk.tags = texts(fields.get("tags"), "tags")
    chunk.dropped = bool(fields.get("dropped_trace"))
    return chunk


def span_of(raw: Any) -> Span:
    """Decode a span from the map of v0.1 to v0.4 and v0.7."""
    fields = mapping(raw, "A span")
    get = fields.get
    return Span(
        service=text(get("service")),
        name=text(get("name")),
        resource=text(get("resource")),
        type=text(get("type")),
        trace_id=unsigned(get("trace_id")),
        span_id=unsigned(get("span_id")),
        parent_id=unsigned(get("parent_id")),
        start=whole(get("start")),
        duration=whole(get("duration")),
        error=whole(get("error")),
        meta=texts(get("meta"), "meta"),
        metrics=numbers(get("metrics"), "metrics"),
        meta_struct={
            text(key): _blob(value) for key, value in mapping(get("meta_struct"), "meta_struct").items()
        },
        links=[_link(one) for one in sequence(get("span_links"), "span_links")],
        events=[_event(one) for one in sequence(get("span_events"), "span_events")],
    )


def _blob(value: Any) -> bytes:
    return value if isinstance(value, bytes) else text(value).encode()


def _link(raw: Any) -> SpanLink:
    fields = mapping(raw, "A span link")
    return SpanLink(
        trace_id=unsigned(fields.get("trace_id")),
        trace_id_high=unsigned(fields.get("trace_id_high")),
        span_id=unsigned(fields.get("span_id")),
        attributes=texts(fields.get("attributes"), "attributes"),
        tracestate=text(fields.get("tracestate")),
        flags=whole(fields.get("flags")) & 0xFFFFFFFF,
    )


def _event(raw: Any) -> SpanEvent:
    fields = mapping(raw, "A span event")
    attributes = mapping(fields.get("attributes"), "attributes")
    return SpanEvent(
        time_unix_nano=unsigned(fields.get("time_unix_nano")),
        name=text(fields.get("name")),
        attributes={text(key): _any_value(value) for key, value in attributes.items()},
    )


def _any_value(raw: Any) -> Any:
    """A typed value: 0 string, 1 bool, 2 int, 3 double, 4 list."""
    fields = mapping(raw, "An attribute")
    match whole(fields.get("type")):
        case 1:
            return bool(fields.get("bool_value"))
        case 2:
            return whole(fields.get("int_value"))
        case 3:
            return number(fields.get("double_value"))
        case 4:
            values = mapping(fields.get("array_value"), "array_value").get("values")
            return [_any_value(one) for one in sequence(values, "values")]
        case _:
            return text(fields.get("string_value"))


_TYPED: dict[str, Callable[[bytes], TracerPayload | None]] = {
    "v0.2": tracer_structs.nested,
    "v0.3": tracer_structs.nested,
    "v0.4": tracer_structs.nested,
    "v0.5": tracer_structs.tabled,
}
_DECODERS: dict[str, Callable[[Any], TracerPayload]] = {
    "v0.1": _flat,
    "v0.2": _nested,
    "v0.3": _nested,
    "v0.4": _nested,
    "v0.5": _tabled,
    "v0.7": _payload,
    "v1.0": tracer_v1.payload_of,
}
