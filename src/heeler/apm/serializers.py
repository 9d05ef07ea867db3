"""Serializers of spans and traces."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from heeler.apm.span_reader import SpanRecord
from heeler.apm.store import MAX_TRACE_SPANS, StoredSpan, nested, self_times
from heeler.query.search.times import iso
from heeler.store.span_rows import http_status
from heeler.wire.traces.spans import full_trace_id


def resource_hash(resource: str) -> str:
    return hashlib.blake2b(resource.encode(), digest_size=8).hexdigest()


def span_event(span: StoredSpan) -> dict[str, Any]:
    """Serialize a span for ``/api/v2/spans/events``: ids are decimal text, attributes nested."""
    custom = nested({**span.meta, **{k: v for k, v in span.metrics.items() if not k.startswith("_")}})
    custom["duration"] = span.duration
    return {
        "id": f"{span.trace_id:016x}{span.span_id:016x}",
        "type": "spans",
        "attributes": {
            "service": span.service,
            "operation_name": span.name,
            "resource_name": span.resource,
            "resource_hash": resource_hash(span.resource),
            "type": span.type,
            "env": span.env,
            "host": span.host,
            "status": "error" if span.error else "ok",
            "trace_id": str(span.trace_id),
            "span_id": str(span.span_id),
            "parent_id": str(span.parent_id),
            "start_timestamp": iso(span.start / 1e9),
            "end_timestamp": iso((span.start + span.duration) / 1e9),
            "ingestion_reason": "auto",
            "retained_by": "retention_filter",
            "single_span": "_dd.span_sampling.mechanism" in span.metrics,
            "tags": [*span.tags, *([f"version:{span.version}"] if span.version else [])],
            "custom": custom,
        },
    }


def trace_v2(identity: str, spans: Sequence[StoredSpan]) -> dict[str, Any]:
    """Serialize a trace for ``/api/v2/trace/<id>``."""
    own = self_times(spans)
    return {
        "data": {
            "id": identity,
            "type": "trace",
            "attributes": {
                "is_truncated": len(spans) >= MAX_TRACE_SPANS,
                "spans": [
                    {
                        "service": span.service,
                        "name": span.name,
                        "resource": span.resource,
                        "resourceHash": resource_hash(span.resource),
                        "type": span.type,
                        "traceID": span.trace_id,
                        "traceIDFull": span.full_trace_id,
                        "spanID": span.span_id,
                        "parentID": span.parent_id,
                        "startTime": span.start,
                        "endTime": span.start + span.duration,
                        "duration": span.duration,
                        "self_time": own[span.span_id],
                        "error": span.error,
                        "meta": span.meta | _structures(span),
                        "metrics": span.metrics,
                        "restricted": False,
                    }
                    for span in spans
                ],
            },
        }
    }


def _structures(span: StoredSpan) -> dict[str, str]:
    """Links, events and structured data as the JSON texts that tracers write into ``meta``."""
    texts = {"_dd.span_links": span.links, "events": span.events, "_dd.meta_struct": span.meta_struct}
    return {key: text for key, text in texts.items() if text}


def trace_page(spans: Sequence[StoredSpan]) -> dict[str, Any]:
    """Data of the trace page. Ids are text (they exceed JavaScript's integer range); times are nanoseconds
    after ``start``, which is UNIX nanoseconds as text.
    """
    start = min(span.start for span in spans)
    end = max(span.start + span.duration for span in spans)
    own = self_times(spans)
    by_service: dict[str, int] = {}
    for span in spans:
        by_service[span.service] = by_service.get(span.service, 0) + own[span.span_id]
    total = sum(by_service.values()) or 1
    return {
        "trace_id": max(span.full_trace_id for span in spans),
        "start": str(start),
        "duration": end - start,
        "truncated": len(spans) >= MAX_TRACE_SPANS,
        "errors": sum(bool(span.error) for span in spans),
        "services": [
            {"service": name, "self_time": time, "share": time / total}
            for name, time in sorted(by_service.items(), key=lambda one: -one[1])
        ],
        "spans": [_span_of_page(span, start, own[span.span_id]) for span in spans],
    }


def _span_of_page(span: StoredSpan, start: int, own: int) -> dict[str, Any]:
    return {
        "span_id": str(span.span_id),
        "parent_id": str(span.parent_id) if span.parent_id else None,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": span.start - start,
        "duration": span.duration,
        "self_time": own,
        "error": bool(span.error),
        "top_level": bool(span.top_level),
        "host": span.host,
        "env": span.env,
        "version": span.version,
        "language": span.language,
        "meta": span.meta,
        "metrics": span.metrics,
        "tags": list(span.tags),
        "links": _list(span.links),
        "events": _list(span.events),
        "meta_struct": orjson.loads(span.meta_struct) if span.meta_struct else {},
    }


def _list(text: str) -> list[Any]:
    """Parse a JSON list of objects written by a tracer; empty for anything else."""
    try:
        found = orjson.loads(text) if text else []
    except orjson.JSONDecodeError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def span_row(span: StoredSpan) -> dict[str, Any]:
    """Serialize a span for the explorer's list. Ids and nanoseconds since 1970 are text: they exceed
    JavaScript's integer range.
    """
    return {
        "id": f"{span.full_trace_id}-{span.span_id}",
        "time_ns": str(span.start),
        "trace_id": span.full_trace_id,
        "span_id": str(span.span_id),
        "parent_id": str(span.parent_id) if span.parent_id else None,
        "duration": span.duration,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "error": bool(span.error),
        "env": span.env,
        "host": span.host,
        "version": span.version,
        "http_status": span.http_status or None,
        "tags": list(span.tags),
        "meta": span.meta,
        "metrics": span.metrics,
    }


def arrived_span_row(record: SpanRecord) -> dict[str, Any]:
    """Serialize a span like :func:`span_row`, before it is stored."""
    span = record.span
    trace_id = full_trace_id(record.trace_high, span.trace_id)
    return {
        "id": f"{trace_id}-{span.span_id}",
        "time_ns": str(span.start),
        "trace_id": trace_id,
        "span_id": str(span.span_id),
        "parent_id": str(span.parent_id) if span.parent_id else None,
        "duration": span.duration,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "error": bool(span.error),
        "env": record.env,
        "host": record.host,
        "version": record.version,
        "http_status": http_status(span) or None,
        "tags": record.container_tags,
        "meta": span.meta,
        "metrics": span.metrics,
    }


def trace_row(span: StoredSpan) -> dict[str, Any]:
    """Serialize a row of the span list."""
    return {
        "trace_id": span.full_trace_id,
        "span_id": str(span.span_id),
        "start": span.start / 1e9,
        "duration": span.duration,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "error": bool(span.error),
        "env": span.env,
        "host": span.host,
        "top_level": bool(span.top_level),
        "root": span.parent_id == 0,
        "http_method": span.meta.get("http.method", ""),
        "http_status": span.http_status or None,
    }
