"""Metric queries for the rest of the product: the query engine with what people said of the metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from heeler.api.services import Services
from heeler.metrics.known_units import known_unit
from heeler.metrics.model import MetricMetadata
from heeler.query.frame import Frame
from heeler.query.metrics.ast import Name, Selector, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse
from heeler.query.metrics.run import Answer, Caching, make_window, run_formulas, run_query, run_scalars
from heeler.query.metrics.selectors import MetricInfo
from heeler.query.sources import executor_of, known_sources
from heeler.store.database import Database, Remembered

_METRIC_SOURCES = ("metrics", "cloud_cost", "")


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


def query_name(item: Mapping[str, Any], place: int) -> str:
    """What formulas call the query object at ``place``."""
    return str(item.get("name") or f"query{place + 1}")


async def split_sources(
    services: Services, asked: Sequence[dict[str, Any]], start: float, end: float, interval: int | None
) -> tuple[dict[str, str], dict[str, Frame]]:
    """Texts of metric queries by name, and the frames of all other data sources by name.

    Raises ``QueryError`` for a data source that is not known.
    """
    queries: dict[str, str] = {}
    given: dict[str, Frame] = {}
    for place, item in enumerate(asked):
        source = str(item.get("data_source") or "")
        if source in _METRIC_SOURCES:
            queries[query_name(item, place)] = str(item.get("query") or "")
            continue
        executor = executor_of(source)
        if executor is None:
            raise QueryError(f"Unknown data_source {source!r}; there are {', '.join(known_sources())}")
        window = make_window(start, end, interval)
        given[query_name(item, place)] = await executor(services.engine, item, window)
    return queries, given
