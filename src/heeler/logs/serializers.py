"""Logs as answers of the public API and of the pages."""

from __future__ import annotations

from typing import Any

from heeler.logs.store import StoredLog
from heeler.query.search.times import iso


def event_v2(log: StoredLog) -> dict[str, Any]:
    """A log of ``/api/v2/logs/events``."""
    return {"id": log.id, "type": "log", "attributes": {**content(log), "status": log.status}}


def event_v1(log: StoredLog) -> dict[str, Any]:
    """A log of ``/api/v1/logs-queries/list``."""
    return {"id": log.id, "content": content(log)}


def content(log: StoredLog) -> dict[str, Any]:
    """What both generations say. The format's time has milliseconds; the id tells nanoseconds."""
    tags = [*log.tags, *([f"source:{log.source}"] if log.source else [])]
    return {
        "timestamp": iso(log.time // 1_000_000 / 1000),
        "message": log.message,
        "host": log.host,
        "service": log.service,
        "tags": tags,
        "attributes": dict(log.attributes),
    }


def line(log: StoredLog) -> dict[str, Any]:
    """A line of the explorer. ``time_ns`` is text, as no number of a browser holds it."""
    return {
        **content(log),
        "tags": list(log.tags),
        "id": log.id,
        "time_ns": str(log.time),
        "status": log.status,
        "source": log.source,
        "index": log.index,
        "trace_id": log.full_trace_id,
        "span_id": str(log.span_id) if log.span_id else None,
    }
