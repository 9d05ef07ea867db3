"""Runs metric queries: text in, frames out. The one entry point for everything that asks for metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from heeler.query.frame import Frame
from heeler.query.metrics.ast import Binary, Call, Modified, Name, Negate, Node, Selector, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import (
    Evaluator,
    Operand,
    Request,
    constant,
    number_frame,
    requirements,
)
from heeler.query.metrics.fetch import Trace
from heeler.query.metrics.functions import lookup
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.result_cache import Basis, answers_of, frame_bytes
from heeler.query.metrics.scalar import reduce_frame
from heeler.query.metrics.selectors import MetricInfo, fetch, load_catalogs
from heeler.query.metrics.window import (
    LAST_TIME,
    MAX_POINTS,
    Window,
    allowed_interval,
    default_interval,
    span,
)
from heeler.store.engine import Engine

#: What may be used again: whole answers and rows, rows alone, or nothing.
Caching = Literal["all", "rows", "nothing"]
#: Most groups of an expression, and most values of its matrix; the rest is cut with a note.
MAX_GROUPS = 10_000
MAX_VALUES = 5_000_000


@dataclass(frozen=True, slots=True)
class Expression:
    """One of the comma-separated expressions of a query, with its result."""

    index: int
    node: Node
    frame: Frame


@dataclass(frozen=True, slots=True)
class Answer:
    """``expressions`` in the order of the text; ``notes`` say what was cut or could not be done.

    ``written`` is for those who write the answer out: what it came to, by format.
    """

    text: str
    window: Window
    expressions: tuple[Expression, ...]
    trace: Trace
    notes: tuple[str, ...] = ()
    written: dict[str, bytes] = field(default_factory=dict, compare=False)

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
    cached: Caching = "all",
) -> Answer:
    """Answers ``text`` over [``start``, ``end``), UNIX seconds.

    ``interval`` (seconds) replaces the default rollup, ``bars`` chooses that of bar graphs; a rollup in the
    text wins. ``cached``: what may be used again of earlier questions. Raises :class:`QueryError`, whose
    message carries the position in the text.
    """
    window = make_window(start, end, interval, bars)
    try:
        answer = await _run(engine, text, parse(text), window, metadata or {}, None, now, cached)
    except QueryError as error:
        raise error.within(text) from None
    return noted(answer, interval)


async def _run(
    engine: Engine,
    text: str,
    nodes: tuple[Node, ...],
    window: Window,
    metadata: Mapping[str, MetricInfo],
    given: Mapping[str, Frame] | None,
    now: float,
    cached: Caching,
) -> Answer:
    """``nodes``, which ``text`` stands for, over ``window``; answered as before where nothing has changed."""
    trace, began = Trace(), time.perf_counter()
    wanted = [item for node in nodes for item in requirements(node, window, given)]
    trace.stage("parse", began)
    basis = Basis.now(engine, wanted)
    known = await load_catalogs(engine, wanted, trace)
    answers = answers_of(engine) if cached == "all" and engine.embedded and not given else None
    place = text, nodes, window, tuple(sorted(metadata.items()))
    found = answers.find(place, basis, known) if answers else None
    if isinstance(found, Answer):
        trace.again = True
        return replace(found, trace=trace)
    data = await fetch(engine, wanted, known, metadata, trace, now, cached != "nothing")
    began = time.perf_counter()
    if any(isinstance(item, Call) for node in nodes for item in walk(node)):
        frames = await asyncio.to_thread(_evaluate, nodes, window, data, given)
    else:
        frames = _evaluate(nodes, window, data, given)
    frames = [frame.settled() for frame in frames]
    trace.stage("evaluate", began)
    expressions = tuple(
        Expression(index, node, frame) for index, (node, frame) in enumerate(zip(nodes, frames, strict=True))
    )
    notes = tuple(dict.fromkeys(note for frame in frames for note in frame.notes))
    answer = Answer(text, window, expressions, trace, notes)
    if answers:
        answers.keep(place, basis, known, answer, sum(frame_bytes(frame) for frame in frames))
    return answer


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
    cached: Caching = "all",
) -> list[Answer]:
    """Answers formulas over named queries; ``given`` are frames of names that other data sources computed.

    Names stand for the text of their query, so that ``timeshift(query1, -3600)`` reads the shifted window.
    """
    window = make_window(start, end, interval, bars)
    trees = {name: _tree(text) for name, text in queries.items()}
    answers = []
    for formula in formulas:
        node = substitute(parse_one(formula), trees)
        answer = await _run(engine, formula, (node,), window, metadata or {}, given or {}, now, cached)
        answers.append(noted(answer, interval))
    return answers


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
    named = given or {}
    answers = []
    for formula in formulas:
        trace, began = Trace(), time.perf_counter()
        parts: dict[str, tuple[Node, str]] = {}
        whole_formula = formula_of_numbers(formula)
        outer = _cut(whole_formula, trees, named, reducers, parts)
        nodes = tuple(substitute(node, trees) for node, _ in parts.values())
        wanted = [item for node in nodes for item in requirements(node, window, named)]
        trace.stage("parse", began)
        known = await load_catalogs(engine, wanted, trace)
        data = await fetch(engine, wanted, known, metadata or {}, trace, now)
        began = time.perf_counter()
        frames = await asyncio.to_thread(_evaluate, nodes, window, data, named)
        numbers = {
            name: reduce_frame(frame, reducer)
            for (name, (_, reducer)), frame in zip(parts.items(), frames, strict=True)
        }
        whole = replace(window, interval=window.end - window.start)
        result = _evaluate((outer,), whole, {}, numbers, numbers=True)[0]
        trace.stage("evaluate", began)
        full = substitute(whole_formula, trees)
        answers.append(Answer(formula, window, (Expression(0, full, result),), trace, result.notes))
    return answers


def formula_of_numbers(text: str) -> Node:
    """A formula whose numbers are those of its queries, each with its own reducer.

    Raises ``QueryError`` where a query itself stands in it: nothing says how it becomes a number.
    """
    node = parse_one(text)
    selector = next((item for item in walk(node) if isinstance(item, Selector)), None)
    if selector is not None:
        message = "A query has no place in a formula of numbers: expected the name of one under 'queries'"
        raise QueryError(message, selector.position, text)
    return node


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


def make_window(start: float, end: float, interval: int | None = None, bars: bool = False) -> Window:
    if not (0 <= start <= LAST_TIME and 0 <= end <= LAST_TIME):
        raise QueryError(f"The window {start:.15g}..{end:.15g} is not in UNIX seconds")
    first, last = int(start), int(end)
    if last <= first:
        raise QueryError(f"The window ends ({last}) before or when it starts ({first})")
    chosen = allowed_interval(first, last, interval) if interval else default_interval(first, last, bars=bars)
    return Window(first, last, chosen)


def noted(answer: Answer, interval: int | None) -> Answer:
    """``answer``, which says so where its buckets are longer than the ``interval`` that was asked for."""
    chosen = answer.window.interval
    if not interval or chosen <= interval:
        return answer
    note = f"Buckets of {span(interval)} would be more than {MAX_POINTS:,}; {span(chosen)} is used."
    return replace(answer, notes=(*answer.notes, note), written={})


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
    *,
    numbers: bool = False,
) -> list[Frame]:
    def named(name: Name, _: Window) -> Operand:
        if given and name.name in given:
            return given[name.name]
        if given is not None:
            raise QueryError(f"No query is called {name.name!r}", name.position)
        raise QueryError(f"Expected a query, found {name.name!r}", name.position)

    evaluator = Evaluator(data.__getitem__, named if given is not None else None, numbers=numbers)
    results = [evaluator.evaluate(node, window) for node in nodes]
    level = number_frame if numbers else constant
    return [capped(item) if isinstance(item, Frame) else level(item, window) for item in results]


def capped(frame: Frame) -> Frame:
    """At most :data:`MAX_GROUPS` groups and :data:`MAX_VALUES` values, with a note where groups were cut."""
    most = min(MAX_GROUPS, max(1, MAX_VALUES // max(1, len(frame.times))))
    if len(frame.groups) <= most:
        return frame
    note = (
        f"{len(frame.groups)} groups were found; the first {most} are shown. Narrow the scope, or use top()."
    )
    return replace(frame.rows(slice(most)), notes=(*frame.notes, note))
