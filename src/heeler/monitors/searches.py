"""What monitors over logs, spans and events read: counts and measures of what a search finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.services import Services
from heeler.apm.search import SPANS
from heeler.events.search import EVENTS
from heeler.logs.search import LOGS
from heeler.monitors.query import SearchQuery
from heeler.monitors.readings import Readings
from heeler.monitors.state import Reading
from heeler.query.frame import Frame
from heeler.query.search.aggregate import MAX_GROUPS, Aggregation, Compute, GroupBy, over_time, totals

_TABLES = {"events": EVENTS, "logs": LOGS, "spans": SPANS}
_POINTS = 120


async def read_search(
    services: Services, query: SearchQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group (``facet:value`` pairs, or ``*``) of the window that ends at ``now``."""
    end = now - float(options.get("evaluation_delay") or 0)
    question = _question(query, end - query.window, end)
    found = await totals(services.engine, _TABLES[query.source], question)
    if not query.by:
        number = found[0].number if found else None
        return {"*": Reading(0.0 if number is None and counts(query) else number)}
    return {_scope(query, item.values): Reading(item.number) for item in found}


def counts(query: SearchQuery) -> bool:
    """Whether finding nothing means zero, not that there is no data."""
    return query.aggregation in ("count", "cardinality", "sum")


def absent(query: object) -> Reading:
    """The reading of a known group that a search did not find this time."""
    return Reading(0.0 if isinstance(query, SearchQuery) and counts(query) else None)


async def search_frame(services: Services, query: SearchQuery, start: float, end: float) -> Frame:
    """The measure over time, for the monitor's graph."""
    interval = max(int(end - start) // _POINTS, 10)
    return await over_time(services.engine, _TABLES[query.source], _question(query, start, end), interval)


def _question(query: SearchQuery, start: float, end: float) -> Aggregation:
    return Aggregation(
        query.search,
        start,
        end,
        Compute(query.aggregation, query.measure or None),
        tuple(GroupBy(facet, limit=MAX_GROUPS) for facet in query.by),
    )


def _scope(query: SearchQuery, values: tuple[str, ...]) -> str:
    return ",".join(f"{key}:{value}" for key, value in zip(query.by, values, strict=True))
