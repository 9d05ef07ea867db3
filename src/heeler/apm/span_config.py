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
from heeler.store.database import Remembered
from heeler.wire.traces.spans import AgentTraces

_TABLES = tuple(str(model.__tablename__) for model in (SpanRetentionFilter, SpanMetric))


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
        self._rules: Remembered[None, SpanRules] = Remembered(services.database, tables=_TABLES)

    async def current(self) -> SpanRules:
        """The rules; of many callers that find them outdated, one reads them."""
        return await self._rules.fetch(None, self._read)

    async def _read(self) -> tuple[SpanRules, int]:
        async with self._services.database.session() as db:
            return await _load(db), 0


async def _load(db: AsyncSession) -> SpanRules:
    filters = await db.scalars(
        select(SpanRetentionFilter).order_by(SpanRetentionFilter.position, SpanRetentionFilter.id)
    )
    metrics = await db.scalars(select(SpanMetric).order_by(SpanMetric.id))
    return SpanRules(
        [compile_filter(one.id, one.document) for one in filters if one.document["enabled"]],
        [compile_rule(one.id, one.document) for one in metrics],
    )
