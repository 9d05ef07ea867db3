"""Metric queries for the rest of the product: the query engine with what people said of the metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from heeler.api.services import Services
from heeler.metrics.formula_request import FormulaRequest, is_metrics, query_name
from heeler.metrics.known_units import known_unit
from heeler.metrics.model import MetricMetadata
from heeler.metrics.shifted import Shifted
from heeler.query.frame import Frame
from heeler.query.metrics.ast import Name, Selector, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.run import Answer, Caching, make_window, run_formulas, run_query, run_scalars
from heeler.query.metrics.selectors import MetricInfo
from heeler.query.sources import executor_of, known_sources
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


async def formulas(
    services: Services,
    queries: Mapping[str, str],
    texts: list[str],
    start: float,
    end: float,
    *,
    interval: int | None = None,
    bars: bool = False,
    given: Mapping[str, Frame] | None = None,
    cached: Caching = "all",
) -> list[Answer]:
    """:func:`heeler.query.metrics.run.run_formulas` with metadata. Raises ``QueryError``."""
    return await run_formulas(
        services.engine,
        queries,
        texts,
        start,
        end,
        now=services.now(),
        interval=interval,
        bars=bars,
        metadata=await infos(services, queries.values()),
        given=given,
        cached=cached,
    )


async def scalars(
    services: Services,
    queries: Mapping[str, str],
    reducers: Mapping[str, str],
    texts: list[str],
    start: float,
    end: float,
    *,
    given: Mapping[str, Frame] | None = None,
) -> list[Answer]:
    """:func:`heeler.query.metrics.run.run_scalars` with metadata. Raises ``QueryError``."""
    return await run_scalars(
        services.engine,
        queries,
        reducers,
        texts,
        start,
        end,
        now=services.now(),
        metadata=await infos(services, queries.values()),
        given=given,
    )


async def split_sources(
    services: Services,
    asked: Sequence[dict[str, Any]],
    start: float,
    end: float,
    interval: int | None,
    bars: bool = False,
) -> tuple[dict[str, str], dict[str, Frame]]:
    """Texts of metric queries by name, and the frames of all other data sources by name.

    Raises ``QueryError`` for a data source that is not known.
    """
    queries: dict[str, str] = {}
    given: dict[str, Frame] = {}
    for place, item in enumerate(asked):
        name, source = query_name(item, place), str(item.get("data_source") or "")
        if is_metrics(item):
            queries[name] = str(item.get("query") or "")
            continue
        executor = executor_of(source)
        if executor is None:
            known = ", ".join(known_sources())
            raise QueryError(f"Query {name!r}: unknown data_source {source[:50]!r}; there are {known}")
        window = make_window(start, end, interval, bars)
        try:
            given[name] = await executor(services.engine, item, window)
        except QueryError as error:
            raise QueryError(f"Query {name!r}: {error.described}") from error
    return queries, given


async def timeseries(services: Services, asked: FormulaRequest, cached: Caching = "all") -> list[Answer]:
    """The formulas of a request over time. Raises ``QueryError`` that names the query or formula."""
    start, end, interval = asked.start, asked.end, asked.interval
    _check_texts(asked)
    queries, given = await split_sources(services, asked.queries, start, end, interval, asked.bars)
    elsewhere = Shifted(given, make_window(start, end, interval, asked.bars))

    async def answer(texts: list[str]) -> list[Answer]:
        texts = await _read_elsewhere(services, asked, elsewhere, given, texts)
        return await formulas(
            services, queries, texts, start, end,
            interval=interval, bars=asked.bars, given=given, cached=cached,
        )  # fmt: skip

    return await _naming(answer, services, asked, queries)


async def scalar(services: Services, asked: FormulaRequest) -> list[Answer]:
    """The formulas of a request as one number a group. Raises as :func:`timeseries`."""
    start, end = asked.start, asked.end
    for text in _check_texts(asked):
        _refuse_selectors(text)
    # Other sources answer with one bucket: the total over the window, not a mean of buckets.
    whole = max(1, int(end) - int(start))
    queries, given = await split_sources(services, asked.queries, start, end, whole)
    elsewhere = Shifted(given, make_window(start, end, whole))

    async def answer(texts: list[str]) -> list[Answer]:
        texts = await _read_elsewhere(services, asked, elsewhere, given, texts)
        return await scalars(services, queries, asked.reducers, texts, start, end, given=given)

    return await _naming(answer, services, asked, queries)


async def _read_elsewhere(
    services: Services, asked: FormulaRequest, shifted: Shifted, given: dict[str, Frame], texts: list[str]
) -> list[str]:
    """The formulas with names for what they look at over other windows, whose frames go to ``given``."""
    if not given:
        return texts
    texts = [shifted.formula(text) for text in texts]
    items = {item["name"]: item for item in asked.queries}
    for one in shifted.wanted.values():
        executor = executor_of(str(items[one.source].get("data_source")))
        if executor is not None and one.name not in given:
            given[one.name] = await executor(services.engine, items[one.source], one.window)
    return texts


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
    """A formula's numbers are those of its queries, each with its own aggregator."""
    selector = next((item for item in walk(parse_one(text)) if isinstance(item, Selector)), None)
    if selector is not None:
        message = "A query has no place in a formula of numbers: expected the name of one under 'queries'"
        raise _named(QueryError(message, selector.position), f"Formula {text[:100]!r}", text)


async def _naming(
    answer: Callable[[list[str]], Awaitable[list[Answer]]],
    services: Services,
    asked: FormulaRequest,
    queries: Mapping[str, str],
) -> list[Answer]:
    """The answer to all formulas; where there is none, what is to blame is looked for and named."""
    try:
        return await answer(asked.texts)
    except QueryError as error:
        for name, text in queries.items():
            try:
                await query(services, text, asked.start, asked.end)
            except QueryError as found:
                raise _named(found, f"Query {name!r}", text) from error
        for text in asked.texts:
            try:
                await answer([text])
            except QueryError as found:
                raise _named(found, f"Formula {text[:100]!r}", text) from error
        raise


def _named(error: QueryError, name: str, text: str) -> QueryError:
    return QueryError(f"{name}: {error.message}", error.position, error.text or text)
