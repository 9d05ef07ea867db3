"""Metric queries for the rest of the product: the query engine with what people said of the metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from heeler.api.services import Services
from heeler.metrics.formula_request import FormulaRequest, is_metrics, query_name
from heeler.metrics.model import MetricMetadata
from heeler.metrics.timeshift import Shifted
from heeler.metrics.unit_catalog import known_unit
from heeler.query.data_sources import executor_of, known_sources
from heeler.query.frame import Frame
from heeler.query.metrics.ast import Name, Selector, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.run import (
    Answer,
    Caching,
    formula_of_numbers,
    make_window,
    run_formulas,
    run_query,
    run_scalars,
)
from heeler.query.metrics.selectors import MetricInfo
from heeler.query.metrics.window import Window
from heeler.store.database import Database, Remembered


async def infos(services: Services, texts: Iterable[str]) -> dict[str, MetricInfo]:
    """Type and unit that people gave to the metrics that the queries name, or else their known unit."""
    names = frozenset(name for text in texts for name in metric_names(text))
    if not names:
        return {}
    remembered = _remembered.setdefault(services.database, Remembered(services.database))
    found = remembered.get(names)
    if found is None:
        version = services.database.version
        found = await _look_up(services.database, names)
        remembered.put(names, found, version)
    return found


_remembered: WeakKeyDictionary[Database, Remembered[frozenset[str], dict[str, MetricInfo]]]
_remembered = WeakKeyDictionary()


async def _look_up(database: Database, names: frozenset[str]) -> dict[str, MetricInfo]:
    async with database.session() as session:
        rows = await session.scalars(select(MetricMetadata).where(MetricMetadata.name.in_(sorted(names))))
        said = {row.name: MetricInfo(row.type, unit_text(row)) for row in rows}
    known = {name: MetricInfo(unit=unit) for name in names if (unit := known_unit(name))}
    return known | {
        name: info if info.unit else MetricInfo(info.type, known_unit(name)) for name, info in said.items()
    }


def unit_text(row: MetricMetadata) -> str:
    return f"{row.unit}/{row.per_unit}" if row.unit and row.per_unit else row.unit


@lru_cache(maxsize=2048)
def metric_names(text: str) -> tuple[str, ...]:
    """The metrics that a query names; bare names may also be words among a function's arguments."""
    found: dict[str, None] = {}
    for item in (item for node in parse(text) for item in walk(node)):
        if isinstance(item, Selector):
            found[item.metric] = None
        elif isinstance(item, Name):
            found[item.name] = None
    return tuple(found)


async def query(
    services: Services,
    text: str,
    start: float,
    end: float,
    *,
    interval: int | None = None,
    bars: bool = False,
    cached: Caching = "all",
) -> Answer:
    """:func:`heeler.query.metrics.run.run_query` with metadata. Raises ``QueryError``."""
    return await run_query(
        services.engine,
        text,
        start,
        end,
        now=services.now(),
        interval=interval,
        bars=bars,
        metadata=await infos(services, [text]),
        cached=cached,
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What formulas over [``start``, ``end``), UNIX seconds, may name; ``interval`` and ``bars`` as in
    :func:`~heeler.query.metrics.run.run_query`.

    ``queries`` are the texts of metric queries by name, ``others`` the query objects of all other data
    sources, ``given`` their frames over the window.
    """

    start: float
    end: float
    interval: int | None
    bars: bool
    queries: Mapping[str, str]
    others: Mapping[str, dict[str, Any]]
    given: Mapping[str, Frame]

    @property
    def window(self) -> Window:
        return make_window(self.start, self.end, self.interval, self.bars)


async def formulas(
    services: Services, sources: Sources, texts: list[str], cached: Caching = "all"
) -> list[Answer]:
    """:func:`heeler.query.metrics.run.run_formulas` with metadata. Raises ``QueryError``."""
    texts, given = await _read_elsewhere(services, sources, texts)
    return await run_formulas(
        services.engine,
        sources.queries,
        texts,
        sources.start,
        sources.end,
        now=services.now(),
        interval=sources.interval,
        bars=sources.bars,
        metadata=await infos(services, sources.queries.values()),
        given=given,
        cached=cached,
    )


async def scalars(
    services: Services, sources: Sources, reducers: Mapping[str, str], texts: list[str]
) -> list[Answer]:
    """:func:`heeler.query.metrics.run.run_scalars` with metadata. Raises ``QueryError``."""
    texts, given = await _read_elsewhere(services, sources, texts)
    return await run_scalars(
        services.engine,
        sources.queries,
        reducers,
        texts,
        sources.start,
        sources.end,
        now=services.now(),
        metadata=await infos(services, sources.queries.values()),
        given=given,
    )


async def read_sources(
    services: Services,
    asked: Sequence[dict[str, Any]],
    start: float,
    end: float,
    interval: int | None = None,
    bars: bool = False,
) -> Sources:
    """The query objects ``asked``, those of other data sources than metrics answered.

    Raises ``QueryError`` for a data source that is not known, or that does not answer.
    """
    named = {query_name(item, place): item for place, item in enumerate(asked)}
    queries = {name: str(item.get("query") or "") for name, item in named.items() if is_metrics(item)}
    others = {name: item for name, item in named.items() if not is_metrics(item)}
    window = make_window(start, end, interval, bars)
    given = {name: await _read(services, name, item, window) for name, item in others.items()}
    return Sources(start, end, interval, bars, queries, others, given)


async def read_totals(
    services: Services, asked: Sequence[dict[str, Any]], start: float, end: float
) -> Sources:
    """As :func:`read_sources`, for :func:`scalars`: other data sources answer with one bucket, the total over
    the window and not a mean of buckets."""
    return await read_sources(services, asked, start, end, max(1, int(end) - int(start)))


async def _read(services: Services, name: str, item: dict[str, Any], window: Window) -> Frame:
    source = str(item.get("data_source") or "")
    executor = executor_of(source)
    if executor is None:
        known = ", ".join(known_sources())
        raise QueryError(f"Query {name!r}: unknown data_source {source[:50]!r}; there are {known}")
    try:
        return await executor(services.engine, item, window)
    except QueryError as error:
        raise QueryError(f"Query {name!r}: {error.described}") from error


async def _read_elsewhere(
    services: Services, sources: Sources, texts: list[str]
) -> tuple[list[str], Mapping[str, Frame]]:
    """The formulas with names for what they look at over other windows, and the frames of all names."""
    if not sources.others:
        return texts, sources.given
    shifted = Shifted(sources.others, sources.window)
    texts = [shifted.formula(text) for text in texts]
    found = dict(sources.given)
    for one in shifted.wanted.values():
        found[one.name] = await _read(services, one.source, sources.others[one.source], one.window)
    return texts, found


async def timeseries(services: Services, asked: FormulaRequest, cached: Caching = "all") -> list[Answer]:
    """The formulas of a request over time. Raises ``QueryError`` that names the query or formula."""
    _check_texts(asked)
    sources = await read_sources(services, asked.queries, asked.start, asked.end, asked.interval, asked.bars)
    return await _naming(lambda texts: formulas(services, sources, texts, cached), services, asked)


async def scalar(services: Services, asked: FormulaRequest) -> list[Answer]:
    """The formulas of a request as one number a group. Raises as :func:`timeseries`."""
    for text in _check_texts(asked):
        _refuse_selectors(text)
    sources = await read_totals(services, asked.queries, asked.start, asked.end)
    return await _naming(lambda texts: scalars(services, sources, asked.reducers, texts), services, asked)


def _check_texts(asked: FormulaRequest) -> list[str]:
    """The formulas, which like the queries are texts of the language: before anything is read."""
    metrics = [item for item in asked.queries if is_metrics(item)]
    texts = [(f"Query {item['name']!r}", str(item.get("query") or "")) for item in metrics]
    for name, text in [*texts, *((f"Formula {text[:100]!r}", text) for text in asked.texts)]:
        try:
            parse_one(text)
        except QueryError as error:
            raise _named(error, name, text) from error
    return asked.texts


def _refuse_selectors(text: str) -> None:
    try:
        formula_of_numbers(text)
    except QueryError as error:
        raise _named(error, f"Formula {text[:100]!r}", text) from error


async def _naming(
    answer: Callable[[list[str]], Awaitable[list[Answer]]], services: Services, asked: FormulaRequest
) -> list[Answer]:
    """The answer to all formulas; where there is none, what is to blame is looked for and named."""
    try:
        return await answer(asked.texts)
    except QueryError as error:
        for item in filter(is_metrics, asked.queries):
            text = str(item.get("query") or "")
            try:
                await query(services, text, asked.start, asked.end)
            except QueryError as found:
                raise _named(found, f"Query {item['name']!r}", text) from error
        for text in asked.texts:
            try:
                await answer([text])
            except QueryError as found:
                raise _named(found, f"Formula {text[:100]!r}", text) from error
        raise


def _named(error: QueryError, name: str, text: str) -> QueryError:
    return QueryError(f"{name}: {error.message}", error.position, error.text or text)
