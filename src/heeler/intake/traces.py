"""Spans and trace statistics from agents (Heeler's and Datadog's)."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from heeler.apm.span_config import Outcome, SpanConfig, SpanRules, apply_rules
from heeler.apm.span_metrics import SpanMetrics
from heeler.apm.span_reader import SpanRecord
from heeler.apm.span_tail import SpanTail, publish, records_to_offer
from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import Occurrence, of_traces
from heeler.intake.accounting import taken
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake, count_dropped, point_tables
from heeler.intake.request import Reply
from heeler.intake.trace_metrics import BucketSeconds, trace_metrics
from heeler.metric_usage.intake_limits import RowLimits
from heeler.store import arrow_tables, span_columns
from heeler.store.self_metrics import telemetry
from heeler.store.span_rows import apm_stats_table, span_tables, stats_rows
from heeler.wire.metrics.batch import PointBatch, Window
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.traces import agent_payload
from heeler.wire.traces.client_stats import StatsOfAgent, decode_agent
from heeler.wire.traces.spans import AgentTraces

_seconds = BucketSeconds()
#: Quotas are applied to this many spans on the event loop, to more in a thread.
_INLINE_SPANS = 100


async def traces(intake: Intake, delivery: Delivery) -> Reply:
    """``/api/v0.2/traces``: protobuf."""

    rules = await intake.services.part(SpanConfig).current()
    watched = intake.services.part(SpanTail).watched

    def read(body: bytes) -> tuple[SpanRows, bytes]:
        by_object = rules.filters or rules.metrics or watched
        found = None if by_object else span_columns.decode(body)
        if found is None:
            return span_rows(agent_payload.decode(body), rules, watched=watched), _digest(b"spans", body)
        made = SpanRows(found.tables, of_traces(found.with_errors), Outcome([], None, {}), [])
        return made, _digest(b"spans", body)

    await store_spans(intake, *await delivery.decode(read))
    return Reply(200)


class SpanRows(NamedTuple):
    """Decoded delivery of spans: rows by table, errors, and the outcome of span rules."""

    tables: dict[str, pa.Table]
    errors: list[Occurrence]
    outcome: Outcome
    watched: list[SpanRecord]
    """Records for live searches."""


def span_rows(received: AgentTraces, rules: SpanRules, *, watched: bool) -> SpanRows:
    """Rows of a delivery. Errors are taken from all its spans, retained or not; so are the records offered to
    live searches, if any is open (``watched``).
    """
    errors = of_traces(received)
    records = records_to_offer(received) if watched else []
    outcome = apply_rules(rules, received)
    return SpanRows(span_tables(received, outcome.indexed), errors, outcome, records)


async def store_spans(intake: Intake, found: SpanRows, digest: bytes) -> RowLimits:
    """Write the span rows and their errors, except those of excluded issues.

    ``digest`` ends with the hash of the body, eight bytes. Returns what quotas refused.
    """
    tables, services = dict(found.tables), intake.services
    limits = RowLimits(services, "spans")
    rows = tables["apm_spans"]
    if limits.limit is not None:
        few = rows.num_rows <= _INLINE_SPANS
        tables["apm_spans"] = limits.apply(rows) if few else await intake.pool.run(lambda: limits.apply(rows))
    count = sum(table.num_rows for table in tables.values())
    tables |= await services.part(ErrorDeliveries).tables(found.errors, int.from_bytes(digest[-8:], "little"))
    if not await services.writer.write(tables, digest):
        return limits
    limits.stored()
    services.part(SpanMetrics).add(found.outcome.points)
    if found.watched:
        publish(services.part(SpanTail), found.watched)
    taken(services, "spans", count)
    for service, dropped in found.outcome.dropped.items():
        telemetry.count("heeler.intake.spans_not_retained", dropped, (f"service:{service}",))
    return limits


async def stats(intake: Intake, delivery: Delivery) -> Reply:
    """``/api/v0.2/stats``: MessagePack. Stored as statistics, and as metrics."""

    def read(body: bytes) -> tuple[StatsOfAgent, int]:
        return decode_agent(body), arrow_tables.body_hash(body)

    decoded, origin = await delivery.decode(read)
    await store_stats(intake, decoded, origin)
    return Reply(200)


async def store_stats(intake: Intake, decoded: StatsOfAgent, origin: int) -> None:
    """Write the statistics of a body with the hash ``origin``, and the metrics derived from them."""
    now, memo, window = int(intake.services.now()), intake.known_series(), intake.window()
    tables, points = await intake.pool.run(lambda: _stats_tables(decoded, origin, now, memo, window))
    await intake.services.writer.write(tables, b"stats" + origin.to_bytes(8, "little"))
    memo.mark_written(list(points.fresh), now)
    telemetry.count("heeler.intake.apm_stats", tables["apm_stats"].num_rows)
    count_dropped(points.problems)


def _stats_tables(
    decoded: StatsOfAgent, origin: int, now: int, memo: SeriesMemo, window: Window
) -> tuple[dict[str, Any], PointBatch]:
    groups = stats_rows(decoded)
    points, sketches = trace_metrics(groups, memo, window, _seconds)
    tables = {
        "apm_stats": apm_stats_table(groups, origin),
        **point_tables(points, now),
        "sketches": arrow_tables.sketches_table(sketches, origin),
    }
    return tables, points


def _digest(kind: bytes, body: bytes) -> bytes:
    return kind + arrow_tables.body_hash(body).to_bytes(8, "little")


ENDPOINTS: dict[str, Endpoint] = {"/api/v0.2/traces": traces, "/api/v0.2/stats": stats}
