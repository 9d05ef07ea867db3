"""Log of writes for cache invalidation: tables, hours, metrics with new series, points of followed metrics.

An embedded engine has one writer, this process: its caches stay current by what is recorded here.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Stamp = tuple[int, ...]
Part = TypeVar("Part")

HOUR = 3600
#: Maximum pending rows for the followers of one metric, and of all of a table, and number of followers. An
#: idle follower is dropped.
WAITING_ROWS, ALL_WAITING_ROWS, FOLLOWED = 250_000, 2_000_000, 20_000
#: Number of parts above which they are merged.
PARTS = 64


@dataclass(frozen=True, slots=True)
class Written:
    """Points of one metric in order of writing: of duplicates the later wins."""

    series: NDArray[np.uint64]
    times: NDArray[np.uint32]
    """UNIX seconds."""
    values: NDArray[np.float64]


class _Waiting(Generic[Part]):
    """Pending rows of one metric, and their number."""

    __slots__ = ("count", "parts")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.count = 0


class _Followed(Generic[Part]):
    """Rows of a table by metric, until the followers of the metric take them.

    ``split`` returns the rows of some metrics, copied: pending rows must not keep the whole batch in memory.
    """

    def __init__(
        self,
        split: Callable[[pa.Table, Container[str]], Iterator[tuple[str, int, Part]]],
        joined: Callable[[list[Part]], Part],
    ) -> None:
        self._split, self._joined = split, joined
        self._waiting: OrderedDict[str, _Waiting[Part]] = OrderedDict()
        self._total = 0

    def take(self, metric: str) -> list[Part] | None:
        """Rows written since the last call; None if some may be missing."""
        found = self._drop(metric)
        while len(self._waiting) >= FOLLOWED:
            self._drop(next(iter(self._waiting)))  # the least recently used
        self._waiting[metric] = _Waiting()
        return None if found is None else found.parts

    def add(self, rows: pa.Table) -> None:
        if not self._waiting:
            return
        for metric, count, part in self._split(rows, self._waiting):
            waiting = self._waiting[metric]
            waiting.parts.append(part)
            waiting.count += count
            if len(waiting.parts) >= PARTS:
                waiting.parts = [self._joined(waiting.parts)]
            self._total += count
            if waiting.count > WAITING_ROWS:
                self._drop(metric)
        while self._total > ALL_WAITING_ROWS:
            self._drop(next(iter(self._waiting)))

    def count(self, metric: str) -> int:
        found = self._waiting.get(metric)
        return found.count if found else 0

    def _drop(self, metric: str) -> _Waiting[Part] | None:
        found = self._waiting.pop(metric, None)
        self._total -= found.count if found else 0
        return found

    def clear(self) -> None:
        self._waiting.clear()
        self._total = 0


class Changes:
    """Counts writes that change query results. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: Counter[str] = Counter()
        self._hours: dict[int, int] = {}
        self._rolled: dict[int, int] = {}
        self._marks: dict[int, tuple[int, int]] = {}
        self._sketched: dict[int, int] = {}
        self._host_tags: dict[tuple[str, str], tuple[str, ...]] = {}
        self._points = _Followed[Written](_written_by_metric, _joined_points)
        self._series = _Followed[pa.Table](_tables_by_metric, _joined_tables)
        self._writes = 0
        self._commands = 0

    def note(self, table: str, rows: pa.Table) -> None:
        """Record that ``rows`` were written to ``table``; call before the write is acknowledged to the
        writer.
        """
        hours = _hours(rows, "time") if table == "points" else []
        rolled = _hours(rows, "hour") if table == "rollup_hours" else []
        sketched = _hours(rows, "time") if table == "sketches" else []
        if table == "rollup_hours":
            self.note_marks(_marks_of(rows))
        with self._lock:
            self._writes += 1
            self._hours.update(dict.fromkeys(hours, self._writes))
            self._rolled.update(dict.fromkeys(rolled, self._writes))
            self._sketched.update(dict.fromkeys(sketched, self._writes))
            if table == "points":
                self._points.add(rows)
            elif table == "series":
                self._series.add(rows)
            if table != "host_tags" or self._are_new(rows):
                self._tables[table] += 1

    def note_marks(self, marks: Iterable[tuple[int, int, int]]) -> None:
        """Record marks of hours: their begin (UNIX seconds), the version, and whether it says that the hour
        is rolled up (1) or written to (0). The greatest version counts.
        """
        with self._lock:
            for hour, version, clean in marks:
                self._marks[hour] = max(self._marks.get(hour, (0, 0)), (version, clean))

    def mark(self, hour: int) -> tuple[int, int]:
        """Version of the last mark of ``hour`` and whether it is rolled up; zeros if unknown."""
        with self._lock:
            return self._marks.get(hour, (0, 0))

    def _are_new(self, host_tags: pa.Table) -> bool:
        """Whether host tags differ from those last written: agents send them repeatedly."""
        columns = (host_tags.column(name).to_pylist() for name in ("host", "source", "tags"))
        given = {(host, source): tuple(tags) for host, source, tags in zip(*columns, strict=True)}
        new = any(self._host_tags.get(place) != tags for place, tags in given.items())
        self._host_tags.update(given)
        return new

    def note_command(self) -> None:
        """Record a statement, successful or failed, that may have changed or dropped anything."""
        with self._lock:
            self._commands += 1
            self._host_tags.clear()
            self._points.clear()
            self._series.clear()

    def table_stamp(self, table: str) -> Stamp:
        """Version of ``table``: equal stamps mean no writes in between."""
        with self._lock:
            return self._tables[table], self._commands

    @property
    def writes(self) -> int:
        """Number of the last write."""
        with self._lock:
            return self._writes

    @property
    def commands(self) -> int:
        """Number of statements that may have changed anything."""
        with self._lock:
            return self._commands

    def last_write(self, start: int, end: int, *, rolled: bool = False) -> int:
        """Number of the last write of points, or of ``rolled`` up ones, to the hours from ``start`` to
        ``end`` (UNIX seconds, exclusive); 0 for none.
        """
        hours = self._rolled if rolled else self._hours
        with self._lock:
            return max((hours.get(hour, 0) for hour in range(start // HOUR, -(-end // HOUR))), default=0)

    def sketch_stamps(self, hours: Iterable[int]) -> dict[int, Stamp]:
        """Version of each of ``hours`` (start, UNIX seconds); equal stamps mean no writes of sketches of the
        hour in between.
        """
        with self._lock:
            return {hour: (self._sketched.get(hour // HOUR, 0), self._commands) for hour in hours}

    def follow(self, metric: str) -> tuple[int, list[Written] | None]:
        """Number of the last write so far, and the points of ``metric`` written since the last call. None if
        some may be missing: it is followed from now on.
        """
        with self._lock:
            return self._writes, self._points.take(metric)

    def waiting(self, metric: str) -> int:
        """Number of points that :meth:`follow` would return."""
        with self._lock:
            return self._points.count(metric)

    def follow_series(self, metric: str) -> list[pa.Table] | None:
        """Like :meth:`follow`, for rows of the table ``series``."""
        with self._lock:
            return self._series.take(metric)


def _by_metric(rows: pa.Table, metrics: Container[str]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Rows of each of ``metrics``, copied: pending rows must not keep the whole batch in memory."""
    column = rows.column("metric").combine_chunks()
    if not isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_encode()
    wanted = [(code, name) for code, name in enumerate(column.dictionary.to_pylist()) if name in metrics]
    if not wanted:
        return
    codes = column.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(column.dictionary) + 1))
    for code, name in wanted:
        if bounds[code] < bounds[code + 1]:
            yield name, order[bounds[code] : bounds[code + 1]]


def _written_by_metric(rows: pa.Table, metrics: Container[str]) -> Iterator[tuple[str, int, Written]]:
    found = list(_by_metric(rows, metrics))
    if not found:
        return
    whole = _written(rows)
    for name, places in found:
        yield name, len(places), Written(whole.series[places], whole.times[places], whole.values[places])


def _tables_by_metric(rows: pa.Table, metrics: Container[str]) -> Iterator[tuple[str, int, pa.Table]]:
    for name, places in _by_metric(rows, metrics):
        yield name, len(places), rows.take(pa.array(places))


def _joined_points(parts: list[Written]) -> Written:
    return Written(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def _joined_tables(parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts).combine_chunks()


def _written(rows: pa.Table) -> Written:
    """All points of ``rows``."""
    values = rows.column("raw").to_numpy().astype(np.float64)
    if "scale" in rows.column_names:
        scale = rows.column("scale").to_numpy()
        values = np.divide(values, scale, where=scale > 0, out=values)
    return Written(
        rows.column("series").to_numpy().astype(np.uint64),
        rows.column("time").cast(pa.uint32()).to_numpy().astype(np.uint32),
        values,
    )


def _marks_of(rows: pa.Table) -> Iterator[tuple[int, int, int]]:
    hours = rows.column("hour").cast(pa.uint32()).to_pylist()
    yield from zip(hours, rows.column("version").to_pylist(), rows.column("clean").to_pylist(), strict=True)


def _hours(rows: pa.Table, column: str) -> list[int]:
    """Hours since 1970 of the times of ``rows``."""
    if not len(rows):
        return []
    times = rows.column(column).cast(pa.uint32()).to_numpy()
    first, last = int(times.min()) // HOUR, int(times.max()) // HOUR
    if last - first <= 1:  # the most frequent case: nothing to search
        return list(range(first, last + 1))
    found: list[int] = np.unique(times // HOUR).tolist()
    return found
