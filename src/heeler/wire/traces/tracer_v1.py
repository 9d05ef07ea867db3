"""Decoder of trace format v1.0: maps with number keys, typed attributes, and a string table.

A string is written in full at its first occurrence and gets the next number (0 is ""); later occurrences are
that number. Numbering follows the order of bytes in the whole payload, so everything is read in that order.
"""

from __future__ import annotations

from typing import Any

from heeler.wire.coerce import mapping, number, sequence, text, unsigned, whole
from heeler.wire.traces.spans import (
    NO_PRIORITY,
    Chunk,
    Span,
    SpanEvent,
    SpanLink,
    TraceFormatError,
    TracerPayload,
)

_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_PAYLOAD_TEXTS = {
    2: "container_id",
    3: "language",
    4: "language_version",
    5: "tracer_version",
    6: "runtime_id",
    7: "env",
    8: "hostname",
    9: "app_version",
}
_SPAN_TEXTS = {1: "service", 2: "name", 3: "resource", 10: "type"}
_SPAN_META = {13: "env", 14: "version", 15: "component"}
_SPAN_NUMBERS = {5: "parent_id", 6: "start", 7: "duration"}


def payload_of(raw: Any) -> TracerPayload:
    """Build the payload from its decoded MessagePack. Raises :class:`TraceFormatError`."""
    return _Reader().payload(mapping(raw, "The payload"))


class _Reader:
    def __init__(self) -> None:
        self._strings = [""]

    def text(self, raw: Any) -> str:
        if isinstance(raw, str):
            self._strings.append(raw)
            return raw
        if type(raw) is int and 0 <= raw < len(self._strings):
            return self._strings[raw]
        if raw is None:
            return ""
        raise TraceFormatError(f"String {raw!r:.40} was not written before it was used")

    def payload(self, fields: dict[Any, Any]) -> TracerPayload:
        payload = TracerPayload()
        for key, value in fields.items():
            if key in _PAYLOAD_TEXTS:
                setattr(payload, _PAYLOAD_TEXTS[key], self.text(value))
            elif key == 10:
                payload.tags = {name: text(one) for name, one in self.attributes(value).items()}
            elif key == 11:
                payload.chunks = [self.chunk(mapping(one, "A chunk")) for one in sequence(value, "chunks")]
        return payload

    def chunk(self, fields: dict[Any, Any]) -> Chunk:
        chunk = Chunk([], NO_PRIORITY)
        trace_id, mechanism = bytes(16), 0
        for key, value in fields.items():
            match key:
                case 1:
                    chunk.priority = whole(value)
                case 2:
                    chunk.origin = self.text(value)
                case 3:
                    chunk.tags = {name: text(one) for name, one in self.attributes(value).items()}
                case 4:
                    spans = sequence(value, "spans")
                    chunk.spans = [self.span(mapping(one, "A span")) for one in spans]
                case 5:
                    chunk.dropped = bool(value)
                case 6:
                    trace_id = _sixteen(value)
                case 7:
                    mechanism = whole(value)
        _identify(chunk, trace_id, mechanism)
        return chunk

    def span(self, fields: dict[Any, Any]) -> Span:
        span = Span()
        for key, value in fields.items():
            if key in _SPAN_TEXTS:
                setattr(span, _SPAN_TEXTS[key], self.text(value))
            elif key in _SPAN_META:
                span.meta[_SPAN_META[key]] = self.text(value)
            elif key in _SPAN_NUMBERS:
                setattr(span, _SPAN_NUMBERS[key], unsigned(value) if key == 5 else whole(value))
            elif key == 4:
                span.span_id = unsigned(value)
            elif key == 8:
                span.error = int(bool(value))
            elif key == 9:
                _spread(span, self.attributes(value))
            elif key == 11:
                span.links = [self.link(mapping(one, "A link")) for one in sequence(value, "links")]
            elif key == 12:
                span.events = [self.event(mapping(one, "An event")) for one in sequence(value, "events")]
            elif key == 16 and whole(value) in _KINDS:
                span.meta["span.kind"] = _KINDS[whole(value)]
        return span

    def link(self, fields: dict[Any, Any]) -> SpanLink:
        link = SpanLink()
        for key, value in fields.items():
            match key:
                case 1:
                    identity = _sixteen(value)
                    link.trace_id_high = int.from_bytes(identity[:8])
                    link.trace_id = int.from_bytes(identity[8:])
                case 2:
                    link.span_id = unsigned(value)
                case 3:
                    link.attributes = {name: text(one) for name, one in self.attributes(value).items()}
                case 4:
                    link.tracestate = self.text(value)
                case 5:
                    link.flags = whole(value) & 0xFFFFFFFF
        return link

    def event(self, fields: dict[Any, Any]) -> SpanEvent:
        event = SpanEvent()
        for key, value in fields.items():
            match key:
                case 1:
                    event.time_unix_nano = unsigned(value)
                case 2:
                    event.name = self.text(value)
                case 3:
                    event.attributes = self.attributes(value)
        return event

    def attributes(self, raw: Any) -> dict[str, Any]:
        """Decode flat triples of key, type, value."""
        items = sequence(raw, "attributes")
        if len(items) % 3:
            raise TraceFormatError(f"Attributes come in threes; {len(items)} values are here")
        found: dict[str, Any] = {}
        for at in range(0, len(items), 3):
            key = self.text(items[at])
            found[key] = self.value(whole(items[at + 1]), items[at + 2])
        return found

    def value(self, kind: int, raw: Any) -> Any:
        match kind:
            case 1:
                return self.text(raw)
            case 2:
                return bool(raw)
            case 3:
                return number(raw)
            case 4:
                return whole(raw)
            case 5:
                return raw if isinstance(raw, bytes) else b""
            case 6:
                items = sequence(raw, "A list attribute")
                if len(items) % 2:
                    raise TraceFormatError(f"A list attribute comes in twos; {len(items)} values are here")
                return [self.value(whole(items[at]), items[at + 1]) for at in range(0, len(items), 2)]
            case 7:
                return self.attributes(raw)
        raise TraceFormatError(f"There is no attribute type {kind}")


def _sixteen(raw: Any) -> bytes:
    if not isinstance(raw, bytes) or len(raw) > 16:
        raise TraceFormatError("A trace id must be 16 bytes")
    return raw.rjust(16, b"\0")


def _identify(chunk: Chunk, trace_id: bytes, mechanism: int) -> None:
    """Set the chunk's trace id on its spans, and the tags by which older formats represent it."""
    low, high = int.from_bytes(trace_id[8:]), trace_id[:8]
    for span in chunk.spans:
        span.trace_id = low
    if chunk.spans:
        first = chunk.spans[0]
        if any(high):
            first.meta.setdefault("_dd.p.tid", high.hex())
        if mechanism:
            first.meta.setdefault("_dd.p.dm", f"-{mechanism}")


def _spread(span: Span, attributes: dict[str, Any]) -> None:
    """Distribute attributes: strings to meta, numbers to metrics, bytes to meta_struct, as in v0.4."""
    for key, value in attributes.items():
        if isinstance(value, bytes):
            span.meta_struct[key] = value
        elif isinstance(value, bool):
            span.meta[key] = "true" if value else "false"
        elif isinstance(value, int | float):
            span.metrics[key] = float(value)
        else:
            span.meta[key] = text(value)
