"""Spans and statistics from agents: ours and the real one."""

from __future__ import annotations

import asyncio

from heeler.intake.endpoints import INLINE_BYTES, Endpoint, Intake
from heeler.intake.request import Head, Reply
from heeler.intake.trace_metrics import BucketSeconds, trace_metrics
from heeler.store import rows
from heeler.store.self_metrics import telemetry
from heeler.store.span_rows import apm_stats_table, span_tables, stats_rows
from heeler.wire.traces import agent_payload
from heeler.wire.traces.client_stats import decode_agent

_seconds = BucketSeconds()


async def traces(intake: Intake, _: Head, body: bytes) -> Reply:
    """``/api/v0.2/traces``: protobuf."""
    if len(body) <= INLINE_BYTES:
        tables = span_tables(agent_payload.decode(body))
    else:
        tables = await asyncio.to_thread(lambda: span_tables(agent_payload.decode(body)))
    await intake.services.writer.write(tables, _digest(b"spans", body))
    telemetry.count("heeler.intake.spans", sum(table.num_rows for table in tables.values()))
    return Reply(200)


async def stats(intake: Intake, _: Head, body: bytes) -> Reply:
    """``/api/v0.2/stats``: MessagePack. Kept as they are, and as metrics."""
    groups = stats_rows(decode_agent(body))
    now, memo = int(intake.services.now()), intake.known_series()
    points, sketches = trace_metrics(groups, memo, intake.window(), _seconds)
    origin = rows.body_hash(body)
    tables = {
        "apm_stats": apm_stats_table(groups, origin),
        "series": rows.series_table(points.fresh.values(), now),
        "points": rows.PointRows.of(points),
        "sketches": rows.sketches_table(sketches, origin),
    }
    await intake.services.writer.write(tables, _digest(b"stats", body))
    memo.mark_written(list(points.fresh), now)
    telemetry.count("heeler.intake.apm_stats", len(groups))
    for reason, count in points.problems.dropped.items():
        telemetry.count("heeler.intake.dropped", count, (f"reason:{reason}",))
    return Reply(200)


def _digest(kind: bytes, body: bytes) -> bytes:
    return kind + rows.body_hash(body).to_bytes(8, "little")


ENDPOINTS: dict[str, Endpoint] = {"/api/v0.2/traces": traces, "/api/v0.2/stats": stats}
