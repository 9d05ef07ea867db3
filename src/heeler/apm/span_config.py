"""Span rules of the intake: retention filters and span-based metrics, recompiled when they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.apm.model import SpanMetric, SpanRetentionFilter
from heeler.apm.retention_filters import RetentionFilter, compile_filter, indexed
from heeler.apm.span_metrics import Point, SpanMetricRule, compile_rule, points_of
from heeler.apm.span_reader import chunk_records
from heeler.wire.traces.spans import AgentTraces

#: Maximum delay, in seconds, until a change by another process is seen.
REFRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SpanRules:
    filters: Sequence[RetentionFilter] = ()
    metrics: Sequence[SpanMetricRule] = ()


@dataclass(slots=True)
class Outcome:
    """Result of the rules for a delivery, which retains only stored spans. ``indexed`` has one entry for each
    of them, in order; None if all are indexed. ``dropped`` counts the others by service.
    """

    points: list[Point]
    indexed: list[bool] | None
    dropped: dict[str, int]


def apply_rules(rules: SpanRules, traces: AgentTraces) -> Outcome:
    """Compute span-based metrics, then remove chunks without an indexed span from ``traces``."""
    outcome = Outcome([], [] if rules.filters else None, {})
    if not rules.filters and not rules.metrics:
        return outcome
    left_out: set[int] = set()
    for one in chunk_records(traces):
        for record in one.records:
            outcome.points += points_of(rules.metrics, record)
        if outcome.indexed is None:
            continue
        found = indexed(rules.filters, one)
        if any(found):
            outcome.indexed += found
            continue
        left_out.add(id(one.chunk))
        for record in one.records:
            service = record.span.service
            outcome.dropped[service] = outcome.dropped.get(service, 0) + 1
    if left_out:
        for payload in traces.payloads:
            payload.chunks = [chunk for chunk in payload.chunks if id(chunk) not in left_out]
    return outcome


class SpanConfig:
    """The span rules of one server, as ``services.part(SpanConfig)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._read: tuple[int, float] | None = None
        self._rules = SpanRules()

    async def current(self) -> SpanRules:
        database, now = self._services.database, self._services.now()
        version = database.version
        if self._read is None or self._read[0] != version or not 0 <= now - self._read[1] < REFRESH_SECONDS:
            async with database.session() as db:
                self._rules = await _load(db)
            self._read = version, now
        return self._rules


async def _load(db: AsyncSession) -> SpanRules:
    filters = await db.scalars(
        select(SpanRetentionFilter).order_by(SpanRetentionFilter.position, SpanRetentionFilter.id)
    )
    metrics = await db.scalars(select(SpanMetric).order_by(SpanMetric.id))
    return SpanRules(
        [compile_filter(one.id, one.document) for one in filters if one.document["enabled"]],
        [compile_rule(one.id, one.document) for one in metrics],
    )
