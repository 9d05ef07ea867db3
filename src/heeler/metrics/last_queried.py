"""Time of the last query of each metric by a user or key: collected in memory, written once a minute.

Queries of monitors, SLOs and rollups do not count: they run whether or not anyone looks at the metric.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select

from heeler.api.services import Services
from heeler.metrics.model import QueriedMetric
from heeler.query.metrics.ast import selectors
from heeler.query.metrics.executor import Answer
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.metrics")

WRITE_SECONDS = 60.0
_NAME = 200
"""Characters of a name that are kept."""
_AT_ONCE = 1000
"""Names of one statement: databases bound its parameters."""
_MOST = 50_000
"""Maximum number of pending names; more are dropped until the next minute."""


class LastQueried:
    """Collects queries, as ``services.part(LastQueried)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pending: dict[str, tuple[float, int]] = {}

    def note(self, answers: Iterable[Answer]) -> None:
        """Record the metrics of executed queries."""
        now = self._services.now()
        for answer in answers:
            for expression in answer.expressions:
                for metric in {one.metric[:_NAME] for one in selectors(expression.node)}:
                    count = self._pending.get(metric, (0.0, 0))[1]
                    if count or len(self._pending) < _MOST:
                        self._pending[metric] = (now, count + 1)

    async def write(self) -> None:
        """Write pending names; names that could not be written stay pending."""
        pending, self._pending = self._pending, {}
        names = sorted(pending)
        try:
            for start in range(0, len(names), _AT_ONCE):
                part = names[start : start + _AT_ONCE]
                await self._write(part, pending)
                for metric in part:
                    del pending[metric]
        finally:
            for metric, (moment, count) in pending.items():
                last, more = self._pending.get(metric, (0.0, 0))
                self._pending[metric] = (max(moment, last), count + more)

    async def _write(self, names: list[str], pending: Mapping[str, tuple[float, int]]) -> None:
        async with self._services.database.session() as db:
            rows = await db.scalars(select(QueriedMetric).where(QueriedMetric.metric.in_(names)))
            known = {row.metric: row for row in rows}
            for metric in names:
                moment, count = pending[metric]
                row = known.get(metric)
                if row is None:
                    row = QueriedMetric(metric=metric, queries=0)
                    db.add(row)
                row.last_queried, row.queries = datetime.fromtimestamp(moment, UTC), row.queries + count

    async def since(self, seconds: float) -> set[str]:
        """Metrics queried within the last ``seconds``."""
        await self.write()
        oldest = datetime.fromtimestamp(self._services.now() - seconds, UTC)
        async with self._services.database.session() as db:
            return set(
                await db.scalars(select(QueriedMetric.metric).where(QueriedMetric.last_queried >= oldest))
            )

    async def all(self) -> dict[str, datetime]:
        """Time of the last query of each metric."""
        await self.write()
        async with self._services.database.session() as db:
            return {row.metric: row.last_queried for row in await db.scalars(select(QueriedMetric))}


async def write_forever(services: Services) -> None:
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        try:
            await services.part(LastQueried).write()
        except Exception:
            log.exception("The times of queries could not be written")
            telemetry.count("heeler.metrics.last_queried_lost")
