"""Readings of monitors over logs, spans, events and errors: counts and measures of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.services import Services
from heeler.apm.search import SPANS
from heeler.events.search import EVENTS
from heeler.logs.search import LOGS
from heeler.monitors.evaluation.error_issues import counted_errors
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import Reading
from heeler.monitors.queries.parser import FormulaQuery, MetricQuery, ProcessQuery, SearchQuery
from heeler.monitors.queries.windows import window_start
from heeler.query.frame import Frame
from heeler.query.search.aggregate import over_time, totals
from heeler.query.search.field_sql import Table
from heeler.query.search.plan import Aggregation, Compute, GroupBy

_TABLES = {"events": EVENTS, "logs": LOGS, "spans": SPANS}
_POINTS = 120
_COUNTING = ("count", "cardinality", "sum")
#: Maximum number of groups of each facet, by number of facets.
_LIMITS = {1: 1000, 2: 30, 3: 10}


async def read_search(
    services: Services, query: SearchQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group (``facet:value`` pairs, or ``*``) of the window that ends at ``now``."""
    end = now - float(options.get("evaluation_delay") or 0)
    start = window_start(query.window, query.cumulative, options, end)
    request = _question(query, min(max(start, 0.0), end - 1), end)
    found = await totals(services.engine, await _table(services, query, request.start, end), request)
    numbers = {_scope(query, item.values) if query.by else "*": item.number for item in found}
    if not query.by:
        numbers.setdefault("*", None)
        if not numbers["*"] and counts(query):
            return {"*": absent(query, options)}
    return {name: Reading(number) for name, number in numbers.items()}


def counts(query: object) -> bool:
    """Whether no result means zero, as opposed to no data."""
    if isinstance(query, MetricQuery):
        return query.as_count and not query.change and query.anomalies is None
    if isinstance(query, FormulaQuery):
        return all(counted(item) for item in query.variables) and not query.over_time
    if isinstance(query, ProcessQuery):
        return True
    return isinstance(query, SearchQuery) and query.aggregation in _COUNTING


def counted(variable: Mapping[str, Any]) -> bool:
    """Whether a query object counts, so that no result means zero."""
    compute = variable.get("compute")
    return isinstance(compute, Mapping) and str(compute.get("aggregation") or "count") in _COUNTING


def absent(query: object, options: Mapping[str, Any]) -> Reading:
    """Reading of a known group without results: zero for counts, unless the monitor's missing data option
    says otherwise. For metrics it must request zero (``default``).
    """
    missing = options.get("on_missing_data")
    if options.get("notify_no_data") or missing not in (None, "", "default"):
        return Reading(None)
    if isinstance(query, MetricQuery) and missing != "default":
        return Reading(None)
    return Reading(0.0 if counts(query) else None)


async def _table(services: Services, query: SearchQuery, start: float, end: float) -> Table:
    """Table of the query's source; for errors, restricted to those that count."""
    if query.source == "errors":
        return await counted_errors(services, query.search, start, end, new=query.new)
    return _TABLES[query.source]


async def search_frame(services: Services, query: SearchQuery, start: float, end: float) -> Frame:
    """The measure over time, for the monitor's graph."""
    interval = max(int(end - start) // _POINTS, 10)
    table = await _table(services, query, start, end)
    return await over_time(services.engine, table, _question(query, start, end), interval)


def _question(query: SearchQuery, start: float, end: float) -> Aggregation:
    return Aggregation(
        query.search,
        start,
        end,
        Compute(query.aggregation, query.measure or None),
        tuple(GroupBy(facet, limit=_LIMITS.get(len(query.by), 5)) for facet in query.by),
    )


def _scope(query: SearchQuery, values: tuple[str, ...]) -> str:
    return ",".join(f"{key}:{value}" for key, value in zip(query.by, values, strict=True))
