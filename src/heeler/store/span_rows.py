"""Arrow tables of ``apm_spans``, ``running_spans`` and ``apm_stats`` rows."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
import orjson
import pyarrow as pa

from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsGroup, StatsOfAgent, StatsOfTracer
from heeler.wire.traces.duration_sketch import Bins
from heeler.wire.traces.peer_tags import with_attributes
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload, high_half

_TAGS = pa.list_(pa.string())
_LARGEST_INT64 = 2**63 - 1

PROMOTED = {
    "http.method": "http_method",
    "http.route": "http_route",
    "http.url": "http_url",
    "component": "component",
    "span.kind": "kind",
    "peer.service": "peer_service",
    "error.type": "error_type",
    "usr.id": "usr_id",
    "http.client_ip": "client_ip",
}
"""Tags with a dedicated column; omitted from ``meta`` if not empty."""
TOP_LEVEL = ("_top_level", "_dd.top_level")
KNOWN = frozenset({"env", "version", "language"})
ELSEWHERE = frozenset({"_dd.span_links", "events", "_dd.p.tid"})
PARTIAL = "_dd.partial_version"
"""Metric that marks snapshots of running spans."""

_FIXED = [
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
]
SPANS = pa.schema(
    [
        *_FIXED,
        *((column, pa.string()) for column in PROMOTED.values()),
        ("meta", pa.map_(pa.string(), pa.string())),
        ("metrics", pa.map_(pa.string(), pa.float64())),
        ("links", pa.string()),
        ("events", pa.string()),
        ("meta_struct", pa.string()),
        ("indexed", pa.uint8()),
    ]
)


@dataclass(slots=True)
class Columns:
    """Column builders; maps are flat, with the number of entries of each row."""

    fixed: list[tuple[Any, ...]] = field(default_factory=list)
    promoted: dict[str, list[str]] = field(default_factory=lambda: {key: [] for key in PROMOTED})
    keys: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    meta_sizes: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    metric_sizes: list[int] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    structs: list[str] = field(default_factory=list)
    indexed: list[int] = field(default_factory=list)

    def add(
        self,
        traces: AgentTraces,
        payload: TracerPayload,
        chunk: Chunk,
        high: int,
        span: Span,
        container: list[str],
        indexed: int,
    ) -> None:
        """Add a span; ``high`` is the upper half of its trace id."""
        self.fixed.append(_fixed(traces, payload, chunk, high, span, container))
        self.indexed.append(indexed)
        _tags(self, span)

    def table(self) -> pa.Table:
        columns = list(zip(*self.fixed, strict=True)) if self.fixed else [()] * len(_FIXED)
        arrays = [pa.array(values, kind) for values, (_, kind) in zip(columns, _FIXED, strict=True)]
        arrays += [pa.array(values, pa.string()) for values in self.promoted.values()]
        arrays += [
            _maps(self.meta_sizes, self.keys, pa.array(self.values, pa.string())),
            _maps(self.metric_sizes, self.names, pa.array(self.numbers, pa.float64())),
        ]
        arrays += [pa.array(texts, pa.string()) for texts in (self.links, self.events, self.structs)]
        arrays.append(pa.array(self.indexed, pa.uint8()))
        return pa.table(arrays, schema=SPANS)


def _maps(sizes: list[int], keys: list[str], values: pa.Array) -> pa.Array:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pa.MapArray.from_arrays(offsets, pa.array(keys, pa.string()), values)


def span_tables(traces: AgentTraces, indexed: Sequence[bool] | None = None) -> dict[str, pa.Table]:
    """All spans of a delivery, by table: ``apm_spans``, and ``running_spans`` if some are still running.

    ``indexed``: for each span, in order, whether searches find it; None if all are found.
    """
    finished, running = Columns(), Columns()
    found = iter(indexed) if indexed is not None else repeat(True)
    for payload in traces.payloads:
        container = container_tags(payload)
        for chunk in payload.chunks:
            high = int(high_half(chunk.spans) or "0", 16)
            for span in chunk.spans:
                columns = running if PARTIAL in span.metrics else finished
                columns.add(traces, payload, chunk, high, span, container, int(next(found)))
    tables = {"apm_spans": finished.table()}
    return tables | ({"running_spans": running.table()} if running.fixed else {})


def _fixed(
    traces: AgentTraces, payload: TracerPayload, chunk: Chunk, high: int, span: Span, container: list[str]
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
        meta.get("language") or payload.language,
        http_status(span),
        int(span.is_top_level),
        min(max(chunk.priority, -128), 127),
        chunk.origin,
        container,
    )


def _tags(columns: Columns, span: Span) -> None:
    """Distribute tags and numbers to dedicated columns, the rest to the maps."""
    meta, metrics = span.meta, span.metrics
    for key, texts in columns.promoted.items():
        text = meta.get(key) or (_digits(metrics[key]) if key in metrics else "")
        texts.append(text)
    status = str(http_status(span))
    size = 0
    for key, value in meta.items():
        if key in ELSEWHERE or (
            value and (key in PROMOTED or key in KNOWN or (key == "http.status_code" and value == status))
        ):
            continue
        columns.keys.append(key)
        columns.values.append(value)
        size += 1
    columns.meta_sizes.append(size)
    size = 0
    for key, number in metrics.items():
        if (key in PROMOTED and not meta.get(key)) or (number == 1 and key in TOP_LEVEL):
            continue
        if key == "http.status_code" and status == _digits(number) and key not in meta:
            continue
        columns.names.append(key)
        columns.numbers.append(number)
        size += 1
    columns.metric_sizes.append(size)
    columns.links.append(_links(span))
    columns.events.append(_events(span))
    columns.structs.append(_structs(span))


def restored(row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, float]]:
    """``meta`` and ``metrics`` of a stored span (its columns by name), including those in dedicated
    columns.
    """
    meta = dict(row["meta"])
    for key in KNOWN:
        if row[key]:
            meta.setdefault(key, row[key])
    for key, column in PROMOTED.items():
        if row[column]:
            meta[key] = row[column]
    if row["http_status"]:
        meta.setdefault("http.status_code", str(row["http_status"]))
    metrics = dict(row["metrics"])
    if row["top_level"]:
        metrics.setdefault("_dd.top_level", 1.0)
    return meta, metrics


def _digits(number: float) -> str:
    whole = math.isfinite(number) and number == int(number) and abs(number) < 2**53
    return str(int(number)) if whole else repr(number)


def http_status(span: Span) -> int:
    """HTTP status, which Datadog's tracers write as text and OpenTelemetry as a number; 0 for none."""
    text = span.meta.get("http.status_code", "")
    if text.isascii() and text.isdigit() and len(text) == 3:
        return int(text)
    number = span.metrics.get("http.status_code", 0.0)
    return int(number) if 100 <= number <= 999 else 0


def _structs(span: Span) -> str:
    """``meta_struct`` as a JSON object: MessagePack values decoded, others in base64."""
    if not span.meta_struct:
        return ""
    return msgspec.json.encode({key: _struct(raw) for key, raw in span.meta_struct.items()}).decode()


def _struct(raw: bytes) -> Any:
    try:
        value = msgspec.msgpack.decode(raw)
        msgspec.json.encode(value)
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        return {"base64": base64.b64encode(raw).decode()}
    return value


def container_tags(payload: TracerPayload) -> list[str]:
    given = payload.tags.get("_dd.tags.container", "")
    return sorted({tag.strip().lower() for tag in given.split(",") if tag.strip()})


def _links(span: Span) -> str:
    """Links as JSON, in the format of v0.5 tracers."""
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
    """A group of a bucket. ``time`` is its start in UNIX seconds; bins are of seconds."""

    time: int
    host: str
    env: str
    version: str
    language: str
    group: StatsGroup
    ok: Bins
    errors: Bins


def stats_rows(stats: StatsOfAgent) -> list[StatsRow]:
    """All groups of a delivery. Raises :class:`TraceFormatError` for an invalid sketch."""
    return [
        _stats_row(stats, tracer, min(bucket.start // 10**9, 2**32 - 1), group)
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
    """Rows of ``apm_stats`` received in the body with the hash ``origin``."""
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
            "peer_tags": pa.array([with_attributes(group.peer_tags) for group in groups], _TAGS),
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
