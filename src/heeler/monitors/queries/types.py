"""Data types of parsed monitor queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.monitors.errors import InvalidQuery
from heeler.query.metrics.ast import All, Call, Node, Scope, Tag, Text, selectors, walk
from heeler.query.metrics.functions import lookup
from heeler.query.metrics.parser import parse_one
from heeler.query.search.request import read_indexes, within_indexes


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """``time_aggr(window):expr cmp threshold``; ``change``: of the difference to ``shift`` seconds ago.

    ``ahead``: the window starts now (``next_1w``), for ``forecast``; also if a forecast is requested by
    ``last_1w``. ``cumulative``: ``current_1d`` and others; ``window`` is its maximum length.
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
    cumulative: str = ""
    by: tuple[str, ...] = field(init=False)
    metrics: tuple[str, ...] = field(init=False)
    as_count: bool = field(init=False)
    fixed: tuple[str, ...] = field(init=False)
    """Tags that every group has, as the scopes of all selectors require them."""

    def __post_init__(self) -> None:
        # Computed once a query and not in every evaluation: walking the tree costs as much as reading a
        # metric.
        found = list(selectors(self.node))
        scopes = [set(_demanded(item.scope)) for item in found]
        facts = {
            "by": tuple(dict.fromkeys(key for item in found for key in item.by)),
            "metrics": tuple(dict.fromkeys(item.metric for item in found)),
            "as_count": any(
                modifier.name == "as_count"
                for item in walk(self.node)
                for modifier in getattr(item, "modifiers", ())
            ),
            "fixed": tuple(sorted(set.intersection(*scopes))) if scopes else (),
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    @property
    def anomalies(self) -> Call | None:
        """The ``anomalies(...)`` call at the root, whose band the monitor uses."""
        return self.node if isinstance(self.node, Call) and self.node.function == "anomalies" else None

    def is_call(self, function: str) -> bool:
        """Whether the whole expression is a call of ``function``."""
        return isinstance(self.node, Call) and self.node.function == function


def _demanded(scope: Scope) -> tuple[str, ...]:
    if isinstance(scope, Tag):
        return () if scope.text == "*" else (scope.text,)
    if isinstance(scope, All):
        return tuple(tag for item in scope.operands for tag in _demanded(item))
    return ()


@dataclass(frozen=True, slots=True)
class CheckQuery:
    """The last ``last`` statuses of a service check in each group; ``by`` of ``*``: each tag set is a group.

    ``percent``: the share of groups' latest statuses that are critical (or warning), not their sequence.
    """

    check: str
    over: tuple[str, ...]
    exclude: tuple[str, ...]
    by: tuple[str, ...]
    last: int
    percent: bool = False
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Count or measure of a search of ``source`` over the last ``window`` seconds, by facet.

    ``new``: of errors, only those of issues that were first seen, or came back, within the window.
    """

    source: str
    search: str
    aggregation: str
    measure: str
    by: tuple[str, ...]
    window: int
    comparator: str
    threshold: float
    cumulative: str = ""
    metrics: tuple[str, ...] = ()
    new: bool = False


@dataclass(frozen=True, slots=True)
class ProcessQuery:
    """How many processes match ``search`` and have all tags of ``over``, of those alive in the last
    ``window`` seconds."""

    search: str
    over: tuple[str, ...]
    by: tuple[str, ...]
    window: int
    comparator: str
    threshold: float
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormulaQuery:
    """``formula("query1 / query2").last("15m") > n`` over named queries of any source.

    ``variables``: the query objects of the monitor's options that the formula refers to. ``reducer``: reduces
    a metric to one number over the window (``rollup("sum")``); empty is each query's own aggregator.
    """

    formula: str
    node: Node
    variables: tuple[Mapping[str, Any], ...]
    window: int
    comparator: str
    threshold: float
    reducer: str = ""
    cumulative: str = ""
    metrics: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        """The facets of the most finely grouped variable."""
        return max((facets(item) for item in self.variables), key=len, default=())

    @property
    def over_time(self) -> bool:
        """Whether a function compares values of different times, so that totals are insufficient."""
        return any(lookup(item).over_time for item in walk(self.node) if isinstance(item, Call))


@dataclass(frozen=True, slots=True)
class SyntheticsQuery:
    """The state of a synthetic test; its public id is in the monitor's options."""

    test_id: str
    kind: str = "synthetics alert"
    metrics: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class UnsupportedQuery:
    """A query over data that Heeler does not store: saved and displayed, never evaluated. ``reason``: why."""

    kind: str
    reason: str
    metrics: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        return ()


def facets(variable: Mapping[str, Any]) -> tuple[str, ...]:
    """Facets that a query object groups by. Raises :class:`InvalidQuery` if they are no list of facets, and
    ``QueryError`` for a metrics query that cannot be read.
    """
    if "query" in variable:
        return tuple(key for item in selectors(parse_one(str(variable["query"]))) for key in item.by)
    groups = variable.get("group_by") or ()
    if not isinstance(groups, Sequence) or isinstance(groups, str):
        raise InvalidQuery("'group_by' must be a list of objects with a 'facet'")
    facets = [item.get("facet") if isinstance(item, Mapping) else None for item in groups]
    if not all(isinstance(facet, str) and facet for facet in facets):
        raise InvalidQuery("'group_by' must be a list of objects with a 'facet'")
    return tuple(map(str, facets))


def reads_logs(query: object) -> bool:
    """Whether the query reads logs, or errors in them."""
    if isinstance(query, SearchQuery):
        return query.source in ("logs", "errors")
    return isinstance(query, FormulaQuery) and any(
        item.get("data_source") == "logs" for item in query.variables
    )


def log_searches(query: object) -> tuple[str, ...]:
    """Log searches of a monitor's query; empty for other data. For a formula, those of its variables with
    source logs, within their indexes. Raises ``ValueError`` if a variable's ``indexes`` are not a list of
    names.
    """
    if isinstance(query, SearchQuery):
        return (query.search,) if query.source == "logs" else ()
    if not isinstance(query, FormulaQuery):
        return ()
    logs = (item for item in query.variables if item.get("data_source") == "logs")
    return tuple(dict.fromkeys(within_indexes(_search_text(item), read_indexes(item)) for item in logs))


def _search_text(variable: Mapping[str, Any]) -> str:
    search = variable.get("search")
    return str((search.get("query") if isinstance(search, Mapping) else search) or "").strip()


def keyword_text(call: Call, name: str) -> str:
    """Text of a keyword argument of a call, such as ``alert_window``; empty if absent."""
    value = dict(call.keywords).get(name)
    if value is None:
        return ""
    return value.value if isinstance(value, Text) else str(getattr(value, "name", ""))
