"""What was written: tables, hours, metrics that got series, and the points of metrics that are followed.

An embedded engine has one writer, this process: what is kept of it in memory stays true by what is told here.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Stamp = tuple[int, ...]

HOUR = 3600
#: Rows that wait for one follower, and followers at a time: who takes nothing for long is left behind.
WAITING_ROWS, FOLLOWED = 250_000, 256


@dataclass(frozen=True, slots=True)
class Written:
    """Points of one metric, in the order in which they were written: the later of two counts."""

    series: NDArray[np.uint64]
    times: NDArray[np.uint32]
    """UNIX seconds."""
    values: NDArray[np.float64]


@dataclass(slots=True)
class _Follower:
    waiting: list[Written] = field(default_factory=list)
    rows: int = 0


class Changes:
    """Counts the writes that change what is read. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: Counter[str] = Counter()
        self._tables: Counter[str] = Counter()
        self._hours: dict[int, int] = {}
        self._rolled: dict[int, int] = {}
        self._followers: dict[str, _Follower] = {}
        self._writes = 0
        self._commands = 0

    def note(self, table: str, rows: pa.Table) -> None:
        """``rows`` were written to ``table``; to be called before the writer hears that they are stored."""
        metrics = (
            [str(name) for name in pc.unique(rows.column("metric")).to_pylist()] if table == "series" else []
        )
        hours = _hours(rows, "time") if table == "points" else []
        rolled = _hours(rows, "hour") if table == "rollup_hours" else []
        with self._lock:
            self._writes += 1
            self._tables[table] += 1
            self._metrics.update(metrics)
            self._hours.update(dict.fromkeys(hours, self._writes))
            self._rolled.update(dict.fromkeys(rolled, self._writes))
            if table == "points" and self._followers:
                self._hand_out(rows)

    def note_command(self) -> None:
        """A statement ran, or failed, that may have changed or dropped anything."""
        with self._lock:
            self._commands += 1
            self._followers.clear()

    def stamp(self, metric: str) -> Stamp:
        """Equal stamps mean that nothing was written in between that concerns ``metric``'s series."""
        with self._lock:
            return self._metrics[metric], self._tables["host_tags"], self._commands

    def table_stamp(self, table: str) -> Stamp:
        """Equal stamps mean that nothing was written to ``table`` in between."""
        with self._lock:
            return self._tables[table], self._commands

    @property
    def commands(self) -> int:
        """How often anything may have changed at all."""
        with self._lock:
            return self._commands

    def last_write(self, start: int, end: int, *, rolled: bool = False) -> int:
        """The number of the last write of points, or of ``rolled`` up ones, to the hours from ``start`` to
        ``end`` (UNIX seconds, exclusive); 0 for none."""
        hours = self._rolled if rolled else self._hours
        with self._lock:
            return max((hours.get(hour, 0) for hour in range(start // HOUR, -(-end // HOUR))), default=0)

    def follow(self, metric: str) -> tuple[int, list[Written] | None]:
        """The number of the last write so far, and the points of ``metric`` that were written since this was
        last asked. None where some may be missing: it is followed from now on."""
        with self._lock:
            follower = self._followers.pop(metric, None)
            while len(self._followers) >= FOLLOWED:
                self._followers.pop(next(iter(self._followers)))
            self._followers[metric] = _Follower()  # asked last, left behind last
            return self._writes, None if follower is None else follower.waiting

    def _hand_out(self, rows: pa.Table) -> None:
        for metric, written in _by_metric(rows, self._followers).items():
            follower = self._followers[metric]
            follower.waiting.append(written)
            follower.rows += len(written.times)
            if follower.rows > WAITING_ROWS:
                del self._followers[metric]


def _by_metric(rows: pa.Table, metrics: dict[str, _Follower]) -> dict[str, Written]:
    """Copies of the rows of each of ``metrics``."""
    column = rows.column("metric").combine_chunks()
    if not isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_encode()
    codes = column.indices.to_numpy(zero_copy_only=False)
    ordered = bool((codes[1:] >= codes[:-1]).all())
    found = {}
    for code, name in enumerate(column.dictionary.to_pylist()):
        if name not in metrics:
            continue
        if ordered:
            low, high = np.searchsorted(codes, [code, code + 1])
            part = rows.slice(low, high - low)
        else:
            part = rows.filter(pa.array(codes == code))
        if len(part):
            found[name] = _written(part)
    return found


def _written(rows: pa.Table) -> Written:
    values = rows.column("raw").to_numpy().astype(np.float64)
    if "scale" in rows.column_names:
        scale = rows.column("scale").to_numpy()
        values = np.divide(values, scale, where=scale > 0, out=values)
    return Written(
        rows.column("series").to_numpy().astype(np.uint64),
        rows.column("time").cast(pa.uint32()).to_numpy().astype(np.uint32),
        values,
    )


def _hours(rows: pa.Table, column: str) -> list[int]:
    """The hours since 1970 that the times of ``rows`` lie in."""
    if not len(rows):
        return []
    times = rows.column(column).cast(pa.uint32()).to_numpy()
    first, last = int(times.min()) // HOUR, int(times.max()) // HOUR
    if last - first <= 1:  # nearly always, and then there is nothing to look for
        return list(range(first, last + 1))
    found: list[int] = np.unique(times // HOUR).tolist()
    return found
