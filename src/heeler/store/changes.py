"""Which tables were written, and which metrics got series: what a cache of them needs to stay true."""

from __future__ import annotations

import threading
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

Stamp = tuple[int, int]


class Changes:
    """Counts the writes that change what a metric's series are. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: Counter[str] = Counter()
        self._host_tags = 0

    def note(self, table: str, rows: pa.Table) -> None:
        """``rows`` were written to ``table``; to be called before the writer hears that they are stored."""
        if table == "series":
            with self._lock:
                self._metrics.update(str(name) for name in pc.unique(rows.column("metric")).to_pylist())
        elif table == "host_tags":
            with self._lock:
                self._host_tags += 1

    def stamp(self, metric: str) -> Stamp:
        """Equal stamps mean that nothing was written in between that concerns ``metric``'s series."""
        with self._lock:
            return self._metrics[metric], self._host_tags
