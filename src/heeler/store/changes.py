"""What was written: tables, hours, metrics that got series. What a cache of them needs to stay true."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Stamp = tuple[int, ...]

HOUR = 3600


class Changes:
    """Counts the writes that change what is read. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: Counter[str] = Counter()
        self._tables: Counter[str] = Counter()
        self._hours: Counter[int] = Counter()
        self._commands = 0

    def note(self, table: str, rows: pa.Table) -> None:
        """``rows`` were written to ``table``; to be called before the writer hears that they are stored."""
        metrics = (
            [str(name) for name in pc.unique(rows.column("metric")).to_pylist()] if table == "series" else []
        )
        hours = _hours(rows) if table == "points" else []
        with self._lock:
            self._tables[table] += 1
            self._metrics.update(metrics)
            self._hours.update(hours)

    def note_command(self) -> None:
        """A statement ran that may have changed or dropped anything."""
        with self._lock:
            self._commands += 1

    def stamp(self, metric: str) -> Stamp:
        """Equal stamps mean that nothing was written in between that concerns ``metric``'s series."""
        with self._lock:
            return self._metrics[metric], self._tables["host_tags"], self._commands

    def table_stamp(self, table: str) -> Stamp:
        """Equal stamps mean that nothing was written to ``table`` in between."""
        with self._lock:
            return self._tables[table], self._commands

    def points_stamp(self, start: int, end: int) -> Stamp:
        """Equal stamps mean that no points of the hours from ``start`` to ``end`` were written in between.

        UNIX seconds, ``end`` exclusive.
        """
        with self._lock:
            written = sum(self._hours.get(hour, 0) for hour in range(start // HOUR, -(-end // HOUR)))
            return written, self._commands


def _hours(rows: pa.Table) -> list[int]:
    """The hours since 1970 that the points of ``rows`` lie in."""
    if not len(rows):
        return []
    times = rows.column("time").cast(pa.uint32()).to_numpy()
    first, last = int(times.min()) // HOUR, int(times.max()) // HOUR
    if last - first <= 1:  # nearly always, and then there is nothing to look for
        return list(range(first, last + 1))
    found: list[int] = np.unique(times // HOUR).tolist()
    return found
