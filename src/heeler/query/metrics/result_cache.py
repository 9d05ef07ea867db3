"""Answers that were given, for who asks the very same again: two people at one dashboard, a page reloaded.

An answer stays true until points are written to its hours, or its metrics get other series.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from heeler.query.frame import Frame
from heeler.query.metrics.catalog import Catalog
from heeler.query.metrics.evaluate import Request
from heeler.query.metrics.lookback import UNLIMITED
from heeler.store.engine import Engine
from heeler.store.write_log import Stamp

#: Bytes of the answers that are kept of a store, and of the largest that is.
KEPT_BYTES, LARGEST = 48 * 2**20, 16 * 2**20
#: Bytes of JSON that a byte of values comes to, about.
WRITTEN = 3


@dataclass(frozen=True, slots=True)
class Basis:
    """The state of the store that an answer was made of, as far as it concerns its hours."""

    points: int
    """The last write of points to them."""
    sketches: Stamp

    @classmethod
    def now(cls, engine: Engine, wanted: Sequence[Request]) -> Basis:
        """To be taken before anything is read: a write meanwhile makes the answer outdated."""
        changes = engine.changes
        sketches = changes.table_stamp("sketches")
        if not wanted:
            return cls(0, sketches)
        # A window's first bucket may begin before it, and fills look back.
        start = min(item.window.start - item.window.interval for item in wanted) - UNLIMITED
        return cls(changes.last_write(max(start, 0), max(item.window.end for item in wanted)), sketches)


@dataclass(frozen=True, slots=True)
class _Kept:
    basis: Basis
    catalogs: Mapping[str, Catalog]
    answer: Any
    size: int


class AnswerCache:
    """Answers by what was asked, least recently used first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0

    def find(self, place: Hashable, basis: Basis, catalogs: Mapping[str, Catalog]) -> Any | None:
        with self._lock:
            found = self._kept.get(place)
            if found is None or found.basis.points != basis.points or not _same(found.catalogs, catalogs):
                return None
            distributions = any(item.type == "distribution" for item in catalogs.values())
            if found.basis.sketches[1:] != basis.sketches[1:]:
                return None
            if distributions and found.basis.sketches != basis.sketches:
                return None
            self._kept.move_to_end(place)
            return found.answer

    def keep(
        self, place: Hashable, basis: Basis, catalogs: Mapping[str, Catalog], answer: Any, size: int
    ) -> None:
        size = size * (1 + WRITTEN) + 2000
        if size > LARGEST:
            return
        with self._lock:
            before = self._kept.pop(place, None)
            self._size += size - (before.size if before else 0)
            self._kept[place] = _Kept(basis, catalogs, answer, size)
            while self._size > KEPT_BYTES:
                self._size -= self._kept.popitem(last=False)[1].size


def _same(one: Mapping[str, Catalog], other: Mapping[str, Catalog]) -> bool:
    return one.keys() == other.keys() and all(one[name] is other[name] for name in one)


def frame_bytes(frame: Frame) -> int:
    names = sum(len(group.scope) + 200 for group in frame.groups)
    return frame.values.nbytes + sum(band.nbytes for band in frame.bands.values()) + names


_of_engine: WeakKeyDictionary[Engine, AnswerCache] = WeakKeyDictionary()


def answers_of(engine: Engine) -> AnswerCache:
    return _of_engine.setdefault(engine, AnswerCache())
