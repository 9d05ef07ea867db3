"""Data model of traces: spans, chunks and payloads, the output of every trace decoder."""

from __future__ import annotations

from typing import Any

import msgspec

from heeler.wire.metrics.series import PayloadError

U64 = 0xFFFFFFFFFFFFFFFF

NO_PRIORITY = -128
"""Sampling priority of a chunk without one from its tracer."""


class SpanLink(msgspec.Struct):
    """Link to another span; ``flags`` has bit 31 set if W3C flags are present."""

    trace_id: int = 0
    trace_id_high: int = 0
    span_id: int = 0
    attributes: dict[str, str] = {}
    tracestate: str = ""
    flags: int = 0


class SpanEvent(msgspec.Struct):
    """Event during a span; attributes are str, bool, int, float or lists of those."""

    time_unix_nano: int = 0
    name: str = ""
    attributes: dict[str, Any] = {}


class Span(msgspec.Struct):
    """One span. Ids are unsigned 64-bit; ``start`` and ``duration`` are nanoseconds."""

    service: str = ""
    name: str = ""
    resource: str = ""
    type: str = ""
    trace_id: int = 0
    """The low half; the high half of a 128-bit id is ``_dd.p.tid`` in the first span of the chunk."""
    span_id: int = 0
    parent_id: int = 0
    start: int = 0
    duration: int = 0
    error: int = 0
    meta: dict[str, str] = {}
    metrics: dict[str, float] = {}
    meta_struct: dict[str, bytes] = {}
    links: list[SpanLink] = []
    events: list[SpanEvent] = []

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def is_top_level(self) -> bool:
        """Whether the tracer or the agent marked it as a service entry span."""
        metrics = self.metrics
        return metrics.get("_top_level") == 1 or metrics.get("_dd.top_level") == 1

    @property
    def is_measured(self) -> bool:
        return self.metrics.get("_dd.measured") == 1


class Chunk(msgspec.Struct):
    """Spans of one trace that finished together."""

    spans: list[Span]
    priority: int = NO_PRIORITY
    origin: str = ""
    tags: dict[str, str] = {}
    dropped: bool = False


class TracerPayload(msgspec.Struct):
    """Chunks of one tracer, with its metadata."""

    chunks: list[Chunk] = []
    container_id: str = ""
    language: str = ""
    language_version: str = ""
    tracer_version: str = ""
    runtime_id: str = ""
    env: str = ""
    hostname: str = ""
    app_version: str = ""
    tags: dict[str, str] = {}


class AgentTraces(msgspec.Struct):
    """One delivery of an agent to the server."""

    hostname: str = ""
    env: str = ""
    agent_version: str = ""
    payloads: list[TracerPayload] = []
    tags: dict[str, str] = {}


class TraceFormatError(PayloadError):
    """A malformed trace payload; the message has the position."""


def high_half(spans: list[Span]) -> str:
    """The upper 16 hex digits of a chunk's trace id; "" for a 64-bit id."""
    for span in spans:
        tid = span.meta.get("_dd.p.tid", "")
        if len(tid) == 16 and all(digit in "0123456789abcdef" for digit in tid):
            return tid
    return ""


def full_trace_id(high: str, low: int) -> str:
    """The trace id as 32 lower-case hex digits; the upper half is zero for a 64-bit id."""
    return f"{high or '0' * 16}{low & U64:016x}"


def root_of(spans: list[Span]) -> Span:
    """The local root: the last span without a parent, else one whose parent is not in the chunk."""
    for span in reversed(spans):
        if span.parent_id == 0:
            return span
    ids = {span.span_id for span in spans}
    for span in spans:
        if span.parent_id not in ids:
            return span
    return spans[-1]
