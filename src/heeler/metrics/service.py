"""Metric queries for other packages: the query engine combined with metric metadata."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from heeler.api.services import Services
from heeler.metrics.formula_request import FormulaRequest, is_metrics, query_name
from heeler.metrics.model import MetricMetadata
from heeler.metrics.unit_catalog import known_unit
from heeler.query.data_sources import executor_of, known_sources
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import (
    Answer,
    Caching,
    Metadata,
    ReadNamed,
    make_window,
    run_formulas,
    run_query,
    run_scalars,
    scalar_formula,
)
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.plan import MetricInfo
from heeler.query.metrics.window import Window
from heeler.store.database import Database, Remembered, in_parts


def metadata_of(services: Services) -> Metadata:
    """User-defined type and unit of metrics, else their known unit."""

    async def read(metrics: Collection[str]) -> Mapping[str, MetricInfo]:
        cache = _cache_of(services.database)
        known = {name: cache.get(name) for name in metrics}
        if missing := [name for name, found in known.items() if found is None]:
            known |= await _look_up(services.database, cache, missing)
        return {name: found.info for name, found in known.items() if found is not None and found.info}

    return read


async def refresh_metadata(services: Services, metrics: Collection[str]) -> None:
    """Read the metadata of many metrics with few statements, for queries of the next minute."""
    await _look_up(services.database, _cache_of(services.database), list(metrics))


@dataclass(frozen=True, slots=True)
class _Known:
    """Metadata of a metric; None if there are none."""

    info: MetricInfo | None


_metadata_cache: WeakKeyDictionary[Database, Remembered[str, _Known]] = WeakKeyDictionary()


def _cache_of(database: Database) -> Remembered[str, _Known]:
    """Cache by metric with a TTL of more than a minute: monitor rounds request the same metrics each
    minute."""
    if database not in _metadata_cache:
        table = MetricMetadata.__tablename__
        _metadata_cache[database] = Remembered(database, tables=(table,), seconds=90.0, most=50_000)
    return _metadata_cache[database]


async def _look_up(
    database: Database, cache: Remembered[str, _Known], names: Sequence[str]
) -> dict[str, _Known | None]:
    found: dict[str, _Known | None] = {}
    for some in in_parts(names):
        version = cache.version
        async with database.session() as session:
            rows = await session.scalars(select(MetricMetadata).where(MetricMetadata.name.in_(sorted(some))))
            set_by_people = {row.name: MetricInfo(row.type, unit_text(row)) for row in rows}
        for name in some:
            known = _Known(_info(name, set_by_people.get(name)))
            cache.put(name, known, version)
            found[name] = known
    return found


def _info(name: str, set_by_people: MetricInfo | None) -> MetricInfo | None:
    """What people set, with the known unit where they set none."""
    unit = known_unit(name)
    if set_by_people is None:
        return MetricInfo(unit=unit) if unit else None
    return set_by_people if set_by_people.unit else MetricInfo(set_by_people.type, unit)


def unit_text(row: MetricMetadata) -> str:
    return f"{row.unit}/{row.per_unit}" if row.unit and row.per_unit else row.unit


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
    """:func:`heeler.query.metrics.executor.run_query` with metadata. Raises ``QueryError``."""
    return await run_query(
        services.engine,
        text,
        start,
        end,
        now=services.now(),
        interval=interval,
        bars=bars,
        metadata=metadata_of(services),
        cached=cached,
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """Inputs of formulas over [``start``, ``end``), UNIX seconds; ``interval`` and ``bars`` as in
    :func:`~heeler.query.metrics.executor.run_query`.

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
    """:func:`heeler.query.metrics.executor.run_formulas` with metadata. Raises ``QueryError``."""
    return await run_formulas(
        services.engine,
        sources.queries,
        texts,
        sources.start,
        sources.end,
        now=services.now(),
        interval=sources.interval,
        bars=sources.bars,
        metadata=metadata_of(services),
        given=sources.given,
        read_named=_named_reader(services, sources),
        cached=cached,
    )


async def scalars(
    services: Services, sources: Sources, reducers: Mapping[str, str], texts: list[str]
) -> list[Answer]:
    """:func:`heeler.query.metrics.executor.run_scalars` with metadata. Raises ``QueryError``."""
    return await run_scalars(
        services.engine,
        sources.queries,
        reducers,
        texts,
        sources.start,
        sources.end,
        now=services.now(),
        metadata=metadata_of(services),
        given=sources.given,
        read_named=_named_reader(services, sources),
    )


async def read_sources(
    services: Services,
    queries: Sequence[dict[str, Any]],
    start: float,
    end: float,
    interval: int | None = None,
    bars: bool = False,
) -> Sources:
    """Execute the query objects ``queries`` of all data sources but metrics.

    Raises ``QueryError`` for an unknown or failing data source.
    """
    named = {query_name(item, place): item for place, item in enumerate(queries)}
    texts = {name: str(item.get("query") or "") for name, item in named.items() if is_metrics(item)}
    others = {name: item for name, item in named.items() if not is_metrics(item)}
    window = make_window(start, end, interval, bars)
    given = {name: await _read(services, name, item, window) for name, item in others.items()}
    return Sources(start, end, interval, bars, texts, others, given)


async def read_totals(
    services: Services, queries: Sequence[dict[str, Any]], start: float, end: float
) -> Sources:
    """Like :func:`read_sources`, for :func:`scalars`: the result has one bucket, the total over the window,
    not a mean of buckets.
    """
    return await read_sources(services, queries, start, end, max(1, int(end) - int(start)))


async def _read(services: Services, name: str, item: dict[str, Any], window: Window) -> Frame:
    source = str(item.get("data_source") or "")
    try:
        if source in services.sources:
            return await services.sources[source](services, item, window)
        if (executor := executor_of(source)) is not None:
            return await executor(services.engine, item, window)
    except QueryError as error:
        raise type(error)(f"Query {name!r}: {error.described}") from error
    known = ", ".join(sorted({*known_sources(), *services.sources}))
    raise QueryError(f"Query {name!r}: unknown data_source {source[:50]!r}; there are {known}")


def _named_reader(services: Services, sources: Sources) -> ReadNamed:
    """Reads queries of other data sources at shifted times: ``lines / week_before(lines)``."""

    async def read(name: str, shift: int) -> Frame:
        return await _read(services, name, sources.others[name], sources.window.shifted(shift))

    return read


async def timeseries(services: Services, request: FormulaRequest, cached: Caching = "all") -> list[Answer]:
    """Evaluate the formulas of a request over time. Raises ``QueryError`` naming the query or formula."""
    _check_texts(request)
    sources = await read_sources(
        services, request.queries, request.start, request.end, request.interval, request.bars
    )
    answers = await _naming(lambda texts: formulas(services, sources, texts, cached), services, request)
    return _with_notes(answers, request.notes)


async def scalar(services: Services, request: FormulaRequest) -> list[Answer]:
    """Evaluate the formulas of a request to one number a group. Raises like :func:`timeseries`."""
    for text in _check_texts(request):
        _refuse_selectors(text)
    sources = await read_totals(services, request.queries, request.start, request.end)
    answers = await _naming(
        lambda texts: scalars(services, sources, request.reducers, texts), services, request
    )
    return _with_notes(answers, request.notes)


def _with_notes(answers: list[Answer], notes: tuple[str, ...]) -> list[Answer]:
    """The answers, the first with notes about the request."""
    if not notes or not answers:
        return answers
    first = replace(answers[0], notes=(*answers[0].notes, *notes), encoded={})
    return [first, *answers[1:]]


def _check_texts(request: FormulaRequest) -> list[str]:
    """Parse the formulas before any data is read."""
    metrics = [item for item in request.queries if is_metrics(item)]
    texts = [(f"Query {item['name']!r}", str(item.get("query") or "")) for item in metrics]
    for name, text in [*texts, *((f"Formula {text[:100]!r}", text) for text in request.texts)]:
        try:
            parse_one(text)
        except QueryError as error:
            raise _named(error, name, text) from error
    return request.texts


def _refuse_selectors(text: str) -> None:
    try:
        scalar_formula(text)
    except QueryError as error:
        raise _named(error, f"Formula {text[:100]!r}", text) from error


async def _naming(
    answer: Callable[[list[str]], Awaitable[list[Answer]]], services: Services, request: FormulaRequest
) -> list[Answer]:
    """Evaluate all formulas; on an error, find and name the query or formula that caused it."""
    try:
        return await answer(request.texts)
    except QueryError as error:
        if error.status != 400:  # stopped or refused: retrying the parts would be stopped too
            raise
        for item in filter(is_metrics, request.queries):
            text = str(item.get("query") or "")
            try:
                await query(services, text, request.start, request.end)
            except QueryError as found:
                raise _named(found, f"Query {item['name']!r}", text) from error
        for text in request.texts:
            try:
                await answer([text])
            except QueryError as found:
                raise _named(found, f"Formula {text[:100]!r}", text) from error
        raise


def _named(error: QueryError, name: str, text: str) -> QueryError:
    return type(error)(f"{name}: {error.message}", error.position, error.text or text)
