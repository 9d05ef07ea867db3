"""Parser of monitor queries, by monitor type: text to plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.call_queries import (
    parse_check,
    parse_error_query,
    parse_process_query,
    parse_search_query,
)
from heeler.monitors.queries.comparison import compared
from heeler.monitors.queries.composite import CompositeQuery, parse_composite
from heeler.monitors.queries.slo_alerts import SloQuery, parse_slo_query
from heeler.monitors.queries.types import (
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    ProcessQuery,
    SearchQuery,
    SyntheticsQuery,
    UnsupportedQuery,
    keyword_text,
)
from heeler.monitors.queries.windows import cumulative_of, window_seconds
from heeler.query.metrics.ast import Call, is_percentile, selectors, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse_one

__all__ = [
    "TYPES", "CheckQuery", "FormulaQuery", "MetricQuery", "MonitorQuery", "ProcessQuery", "SearchQuery",
    "SloQuery", "SyntheticsQuery", "UnsupportedQuery", "is_grouped", "keyword_text", "parse_monitor_query",
    "window_seconds",
]  # fmt: skip

_TIME_AGGREGATORS = ("avg", "sum", "min", "max", "last", "percentile")
_METRIC = re.compile(r"(?P<aggr>\w+)\s*\(\s*(?P<window>\w+)\s*\)\s*:\s*(?P<expr>.+)", re.S)
_CHANGE = re.compile(
    r"(?P<kind>change|pct_change)\s*\(\s*(?P<aggr>\w+)\s*\(\s*(?P<window>\w+)\s*\)\s*,"
    r"\s*(?P<shift>\w+)\s*\)\s*:\s*(?P<expr>.+)", re.S
)  # fmt: skip

METRIC_TYPES = ("metric alert", "query alert")
SEARCH_TYPES = ("event-v2 alert", "event alert", "log alert", "trace-analytics alert")
PROCESS_TYPE = "process alert"
#: Types whose data Heeler does not store, with the reason.
UNSUPPORTED: Mapping[str, str] = {
    "rum alert": "sessions of browsers (RUM)",
    "ci-pipelines alert": "CI pipelines",
    "ci-tests alert": "CI tests",
    "cost alert": "costs of clouds",
    "llm-observability alert": "traces of language models",
    "data-quality alert": "data quality",
    "data-jobs alert": "data jobs",
    "database-monitoring alert": "samples of database queries",
    "network-performance alert": "network flows",
    "network-path alert": "network paths",
    "audit alert": "an audit trail that monitors can search",
}
ERROR_TYPE = "error-tracking alert"
TYPES = (
    *METRIC_TYPES, "service check", *SEARCH_TYPES, ERROR_TYPE, PROCESS_TYPE, "composite", "slo alert",
    "synthetics alert",
    *UNSUPPORTED,
)  # fmt: skip

MonitorQuery = (
    MetricQuery
    | CheckQuery
    | SearchQuery
    | ProcessQuery
    | FormulaQuery
    | CompositeQuery
    | SloQuery
    | SyntheticsQuery
    | UnsupportedQuery
)


def parse_monitor_query(kind: str, text: str, options: Mapping[str, Any] | None = None) -> MonitorQuery:
    """Parse the query of a monitor of type ``kind``; formulas take their variables from ``options``.

    Raises :class:`InvalidQuery` with the public API's wording.
    """
    text = text.strip()
    if not text:
        raise InvalidQuery("it is empty")
    variables = (options or {}).get("variables")
    if kind in UNSUPPORTED:
        return UnsupportedQuery(kind, f"Heeler keeps no {UNSUPPORTED[kind]}")
    if kind in METRIC_TYPES:
        return parse_search_query(text, variables) if text.startswith("formula(") else _metric(text)
    if kind == "service check":
        return parse_check(text)
    if kind == PROCESS_TYPE:
        return parse_process_query(text)
    if kind == "composite":
        return parse_composite(text)
    if kind == "slo alert":
        return parse_slo_query(text)
    if kind == "synthetics alert":
        return _synthetics(options or {})
    if kind == ERROR_TYPE and not text.startswith("formula("):
        return parse_error_query(text)
    if kind in (*SEARCH_TYPES, ERROR_TYPE):
        return parse_search_query(text, variables)
    raise InvalidQuery(f"monitors of type '{kind}' are not known here; use one of {', '.join(TYPES)}")


def _synthetics(options: Mapping[str, Any]) -> SyntheticsQuery | UnsupportedQuery:
    test_id = str(options.get("synthetics_check_id") or "")
    if not test_id:
        reason = (
            "a monitor of this type is made with its synthetic test, which options.synthetics_check_id names"
        )
        return UnsupportedQuery("synthetics alert", reason)
    return SyntheticsQuery(test_id)


def is_grouped(query: MonitorQuery) -> bool:
    return not isinstance(query, CompositeQuery) and bool(query.by)


def _metric(text: str) -> MetricQuery:
    left, comparator, number = compared(text)
    change = _CHANGE.fullmatch(left)
    found = change or _METRIC.fullmatch(left)
    if found is None:
        raise InvalidQuery(
            "expected a time aggregation before the query, for example avg(last_5m):avg:system.load.1{*} > 2"
        )
    if found["aggr"] not in _TIME_AGGREGATORS:
        *most, last = _TIME_AGGREGATORS
        raise InvalidQuery(f"invalid time aggregator '{found['aggr']}': use {', '.join(most)} or {last}")
    try:
        node = parse_one(found["expr"])
    except QueryError as error:
        raise InvalidQuery(str(error.within(found["expr"]))) from None
    if not selectors(node):
        raise InvalidQuery("it names no metric with a scope, for example avg:system.load.1{*}")
    if found["aggr"] == "percentile" and not all(is_percentile(item.aggregator) for item in selectors(node)):
        raise InvalidQuery("the time aggregator percentile takes percentiles, for example p95:trace.web{*}")
    ahead = any(isinstance(item, Call) and item.function == "forecast" for item in walk(node))
    if found["window"].startswith("next_") and not ahead:
        raise InvalidQuery(f"'{found['window']}' is in the future: it takes forecast(...)")
    shift = change["shift"].removesuffix("_ago") if change else ""
    return MetricQuery(
        aggregator=found["aggr"],
        window=window_seconds(found["window"]),
        expression=found["expr"].strip(),
        node=node,
        comparator=comparator,
        threshold=number,
        change=change["kind"] if change else "",
        shift=window_seconds(shift) if shift else 0,
        ahead=ahead,
        cumulative=cumulative_of(found["window"]),
    )
