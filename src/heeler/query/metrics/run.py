"""Runs metric queries: text in, frames out. The one entry point for everything that asks for metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from heeler.query.frame import Frame
from heeler.query.metrics import catalog as catalogs
from heeler.query.metrics.ast import Binary, Call, Modified, Name, Negate, Node, Selector, Threshold, walk
from heeler.query.metrics.catalog import Catalog
from heeler.query.metrics.distributions import evaluate_distribution, read_sketches
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import Evaluator, Operand, Request, constant, requirements
from heeler.query.metrics.fetch import Reader, Trace
from heeler.query.metrics.functions import FUNCTIONS, lookup
from heeler.query.metrics.kept import kept_of
from heeler.query.metrics.lookback import read_window, visible
from heeler.query.metrics.modifiers import read_modifiers
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.scalar import reduce_frame
from heeler.query.metrics.select import check_size, evaluate_selector, time_method
from heeler.query.metrics.window import LAST_TIME, Buckets, Window, allowed_interval, default_interval
from heeler.store.engine import Engine

#: Most groups of an expression, and most values of its matrix; the rest is cut with a note.
MAX_GROUPS = 10_000
MAX_VALUES = 5_000_000


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What people said of a metric in its metadata; empty where nothing."""

    type: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """One of the comma-separated expressions of a query, with its result."""

    index: int
    node: Node
    frame: Frame


@dataclass(frozen=True, slots=True)
class Answer:
    """``expressions`` in the order of the text; ``notes`` say what was cut or could not be done."""

    text: str
    window: Window
    expressions: tuple[Expression, ...]
    trace: Trace
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(item.frame for item in self.expressions)


async def run_query(
    engine: Engine,
    text: str,
    start: float,
    end: float,
    *,
    now: float,
    interval: int | None = None,
    bars: bool = False,
    metadata: Mapping[str, MetricInfo] | None = None,
    cached: bool = True,
) -> Answer:
    """Answers ``text`` over [``start``, ``end``), UNIX seconds.

    ``interval`` (seconds) replaces the default rollup, ``bars`` chooses that of bar graphs; a rollup in the
    text wins. Not ``cached``: everything is read anew. Raises :class:`QueryError`, whose message carries the
    position in the text.
    """
    window = make_window(start, end, interval, bars)
    trace = Trace()
    began = time.perf_counter()
    try:
        nodes = parse(text)
        wanted = [item for node in nodes for item in requirements(node, window)]
        trace.stage("parse", began)
        data = await fetch(engine, wanted, metadata or {}, trace, now, cached)
        began = time.perf_counter()
        frames = await asyncio.to_thread(_evaluate, nodes, window, data)
        trace.stage("evaluate", began)
    except QueryError as error:
        raise error.within(text) from None
    expressions = tuple(
        Expression(index, node, frame) for index, (node, frame) in enumerate(zip(nodes, frames, strict=True))
    )
    notes = tuple(dict.fromkeys(note for frame in frames for note in frame.notes))
    return Answer(text, window, expressions, trace, notes)


async def run_formulas(
    engine: Engine,
    queries: Mapping[str, str],
    formulas: list[str],
    start: float,
    end: float,
    *,
    now: float,
    interval: int | None = None,
    bars: bool = False,
    metadata: Mapping[str, MetricInfo] | None = None,
    given: Mapping[str, Frame] | None = None,
) -> list[Answer]:
    """Answers formulas over named queries; ``given`` are frames of names that other data sources computed.

    Names stand for the text of their query, so that ``timeshift(query1, -3600)`` reads the shifted window.
    """
    window = make_window(start, end, interval, bars)
    trees = {name: _tree(text) for name, text in queries.items()}
    return [
        await _run_formula(engine, formula, trees, window, metadata or {}, given or {}, now)
        for formula in formulas
    ]


async def run_scalars(
    engine: Engine,
    queries: Mapping[str, str],
    reducers: Mapping[str, str],
    formulas: list[str],
    start: float,
    end: float,
    *,
    now: float,
    metadata: Mapping[str, MetricInfo] | None = None,
    given: Mapping[str, Frame] | None = None,
) -> list[Answer]:
    """Formulas with one number a group: each query is reduced, then the formula applies.

    Functions that look at other times (``derivative``, ``timeshift``, ...) come before the reduction.
    """
    window = make_window(start, end)
    trees = {name: _tree(text) for name, text in queries.items()}
    known = given or {}
    answers = []
    for formula in formulas:
        trace, began = Trace(), time.perf_counter()
        parts: dict[str, tuple[Node, str]] = {}
        outer = _cut(parse_one(formula), trees, known, reducers, parts)
        nodes = tuple(substitute(node, trees) for node, _ in parts.values())
        wanted = [item for node in nodes for item in requirements(node, window, known)]
        trace.stage("parse", began)
        data = await fetch(engine, wanted, metadata or {}, trace, now)
        began = time.perf_counter()
        frames = await asyncio.to_thread(_evaluate, nodes, window, data, known)
        numbers = {
            name: reduce_frame(frame, reducer)
            for (name, (_, reducer)), frame in zip(parts.items(), frames, strict=True)
        }
        whole = Window(window.start, window.end, window.end - window.start)
        result = _evaluate((outer,), whole, {}, numbers)[0]
        trace.stage("evaluate", began)
        full = substitute(parse_one(formula), trees)
        answers.append(Answer(formula, window, (Expression(0, full, result),), trace, result.notes))
    return answers


def _cut(
    node: Node,
    trees: Mapping[str, Node],
    given: Mapping[str, Frame],
    reducers: Mapping[str, str],
    parts: dict[str, tuple[Node, str]],
) -> Node:
    """``node`` with every part that needs time replaced by a name; the parts go to ``parts``."""

    def within(item: Node) -> Node:
        return _cut(item, trees, given, reducers, parts)

    match node:
        case Name() if node.name in trees or node.name in given:
            parts[node.name] = (node, reducers.get(node.name, "avg"))
            return replace(node, modifiers=())
        case Call() if lookup(node).over_time or node.modifiers:
            first = next(
                (item.name for item in walk(node) if isinstance(item, Name) and item.name in reducers), ""
            )
            name = f"part.{len(parts)}"
            parts[name] = (node, reducers.get(first, "avg"))
            return Name(name, position=node.position)
        case Binary():
            return replace(node, left=within(node.left), right=within(node.right))
        case Negate() | Modified():
            return replace(node, operand=within(node.operand))
        case Call():
            return replace(node, arguments=tuple(within(item) for item in node.arguments))
    return node


def _tree(text: str) -> Node:
    try:
        return parse_one(text)
    except QueryError as error:
        raise error.within(text) from None


async def _run_formula(
    engine: Engine,
    formula: str,
    trees: Mapping[str, Node],
    window: Window,
    metadata: Mapping[str, MetricInfo],
    given: Mapping[str, Frame],
    now: float,
) -> Answer:
    trace = Trace()
    began = time.perf_counter()
    node = substitute(parse_one(formula), trees)
    wanted = requirements(node, window, given)
    trace.stage("parse", began)
    data = await fetch(engine, wanted, metadata, trace, now)
    began = time.perf_counter()
    frames = await asyncio.to_thread(_evaluate, (node,), window, data, given)
    trace.stage("evaluate", began)
    return Answer(formula, window, (Expression(0, node, frames[0]),), trace, frames[0].notes)


def make_window(start: float, end: float, interval: int | None = None, bars: bool = False) -> Window:
    if not (0 <= start <= LAST_TIME and 0 <= end <= LAST_TIME):
        raise QueryError(f"The window {start:.15g}..{end:.15g} is not in UNIX seconds")
    first, last = int(start), int(end)
    if last <= first:
        raise QueryError(f"The window ends ({last}) before or when it starts ({first})")
    chosen = allowed_interval(first, last, interval) if interval else default_interval(first, last, bars=bars)
    return Window(first, last, chosen)


def substitute(node: Node, trees: Mapping[str, Node]) -> Node:
    """``node`` with the names of queries replaced by the queries."""

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


def _evaluate(
    nodes: tuple[Node, ...],
    window: Window,
    data: Mapping[Request, Frame],
    given: Mapping[str, Frame] | None = None,
) -> list[Frame]:
    def named(name: Name, _: Window) -> Operand:
        if given and name.name in given:
            return given[name.name]
        if given is not None:
            raise QueryError(f"No query is called {name.name!r}", name.position)
        raise QueryError(f"Expected a query, found {name.name!r}", name.position)

    evaluator = Evaluator(data.__getitem__, named if given is not None else None)
    results = [evaluator.evaluate(node, window) for node in nodes]
    return [capped(item) if isinstance(item, Frame) else constant(item, window) for item in results]


def capped(frame: Frame) -> Frame:
    """At most :data:`MAX_GROUPS` groups and :data:`MAX_VALUES` values, with a note where groups were cut."""
    most = min(MAX_GROUPS, max(1, MAX_VALUES // max(1, len(frame.times))))
    if len(frame.groups) <= most:
        return frame
    note = (
        f"{len(frame.groups)} groups were found; the first {most} are shown. Narrow the scope, or use top()."
    )
    return replace(
        frame,
        groups=frame.groups[:most],
        values=frame.values[:most],
        bands={name: values[:most] for name, values in frame.bands.items()},
        notes=(*frame.notes, note),
    )


async def fetch(
    engine: Engine,
    wanted: list[Request],
    metadata: Mapping[str, MetricInfo],
    trace: Trace,
    now: float,
    cached: bool = True,
) -> dict[Request, Frame]:
    """Reads and aggregates what requests ask for, all at once."""
    began = time.perf_counter()
    distinct = list(dict.fromkeys(wanted))
    metrics = list(dict.fromkeys(item.selector.metric for item in distinct))
    loaded = await asyncio.gather(*(catalogs.load(engine, metric) for metric in metrics))
    known = dict(zip(metrics, loaded, strict=True))
    began = trace.stage("series", began)
    frames = await asyncio.gather(
        *(
            _answer(engine, item, known[item.selector.metric], metadata, trace, now, cached)
            for item in distinct
        )
    )
    trace.stage("points", began)
    return dict(zip(distinct, frames, strict=True))


async def _answer(
    engine: Engine,
    request: Request,
    catalog: Catalog,
    metadata: Mapping[str, MetricInfo],
    trace: Trace,
    now: float,
    cached: bool,
) -> Frame:
    selector, window = request.selector, request.window
    options = read_modifiers(selector.modifiers)
    chosen = catalog.select(selector.scope)
    info = metadata.get(selector.metric, MetricInfo())
    buckets = Buckets.of(window, options.calendar)
    start = max(window.start, int(buckets.edges[0]))
    unit = info.unit or catalog.unit
    if catalog.type == "distribution":
        rows = await read_sketches(engine, selector.metric, catalog, chosen, start, window.end, trace)
        frame = await asyncio.to_thread(
            evaluate_distribution, selector, options, window, catalog, chosen, rows, unit
        )
        # Sketches are merged in time and space at once: there are no series to take differences of.
        return FUNCTIONS[request.change].apply(frame) if request.change else frame
    _refuse_distribution(selector, catalog)
    kind = info.type or catalog.type
    check_size(selector, int(chosen.sum()), buckets)
    reader = Reader(engine, selector.metric, catalog, chosen, trace, now, cached)

    def read() -> Frame:
        method = time_method(options, kind)
        table = read_window(reader, options, window, method, exact=bool(request.change))
        frame = evaluate_selector(
            selector, options, window, catalog, chosen, table, kind, unit, request.change
        )
        return frame if options.calendar else visible(frame, window)

    async with kept_of(engine).turn(selector.metric):
        return await engine.run(read)


def _refuse_distribution(selector: Selector, catalog: Catalog) -> None:
    aggregator = selector.aggregator
    percentile = isinstance(aggregator, str) and aggregator.startswith("p")
    if len(catalog) and (percentile or isinstance(aggregator, Threshold) or aggregator == "histogram"):
        raise QueryError(
            f"{selector.metric} is a {catalog.type}; percentiles, thresholds and histograms need a "
            "distribution",
            selector.position,
        )
