"""Query objects of logs, spans and events in widgets, monitors and ``/api/v2/query``: documents to
aggregations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from heeler.query.data_sources import Executor
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Window
from heeler.query.search.aggregate import over_time
from heeler.query.search.field_sql import Table
from heeler.query.search.plan import MAX_GROUPS, Aggregation, Compute, GroupBy
from heeler.query.search.request import read_indexes, within_indexes
from heeler.query.search.row_access import check_readable
from heeler.store.engine import Engine

MAX_INTERVAL_MS = 2**32 * 1000


def executor_for(table: Table) -> Executor:
    """Executor of query objects over ``table``, for ``register_source``.

    A window as long as its interval is one bucket: the total of a scalar query.
    """

    async def execute(engine: Engine, item: dict[str, Any], window: Window) -> Frame:
        check_readable(table.data)
        try:
            request = read_aggregation(item, window.start, window.end)
            interval = read_interval(item) or window.interval
            if window.interval >= window.end - window.start:
                interval = window.end - window.start
            else:
                interval = window.with_interval(interval).interval
            return await over_time(engine, table, request, interval, -window.phase % interval)
        except QueryError:
            raise
        except ValueError as error:
            raise QueryError(str(error)) from error

    return execute


def read_aggregation(item: Mapping[str, Any], start: float, end: float) -> Aggregation:
    """``search``, ``compute`` and ``group_by`` of a query object. Raises ``ValueError``."""
    search = item.get("search") or {}
    text = search.get("query", "") if isinstance(search, Mapping) else search
    groups = item.get("group_by") or ()
    if isinstance(groups, Mapping):
        groups = [{"facet": facet, **groups} for facet in groups.get("fields", ())]
    if not isinstance(groups, Sequence) or isinstance(groups, str):
        raise ValueError("'group_by' must be a list of objects with a 'facet'.")
    search_text = str(text or "")
    if item.get("data_source") == "logs":
        search_text = within_indexes(search_text, read_indexes(item))
    return Aggregation(
        search_text, start, end, _compute(item.get("compute")), [_group(one) for one in groups]
    )


def read_interval(item: Mapping[str, Any]) -> int | None:
    """Seconds of ``compute.interval``, which is milliseconds. Raises ``ValueError``."""
    compute = item.get("compute")
    given = compute.get("interval") if isinstance(compute, Mapping) else None
    if given is None or given == "":
        return None
    try:
        milliseconds = float(given)
    except (TypeError, ValueError):
        milliseconds = math.nan
    if not 0 <= milliseconds <= MAX_INTERVAL_MS:
        raise ValueError(f"'compute.interval' is {str(given)[:50]!r}: expected milliseconds.")
    return max(1, round(milliseconds / 1000)) if milliseconds else None


def _compute(given: Any) -> Compute:
    if given is None:
        return Compute()
    if not isinstance(given, Mapping):
        raise ValueError("'compute' must be an object with an 'aggregation'.")
    measure = given.get("metric") or given.get("facet")
    return Compute(str(given.get("aggregation") or "count"), str(measure) if measure else None)


def _group(given: Any) -> GroupBy:
    if not isinstance(given, Mapping) or not given.get("facet"):
        raise ValueError("Each 'group_by' needs a 'facet', such as 'service' or '@http.status_code'.")
    sort = given.get("sort")
    limit = given.get("limit") or 10
    if not isinstance(limit, int) or not 1 <= limit <= MAX_GROUPS:
        raise ValueError(f"The 'limit' of facet '{given['facet']}' must be 1 to {MAX_GROUPS}.")
    return GroupBy(
        facet=str(given["facet"]),
        limit=limit,
        sort=_compute(sort) if isinstance(sort, Mapping) and sort.get("aggregation") else None,
        order="asc" if isinstance(sort, Mapping) and sort.get("order") == "asc" else "desc",
        exclude_missing=bool(given.get("should_exclude_missing")),
    )
