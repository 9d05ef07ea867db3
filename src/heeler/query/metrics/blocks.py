"""Whole blocks of buckets, kept between queries: a dashboard that is drawn again reads what is new.

A block is an hour, or twelve longer buckets, of a metric's chosen series, aggregated in time in one way. It
is true as long as no points of its hours were written (:class:`heeler.store.changes.Changes` counts those).
Only an embedded engine knows of all writes.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from heeler.query.frame import Values
from heeler.query.metrics.table import SeriesTable
from heeler.query.metrics.window import Buckets
from heeler.store.changes import HOUR, Stamp
from heeler.store.engine import Engine

#: Buckets of a block where they are an hour or longer.
LONG_BUCKETS = 12
#: Fewer hourly rows than this are read faster than what is missing at both ends of the blocks.
WORTH_KEEPING = 200_000
#: Bytes of the blocks that are kept of a store.
KEPT_BYTES = 64 * 2**20

Key = tuple[str, bytes, int, str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """``main`` and ``held`` are columns of a :class:`SeriesTable`."""

    stamp: Stamp
    main: Values
    held: NDArray[np.float64] | NDArray[np.uint16]

    @property
    def size(self) -> int:
        return self.main.nbytes + self.held.nbytes + 500


class Blocks:
    """Blocks by what they answer; those that were not used for longest go first. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Block] = OrderedDict()
        self._size = 0

    def find(self, key: Key, stamp: Stamp) -> Block | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or found.stamp != stamp:
                return None
            self._kept.move_to_end(key)
            return found

    def keep(self, key: Key, block: Block) -> None:
        with self._lock:
            old = self._kept.pop(key, None)
            self._kept[key] = block
            self._size += block.size - (old.size if old else 0)
            while self._size > KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._size -= gone.size


_of_engine: WeakKeyDictionary[Engine, Blocks] = WeakKeyDictionary()
_lock = threading.Lock()


def blocks_of(engine: Engine) -> Blocks:
    with _lock:
        return _of_engine.setdefault(engine, Blocks())


def block_seconds(buckets: Buckets) -> int:
    """The length of a block of these buckets; 0 where hours and buckets do not share their edges."""
    interval = buckets.uniform
    if not interval or buckets.edges[0] % interval:
        return 0
    length = HOUR if interval < HOUR else LONG_BUCKETS * interval
    return 0 if length % interval or length % HOUR else length


class KeptBlocks:
    """The blocks of one question: puts those that are still true into its table, and keeps new ones."""

    def __init__(self, engine: Engine, metric: str, table: SeriesTable, start: int, end: int) -> None:
        self._engine, self._metric, self._table = engine, metric, table
        self._blocks = blocks_of(engine)
        self._length = block_seconds(table.buckets) if engine.embedded else 0
        if self._length > HOUR and len(table.wanted) * (end - start) // HOUR < WORTH_KEEPING:
            self._length = 0
        self._ids = hashlib.blake2b(table.wanted.tobytes(), digest_size=16).digest()
        self._start, self._end = start, end
        # Before anything is read: a write meanwhile makes what is kept outdated.
        self._stamps = {
            at: engine.changes.points_stamp(at, at + self._length) for at in self._whole(start, end)
        }

    def _whole(self, start: int, end: int) -> range:
        if not self._length:
            return range(0)
        return range(-(-start // self._length) * self._length, end - self._length + 1, self._length)

    def _key(self, at: int) -> Key:
        return self._metric, self._ids, self._table.buckets.uniform, self._table.method, at

    def _column(self, at: int) -> int:
        return (at - int(self._table.buckets.edges[0])) // self._table.buckets.uniform

    def restore(self) -> list[tuple[int, int]]:
        """Put what is kept into the table; returns the stretches of time that are still to be read."""
        missing, begin = [], self._start
        for at, stamp in self._stamps.items():
            block = self._blocks.find(self._key(at), stamp)
            if block is None:
                continue
            self._table.place(self._column(at), block.main, block.held)
            if begin < at:
                missing.append((begin, at))
            begin = at + self._length
        return [*missing, (begin, self._end)] if begin < self._end else missing

    def keep(self, missing: list[tuple[int, int]], now: float) -> None:
        """Keep the blocks of the stretches that were read, up to ``now``: later ones are about to change."""
        for start, end in missing:
            for at in self._whole(start, min(end, int(now))):
                main, held = self._table.columns(self._column(at), self._column(at + self._length))
                small = held.astype(np.uint16)
                compact = small if bool((small == held).all()) else held
                self._blocks.keep(self._key(at), Block(self._stamps[at], main, compact))
