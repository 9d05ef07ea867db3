"""Metrics, tags and aggregations that the queries of dashboards, monitors, notebooks and SLOs use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import METRIC_TYPES, MetricQuery, parse_monitor_query
from heeler.query.metrics.ast import All, AnyOf, In, Node, Not, Scope, Selector, Tag
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse

_SPACE = frozenset({"avg", "max", "min", "sum"})
_TIME = frozenset({"avg", "count", "max", "min", "sum"})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tag keys in filters and groups, and aggregations (time, space), each sorted."""

    tags: tuple[str, ...]
    aggregations: tuple[tuple[str, str], ...]


def of_dashboard(body: dict[str, Any]) -> list[Node]:
    """Parsed metric queries in a dashboard's body; invalid texts are omitted."""
    return [node for text in _texts(body.get("widgets")) for node in _parsed(text)]


def of_monitor(kind: str, query: str) -> list[Node]:
    """Parsed query of a metric monitor; nothing for other monitors."""
    if kind not in METRIC_TYPES:
        return []
    try:
        parsed = parse_monitor_query(kind, query)
    except InvalidQuery:
        return []
    return [parsed.node] if isinstance(parsed, MetricQuery) else []


def of_notebook(body: dict[str, Any]) -> list[Node]:
    """Parsed metric queries in the cells of a notebook."""
    return [node for text in _texts(body.get("cells")) for node in _parsed(text)]


def of_slo(definition: dict[str, Any]) -> list[Node]:
    """Parsed metric queries of an SLO: numerator and denominator, or those of its specification."""
    query = definition.get("query")
    texts = (
        [query[name] for name in ("numerator", "denominator") if isinstance(query.get(name), str)]
        if (isinstance(query, dict))
        else []
    )
    return [node for text in (*texts, *_texts(definition.get("sli_specification"))) for node in _parsed(text)]


def usage(found: Iterable[Selector], default_time: str) -> Usage:
    """Combined usage of the queries; ``default_time`` is the time aggregation of queries without one."""
    tags: set[str] = set()
    aggregations: set[tuple[str, str]] = set()
    for item in found:
        tags.update(item.by)
        tags.update(_keys(item.scope))
        space = item.aggregator if item.aggregator in _SPACE else "avg"
        aggregations.add((_time(item) or default_time, str(space)))
    return Usage(tuple(sorted(tags)), tuple(sorted(aggregations)))


def _time(item: Selector) -> str | None:
    for modifier in item.modifiers:
        if modifier.name == "rollup" and modifier.arguments:
            method = modifier.arguments[0]
            return str(method) if method in _TIME else None
    return None


def _keys(scope: Scope) -> Iterator[str]:
    match scope:
        case Tag():
            key, colon, _ = scope.text.partition(":")
            if colon:
                yield key
        case In():
            yield scope.key
        case Not():
            yield from _keys(scope.operand)
        case All() | AnyOf():
            for operand in scope.operands:
                yield from _keys(operand)


def _texts(item: Any) -> Iterator[str]:
    """Query texts anywhere below widgets: ``q`` of old requests, ``query`` of metric query objects."""
    if isinstance(item, list):
        for one in item:
            yield from _texts(one)
    elif isinstance(item, dict):
        if isinstance(item.get("q"), str):
            yield item["q"]
        if item.get("data_source") == "metrics" and isinstance(item.get("query"), str):
            yield item["query"]
        for one in item.values():
            yield from _texts(one)


def _parsed(text: str) -> list[Node]:
    try:
        return list(parse(text))
    except QueryError:
        return []
