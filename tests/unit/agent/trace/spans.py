"""Spans of made-up traces."""

from __future__ import annotations

from typing import Any

from heeler.wire.traces.spans import Chunk, Span

NOW = 1_790_000_000_000_000_000


def span(span_id: int = 1, parent: int = 0, **more: Any) -> Span:
    values = {"service": "shop", "name": "web.request", "resource": "GET /", "type": "web"} | more
    return Span(trace_id=7, span_id=span_id, parent_id=parent, start=NOW - 10**9, duration=10**6, **values)


def chunk(*spans: Span, **more: Any) -> Chunk:
    return Chunk(list(spans) or [span()], **more)
