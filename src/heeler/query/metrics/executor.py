"""Executor of metrics queries: text in, frames out. The single entry point for all callers.

A query passes through ``parser`` (text to trees), ``planner`` (trees to a plan), ``fetch`` (reads of the plan
to frames) and ``evaluate`` (steps of the plan over those frames); each stage takes the result of the previous
one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from heeler.query.budget import limited
from heeler.query.frame import Frame
from heeler.query.limits import FEW_CELLS, MAX_POINTS, SHORT_TEXT
from heeler.query.metrics.ast import Node, Selector, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import evaluate
from heeler.query.metrics.fetch import Caching as Caching
from heeler.query.metrics.fetch import fetch, load_catalogs, rollups_until
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.plan import Known, MetricInfo, Named, Plan, Read
from heeler.query.metrics.planner import Part, metric_names, plan, split_scalar, substitute
from heeler.query.metrics.query_profile import Trace
from heeler.query.metrics.result_cache import Basis, frame_bytes, result_cache_of
from heeler.query.metrics.scalar import reduce_frame
from heeler.query.metrics.window import LAST_TIME, Window, allowed_interval, default_interval, span
from heeler.query.thread_pool import pool_of
from heeler.store.engine import Engine

T = TypeVar("T")
P = ParamSpec("P")

#: Maximum number of expressions planned on the event loop; more are planned in the pool.
FEW_NODES = 200
#: Returns the metadata of metrics by name.
Metadata = Callable[[Collection[str]], Awaitable[Mapping[str, MetricInfo]]]
#: Returns the frame of a name of another data source, shifted by seconds, for ``hour_before(logs)``.
ReadNamed = Callable[[str, int], Awaitable[Frame]]


@dataclass(frozen=True, slots=True)
class Expression:
    """One of the comma-separated expressions of a query, with its result."""

    index: int
    node: Node
    frame: Frame


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a query. ``expressions`` in the order of the text; ``notes`` describe truncation and
    limitations.

    ``encoded`` caches encoded responses, by format.
    """

    text: str
    window: Window
    expressions: tuple[Expression, ...]
    trace: Trace
    notes: tuple[str, ...] = ()
    plan: Plan | None = None
    encoded: dict[str, bytes] = field(default_factory=dict, compare=False)

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(item.frame for item in self.expressions)


async def no_metadata(_: Collection[str]) -> Mapping[str, MetricInfo]:
    return {}


@contextlib.asynccontextmanager
async def _turn(engine: Engine) -> AsyncIterator[None]:
    """A turn among the queries of the API, whatever endpoint they come from, and a budget."""
    async with pool_of(engine).turn():
        with limited():
            yield


async def run_query(
    engine: Engine,
    text: str,
    start: float,
    end: float,
    *,
    now: float,
    interval: int | None = None,
    bars: bool = False,
    metadata: Metadata = no_metadata,
    cached: Caching = "all",
) -> Answer:
    """Run ``text`` over [``start``, ``end``), UNIX seconds.

    ``interval`` (seconds) replaces the default rollup, ``bars`` selects that of bar graphs; a rollup in the
    text has precedence. ``cached``: which caches may be used. Raises :class:`QueryError`, whose message has
    the position in the text.
    """
    run = _Run(engine, make_window(start, end, interval, bars), now, metadata, cached)
    async with _turn(engine):
        try:
            answer = await run.answer(text, await run.parsed(text))
        except QueryError as error:
            raise error.within(text) from None
    return noted(answer, interval)


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
    metadata: Metadata = no_metadata,
    given: Mapping[str, Frame] | None = None,
    read_named: ReadNamed | None = None,
    cached: Caching = "all",
) -> list[Answer]:
    """Run formulas over named queries; ``given`` are frames of names from other data sources, and
    ``read_named`` reads them at other times.

    Names are replaced by the text of their query, so that ``timeshift(query1, -3600)`` reads the shifted
    window.
    """
    run = _Run(
        engine, make_window(start, end, interval, bars), now, metadata, cached, given or {}, read_named
    )
    async with _turn(engine):
        trees = {name: await run.tree(text) for name, text in queries.items()}
        return [
            noted(await run.answer(formula, (substitute(await run.one(formula), trees),)), interval)
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
    metadata: Metadata = no_metadata,
    given: Mapping[str, Frame] | None = None,
    read_named: ReadNamed | None = None,
) -> list[Answer]:
    """Run formulas with one number a group: each query is reduced, then the formula is applied.

    Functions of other times (``derivative``, ``timeshift``, ...) are applied before the reduction.
    """
    run = _Run(engine, make_window(start, end), now, metadata, "rows", given or {}, read_named)
    async with _turn(engine):
        trees = {name: await run.tree(text) for name, text in queries.items()}
        return [await run.numbers(formula, trees, reducers) for formula in formulas]


def scalar_formula(text: str) -> Node:
    """A formula over the reduced numbers of its queries, each with its own reducer.

    Raises ``QueryError`` if the formula contains a query itself: it has no reducer.
    """
    node = parse_one(text)
    selector = next((item for item in walk(node) if isinstance(item, Selector)), None)
    if selector is not None:
        message = "A query has no place in a formula of numbers: expected the name of one under 'queries'"
        raise QueryError(message, selector.position, text)
    return node


@dataclass(frozen=True, slots=True)
class _Run:
    """Execution of the stages over one window. ``now`` is UNIX seconds; ``given`` is None if bare names are
    metrics.
    """

    engine: Engine
    window: Window
    now: float
    metadata: Metadata
    cached: Caching = "all"
    given: Mapping[str, Frame] | None = None
    read_named: ReadNamed | None = None

    async def parsed(self, text: str) -> tuple[Node, ...]:
        return parse(text) if len(text) <= SHORT_TEXT else await pool_of(self.engine).run(parse, text)

    async def one(self, text: str) -> Node:
        await self.parsed(text)
        return parse_one(text)

    async def tree(self, text: str) -> Node:
        try:
            return await self.one(text)
        except QueryError as error:
            raise error.within(text) from None

    async def answer(self, text: str, nodes: tuple[Node, ...]) -> Answer:
        """Result of ``nodes``, parsed from ``text``; from the result cache if nothing was written since."""
        trace = Trace()
        known = await self._known(nodes, trace)
        cache = result_cache_of(self.engine) if self._cacheable else None
        key = text, nodes, self.window, tuple(sorted(known.metadata.items()))
        found = cache.find(key, self.engine, known.catalogs) if cache else None
        if isinstance(found, Answer):
            trace.cached = True
            return replace(found, trace=trace)
        made = await self._planned(nodes, known, trace)
        basis = Basis.now(self.engine, made.span)  # before any data is read
        frames = await self._frames(made, known, trace)
        expressions = tuple(
            Expression(index, node, frame)
            for index, (node, frame) in enumerate(zip(nodes, frames, strict=True))
        )
        notes = tuple(dict.fromkeys(note for frame in frames for note in frame.notes))
        answer = Answer(text, self.window, expressions, trace, notes, made)
        if cache:
            cache.put(key, basis, known.catalogs, answer, sum(frame_bytes(frame) for frame in frames))
        return answer

    async def numbers(self, formula: str, trees: Mapping[str, Node], reducers: Mapping[str, str]) -> Answer:
        """Result of ``formula`` with one number a group for each name."""
        trace = Trace()
        whole = scalar_formula(formula) if len(formula) <= SHORT_TEXT else await self.one(formula)
        outer, parts = split_scalar(whole, {*trees, *(self.given or ())}, reducers)
        nodes = tuple(substitute(part.node, trees) for part in parts.values())
        known = await self._known(nodes, trace)
        made = await self._planned(nodes, known, trace)
        frames = await self._frames(made, known, trace)
        began = time.perf_counter()
        result = await self._pooled(made, _numbers, outer, self.window, parts, frames)
        trace.stage("evaluate", began)
        expression = Expression(0, substitute(whole, trees), result)
        return Answer(formula, self.window, (expression,), trace, result.notes, made)

    @property
    def _cacheable(self) -> bool:
        return self.cached == "all" and self.engine.embedded and not self.given

    async def _known(self, nodes: Collection[Node], trace: Trace) -> Known:
        began = time.perf_counter()
        metrics = metric_names(nodes, self.given)
        metadata = await self.metadata(metrics)
        trace.stage("metadata", began)
        catalogs = await load_catalogs(self.engine, metrics, trace)
        return Known(catalogs, metadata, await rollups_until(self.engine, self.now))

    async def _planned(self, nodes: tuple[Node, ...], known: Known, trace: Trace) -> Plan:
        began = time.perf_counter()
        size = sum(len(catalog.vocabulary) for catalog in known.catalogs.values())
        if size <= FEW_CELLS and sum(1 for node in nodes for _ in walk(node)) <= FEW_NODES:
            made = plan(nodes, self.window, self.given, known)
        else:
            made = await pool_of(self.engine).run(plan, nodes, self.window, self.given, known)
        trace.stage("plan", began)
        return made

    async def _frames(self, made: Plan, known: Known, trace: Trace) -> list[Frame]:
        """Frames of the plan's steps."""
        fetched = await fetch(self.engine, made, known.rollups_until, trace, self.cached)
        named = {item: await self._named(item) for item in made.named}
        began = time.perf_counter()
        frames = await self._pooled(made, _evaluated, made, fetched, named)
        trace.stage("evaluate", began)
        return frames

    async def _named(self, item: Named) -> Frame:
        frame = (self.given or {})[item.name]
        return await self.read_named(item.name, item.shift) if item.shift and self.read_named else frame

    async def _pooled(self, made: Plan, call: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
        """Run ``call`` on the fetched data: inline if that is cheaper than waking a thread."""
        if made.cells <= FEW_CELLS and not made.computes:
            return call(*args, **keywords)
        return await pool_of(self.engine).run(call, *args, **keywords)


def _evaluated(made: Plan, fetched: Mapping[Read, Frame], named: Mapping[Named, Frame]) -> list[Frame]:
    return [frame.settled() for frame in evaluate(made, fetched, named)]


def _numbers(outer: Node, window: Window, parts: Mapping[str, Part], frames: Collection[Frame]) -> Frame:
    """The part of a scalar formula that is computed with numbers."""
    numbers = {
        name: reduce_frame(frame, part.reducer)
        for (name, part), frame in zip(parts.items(), frames, strict=True)
    }
    whole = replace(window, interval=window.end - window.start)
    made = plan((outer,), whole, numbers)
    named = {item: numbers[item.name] for item in made.named}
    return evaluate(made, {}, named, numbers=True)[0]


def make_window(start: float, end: float, interval: int | None = None, bars: bool = False) -> Window:
    """Window of a query; raises :class:`QueryError` for invalid times."""
    if not (0 <= start <= LAST_TIME and 0 <= end <= LAST_TIME):
        raise QueryError(f"The window {start:.15g}..{end:.15g} is not in UNIX seconds")
    first, last = int(start), int(end)
    if last <= first:
        raise QueryError(f"The window ends ({last}) before or when it starts ({first})")
    chosen = allowed_interval(first, last, interval) if interval else default_interval(first, last, bars=bars)
    return Window(first, last, chosen)


def noted(answer: Answer, interval: int | None) -> Answer:
    """Add a note to ``answer`` if its buckets are longer than the requested ``interval``."""
    chosen = answer.window.interval
    if not interval or chosen <= interval:
        return answer
    note = f"Buckets of {span(interval)} would be more than {MAX_POINTS:,}; {span(chosen)} is used."
    return replace(answer, notes=(*answer.notes, note), encoded={})
