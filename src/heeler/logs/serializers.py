"""Serializers of logs for the public API and the web app."""

from __future__ import annotations

from typing import Any

from heeler.logs.store import StoredLog
from heeler.query.search.times import iso
from heeler.store.log_rows import DEFAULT_INDEX
from heeler.wire.logs.datadog import LogEntry


def event_v2(log: StoredLog) -> dict[str, Any]:
    """Serialize a log for ``/api/v2/logs/events``."""
    return {"id": log.id, "type": "log", "attributes": {**content(log), "status": log.status}}


def event_v1(log: StoredLog) -> dict[str, Any]:
    """Serialize a log for ``/api/v1/logs-queries/list``."""
    return {"id": log.id, "content": content(log)}


def content(log: StoredLog) -> dict[str, Any]:
    """Fields shared by both API versions. The time has milliseconds; the id has nanoseconds."""
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
    """Serialize a line of the explorer. ``time_ns`` is text, as it exceeds JavaScript's integer range."""
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


def line_of_entry(entry: LogEntry, seq: int) -> dict[str, Any]:
    """Serialize an arriving log like :func:`line` does once it is stored."""
    return line(
        StoredLog(
            time=entry.time,
            seq=seq,
            service=entry.service,
            host=entry.host,
            source=entry.source,
            status=entry.status,
            message=entry.message,
            tags=entry.tags,
            trace_id=entry.trace_id,
            trace_high=entry.trace_high,
            span_id=entry.span_id,
            index=entry.index or DEFAULT_INDEX,
            attributes=entry.attributes,
        )
    )
