"""Extraction of error occurrences from spans and logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

from heeler.errors.fingerprint import identify
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import FAILED
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload, high_half

MAX_MESSAGE, MAX_STACK = 5_000, 20_000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One error. ``time`` is UNIX milliseconds; ``source`` is ``trace`` or ``logs``."""

    issue: str
    time: int
    source: str
    service: str
    env: str
    version: str
    host: str
    language: str
    type: str
    message: str
    stack: str
    file: str
    function: str
    resource: str
    usr_id: str
    trace_id: int
    trace_high: int
    span_id: int


def of_traces(traces: AgentTraces) -> list[Occurrence]:
    """Errors of a delivery's spans: one a chunk for each issue, as an error propagates through its spans."""
    found: list[Occurrence] = []
    for payload in traces.payloads:
        for chunk in payload.chunks:
            if any(span.error for span in chunk.spans):
                found += _of_chunk(traces, payload, chunk)
    return found


def _of_chunk(traces: AgentTraces, payload: TracerPayload, chunk: Chunk) -> Iterable[Occurrence]:
    high = int(high_half(chunk.spans) or "0", 16)
    seen: dict[str, Occurrence] = {}
    for span in chunk.spans:
        one = _of_span(traces, payload, span, high)
        # Spans are ordered outermost first: the last one of an issue is where it happened.
        if one is not None:
            seen[one.issue] = one
    return seen.values()


def _of_span(traces: AgentTraces, payload: TracerPayload, span: Span, high: int) -> Occurrence | None:
    meta = span.meta
    kind = meta.get("error.type", "")
    message = meta.get("error.message") or meta.get("error.msg") or ""
    if not span.error or not (kind or message):
        return None
    stack = meta.get("error.stack", "")[:MAX_STACK]
    known = identify(span.service, kind, message, stack, meta.get("error.fingerprint", ""))
    return Occurrence(
        issue=known.issue,
        time=(span.start + span.duration) // 10**6,
        source="trace",
        service=span.service,
        env=meta.get("env") or payload.env or traces.env,
        version=meta.get("version") or payload.app_version,
        host=payload.hostname or traces.hostname,
        language=payload.language or known.language,
        type=kind,
        message=message[:MAX_MESSAGE],
        stack=stack,
        file=known.file,
        function=known.function,
        resource=span.resource,
        usr_id=meta.get("usr.id", ""),
        trace_id=span.trace_id,
        trace_high=high,
        span_id=span.span_id,
    )


def of_logs(entries: Iterable[LogEntry]) -> list[Occurrence]:
    """Errors of logs: those with an error status that have ``error.kind`` or ``error.stack``."""
    return [one for entry in entries if entry.status in FAILED and (one := _of_log(entry)) is not None]


def _of_log(entry: LogEntry) -> Occurrence | None:
    attributes = entry.attributes
    kind = _text(attributes, "error", "kind") or _text(attributes, "error", "type")
    stack = _text(attributes, "error", "stack")[:MAX_STACK]
    if not kind and not stack:
        return None
    message = _text(attributes, "error", "message") or entry.message
    known = identify(entry.service, kind, message, stack, _text(attributes, "error", "fingerprint"))
    tags = {key: value for key, _, value in (tag.partition(":") for tag in entry.tags)}
    return Occurrence(
        issue=known.issue,
        time=entry.time // 10**6,
        source="logs",
        service=entry.service,
        env=tags.get("env", ""),
        version=tags.get("version", ""),
        host=entry.host,
        language=known.language,
        type=kind,
        message=message[:MAX_MESSAGE],
        stack=stack,
        file=known.file,
        function=known.function,
        resource=_text(attributes, "logger", "name"),
        usr_id=_text(attributes, "usr", "id"),
        trace_id=entry.trace_id,
        trace_high=entry.trace_high,
        span_id=entry.span_id,
    )


def _text(attributes: Mapping[str, Any], group: str, key: str) -> str:
    inner = attributes.get(group)
    value = inner.get(key) if isinstance(inner, Mapping) else attributes.get(f"{group}.{key}")
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


_TYPES = {
    "time": pa.timestamp("ms", "UTC"),
    "trace_id": pa.uint64(),
    "trace_high": pa.uint64(),
    "span_id": pa.uint64(),
}


def occurrences_table(found: list[Occurrence], origin: int = 0) -> pa.Table:
    """Rows of ``error_events`` of the delivery with the hash ``origin`` (0: unknown)."""
    names = [one.name for one in fields(Occurrence)]
    return pa.table(
        {
            name: pa.array([getattr(one, name) for one in found], _TYPES.get(name, pa.string()))
            for name in names
        }
        | {"origin": pa.array([origin] * len(found), pa.uint64())}
    )
