"""Monitor queries: text to plain data, by type of monitor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.monitors.composite import CompositeQuery, parse_composite
from heeler.monitors.errors import InvalidQuery
from heeler.query.metrics.ast import Call, Name, Node, Text, is_percentile, selectors, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import lookup
from heeler.query.metrics.parser import parse_one
from heeler.query.search.aggregate import AGGREGATIONS
from heeler.query.search.parser import SearchError
from heeler.query.search.parser import parse as parse_search

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000}
_NUMBER = re.compile(r"[-+]?[\d.]{1,40}(?:[eE][-+]?\d{1,3})?")
_WINDOW = re.compile(r"^(last|next)_(\d+)(mo|m|h|d|w)$")
_TIME_AGGREGATORS = ("avg", "sum", "min", "max", "last", "percentile")
_METRIC = re.compile(r"^(?P<aggr>\w+)\s*\(\s*(?P<window>\w+)\s*\)\s*:\s*(?P<expr>.+)$", re.S)
_CHANGE = re.compile(
    r"^(?P<kind>change|pct_change)\s*\(\s*(?P<aggr>\w+)\s*\(\s*(?P<window>\w+)\s*\)\s*,"
    r"\s*(?P<shift>\w+)\s*\)\s*:\s*(?P<expr>.+)$", re.S
)  # fmt: skip
_CALL = re.compile(r"\.(\w+)\(((?:[^()\"']|\"[^\"]*\"|'[^']*')*)\)")
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'")
_SOURCES = {"events": "events", "logs": "logs", "trace-analytics": "spans"}

METRIC_TYPES = ("metric alert", "query alert")
SEARCH_TYPES = ("event-v2 alert", "event alert", "log alert", "trace-analytics alert")
TYPES = (*METRIC_TYPES, "service check", *SEARCH_TYPES, "composite")


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """``time_aggr(window):expr cmp threshold``; ``change``: of the difference to ``shift`` s ago.

    ``ahead``: the window begins now (``next_1w``), for what ``forecast`` expects; so it does where a
    forecast is asked for by ``last_1w``.
    """

    aggregator: str
    window: int
    expression: str
    node: Node
    comparator: str
    threshold: float
    change: str = ""
    shift: int = 0
    ahead: bool = False

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for item in selectors(self.node) for key in item.by))

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.metric for item in selectors(self.node)))

    @property
    def anomalies(self) -> Call | None:
        """The ``anomalies(...)`` at the root, whose band the monitor watches."""
        return self.node if isinstance(self.node, Call) and self.node.function == "anomalies" else None

    def is_call(self, function: str) -> bool:
        """Whether the whole expression is a call of ``function``."""
        return isinstance(self.node, Call) and self.node.function == function

    @property
    def as_count(self) -> bool:
        return any(
            modifier.name == "as_count"
            for item in walk(self.node)
            for modifier in getattr(item, "modifiers", ())
        )


@dataclass(frozen=True, slots=True)
class CheckQuery:
    """The last ``last`` statuses of a service check in each group."""

    check: str
    over: tuple[str, ...]
    exclude: tuple[str, ...]
    by: tuple[str, ...]
    last: int
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a search of ``source`` counts in the last ``window`` seconds, by facet."""

    source: str
    search: str
    aggregation: str
    measure: str
    by: tuple[str, ...]
    window: int
    comparator: str
    threshold: float
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormulaQuery:
    """``formula("query1 / query2").last("15m") > n`` over named queries of any source.

    ``variables``: the query objects of the monitor's options that the formula names.
    """

    formula: str
    node: Node
    variables: tuple[Mapping[str, Any], ...]
    window: int
    comparator: str
    threshold: float
    metrics: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        """The facets of the most finely grouped variable."""
        return max((_facets(item) for item in self.variables), key=len, default=())

    @property
    def over_time(self) -> bool:
        """Whether a function compares values of different times, so that totals say too little."""
        return any(lookup(item).over_time for item in walk(self.node) if isinstance(item, Call))


MonitorQuery = MetricQuery | CheckQuery | SearchQuery | FormulaQuery | CompositeQuery


def _facets(variable: Mapping[str, Any]) -> tuple[str, ...]:
    if "query" in variable:
        return tuple(key for item in selectors(parse_one(str(variable["query"]))) for key in item.by)
    groups = variable.get("group_by") or ()
    return tuple(str(item.get("facet")) for item in groups if isinstance(item, Mapping))


def parse_monitor_query(kind: str, text: str, options: Mapping[str, Any] | None = None) -> MonitorQuery:
    """The query of a monitor of type ``kind``; formulas take their variables from ``options``.

    Raises :class:`InvalidQuery` with the public API's wording.
    """
    if not text.strip():
        raise InvalidQuery("it is empty")
    if kind in METRIC_TYPES:
        return _metric(text.strip())
    if kind == "service check":
        return _check(text.strip())
    if kind == "composite":
        return parse_composite(text)
    if kind in SEARCH_TYPES:
        return _search(text.strip(), (options or {}).get("variables"))
    raise InvalidQuery(f"monitors of type '{kind}' are not evaluated here; use one of {', '.join(TYPES)}")


def is_grouped(query: MonitorQuery) -> bool:
    return not isinstance(query, CompositeQuery) and bool(query.by)


def _compared(text: str) -> tuple[str, str, float]:
    """What is compared, the comparison, and the number at the end of a query."""
    place = max(text.rfind(char) for char in "<>=")
    two = text[max(place - 1, 0) : place + 1]
    comparator = two if two in (">=", "<=", "==", "!=") else text[place : place + 1]
    left = text[: place + 1 - len(comparator)].rstrip() if place > 0 else ""
    number = text[place + 1 :].strip()
    if not left or comparator not in (">=", "<=", "==", "!=", ">", "<") or not _NUMBER.fullmatch(number):
        raise InvalidQuery("invalid operator specified: ")
    try:
        return left, comparator, float(number)
    except ValueError:
        raise InvalidQuery(f"'{number}' is not a number") from None


def window_seconds(text: str) -> int:
    """``last_5m`` (also ``next_1w``, or the bare ``5m`` of searches) in seconds."""
    found = _WINDOW.match(text if "_" in text else f"last_{text}")
    if found is None or not int(found[2]):
        raise InvalidQuery(f"invalid time window '{text}': write for example last_5m, last_1h or last_1d")
    return int(found[2]) * _UNITS[found[3]]


def _metric(text: str) -> MetricQuery:
    left, comparator, number = _compared(text)
    change = _CHANGE.match(left)
    found = change or _METRIC.match(left)
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
    )


def _strings(arguments: str) -> list[str]:
    return [first or second for first, second in _STRING.findall(arguments)]


def _calls(text: str) -> dict[str, str]:
    return dict(_CALL.findall(text))


def _check(text: str) -> CheckQuery:
    head = _STRING.match(text)
    calls = _calls(text[head.end() :]) if head else {}
    if head is None or "over" not in calls or "count_by_status" not in calls:
        raise InvalidQuery('expected "check.name".over("tag:value").by("host").last(4).count_by_status()')
    last = calls.get("last", "").strip()
    if not last.isdigit() or not 1 <= int(last) <= 100:
        raise InvalidQuery("last(…) must be a whole number from 1 to 100")
    by = tuple(key for key in _strings(calls.get("by", "")) if key != "*")
    over = tuple(tag for tag in _strings(calls["over"]) if tag != "*")
    return CheckQuery(head[1] or head[2], over, tuple(_strings(calls.get("exclude", ""))), by, int(last))


def _search(text: str, variables: Any) -> SearchQuery | FormulaQuery:
    left, comparator, number = _compared(text)
    if left.startswith("formula("):
        return _formula(left, variables, comparator, number)
    found = re.match(r"^([\w-]+)\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')\s*\)", left)
    if found is None or found[1] not in _SOURCES:
        raise InvalidQuery(f'expected {", ".join(_SOURCES)}("search").rollup("count").last("5m") > 0')
    calls = _calls(left[found.end() :])
    rollup = _strings(calls.get("rollup", '"count"')) or ["count"]
    if rollup[0] not in AGGREGATIONS:
        raise InvalidQuery(f"unknown rollup '{rollup[0]}': use {', '.join(AGGREGATIONS)}")
    if rollup[0] != "count" and len(rollup) < 2:
        raise InvalidQuery(f"the rollup '{rollup[0]}' needs a measure, such as '@duration'")
    last = _strings(calls.get("last", ""))
    if not last:
        raise InvalidQuery('a time window is missing: write for example .last("5m")')
    search = found[2][1:-1].replace('\\"', '"').replace("\\'", "'")
    try:
        parse_search(search)
    except SearchError as error:
        raise InvalidQuery(f"the search cannot be read: {error}") from None
    by = [key for item in _strings(calls.get("by", "")) for key in item.split(",") if key and key != "*"]
    return SearchQuery(
        source=_SOURCES[found[1]],
        search="" if search == "*" else search,
        aggregation=rollup[0],
        measure=rollup[1] if len(rollup) > 1 else "",
        by=tuple(by),
        window=window_seconds(last[0]),
        comparator=comparator,
        threshold=number,
    )


def _formula(left: str, variables: Any, comparator: str, number: float) -> FormulaQuery:
    found = re.match(r"^formula\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')\s*\)", left)
    last = _strings(_calls(left[found.end() :]).get("last", "")) if found else []
    if found is None or not last:
        raise InvalidQuery('expected formula("query1 / query2").last("15m") > 0')
    formula = found[1][1:-1].replace('\\"', '"').replace("\\'", "'")
    try:
        node = parse_one(formula)
        chosen = _variables(node, variables)
        for item in walk(node):
            if isinstance(item, Call):
                lookup(item)
        return FormulaQuery(formula, node, chosen, window_seconds(last[0]), comparator, number)
    except QueryError as error:
        raise InvalidQuery(f"the formula cannot be read: {error.within(formula)}") from None


def _variables(node: Node, given: Any) -> tuple[Mapping[str, Any], ...]:
    """The query objects that the formula names. Raises :class:`InvalidQuery` for one that is not there."""
    if given is not None and (
        not isinstance(given, Sequence) or not all(isinstance(x, Mapping) for x in given)
    ):
        raise InvalidQuery("options.variables must be a list of queries, each with a name")
    known = {str(item.get("name")): item for item in given or ()}
    names = dict.fromkeys(item.name for item in walk(node) if isinstance(item, Name))
    for name in names:
        if name not in known:
            raise InvalidQuery(f"the formula names {name}, which is not among options.variables")
        search = known[name].get("search")
        text = search.get("query") if isinstance(search, Mapping) else search
        try:
            parse_search(str(text or ""))
        except SearchError as error:
            raise InvalidQuery(f"the search of {name} cannot be read: {error}") from None
    if not names:
        raise InvalidQuery("the formula names no query of options.variables")
    return tuple(known[name] for name in names)


def keyword_text(call: Call, name: str) -> str:
    """A text argument of a call by keyword, such as ``alert_window``; empty where it is not given."""
    value = dict(call.keywords).get(name)
    if value is None:
        return ""
    return value.value if isinstance(value, Text) else str(getattr(value, "name", ""))
