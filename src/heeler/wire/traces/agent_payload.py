"""``POST /api/v0.2/traces``: the protobuf payload in which agents send spans to the server."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from heeler.wire import protobuf
from heeler.wire.body_limits import MAX_ITEMS, MAX_TRACE_BYTES, check_bytes
from heeler.wire.proto import agent_payload_pb2 as pb
from heeler.wire.protobuf_writer import blob
from heeler.wire.traces import fast_encode
from heeler.wire.traces.spans import (
    AgentTraces,
    Chunk,
    Span,
    SpanEvent,
    SpanLink,
    TraceFormatError,
    TracerPayload,
)

#: Field numbers from the payload to its spans: tracer payloads, chunks, spans.
_SPANS = (5, 6, 3)


def encode(traces: AgentTraces) -> bytes:
    """Encode the body of a delivery, by machine code where that is loaded (:mod:`fast_encode`)."""
    spans = [span for payload in traces.payloads for chunk in payload.chunks for span in chunk.spans]
    fields = fast_encode.put_spans(spans)
    if fields is None:
        return encode_plainly(traces)
    body, at = [_head(traces).SerializeToString()], 0
    for payload in traces.payloads:
        chunks = [_payload_head(payload).SerializeToString()]
        for chunk in payload.chunks:
            upto = at + len(chunk.spans)
            chunks.append(_chunk_field(chunk, fields[at:upto]))
            at = upto
        body.append(blob(5, b"".join(chunks)))
    return b"".join(body)


def _chunk_field(chunk: Chunk, spans: list[bytes | None]) -> bytes:
    """A chunk as a field of its payload; ``spans`` are its fields, None for one that is to be encoded."""
    head = _chunk_head(chunk).SerializeToString()
    encoded = [
        blob(3, _put_span(chunk.spans[at]).SerializeToString()) if field is None else field
        for at, field in enumerate(spans)
    ]
    return blob(6, b"".join((head, *encoded)))


def encode_plainly(traces: AgentTraces) -> bytes:
    """Like :func:`encode`, by objects of protobuf."""
    message = _head(traces)
    message.tracer_payloads.extend(_put_payload(one) for one in traces.payloads)
    body: bytes = message.SerializeToString()
    return body


def decode(body: bytes) -> AgentTraces:
    """Decode a body of :func:`encode`, or of a Datadog Agent. Raises :class:`TraceFormatError`."""
    check_bytes(body, MAX_TRACE_BYTES)
    protobuf.count_messages(body, _SPANS, MAX_ITEMS, "spans")
    try:
        return header_of(body)
    except DecodeError as error:
        raise TraceFormatError(f"The body is not an AgentPayload: {error}") from None


def header_of(body: bytes) -> AgentTraces:
    """Decode the message in ``body``, whose parts may be missing. Raises ``DecodeError``."""
    message = pb.AgentPayload.FromString(body)
    return AgentTraces(
        hostname=message.host_name,
        env=message.env,
        agent_version=message.agent_version,
        payloads=[_payload(one) for one in message.tracer_payloads],
        tags=dict(message.tags),
    )


def payload_of(body: bytes) -> TracerPayload:
    """Like :func:`header_of`, for one tracer payload."""
    return _payload(pb.TracerPayload.FromString(body))


def chunk_of(body: bytes) -> Chunk:
    """Like :func:`header_of`, for one chunk."""
    return _chunk(pb.TraceChunk.FromString(body))


def span_of(body: bytes) -> Span:
    """Like :func:`header_of`, for one span."""
    return _span(pb.Span.FromString(body))


def _head(traces: AgentTraces) -> pb.AgentPayload:
    return pb.AgentPayload(
        host_name=traces.hostname, env=traces.env, agent_version=traces.agent_version, tags=traces.tags
    )


def _put_payload(payload: TracerPayload) -> pb.TracerPayload:
    message = _payload_head(payload)
    message.chunks.extend(_put_chunk(one) for one in payload.chunks)
    return message


def _payload_head(payload: TracerPayload) -> pb.TracerPayload:
    return pb.TracerPayload(
        container_id=payload.container_id,
        language_name=payload.language,
        language_version=payload.language_version,
        tracer_version=payload.tracer_version,
        runtime_id=payload.runtime_id,
        tags=payload.tags,
        env=payload.env,
        hostname=payload.hostname,
        app_version=payload.app_version,
    )


def _put_chunk(chunk: Chunk) -> pb.TraceChunk:
    message = _chunk_head(chunk)
    message.spans.extend(_put_span(one) for one in chunk.spans)
    return message


def _chunk_head(chunk: Chunk) -> pb.TraceChunk:
    return pb.TraceChunk(
        priority=chunk.priority, origin=chunk.origin, tags=chunk.tags, dropped_trace=chunk.dropped
    )


def _put_span(span: Span) -> pb.Span:
    return pb.Span(
        service=span.service,
        name=span.name,
        resource=span.resource,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        start=span.start,
        duration=span.duration,
        error=span.error,
        meta=span.meta,
        metrics=span.metrics,
        type=span.type,
        meta_struct=span.meta_struct,
        links=[
            pb.SpanLink(
                trace_id=link.trace_id,
                trace_id_high=link.trace_id_high,
                span_id=link.span_id,
                attributes=link.attributes,
                tracestate=link.tracestate,
                flags=link.flags,
            )
            for link in span.links
        ],
        events=[
            pb.SpanEvent(
                time_unix_nano=event.time_unix_nano,
                name=event.name,
                attributes={key: _put_value(value) for key, value in event.attributes.items()},
            )
            for event in span.events
        ],
    )


def _put_value(value: Any) -> pb.AnyValue:
    if isinstance(value, bool):
        return pb.AnyValue(type=pb.AnyValue.BOOL, bool_value=value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return pb.AnyValue(type=pb.AnyValue.INT, int_value=value)
    if isinstance(value, float | int):
        return pb.AnyValue(type=pb.AnyValue.DOUBLE, double_value=float(value))
    if isinstance(value, list):
        return pb.AnyValue(
            type=pb.AnyValue.ARRAY, array_value=pb.ArrayValue(values=[_put_value(one) for one in value])
        )
    return pb.AnyValue(type=pb.AnyValue.STRING, string_value=str(value))


def _payload(message: pb.TracerPayload) -> TracerPayload:
    return TracerPayload(
        chunks=[_chunk(one) for one in message.chunks],
        container_id=message.container_id,
        language=message.language_name,
        language_version=message.language_version,
        tracer_version=message.tracer_version,
        runtime_id=message.runtime_id,
        env=message.env,
        hostname=message.hostname,
        app_version=message.app_version,
        tags=dict(message.tags),
    )


def _chunk(message: pb.TraceChunk) -> Chunk:
    return Chunk(
        spans=[_span(one) for one in message.spans],
        priority=message.priority,
        origin=message.origin,
        tags=dict(message.tags),
        dropped=message.dropped_trace,
    )


def _span(message: pb.Span) -> Span:
    return Span(
        service=message.service,
        name=message.name,
        resource=message.resource,
        type=message.type,
        trace_id=message.trace_id,
        span_id=message.span_id,
        parent_id=message.parent_id,
        start=message.start,
        duration=message.duration,
        error=message.error,
        meta=dict(message.meta),
        metrics=dict(message.metrics),
        meta_struct=dict(message.meta_struct),
        links=[
            SpanLink(
                link.trace_id,
                link.trace_id_high,
                link.span_id,
                dict(link.attributes),
                link.tracestate,
                link.flags,
            )
            for link in message.links
        ],
        events=[
            SpanEvent(
                event.time_unix_nano, event.name, {key: _value(one) for key, one in event.attributes.items()}
            )
            for event in message.events
        ],
    )


def _value(message: pb.AnyValue) -> Any:
    match message.type:
        case pb.AnyValue.BOOL:
            return message.bool_value
        case pb.AnyValue.INT:
            return message.int_value
        case pb.AnyValue.DOUBLE:
            return message.double_value
        case pb.AnyValue.ARRAY:
            return [_value(one) for one in message.array_value.values]
    return message.string_value
