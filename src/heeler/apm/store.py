"""Queries on stored spans: pages of a search, whole traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heeler.apm.search import SPANS, trace_id_halves
from heeler.query.search.field_sql import Parameters
from heeler.query.search.planner import time_condition
from heeler.query.search.request import PageRequest, write_cursor
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.span_rows import PARTIAL, PROMOTED, restored

MAX_TRACE_SPANS = 20_000
_FIELDS = [
    "service",
    "duration",
    "trace_id",
    "trace_high",
    "span_id",
    "parent_id",
    "name",
    "resource",
    "type",
    "error",
    "env",
    "version",
    "language",
    "host",
    "http_status",
    "top_level",
    "priority",
    "tags",
    "links",
    "events",
    "meta_struct",
    "meta",
    "metrics",
]
_NAMES = ("start", *_FIELDS, *PROMOTED.values())
COLUMNS = ", ".join(["toUnixTimestamp64Nano(start)", *_NAMES[1:]])
"""SQL of the columns read by :func:`stored_span`."""


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A stored span; ``start`` and ``duration`` are nanoseconds. ``links``, ``events`` and ``meta_struct``
    are JSON.
    """

    service: str
    start: int
    duration: int
    trace_id: int
    trace_high: int
    span_id: int
    parent_id: int
    name: str
    resource: str
    type: str
    error: int
    env: str
    version: str
    language: str
    host: str
    http_status: int
    top_level: int
    priority: int
    tags: Sequence[str]
    links: str
    events: str
    meta_struct: str
    meta: dict[str, str]
    metrics: dict[str, float]

    @property
    def full_trace_id(self) -> str:
        return f"{self.trace_high:016x}{self.trace_id:016x}"


def stored_span(row: Sequence[Any]) -> StoredSpan:
    """Build a span from a row of ``COLUMNS``."""
    found = dict(zip(_NAMES, row, strict=True))
    meta, metrics = restored(found)
    fields = {name: found[name] for name in ("start", *_FIELDS[:-2])}
    return StoredSpan(**fields, meta=meta, metrics=metrics)


@dataclass(frozen=True, slots=True)
class SpanPage:
    spans: list[StoredSpan]
    after: str | None = None


async def search_spans(
    engine: Engine, request: PageRequest, *extra: str, by_duration: bool = False
) -> SpanPage:
    """Page of the spans that match a search, by start or by duration, with the cursor of the next page.

    ``extra`` are SQL conditions made by code. Raises ``SearchError`` (a ``ValueError``) for an invalid
    search.
    """
    to = Parameters()
    conditions = [
        time_condition(SPANS, request.start, request.end, to),
        search_condition(request.search, SPANS, to),
        *extra,
    ]
    column, number = ("duration", "duration") if by_duration else ("start", "toUnixTimestamp64Nano(start)")
    if request.cursor:
        value, ident = request.cursor
        sign = "<" if request.newest_first else ">"
        at = f"({to.add(value, 'Int64')}, {to.add(ident, 'UInt64')})"
        conditions.append(f"({number}, span_id) {sign} {at}")
    order = "DESC" if request.newest_first else "ASC"
    sql = (
        f"SELECT {COLUMNS} FROM {SPANS.name} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {column} {order}, span_id {order} LIMIT {request.limit + 1}"
    )
    spans = [stored_span(row) for row in await engine.rows(sql, to.values)]
    if len(spans) <= request.limit:
        return SpanPage(spans)
    last = spans[request.limit - 1]
    return SpanPage(
        spans[: request.limit], write_cursor(last.duration if by_duration else last.start, last.span_id)
    )


_INDEXED = (
    "service IN (SELECT service FROM trace_index WHERE trace_id = {low:UInt64}) "
    "AND start >= (SELECT min(first) FROM trace_index WHERE trace_id = {low:UInt64}) "
    "AND start <= (SELECT max(last) FROM trace_index WHERE trace_id = {low:UInt64})"
)
#: The trace index is written just after its spans: for a moment only these contain a new trace.
_RECENT = "start > now64(9) - INTERVAL 10 MINUTE"


async def _spans_of(engine: Engine, halves: tuple[int, int], where: str) -> list[StoredSpan]:
    """Spans of both tables that match ``where``."""
    high, low = halves
    where += " AND trace_id = {low:UInt64}" + (" AND trace_high IN ({high:UInt64}, 0)" if high else "")
    tables = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {COLUMNS} FROM {table} WHERE {where} ORDER BY start LIMIT {MAX_TRACE_SPANS})"  # noqa: S608
        for table in (SPANS.name, "running_spans FINAL")
    )
    return [stored_span(row) for row in await engine.rows(tables, {"low": low, "high": high})]


async def find_trace(engine: Engine, text: str) -> list[StoredSpan]:
    """All spans of a trace, by start; of a running span the latest snapshot. Empty if not found.

    ``text`` is 32 or 16 hex digits or a decimal number.
    """
    halves = trace_id_halves(text)
    if halves is None:
        return []
    found = await _spans_of(engine, halves, _INDEXED) or await _spans_of(engine, halves, _RECENT)
    newest: dict[int, StoredSpan] = {}
    for span in found:
        known = newest.get(span.span_id)
        if known is None or _version(span) >= _version(known):
            newest[span.span_id] = span
    return sorted(newest.values(), key=lambda one: (one.start, -one.duration))


def _version(span: StoredSpan) -> float:
    """Sort key of span versions: a finished span has no partial version and supersedes its snapshots."""
    return span.metrics.get(PARTIAL, float("inf"))


def self_times(spans: Sequence[StoredSpan]) -> dict[int, int]:
    """Self time of each span in nanoseconds: no child was running; overlapping children count once."""
    children: dict[int, list[tuple[int, int]]] = {}
    for span in spans:
        children.setdefault(span.parent_id, []).append((span.start, span.start + span.duration))
    return {span.span_id: span.duration - _covered(span, children.get(span.span_id, [])) for span in spans}


def _covered(span: StoredSpan, intervals: list[tuple[int, int]]) -> int:
    covered, reached = 0, span.start
    end = span.start + span.duration
    for first, last in sorted(intervals):
        first, last = max(first, reached), min(last, end)
        if last > first:
            covered += last - first
            reached = last
    return covered


def nested(meta: dict[str, Any]) -> dict[str, Any]:
    """Expand dotted keys to nested objects; a key that is both a value and a prefix stays dotted."""
    tree: dict[str, Any] = {}
    for key, value in sorted(meta.items()):
        place = tree
        *groups, last = key.split(".")
        for group in groups:
            inner = place.setdefault(group, {})
            if not isinstance(inner, dict):
                place, last = tree, key
                break
            place = inner
        if isinstance(place.get(last), dict):
            place, last = tree, key
        place[last] = value
    return tree
