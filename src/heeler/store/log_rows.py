"""Rows of ``logs``, as an Arrow table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson
import pyarrow as pa

from heeler.wire.logs.datadog import LogEntry


def log_id(entry: LogEntry, origin: int, index: int) -> int:
    """63 bits that grow with the log's time; the same for the same place in the same delivery."""
    low = hashlib.blake2b(f"{origin}\0{index}".encode(), digest_size=4).digest()
    return (entry.time & 0x7FFFFFFFFF) << 24 | int.from_bytes(low, "little") & 0xFFFFFF


def logs_table(entries: Sequence[LogEntry], origin: int) -> pa.Table:
    """Logs that came in the body with the hash ``origin``."""
    return pa.table(
        {
            "time": pa.array([entry.time for entry in entries], pa.timestamp("ms", "UTC")),
            "id": pa.array(
                [log_id(entry, origin, index) for index, entry in enumerate(entries)], pa.uint64()
            ),
            "service": pa.array([entry.service for entry in entries], pa.string()),
            "host": pa.array([entry.host for entry in entries], pa.string()),
            "source": pa.array([entry.source for entry in entries], pa.string()),
            "status": pa.array([entry.status for entry in entries], pa.string()),
            "message": pa.array([entry.message for entry in entries], pa.string()),
            "tags": pa.array([list(entry.tags) for entry in entries], pa.list_(pa.string())),
            "attributes": pa.array(
                [orjson.dumps(entry.attributes).decode() for entry in entries], pa.string()
            ),
            "trace_id": pa.array([entry.trace_id for entry in entries], pa.uint64()),
            "trace_high": pa.array([entry.trace_high for entry in entries], pa.uint64()),
            "span_id": pa.array([entry.span_id for entry in entries], pa.uint64()),
        }
    )
