"""Registry of readers by query type; packages above this one register the readers of their types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.composite_states import read_composite
from heeler.monitors.evaluation.event_query import read_search
from heeler.monitors.evaluation.formulas import read_formula
from heeler.monitors.evaluation.process_query import read_processes
from heeler.monitors.evaluation.series_query import Readings, read_metric
from heeler.monitors.evaluation.service_checks import read_check
from heeler.monitors.log_restriction import reading_as_monitor
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import (
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    MonitorQuery,
    ProcessQuery,
    SearchQuery,
    UnsupportedQuery,
)

Reader = Callable[[Services, Any, Mapping[str, Any], float], Awaitable[Readings]]


async def _read_composite(
    services: Services, query: CompositeQuery, options: Mapping[str, Any], _: float
) -> Readings:
    return await read_composite(services, query, options)


async def _read_nothing(_: Services, query: UnsupportedQuery, __: Mapping[str, Any], ___: float) -> Readings:
    """Raise the reason why there is no data."""
    raise InvalidQuery(query.reason)


READERS: dict[type, Reader] = {
    MetricQuery: read_metric,
    SearchQuery: read_search,
    ProcessQuery: read_processes,
    CheckQuery: read_check,
    FormulaQuery: read_formula,
    CompositeQuery: _read_composite,
    UnsupportedQuery: _read_nothing,
}


async def read(services: Services, query: MonitorQuery, options: Mapping[str, Any], now: float) -> Readings:
    """Readings of the window that ends at ``now``, by group name."""
    with reading_as_monitor(options):
        return await READERS[type(query)](services, query, options, now)
