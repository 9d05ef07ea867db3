"""Metric SLOs: exact sums of good and total events over time intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.metrics import service
from heeler.query.frame import Frame, Group
from heeler.query.limits import MAX_POINTS
from heeler.query.metrics.ast import EVERYTHING, All, Modifier, Node, Selector
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.printer import print_node
from heeler.slos.error_budget import Tally, tally
from heeler.slos.intervals import Interval
from heeler.slos.model import Slo

STEPS = (3600, 300, 60, 10, 1)
"""Bucket lengths in seconds into which an interval is split: long ones inside, short ones at its ends."""
_FROM = {3600: 6 * 3600, 300: 1800, 60: 120, 10: 10, 1: 0}
"""Minimum remaining length for which each step is worth a separate query."""


@dataclass(frozen=True, slots=True)
class CountSpec:
    """Query objects and formulas of a metric SLO; ``other`` counts all events, or the bad ones."""

    queries: tuple[Mapping[str, Any], ...]
    good: str
    other: str
    other_is_bad: bool

    @classmethod
    def of(cls, slo: Slo) -> CountSpec:
        """Specification of a metric SLO in either of its forms."""
        ratio = slo.definition.get("query")
        if ratio:
            queries = tuple(
                {"data_source": "metrics", "name": name, "query": _counting(ratio[name])}
                for name in ("numerator", "denominator")
            )
            return cls(queries, "numerator", "denominator", other_is_bad=False)
        given = slo.definition["sli_specification"]["count"]
        bad = "bad_events_formula" in given
        other = given["bad_events_formula" if bad else "total_events_formula"]["formula"]
        queries = tuple(
            {**item, "query": _counting(str(item["query"]))} if item["data_source"] == "metrics" else item
            for item in given["queries"]
        )
        return cls(queries, given["good_events_formula"]["formula"], other, bad)


@lru_cache(maxsize=2048)
def _counting(text: str) -> str:
    """The query with ``.as_count()`` on each selector: an SLO sums events, not rates."""
    return print_node(_with_counts(parse_one(text)))


def _with_counts(node: Node) -> Node:
    def counting(selector: Selector) -> Selector:
        kept = [item for item in selector.modifiers if item.name not in ("as_count", "as_rate")]
        return dataclasses.replace(selector, modifiers=(Modifier("as_count"), *kept))

    return _each_selector(node, counting)


def _each_selector(node: Node, change: Callable[[Selector], Selector]) -> Node:
    """The tree with each of its selectors changed."""
    if isinstance(node, Selector):
        return change(node)
    changes: dict[str, Any] = {}
    for item in dataclasses.fields(node):
        value = getattr(node, item.name)
        if isinstance(value, Node):
            changes[item.name] = _each_selector(value, change)
        elif isinstance(value, tuple) and any(isinstance(one, Node) for one in value):
            changes[item.name] = tuple(
                _each_selector(one, change) if isinstance(one, Node) else one for one in value
            )
    return dataclasses.replace(node, **changes) if changes else node


def narrowed(spec: CountSpec, filters: str) -> CountSpec:
    """The specification with its queries limited to ``filters``, a scope such as ``env:prod,region:eu``.

    Raises ``QueryError`` where the filters cannot be read.
    """
    extra = parse_one(f"avg:x{{{filters}}}")
    if not isinstance(extra, Selector):
        raise QueryError(f"additional_query_filters is {filters[:100]!r}: expected a scope, such as env:prod")

    def within(selector: Selector) -> Selector:
        own = () if selector.scope == EVERYTHING else (selector.scope,)
        return dataclasses.replace(selector, scope=All((*own, extra.scope)) if own else extra.scope)

    def query(item: Mapping[str, Any]) -> Mapping[str, Any]:
        if item["data_source"] == "metrics":
            text = print_node(_each_selector(parse_one(str(item["query"])), within))
            return {**item, "query": text}
        search = str((item.get("search") or {}).get("query") or "*")
        return {**item, "search": {"query": f"({search}) {filters.replace(',', ' ')}"}}

    return dataclasses.replace(spec, queries=tuple(query(item) for item in spec.queries))


def pieces(intervals: Iterable[Interval]) -> list[tuple[int, int, int]]:
    """Split the intervals into ``(start, end, step)`` of whole buckets, at most 1,500 each."""
    found = []
    for start, end in intervals:
        found += _cut(math.ceil(start), math.ceil(end), STEPS)
    return found


def _cut(start: int, end: int, steps: tuple[int, ...]) -> list[tuple[int, int, int]]:
    if start >= end:
        return []
    step, rest = steps[0], steps[1:]
    first, last = -(-start // step) * step, end // step * step
    if rest and (first >= last or last - first < _FROM[step]):
        return _cut(start, end, rest)
    middle = [(at, min(at + MAX_POINTS * step, last), step) for at in range(first, last, MAX_POINTS * step)]
    return [*_cut(start, first, rest), *middle, *_cut(last, end, rest)] if rest else middle


async def frames(services: Services, spec: CountSpec, start: int, end: int, step: int) -> tuple[Frame, Frame]:
    """Good events, and all (or bad) events, in buckets of ``step`` seconds."""
    sources = await service.read_sources(services, [dict(item) for item in spec.queries], start, end, step)
    good, other = await service.formulas(services, sources, [spec.good, spec.other])
    return good.frames[0], other.frames[0]


Sums = dict[str, float]


def _sums(frame: Frame) -> Sums:
    return {
        group_name(group): float(np.nansum(row)) if np.isfinite(row).any() else 0.0
        for group, row in zip(frame.groups, frame.values, strict=True)
    }


def group_name(group: Group) -> str:
    """``env:prod,host:a``; ``*`` without grouping."""
    return ",".join(group.tags) or "*"


async def count_events(
    services: Services, spec: CountSpec, intervals: Iterable[Interval]
) -> dict[str, Tally]:
    """Events by group, summed over ``intervals``; an SLO without groups has one, ``*``."""
    good: Sums = {}
    other: Sums = {}
    for start, end, step in pieces(intervals):
        for sums, frame in zip((good, other), await frames(services, spec, start, end, step), strict=True):
            for name, value in _sums(frame).items():
                sums[name] = sums.get(name, 0.0) + value
    names = dict.fromkeys([*good, *other])
    return {name: _tally(good.get(name, 0.0), other.get(name, 0.0), spec) for name in names}


def _tally(good: float, other: float, spec: CountSpec) -> Tally:
    return tally(good, good + other) if spec.other_is_bad else tally(good, other)
