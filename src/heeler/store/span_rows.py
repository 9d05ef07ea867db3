"""Rows of ``spans`` and ``apm_stats``, as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
import pyarrow as pa

from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsGroup, StatsOfAgent, StatsOfTracer
from heeler.wire.traces.duration_sketch import Bins
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload, high_half

_TAGS = pa.list_(pa.string())
_IN_META = ("_dd.span_links", "events")
_LARGEST_INT64 = 2**63 - 1

SPANS = pa.schema(
    [
        ("service", pa.string()),
        ("start", pa.timestamp("ns", "UTC")),
        ("duration", pa.int64()),
        ("trace_id", pa.uint64()),
        ("trace_high", pa.uint64()),
        ("span_id", pa.uint64()),
        ("parent_id", pa.uint64()),
        ("name", pa.string()),
        ("resource", pa.string()),
        ("type", pa.string()),
        ("error", pa.uint8()),
        ("env", pa.string()),
        ("version", pa.string()),
        ("host", pa.string()),
        ("language", pa.string()),
        ("http_status", pa.uint16()),
        ("top_level", pa.uint8()),
        ("priority", pa.int16()),
        ("origin", pa.string()),
        ("tags", _TAGS),
        ("meta", pa.map_(pa.string(), pa.string())),
        ("metrics", pa.map_(pa.string(), pa.float64())),
        ("links", pa.string()),
        ("events", pa.string()),
    ]
)


def spans_table(traces: AgentTraces) -> pa.Table:
    """Every span of a delivery."""
    rows = [
        _span_row(traces, payload, chunk, high, span)
        for payload in traces.payloads
        for chunk in payload.chunks
        for high in (int(high_half(chunk.spans) or "0", 16),)
        for span in chunk.spans
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SPANS)
    return pa.table(
        [pa.array(values, kind.type) for values, kind in zip(columns, SPANS, strict=True)], schema=SPANS
    )


def _span_row(
    traces: AgentTraces, payload: TracerPayload, chunk: Chunk, high: int, span: Span
) -> tuple[Any, ...]:
    meta = span.meta
    return (
        span.service,
        min(span.start, _LARGEST_INT64),
        span.duration,
        span.trace_id,
        high,
        span.span_id,
        span.parent_id,
        span.name,
        span.resource,
        span.type,
        int(bool(span.error)),
        meta.get("env") or payload.env or traces.env,
        meta.get("version") or payload.app_version,
        meta.get("_dd.hostname") or payload.hostname or traces.hostname,
        payload.language,
        _http_status(span),
        int(span.is_top_level),
        chunk.priority,
        chunk.origin,
        _container_tags(payload),
        [(key, value) for key, value in meta.items() if key not in _IN_META],
        list(span.metrics.items()),
        _links(span),
        _events(span),
    )


def _http_status(span: Span) -> int:
    """The HTTP status, which Datadog's tracers write as text and OpenTelemetry as a number; 0 for none."""
    text = span.meta.get("http.status_code", "")
    if text.isascii() and text.isdigit() and len(text) == 3:
        return int(text)
    number = span.metrics.get("http.status_code", 0.0)
    return int(number) if 100 <= number <= 999 else 0


def _container_tags(payload: TracerPayload) -> list[str]:
    given = payload.tags.get("_dd.tags.container", "")
    return sorted({tag.strip().lower() for tag in given.split(",") if tag.strip()})


def _links(span: Span) -> str:
    """Links as JSON, in the one form in which v0.5 tracers write them."""
    if not span.links:
        return span.meta.get("_dd.span_links", "")
    return orjson.dumps(
        [
            {
                "trace_id": f"{link.trace_id_high:016x}{link.trace_id:016x}",
                "span_id": f"{link.span_id:016x}",
                "attributes": link.attributes,
                "tracestate": link.tracestate,
                "flags": link.flags & 0x7FFFFFFF,
            }
            for link in span.links
        ]
    ).decode()


def _events(span: Span) -> str:
    if not span.events:
        return span.meta.get("events", "")
    return msgspec.json.encode(span.events).decode()


@dataclass(frozen=True, slots=True)
class StatsRow:
    """One group of one bucket. ``time`` is its start in UNIX seconds; bins are of seconds."""

    time: int
    host: str
    env: str
    version: str
    language: str
    group: StatsGroup
    ok: Bins
    errors: Bins


def stats_rows(stats: StatsOfAgent) -> list[StatsRow]:
    """Every group of a delivery. Raises :class:`TraceFormatError` for a bad sketch."""
    return [
        _stats_row(stats, tracer, bucket.start // 10**9, group)
        for tracer in stats.stats
        for bucket in tracer.buckets
        for group in bucket.groups
    ]


def _stats_row(stats: StatsOfAgent, tracer: StatsOfTracer, time: int, group: StatsGroup) -> StatsRow:
    return StatsRow(
        time=time,
        host=tracer.hostname or stats.hostname,
        env=tracer.env or stats.env,
        version=tracer.version,
        language=tracer.language,
        group=group,
        ok=duration_sketch.in_seconds(duration_sketch.decode(group.ok_summary)),
        errors=duration_sketch.in_seconds(duration_sketch.decode(group.error_summary)),
    )


def apm_stats_table(rows: Sequence[StatsRow], origin: int) -> pa.Table:
    """Rows of ``apm_stats`` that came in the body with the hash ``origin``."""
    groups = [row.group for row in rows]

    def text(values: Sequence[str]) -> pa.Array:
        return pa.array(values, pa.string())

    def whole(values: Sequence[int], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind)

    return pa.table(
        {
            "service": text([group.service for group in groups]),
            "time": whole([row.time for row in rows], pa.uint32()),
            "env": text([row.env for row in rows]),
            "name": text([group.name for group in groups]),
            "resource": text([group.resource for group in groups]),
            "type": text([group.type for group in groups]),
            "host": text([row.host for row in rows]),
            "version": text([row.version for row in rows]),
            "language": text([row.language for row in rows]),
            "span_kind": text([group.span_kind for group in groups]),
            "http_status": whole([min(max(group.http_status, 0), 999) for group in groups], pa.uint16()),
            "http_method": text([group.http_method for group in groups]),
            "http_endpoint": text([group.http_endpoint for group in groups]),
            "trace_root": whole([group.is_trace_root & 0xFF for group in groups], pa.uint8()),
            "synthetics": whole([int(group.synthetics) for group in groups], pa.uint8()),
            "peer_tags": pa.array([group.peer_tags for group in groups], _TAGS),
            "hits": whole([group.hits for group in groups], pa.uint64()),
            "errors": whole([group.errors for group in groups], pa.uint64()),
            "top_level": whole([group.top_level_hits for group in groups], pa.uint64()),
            "duration": whole([group.duration for group in groups], pa.uint64()),
            **_bins("ok", [row.ok for row in rows]),
            **_bins("error", [row.errors for row in rows]),
            "resolution": whole([duration_sketch.RESOLUTION] * len(rows), pa.uint8()),
            "origin": whole([origin] * len(rows), pa.uint64()),
            "part": whole(list(range(len(rows))), pa.uint32()),
        }
    )


def _bins(name: str, many: Sequence[Bins]) -> dict[str, pa.Array]:
    keys = [sorted(bins) for bins in many]
    counts = [[max(round(bins[key]), 1) for key in ordered] for bins, ordered in zip(many, keys, strict=True)]
    return {
        f"{name}_keys": pa.array(keys, pa.list_(pa.int16())),
        f"{name}_counts": pa.array(counts, pa.list_(pa.uint64())),
    }
