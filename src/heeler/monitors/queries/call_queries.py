"""Queries of service check, search and formula monitors: call chains to plain data. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.call_syntax import CallChain, read_chain
from heeler.monitors.queries.comparison import compared
from heeler.monitors.queries.types import (
    CheckQuery,
    FormulaQuery,
    ProcessQuery,
    SearchQuery,
    UnsupportedQuery,
    facets,
)
from heeler.monitors.queries.windows import cumulative_of, window_seconds
from heeler.processes.search import SearchError as ProcessSearchError
from heeler.processes.search import of_tags
from heeler.processes.search import parse as parse_processes
from heeler.query.data_sources import known_sources
from heeler.query.metrics.ast import Call, Name, Node, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import lookup
from heeler.query.metrics.parser import parse_one
from heeler.query.search.parser import SearchError
from heeler.query.search.parser import parse as parse_search
from heeler.query.search.planner import AGGREGATIONS

SOURCES = {"events": "events", "logs": "logs", "trace-analytics": "spans"}
ERROR_SOURCES: Mapping[str, Mapping[str, str]] = {
    "error-tracking": {"all": "", "backend": "", "": ""},
    "error-tracking-traces": {"": "source:trace"},
    "error-tracking-logs": {"": "source:logs"},
}
"""Names of error queries, with the values of ``source(...)`` and the equivalent search."""
_NO_ERRORS_OF = ("browser", "mobile")
_SHORTEST_PROCESS, _LONGEST_PROCESS = 60, 86400
_SINGLE = {
    "last": 1,
    "rollup": 2,
    "source": 1,
    "count_by_status": 0,
    "pct_by_status": 0,
    "new": 0,
    "impact": 0,
}
"""Calls that a query has at most once, with their maximum number of arguments."""
_REDUCERS = ("sum", "avg", "min", "max", "last")
_CHECK_FORM = 'expected "check.name".over("tag:value").by("host").last(4).count_by_status()'


def parse_check(text: str) -> CheckQuery:
    """Parse a service check query: consecutive statuses, or the share of statuses of a cluster. ``over`` is
    optional; the calls may be in any order, with quoted or unquoted arguments.
    """
    if text[:1] not in ("'", '"'):
        raise InvalidQuery(_CHECK_FORM)
    chain = read_chain(text)
    percent = chain.has("pct_by_status")
    if not chain.text or percent == chain.has("count_by_status"):
        raise InvalidQuery(_CHECK_FORM)
    _only(chain, ("over", "exclude", "by", "last", "count_by_status", "pct_by_status"))
    last = "".join(chain.arguments("last")) or ("1" if percent else "")
    if not (last.isascii() and last.isdigit() and len(last) < 4 and 1 <= int(last) <= 100):
        raise InvalidQuery("last(...) must be a whole number from 1 to 100")
    by = tuple(dict.fromkeys(key for item in chain.arguments("by") for key in item.split(",") if key))
    if percent or len(by) > 1:
        by = tuple(key for key in by if key != "*")
    over = tuple(tag for tag in chain.arguments("over") if tag != "*")
    return CheckQuery(chain.text, over, chain.arguments("exclude"), by, int(last), percent)


def _only(chain: CallChain, known: tuple[str, ...]) -> None:
    for name, _ in chain.calls:
        if name not in known:
            raise InvalidQuery(f"there is no .{name}(...) here: use {', '.join(known)}")
        if name in _SINGLE and sum(call == name for call, _ in chain.calls) > 1:
            raise InvalidQuery(f".{name}(...) may be given once")
        if len(chain.arguments(name)) > _SINGLE.get(name, sys.maxsize):
            raise InvalidQuery(f".{name}(...) takes at most {_SINGLE[name]} arguments")


def parse_search_query(text: str, variables: Any) -> SearchQuery | FormulaQuery | UnsupportedQuery:
    """Parse a search of logs, spans or events, or a formula over named queries."""
    left, comparator, number = compared(text)
    chain = read_chain(left)
    if chain.name == "formula":
        return _formula(chain, variables, comparator, number)
    if chain.name not in SOURCES:
        raise InvalidQuery(f'expected {", ".join(SOURCES)}("search").rollup("count").last("5m") > 0')
    _only(chain, ("index", "rollup", "by", "last", "source"))
    return _search(chain, SOURCES[chain.name], comparator, number)


def parse_error_query(text: str) -> SearchQuery | UnsupportedQuery:
    """Parse an error query: ``error-tracking("...").source("all").new().rollup("count").last("1d") > 0``."""
    left, comparator, number = compared(text)
    chain = read_chain(left)
    if chain.name == "error-tracking-rum":
        return UnsupportedQuery("error-tracking alert", "Heeler keeps no errors of browsers (RUM)")
    known = ERROR_SOURCES.get(chain.name)
    if known is None:
        names = ", ".join(ERROR_SOURCES)
        raise InvalidQuery(f'expected {names}("search").rollup("count").last("1h") > 0')
    _only(chain, ("source", "new", "impact", "index", "rollup", "by", "last"))
    source = "".join(chain.arguments("source")).lower()
    if chain.name == "error-tracking" and source in _NO_ERRORS_OF:
        return UnsupportedQuery("error-tracking alert", f"Heeler keeps no errors of the source '{source}'")
    if source not in known:
        raise InvalidQuery(f"unknown source '{source}': use {', '.join(filter(None, known)) or 'none'}")
    if chain.has("new") and chain.has("impact"):
        raise InvalidQuery("new() and impact() exclude each other")
    made = _search(chain, "errors", comparator, number)
    within = known[source]
    search = " ".join(
        part for part in (within, f"({made.search})" if within and made.search else made.search) if part
    )
    return replace(made, search=search, new=chain.has("new"))


def _search(chain: CallChain, source: str, comparator: str, number: float) -> SearchQuery:
    rollup = chain.arguments("rollup") or ("count",)
    if rollup[0] not in AGGREGATIONS:
        raise InvalidQuery(f"unknown rollup '{rollup[0]}': use {', '.join(AGGREGATIONS)}")
    if rollup[0] != "count" and len(rollup) < 2:
        raise InvalidQuery(f"the rollup '{rollup[0]}' needs a measure, such as '@duration'")
    try:
        parse_search(chain.text)
    except SearchError as error:
        raise InvalidQuery(f"the search cannot be read: {error}") from None
    return SearchQuery(
        source=source,
        search="" if chain.text == "*" else chain.text,
        aggregation=rollup[0],
        measure=rollup[1] if len(rollup) > 1 else "",
        by=_by(chain),
        window=window_seconds(_last(chain)),
        comparator=comparator,
        threshold=number,
        cumulative=cumulative_of(_last(chain)),
    )


def parse_process_query(text: str) -> ProcessQuery:
    """``processes("nginx").over("env:prod").by("host").rollup("count").last("5m") < 1``."""
    left, comparator, number = compared(text)
    chain = read_chain(left)
    if chain.name != "processes":
        raise InvalidQuery('expected processes("nginx").over("env:prod").rollup("count").last("5m") < 1')
    _only(chain, ("over", "by", "rollup", "last"))
    rollup = chain.arguments("rollup") or ("count",)
    if rollup != ("count",):
        raise InvalidQuery(f"unknown rollup '{', '.join(rollup)}' of processes: use count")
    window = window_seconds(_last(chain))
    if not _SHORTEST_PROCESS <= window <= _LONGEST_PROCESS:
        raise InvalidQuery("the time window of processes must be 1m to 1d")
    over = tuple(tag for item in chain.arguments("over") for tag in item.split(",") if tag.strip(" *"))
    try:
        parse_processes(chain.text)
        of_tags(over)
    except ProcessSearchError as error:
        raise InvalidQuery(f"the search cannot be read: {error}") from None
    search = "" if chain.text == "*" else chain.text
    return ProcessQuery(search, over, _by(chain), window, comparator, number)


def _by(chain: CallChain) -> tuple[str, ...]:
    keys = (key.strip() for item in chain.arguments("by") for key in item.split(","))
    return tuple(dict.fromkeys(key for key in keys if key and key != "*"))


def _last(chain: CallChain) -> str:
    last = chain.arguments("last")
    if not last:
        raise InvalidQuery('a time window is missing: write for example .last("5m")')
    if last[0].strip().startswith("next_"):
        raise InvalidQuery(f"'{last[0]}' is in the future: write for example .last(\"5m\")")
    return last[0]


def _formula(
    chain: CallChain, variables: Any, comparator: str, number: float
) -> FormulaQuery | UnsupportedQuery:
    if not chain.has("last"):
        raise InvalidQuery('expected formula("query1 / query2").last("15m") > 0')
    _only(chain, ("last", "rollup", "by"))
    reducer = ", ".join(chain.arguments("rollup"))
    if reducer and reducer not in _REDUCERS:
        raise InvalidQuery(f"unknown rollup '{reducer}' of a formula: use {', '.join(_REDUCERS)}")
    try:
        node = parse_one(chain.text)
        chosen = _variables(node, variables)
        for item in walk(node):
            if isinstance(item, Call):
                lookup(item)
        for variable in chosen:
            facets(variable)
    except QueryError as error:
        raise InvalidQuery(f"the formula cannot be read: {error.within(chain.text)}") from None
    missing = [str(item.get("data_source")) for item in chosen if item.get("data_source") not in _sources()]
    if missing:
        return UnsupportedQuery("formula", f"Heeler keeps no data of the data source '{missing[0]}'")
    last = _last(chain)
    made = FormulaQuery(
        chain.text, node, chosen, window_seconds(last), comparator, number, reducer, cumulative_of(last)
    )
    if (by := _by(chain)) and set(by) != set(made.by):
        raise InvalidQuery(f"by({', '.join(by)}) is not what its queries group by: {', '.join(made.by)}")
    return made


def _sources() -> tuple[str, ...]:
    return ("metrics", *known_sources())


def _variables(node: Node, given: Any) -> tuple[Mapping[str, Any], ...]:
    """Query objects that the formula refers to. Raises :class:`InvalidQuery` for a missing one."""
    if given is not None and (
        not isinstance(given, Sequence) or not all(isinstance(x, Mapping) for x in given)
    ):
        raise InvalidQuery("options.variables must be a list of queries, each with a name")
    known = {str(item.get("name")): item for item in given or ()}
    names = dict.fromkeys(item.name for item in walk(node) if isinstance(item, Name))
    for name in names:
        if name not in known:
            raise InvalidQuery(f"the formula names {name}, which is not among options.variables")
        if not isinstance(known[name].get("group_by") or (), Sequence):
            raise InvalidQuery(f"group_by of {name} must be a list of facets")
        search = known[name].get("search")
        text = search.get("query") if isinstance(search, Mapping) else search
        try:
            parse_search(str(text or ""))
        except SearchError as error:
            raise InvalidQuery(f"the search of {name} cannot be read: {error}") from None
    if not names:
        raise InvalidQuery("the formula names no query of options.variables")
    return tuple(known[name] for name in names)
