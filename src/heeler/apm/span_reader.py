"""Spans in memory as records of the search language, for decisions at the intake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heeler.query.search.ast import Field, Pattern
from heeler.query.search.predicates import LowerCase, compile_search, equals_value, has_text
from heeler.store.span_rows import container_tags, http_status
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload, high_half

Values = Callable[["SpanRecord"], Iterable[Any]]
Test = Callable[["SpanRecord"], bool]


@dataclass(slots=True)
class SpanRecord:
    """A span with attributes of its delivery. ``container_tags`` are lower-case ``key:value``."""

    span: Span
    env: str
    version: str
    host: str
    language: str
    container_tags: list[str]
    trace_high: str


@dataclass(slots=True)
class ChunkRecords:
    """Records of a chunk's spans, in order."""

    chunk: Chunk
    records: list[SpanRecord]


def chunk_records(traces: AgentTraces) -> Iterator[ChunkRecords]:
    """Records of the chunks of a delivery."""
    for payload in traces.payloads:
        tags = container_tags(payload)
        for chunk in payload.chunks:
            high = high_half(chunk.spans)
            yield ChunkRecords(chunk, [_record(traces, payload, span, tags, high) for span in chunk.spans])


def _record(
    traces: AgentTraces, payload: TracerPayload, span: Span, tags: list[str], high: str
) -> SpanRecord:
    meta = span.meta
    return SpanRecord(
        span=span,
        env=meta.get("env") or payload.env or traces.env,
        version=meta.get("version") or payload.app_version,
        host=meta.get("_dd.hostname") or payload.hostname or traces.hostname,
        language=meta.get("language") or payload.language,
        container_tags=tags,
        trace_high=high,
    )


def _trace_ids(record: SpanRecord) -> Iterable[str]:
    """The searchable forms of a trace id: 32 and 16 hex digits, and decimal."""
    low = record.span.trace_id
    return (f"{record.trace_high or '0' * 16}{low:016x}", f"{low:016x}", str(low))


def _status(record: SpanRecord) -> Iterable[LowerCase]:
    return (LowerCase("error" if record.span.error else "ok"),)


def _http_status(record: SpanRecord) -> Iterable[int]:
    found = http_status(record.span)
    return (found,) if found else ()


_BOTH: dict[str, Values] = {
    "duration": lambda one: (one.span.duration,),
    "http.status_code": _http_status,
    "trace_id": _trace_ids,
    "span_id": lambda one: (str(one.span.span_id),),
}
_RESERVED: dict[str, Values] = {
    **_BOTH,
    "service": lambda one: (LowerCase(one.span.service),),
    "env": lambda one: (LowerCase(one.env),),
    "version": lambda one: (one.version,),
    "host": lambda one: (one.host,),
    "operation_name": lambda one: (one.span.name,),
    "resource_name": lambda one: (one.span.resource,),
    "resource": lambda one: (one.span.resource,),
    "type": lambda one: (one.span.type,),
    "status": _status,
    "parent_id": lambda one: (str(one.span.parent_id),),
    "trace_root": lambda one: (int(one.span.parent_id == 0),),
    "tags": lambda one: _every_tag(one),
}
_ATTRIBUTES: dict[str, Values] = {
    **_BOTH,
    "env": lambda one: (one.env,),
    "version": lambda one: (one.version,),
    "language": lambda one: (one.language,),
    "_top_level": lambda one: (int(one.span.is_top_level),),
    "_dd.top_level": lambda one: (int(one.span.is_top_level),),
    "_trace_root": lambda one: (int(one.span.parent_id == 0),),
}


def _every_tag(record: SpanRecord) -> Iterator[LowerCase]:
    for tag in record.container_tags:
        yield LowerCase(tag)
    for key, value in record.span.meta.items():
        yield LowerCase(f"{key}:{value}".lower())


class SpanReader:
    """Reads from records the same fields that :data:`heeler.apm.search.SPANS` reads from stored spans."""

    def values_of(self, field: Field) -> Values:
        name = field.name.lower()
        known = (_ATTRIBUTES if field.attribute else _RESERVED).get(name)
        if known is not None:
            return known
        return _attribute(field.name) if field.attribute else _attribute_or_tag(field.name)

    def is_duration(self, field: Field) -> bool:
        return field.name.lower() == "duration"

    def texts(self, record: SpanRecord, everywhere: bool) -> Iterable[str]:
        span = record.span
        yield from (span.resource, span.name, span.service)
        if everywhere:
            yield from (record.env, record.version, record.host, span.type)
            yield from span.meta.values()
            yield from record.container_tags

    def equals(self, field: Field, pattern: Pattern) -> Callable[[Any], bool]:
        return equals_value(pattern, self.is_duration(field))

    def is_present(self, field: Field) -> Callable[[Any], bool]:
        return has_text


def _attribute(key: str) -> Values:
    def values(record: SpanRecord) -> Iterator[Any]:
        text = record.span.meta.get(key)
        if text is not None:
            yield text
        number = record.span.metrics.get(key)
        if number is not None:
            yield number

    return values


def _attribute_or_tag(key: str) -> Values:
    own, start = _attribute(key), f"{key.lower()}:"

    def values(record: SpanRecord) -> Iterator[Any]:
        yield from own(record)
        for tag in record.container_tags:
            if tag.startswith(start):
                yield LowerCase(tag[len(start) :])

    return values


READER = SpanReader()


def compile_span_search(text: str) -> Test:
    """Compile a search to a predicate on spans. Raises :class:`~heeler.query.search.parser.SearchError`."""
    return compile_search(text, READER)
