"""Result cache: complete results of repeated queries (several viewers of a dashboard, a reloaded page).

An entry is valid until points are written to its hours, or its metrics get new series.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from heeler.query.frame import Frame
from heeler.query.metrics.series_index import Catalog
from heeler.store.engine import Engine
from heeler.store.write_tracker import Stamp

#: Maximum bytes of all cached results of a store, and of a single one.
CACHE_BYTES, LARGEST = 48 * 2**20, 16 * 2**20
#: Approximate bytes of JSON for each byte of values.
ENCODED = 3


@dataclass(frozen=True, slots=True)
class Basis:
    """State of the store, for a result's hours, when it was computed."""

    span: tuple[int, int]
    """Time range read, UNIX seconds."""
    points: int
    """Last write of points in that range."""
    sketches: Stamp

    @classmethod
    def now(cls, engine: Engine, span: tuple[int, int]) -> Basis:
        """Current state; to be taken before anything is read: a concurrent write then invalidates the
        result.
        """
        sketches = engine.changes.table_stamp("sketches")
        points = engine.changes.last_write(*span) if span[0] < span[1] else 0
        return cls(span, points, sketches)


@dataclass(frozen=True, slots=True)
class _Entry:
    basis: Basis
    catalogs: Mapping[str, Catalog]
    answer: Any
    size: int


class ResultCache:
    """LRU cache of results by query, window and metadata."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._size = 0

    def find(self, key: Hashable, engine: Engine, catalogs: Mapping[str, Catalog]) -> Any | None:
        """The result for ``key``, if still valid."""
        with self._lock:
            found = self._entries.get(key)
        if found is None or not _same(found.catalogs, catalogs):
            return None
        now = Basis.now(engine, found.basis.span)
        if found.basis.points != now.points or found.basis.sketches[1:] != now.sketches[1:]:
            return None
        distributions = any(item.type == "distribution" for item in catalogs.values())
        if distributions and found.basis.sketches != now.sketches:
            return None
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
        return found.answer

    def put(
        self, key: Hashable, basis: Basis, catalogs: Mapping[str, Catalog], answer: Any, size: int
    ) -> None:
        """Cache ``answer``, whose frames have ``size`` bytes."""
        size = size * (1 + ENCODED) + 2000
        if size > LARGEST:
            return
        with self._lock:
            before = self._entries.pop(key, None)
            self._size += size - (before.size if before else 0)
            self._entries[key] = _Entry(basis, catalogs, answer, size)
            while self._size > CACHE_BYTES:
                self._size -= self._entries.popitem(last=False)[1].size


def _same(one: Mapping[str, Catalog], other: Mapping[str, Catalog]) -> bool:
    return one.keys() == other.keys() and all(one[name] is other[name] for name in one)


def frame_bytes(frame: Frame) -> int:
    names = sum(len(group.scope) + 200 for group in frame.groups)
    return frame.values.nbytes + sum(band.nbytes for band in frame.bands.values()) + names


_of_engine: WeakKeyDictionary[Engine, ResultCache] = WeakKeyDictionary()


def result_cache_of(engine: Engine) -> ResultCache:
    return _of_engine.setdefault(engine, ResultCache())
