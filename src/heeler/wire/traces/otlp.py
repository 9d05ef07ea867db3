"""Decoder of OpenTelemetry spans (``/v1/traces``) to Datadog spans: attributes, ids, events, links, errors.

The mapping is the Datadog Agent's, so that a service instrumented with OpenTelemetry and one instrumented
with a Datadog library appear in one trace. Naming is in :mod:`heeler.wire.traces.otlp_names`. Exceptions,
which the newest Agent leaves to its backend, are extracted here as ``error.message``, ``.type`` and
``.stack``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from heeler.wire import otlp
from heeler.wire.body_limits import MAX_ITEMS, check_count
from heeler.wire.proto import otlp_pb2 as pb
from heeler.wire.traces import otlp_names as names
from heeler.wire.traces.otlp_resource import container_tags, host_of
from heeler.wire.traces.spans import (
    U64,
    Chunk,
    Span,
    SpanEvent,
    SpanLink,
    TracerPayload,
)

STATS_COMPUTED = "_dd.stats_computed"
AUTO_KEEP = 1
MAX_REASON = 200
_CONSUMED = frozenset({"service.name", "operation.name", "resource.name", "span.type", "analytics.event"})
_RENAMED = {
    "client.address": "http.client_ip",
    "http.request.method": "http.method",
    "http.response.status_code": "http.status_code",
    "http.request.body.size": "http.request.content_length",
    "http.response.body.size": "http.response.content_length",
    "http.request.header.referrer": "http.referrer",
    "network.protocol.version": "http.version",
    "server.address": "http.server_name",
    "url.full": "http.url",
    "user_agent.original": "http.useragent",
}
_HEADERS = ("http.request.header.", "http.request.headers.")
_STATUS_NAMES = ("Unset", "Ok", "Error")
_EXCEPTION = {
    "exception.message": "error.message",
    "exception.type": "error.type",
    "exception.stacktrace": "error.stack",
}


@dataclass(frozen=True, slots=True)
class OtlpTraces:
    """Decoded request. ``payloads``: one for each resource. ``rejected`` spans had no valid ids; ``reason``
    is that of the first.
    """

    payloads: list[TracerPayload]
    rejected: int = 0
    reason: str = ""
    stats_computed: list[bool] = field(default_factory=list)
    """Whether the sender of each payload has already counted its spans."""


def decode(body: bytes, *, json: bool) -> OtlpTraces:
    """Decode the spans of a request. Spans without valid ids are rejected one by one.

    Raises :class:`heeler.wire.otlp.OtlpError` for a body that is not OTLP.
    """
    return traces_of(otlp.decode(pb.TracesRequest, body, json=json))


def traces_of(request: pb.TracesRequest) -> OtlpTraces:
    """Like :func:`decode`, for a decoded message."""
    payloads, computed, rejected, reason, seen = [], [], 0, "", 0
    for group in request.resource_spans:
        resource = attributes_of(group.resource.attributes)
        spans: list[Span] = []
        for scope in group.scope_spans:
            of_scope = attributes_of(scope.scope.attributes)
            seen += len(scope.spans)
            check_count(seen, MAX_ITEMS, "spans")
            for one in scope.spans:
                if problem := _problem(one):
                    rejected, reason = rejected + 1, reason or problem
                else:
                    spans.append(_span(one, resource, of_scope, scope.scope))
        if spans:
            payloads.append(_payload(resource, spans))
            computed.append(resource.get(STATS_COMPUTED) in (True, "true"))
    return OtlpTraces(payloads, rejected, reason[:MAX_REASON], computed)


def attributes_of(items: Iterable[pb.KeyValue]) -> dict[str, Any]:
    """Attributes by key; the last wins for a duplicate key, empty values are omitted."""
    found = {item.key: otlp.plain(item.value) for item in items}
    return {key: value for key, value in found.items() if value is not None}


def _problem(span: pb.Span) -> str:
    if len(span.trace_id) != 16 or not any(span.trace_id[8:]):
        return f"The trace id of span {span.name[:60]!r} must be 16 bytes, the last 8 not zero"
    if len(span.span_id) != 8 or not any(span.span_id):
        return f"The span id of span {span.name[:60]!r} must be 8 bytes and not zero"
    if span.parent_span_id and len(span.parent_span_id) != 8:
        return f"The parent id of span {span.name[:60]!r} must be 8 bytes"
    return ""


def _payload(resource: Mapping[str, Any], spans: list[Span]) -> TracerPayload:
    tags = container_tags(resource)
    by_trace: dict[str, list[Span]] = {}
    for span in spans:
        by_trace.setdefault(span.meta["otel.trace_id"], []).append(span)
    return TracerPayload(
        chunks=[_chunk(one) for one in by_trace.values()],
        container_id=str(resource.get("container.id") or ""),
        language=str(resource.get("telemetry.sdk.language") or ""),
        tracer_version=f"otlp-{resource.get('telemetry.sdk.version') or ''}",
        runtime_id=str(resource.get("service.instance.id") or ""),
        env=names.Attributes({}, resource).text("env", *names.ENV),
        hostname=host_of(resource),
        app_version=str(resource.get("service.version") or ""),
        tags={"_dd.tags.container": ",".join(f"{key}:{value}" for key, value in sorted(tags.items()))}
        if tags
        else {},
    )


def _chunk(spans: list[Span]) -> Chunk:
    """Spans of one trace; sampled unless ``sampling.priority`` of one of them is 0 or less."""
    key = "_sampling_priority_v1"
    given = next((span.metrics[key] for span in spans if key in span.metrics), None)
    first = spans[0]
    first.meta.setdefault("_dd.p.dm", "-9" if given is None else "-4")
    high = first.meta["otel.trace_id"][:16]
    if any(digit != "0" for digit in high):
        first.meta.setdefault("_dd.p.tid", high)
    return Chunk(spans, AUTO_KEEP if given is None else int(max(min(given, 2), -1)))


def _span(
    one: pb.Span, resource: Mapping[str, Any], of_scope: Mapping[str, Any], scope: pb.InstrumentationScope
) -> Span:
    own = attributes_of(one.attributes)
    found = names.Attributes(own, resource)
    kind = one.kind if 0 <= one.kind < len(names.KINDS) else names.UNSPECIFIED
    span = Span(
        service=names.service_of(resource),
        name=names.operation_of(kind, found),
        resource=names.resource_of(kind, one.name, found),
        type=names.type_of(kind, found, list(own)),
        trace_id=int.from_bytes(one.trace_id[8:]),
        span_id=int.from_bytes(one.span_id),
        parent_id=int.from_bytes(one.parent_span_id),
        start=min(one.start_time_unix_nano, 2**63 - 1),
        duration=max(min(one.end_time_unix_nano - one.start_time_unix_nano, 2**62), 0),
        error=int(one.status.code == 2),
        links=[_link(link) for link in one.links],
        events=[_event(event) for event in one.events],
    )
    _attributes(span, own, resource, of_scope)
    _describe(span, one, kind, scope, found)
    if span.error:
        _error(span, one)
    return span


def _attributes(
    span: Span, own: Mapping[str, Any], resource: Mapping[str, Any], of_scope: Mapping[str, Any]
) -> None:
    """Set ``metrics`` (numbers) and ``meta`` (the rest as text) from resource, span and scope."""
    span.meta = {key: otlp.text(value) for key, value in resource.items() if key not in _CONSUMED}
    for key, value in own.items():
        if key == "analytics.event":
            span.metrics["_dd1.sr.eausr"] = float(str(value).lower() in ("true", "1"))
        elif key == "sampling.priority" and _is_number(value):
            span.metrics["_sampling_priority_v1"] = float(value)
        elif key not in _CONSUMED:
            _put(span, _renamed(key), value)
    for key, value in of_scope.items():
        span.meta[key] = otlp.text(value)


def _put(span: Span, key: str, value: Any) -> None:
    if _is_number(value):
        if math.isfinite(value):
            span.metrics[key] = float(value)
            span.meta.pop(key, None)
    else:
        span.meta[key] = otlp.text(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _renamed(key: str) -> str:
    if key in _RENAMED:
        return _RENAMED[key]
    return _HEADERS[1] + key[len(_HEADERS[0]) :] if key.startswith(_HEADERS[0]) else key


def _describe(
    span: Span, one: pb.Span, kind: int, scope: pb.InstrumentationScope, found: names.Attributes
) -> None:
    meta = span.meta
    meta["otel.trace_id"] = one.trace_id.hex()
    meta["span.kind"] = names.KINDS[kind]
    meta["otel.status_code"] = _STATUS_NAMES[one.status.code] if 0 <= one.status.code < 3 else "Unset"
    for key, value in (
        ("otel.status_description", one.status.message),
        ("otel.scope.name", scope.name),
        ("otel.scope.version", scope.version),
        ("w3c.tracestate", one.trace_state),
        ("version", found.text("service.version")),
        ("db.name", found.text("db.name") or found.text("db.namespace")),
    ):
        if value:
            meta[key] = value
    if "env" not in meta and (env := found.text(*names.ENV)):
        meta["env"] = env
    if rate := _sample_rate(one.trace_state):
        span.metrics.setdefault("_sample_rate", rate)


def _sample_rate(state: str) -> float:
    """Sampling rate of the sender, from tracestate ``ot=th:<hex>`` or ``ot=p:<n>``; 0 if unknown."""
    for member in state.split(","):
        vendor, _, value = member.strip().partition("=")
        if vendor != "ot":
            continue
        for part in value.split(";"):
            key, _, given = part.partition(":")
            if key == "th" and 0 < len(given) <= 14 and _is_hex(given):
                return 1 - int(given.ljust(14, "0"), 16) / 2**56
            if key == "p" and given.isascii() and given.isdigit() and len(given) < 3 and int(given) < 63:
                return 2.0 ** -int(given)
    return 0.0


def _is_hex(text: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in text)


def _error(span: Span, one: pb.Span) -> None:
    """Set the error fields: from the last exception event, else the status, else the HTTP status."""
    meta = span.meta
    exceptions = [event for event in span.events if event.name == "exception"]
    if exceptions:
        for key, tag in _EXCEPTION.items():
            if value := exceptions[-1].attributes.get(key):
                meta.setdefault(tag, otlp.text(value))
    if one.status.message:
        meta.setdefault("error.message", one.status.message)
    code = span.metrics.get("http.status_code") or meta.get("http.status_code")
    if "error.message" not in meta and code:
        meta["error.message"] = _reason(str(int(code)) if isinstance(code, float) else code)


def _reason(code: str) -> str:
    try:
        return f"{code} {HTTPStatus(int(code)).phrase}"
    except ValueError:
        return code


def _link(link: pb.SpanLink) -> SpanLink:
    identity = link.trace_id.rjust(16, b"\0")[-16:]
    return SpanLink(
        trace_id=int.from_bytes(identity[8:]),
        trace_id_high=int.from_bytes(identity[:8]),
        span_id=int.from_bytes(link.span_id[-8:]) & U64,
        attributes={key: otlp.text(value) for key, value in attributes_of(link.attributes).items()},
        tracestate=link.trace_state,
        flags=link.flags & 0x7FFFFFFF | (0x80000000 if link.flags else 0),
    )


def _event(event: pb.SpanEvent) -> SpanEvent:
    return SpanEvent(
        event.time_unix_nano,
        event.name,
        {key: _native(value) for key, value in attributes_of(event.attributes).items()},
    )


def _native(value: Any) -> Any:
    """Value of an event attribute: text, numbers, booleans and flat lists of them; others as text."""
    if isinstance(value, list) and not any(isinstance(one, list | dict | bytes) for one in value):
        return ["" if one is None else one for one in value]
    return otlp.text(value) if isinstance(value, list | dict | bytes) else value
