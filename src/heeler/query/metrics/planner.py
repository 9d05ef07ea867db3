"""Planner stage: syntax trees to one typed plan (see :mod:`.plan`), in one pass. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from heeler.query import budget
from heeler.query.limits import MAX_BUCKETS
from heeler.query.metrics.ast import (
    Binary,
    Call,
    Modified,
    Modifier,
    Name,
    Negate,
    Node,
    Number,
    Selector,
    Threshold,
    is_percentile,
    walk,
)
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import Bound, bind, lookup
from heeler.query.metrics.lookback import look_back_seconds
from heeler.query.metrics.modifiers import Options, read_modifiers
from heeler.query.metrics.plan import (
    Applied,
    Arithmetic,
    Constant,
    Fetched,
    Known,
    MetricInfo,
    Named,
    Negated,
    Plan,
    Read,
    Scan,
    Step,
)
from heeler.query.metrics.series_aggregation import check_size, effective, time_method
from heeler.query.metrics.series_index import Catalog
from heeler.query.metrics.table_selection import sources
from heeler.query.metrics.window import Buckets, Window

#: Functions applied to each series, after time and before space aggregation.
CHANGES = ("diff", "monotonic_diff")


def metric_names(nodes: Collection[Node], names: Collection[str] | None = None) -> tuple[str, ...]:
    """Metric names in the trees; bare names are metrics too, unless ``names`` (of queries) are given."""
    found: dict[str, None] = {}
    for item in (item for node in nodes for item in walk(node)):
        if isinstance(item, Selector):
            found[item.metric] = None
        elif isinstance(item, Name) and names is None:
            found[item.name] = None
    return tuple(found)


def plan(
    nodes: Collection[Node],
    window: Window,
    names: Collection[str] | None = None,
    known: Known | None = None,
) -> Plan:
    """Plan ``nodes`` over ``window``. Raises :class:`QueryError` for invalid queries.

    ``names``: names of frames of other data sources; if None, a bare name is a metric. Without ``known``,
    only what depends on the text alone is planned and validated.
    """
    planner = _Planner(window, names, known)
    steps = tuple(planner.step(node, window, ()) for node in nodes)
    return Plan(window, steps, tuple(planner.reads.values()), tuple(planner.named))


class _Planner:
    """Traverses a tree once. Modifiers of parentheses and calls are inherited by every selector inside."""

    def __init__(self, window: Window, names: Collection[str] | None, known: Known | None) -> None:
        self.reads: dict[Read, Read] = {}
        self.named: dict[Named, None] = {}
        self._window, self._names, self._known = window, names, known
        self._intervals: dict[int, int | None] = {}

    def step(self, node: Node, window: Window, outer: tuple[Modifier, ...]) -> Step:
        budget.check()
        match node:
            case Selector():
                return Fetched(self._read(node, window, outer))
            case Name():
                return self._name(node, window, outer)
            case Number():
                return Constant(node.value)
            case Binary():
                shared = self._shared(node, window, outer)
                left, right = self.step(node.left, shared, outer), self.step(node.right, shared, outer)
                return Arithmetic(node.operator, left, right)
            case Negate():
                return Negated(self.step(node.operand, window, outer))
            case Modified():
                return self.step(node.operand, window, node.modifiers + outer)
            case Call():
                return self._call(node, window, node.modifiers + outer)
        raise QueryError("Expected a query here, not a constant", node.position)

    def _name(self, node: Name, window: Window, outer: tuple[Modifier, ...]) -> Step:
        if self._names is None:
            every = Selector(node.name, modifiers=node.modifiers, position=node.position)
            return Fetched(self._read(every, window, outer))
        if node.name not in self._names:
            raise QueryError(f"No query is called {node.name!r}", node.position)
        moved = window.start - self._window.start
        same = window.lead or moved != window.end - self._window.end
        found = Named(node.name, 0 if same else moved)
        self.named[found] = None
        return found

    def _call(self, node: Call, window: Window, outer: tuple[Modifier, ...]) -> Step:
        operand = node.arguments[0] if len(node.arguments) == 1 else None
        if node.function in CHANGES and isinstance(operand, Selector) and not node.keywords:
            # Before space aggregation: a counter reset, or a series that starts or ends, must not change the
            # others' sum.
            return Fetched(self._read(operand, window, outer, node.function))
        bound = bind(node)
        own = self._shared(node, window, outer)
        inner = self._inner_window(bound, node, own, outer)
        operands = tuple(self.step(item, inner, outer) for item in bound.expressions)
        notes = _limited_history(bound, own, inner)
        return Applied(bound.function, operands, bound.constants, own, inner, notes, node.position)

    def _inner_window(self, bound: Bound, node: Call, own: Window, outer: tuple[Modifier, ...]) -> Window:
        """Window of a call's operands: at most :data:`MAX_BUCKETS` of a rollup in the text."""
        if bound.function.window is None:
            return own
        try:
            inner = bound.function.window(own, bound.constants)
        except QueryError as error:
            raise QueryError(error.message, node.position) from None
        seconds = self._interval(node, outer)
        if not seconds:
            return inner
        most = MAX_BUCKETS * inner.with_interval(seconds).interval
        excess = min(max(inner.end - inner.start - most, 0), inner.lead)
        return replace(inner, start=inner.start + excess, lead=inner.lead - excess)

    def _shared(self, node: Node, window: Window, outer: tuple[Modifier, ...]) -> Window:
        """Operands without their own rollup take the longest of the others, so that their times align."""
        seconds = self._interval(node, outer)
        return window.with_interval(seconds) if seconds else window

    def _interval(self, node: Node, outer: tuple[Modifier, ...]) -> int | None:
        """Longest interval of a rollup below ``node``, or around it."""
        around = read_modifiers(outer)
        return around.interval if around.interval or around.calendar else self._inner_interval(node)

    def _inner_interval(self, node: Node) -> int | None:
        """The longest interval below ``node``; each node is visited once."""
        if id(node) in self._intervals:
            return self._intervals[id(node)]
        match node:
            case Selector() | Name():
                found = read_modifiers(node.modifiers).interval
            case Binary():
                found = _longest(self._inner_interval(node.left), self._inner_interval(node.right))
            case Negate():
                found = self._inner_interval(node.operand)
            case Modified():
                found = self._interval(node.operand, node.modifiers)
            case Call():
                inside = _longest(*(self._inner_interval(item) for item in node.arguments))
                around = read_modifiers(node.modifiers)
                found = around.interval if around.interval or around.calendar else inside
            case _:
                found = None
        self._intervals[id(node)] = found
        return found

    def _read(
        self, selector: Selector, window: Window, outer: tuple[Modifier, ...], function: str = ""
    ) -> Read:
        for key in selector.by:
            if "$" in key:
                raise QueryError(f"Template variable {key} has no value here", selector.position)
        aggregator, modifiers = selector.aggregator, selector.modifiers + outer
        if aggregator == "last":  # over time: the mean of the last values of series
            aggregator = "avg"
            modifiers = (Modifier("rollup", ("last",), position=selector.position), *modifiers)
        selector = replace(selector, aggregator=aggregator, modifiers=modifiers)
        options = read_modifiers(modifiers)
        if options.interval:
            window = window.with_interval(options.interval)
        read = Read(selector, window, function)
        if read not in self.reads:
            scan = None if self._known is None else _scan(read, options, self._known)
            self.reads[read] = replace(read, scan=scan)
        return self.reads[read]


def _longest(*intervals: int | None) -> int | None:
    return max((seconds for seconds in intervals if seconds), default=None)


def _limited_history(bound: Bound, own: Window, inner: Window) -> tuple[str, ...]:
    """Add a note that less history is read than the function looks back on."""
    wanted = bound.function.window(own, bound.constants).lead if bound.function.window else 0
    if inner.lead >= wanted:
        return ()
    return (
        f"{bound.function.name} looks back over {inner.lead / 86400:.3g} days instead of "
        f"{wanted / 86400:.3g}: the rollup of {own.interval} s would need more than {MAX_BUCKETS} buckets. "
        "Use a longer rollup.",
    )


def _scan(read: Read, options: Options, known: Known) -> Scan:
    selector, window = read.selector, read.window
    catalog = known.catalogs[selector.metric]
    info = known.metadata.get(selector.metric, MetricInfo())
    series, unit = catalog.select(selector.scope), info.unit or catalog.unit
    buckets = Buckets.of(window, options.calendar)
    if catalog.type == "distribution":
        return Scan(catalog, series, "distribution", unit, options, buckets, "", 0, ())
    _refuse_distribution(selector, catalog)
    kind = info.type or catalog.type
    options = effective(options, kind)
    count, method = int(np.count_nonzero(series)), time_method(options, kind)
    back = 0 if read.function else look_back_seconds(options, buckets.uniform, count > 1)
    check_size(selector, count, len(buckets) + (back // buckets.uniform if buckets.uniform else 0))
    start = max(window.start, int(buckets.edges[0]))
    tables = sources(buckets, start, window.end, method, known.rollups_until)
    return Scan(catalog, series, kind, unit, options, buckets, method, back, tuple(tables))


def _refuse_distribution(selector: Selector, catalog: Catalog) -> None:
    aggregator = selector.aggregator
    if len(catalog) and (
        is_percentile(aggregator) or isinstance(aggregator, Threshold) or aggregator == "histogram"
    ):
        raise QueryError(
            f"{selector.metric} is a {catalog.type}; percentiles, thresholds and histograms need a "
            "distribution",
            selector.position,
        )


def substitute(node: Node, trees: Mapping[str, Node]) -> Node:
    """Replace the names of queries in ``node`` by the queries."""

    def within(item: Node) -> Node:
        return substitute(item, trees)

    match node:
        case Name():
            if node.name in trees:
                found = trees[node.name]
                return Modified(found, node.modifiers) if node.modifiers else found
            return node
        case Binary():
            return replace(node, left=within(node.left), right=within(node.right))
        case Negate() | Modified():
            return replace(node, operand=within(node.operand))
        case Call():
            return replace(node, arguments=tuple(within(item) for item in node.arguments))
    return node


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a scalar formula that is evaluated over time, and its reducer to one number a group."""

    node: Node
    reducer: str


def split_scalar(
    node: Node, names: Collection[str], reducers: Mapping[str, str]
) -> tuple[Node, dict[str, Part]]:
    """Split a scalar formula: the part computed with numbers, and by name the parts that are reduced to them.

    ``names`` are those of queries and other data sources. Functions of other times are applied before the
    reduction.
    """
    parts: dict[str, Part] = {}

    def cut(item: Node) -> Node:
        match item:
            case Name() if item.name in names:
                parts[item.name] = Part(item, reducers.get(item.name, "avg"))
                return replace(item, modifiers=())
            case Call() if lookup(item).over_time or item.modifiers:
                used = (one.name for one in walk(item) if isinstance(one, Name) and one.name in reducers)
                name = f"part.{len(parts)}"
                parts[name] = Part(item, reducers.get(next(used, ""), "avg"))
                return Name(name, position=item.position)
            case Binary():
                return replace(item, left=cut(item.left), right=cut(item.right))
            case Negate() | Modified():
                return replace(item, operand=cut(item.operand))
            case Call():
                return replace(item, arguments=tuple(cut(one) for one in item.arguments))
        return item

    return cut(node), parts
