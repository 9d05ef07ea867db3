"""What was read of many metrics at once for evaluations that follow, where others write to the store too, so
that nothing is cached: it holds for one moment, and only for those that it was read for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heeler.query.metrics.packed_rows import Segment
from heeler.query.metrics.table_selection import Source

if TYPE_CHECKING:
    from heeler.query.metrics.series_index import Catalog
    from heeler.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Points:
    """All points of a metric in [``start``, ``stop``), UNIX seconds."""

    start: int
    stop: int
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """Catalogs and points by metric, as they were at ``now``, UNIX seconds: queries of later moments would
    miss what was written since."""

    engine: Engine
    now: float
    catalogs: Mapping[str, Catalog]
    points: Mapping[str, Points]

    def has(self, metrics: Iterable[str]) -> bool:
        """Whether the points of all of ``metrics`` are here."""
        return all(metric in self.points for metric in metrics)


_current: ContextVar[ReadAhead | None] = ContextVar("read_ahead", default=None)


@contextmanager
def using(found: ReadAhead | None) -> Iterator[None]:
    """Queries within the context take what they need from ``found``, and read the rest."""
    token = _current.set(found)
    try:
        yield
    finally:
        _current.reset(token)


def catalog_ahead(engine: Engine, metric: str) -> Catalog | None:
    """The metric's catalog, if it was read ahead."""
    found = _current.get()
    return None if found is None or found.engine is not engine else found.catalogs.get(metric)


def segments_ahead(engine: Engine, metric: str, source: Source) -> Sequence[Segment] | None:
    """Segments with at least the metric's points of ``source``; None if they were not read ahead."""
    found = _current.get()
    if found is None or found.engine is not engine or source.table != "points":
        return None
    mine = found.points.get(metric)
    if mine is None or source.start < mine.start or source.stop > mine.stop:
        return None
    return mine.segments
