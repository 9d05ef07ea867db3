"""Row cache: rows of queried metrics in memory, so that redrawing a dashboard reads nothing from the engine,
and neither does another grouping, rollup or subset of the same series.

The cache is never stale: points written meanwhile are appended (:meth:`Changes.follow`), and where some may
have been missed, pieces whose hours were written to are read again. Only with an embedded engine all writes
are known, so nothing is cached otherwise.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
import psutil

from heeler.query.metrics.packed_rows import Ids, Rows, Segment, merge
from heeler.query.metrics.table_selection import LENGTHS, UNITS, Place, Source
from heeler.store.engine import Engine
from heeler.store.write_tracker import Changes, Written

#: Maximum bytes of the row cache of a store: 1/50 of the machine's memory, within these bounds.
LEAST_BYTES, MOST_BYTES, SHARE = 64 * 2**20, 256 * 2**20, 50
#: Number of segments of a piece above which they are merged.
MOST_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Job:
    """A time range to read; ``series`` (ascending) are those to cache, None for all."""

    start: int
    stop: int
    series: Ids | None

    def joined(self, later: Job) -> Job | None:
        """Both as one, if they are adjacent and for the same series."""
        mine, other = self.series, later.series
        same = mine is other or (mine is not None and other is not None and np.array_equal(mine, other))
        return Job(self.start, later.stop, mine) if same and self.stop == later.start else None


@dataclass(slots=True)
class Piece:
    """Rows of a metric from its start to ``until`` (exclusive), of ``series`` (ascending; None for all)."""

    until: int
    series: Ids | None
    segments: list[Segment]
    written: int
    """Last write of rollups that it may contain; points are followed."""

    @property
    def nbytes(self) -> int:
        own = 0 if self.series is None else self.series.nbytes
        return own + sum(item.nbytes for item in self.segments) + 300


def _lacking(known: Ids, wanted: Ids) -> Ids:
    """Elements of ``wanted`` that are not in ``known`` (both ascending)."""
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    lacking: Ids = wanted[known[places] != wanted]
    return lacking


@dataclass(slots=True)
class CachedMetric:
    """Pieces of one metric, protected by ``lock``."""

    lock: threading.Lock = field(default_factory=threading.Lock)

    pieces: dict[Place, Piece] = field(default_factory=dict)
    dropped: list[Place] = field(default_factory=list)
    """Evicted pieces, for :meth:`RowCache.settle`."""
    synced: int = 0
    """Last write of points that its pieces contain."""
    commands: int = -1

    def catch_up(self, metric: str, changes: Changes) -> None:
        """Update the cached rows to the current state of the store."""
        commands = changes.commands
        synced, written = changes.follow(metric)
        if commands != self.commands:
            self._drop(*self.pieces)
        else:
            self._drop_outdated(changes, followed=written is not None)
            self._take(written or ())
        self.synced, self.commands = synced, commands

    def _drop_outdated(self, changes: Changes, *, followed: bool) -> None:
        for place, piece in list(self.pieces.items()):
            points = place.table == "points"
            if points and followed:
                continue
            known = self.synced if points else piece.written
            if changes.last_write(place.start, piece.until, rolled=not points) > known:
                self._drop(place)

    def _drop(self, *places: Place) -> None:
        for place in places:
            self.pieces.pop(place, None)
            self.dropped.append(place)

    def _take(self, written: Sequence[Written]) -> None:
        """Add newly written points to their pieces."""
        if not written:
            return
        length = LENGTHS["points"]
        starts = np.concatenate([item.times for item in written]) // length * length
        parts = [Rows(item.series, item.times, item.values) for item in written]
        for start in np.unique(starts).tolist():
            piece = self.pieces.get(Place("points", "value", start))
            if piece is not None:
                extend(piece, parts, start, start + length, UNITS["points"])

    def missing(self, source: Source, wanted: Ids, series: Ids | None) -> list[Job]:
        """Jobs to read so that ``wanted`` are cached; new pieces hold ``series``, None for all."""
        jobs: list[Job] = []
        for place in source.places():
            job = self._missing(place, source.holds_until(place), wanted, series)
            joined = jobs[-1].joined(job) if jobs and job else None
            if joined is not None:
                jobs[-1] = joined
            elif job is not None:
                jobs.append(job)
        return jobs

    def _missing(self, place: Place, stop: int, wanted: Ids, series: Ids | None) -> Job | None:
        piece = self.pieces.get(place)
        if piece is None:
            return Job(place.start, stop, series)
        if piece.series is None or not len(lacking := _lacking(piece.series, wanted)):
            return Job(piece.until, stop, piece.series) if piece.until < stop else None
        if series is not None and piece.until >= stop:
            return Job(place.start, piece.until, lacking)
        self._drop(place)
        return Job(place.start, stop, None if series is None else np.union1d(piece.series, wanted))

    def put(self, source: Source, job: Job, segment: Segment) -> None:
        """Cache a segment that was read for ``job``."""
        start = segment.base
        place = Place(source.table, source.column, start)
        stop = min(start + source.length, job.stop)
        piece = self.pieces.get(place)
        if piece is None:
            self.pieces[place] = Piece(stop, job.series, [segment], self.synced)
        elif piece.series is not None and job.series is not None and stop <= piece.until:
            piece.series = np.union1d(piece.series, job.series)
            add(piece, segment, start + source.length)
        else:
            piece.until, piece.written = stop, self.synced
            add(piece, segment, start + source.length)


def extend(piece: Piece, parts: Sequence[Rows], start: int, stop: int, unit: int) -> None:
    """Add rows written after the piece's; of two of one series and time the later wins."""
    new = merge(parts, piece.series, start, stop, unit)
    if len(new) and _overlaps(piece.segments, new):
        older = [item.rows() for item in piece.segments]
        piece.segments = [merge([*older, new.rows()], piece.series, start, stop, unit)]
    elif len(new):
        add(piece, new, stop)


def add(piece: Piece, new: Segment, stop: int) -> None:
    """Add a segment whose rows are of other series, or later than those of its series. Small segments are
    compacted.
    """
    piece.segments = [*piece.segments, new]
    if len(piece.segments) <= MOST_SEGMENTS:
        return
    first, *others = piece.segments
    few = sum(len(item) for item in others) * 4 < len(first)
    parts = [item.rows() for item in (others if few else piece.segments)]
    merged = merge(parts, piece.series, new.base, stop, new.unit)
    piece.segments = [first, merged] if few else [merged]


def _overlaps(older: Sequence[Segment], new: Segment) -> bool:
    """Whether a row of ``new`` is not later than all older ones of its series."""
    lengths = np.diff(new.offsets)
    ids, firsts = new.ids[lengths > 0], new.times[new.offsets[:-1][lengths > 0]]
    for segment in older:
        there = np.diff(segment.offsets) > 0
        known, lasts = segment.ids[there], segment.times[segment.offsets[1:][there] - 1]
        if not len(known):
            continue
        places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        if bool(((known[places] == ids) & (firsts <= lasts[places])).any()):
            return True
    return False


class RowCache:
    """LRU cache of the pieces of a store."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._lock = threading.Lock()
        self._metrics: dict[str, CachedMetric] = {}
        self._sizes: OrderedDict[tuple[str, Place], int] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, metric: str) -> asyncio.Lock:
        """Lock held while ``metric`` is read: the next query then finds what this one read, and waits for it
        without blocking a thread.
        """
        return self._turns.setdefault(metric, asyncio.Lock())

    def of(self, metric: str) -> CachedMetric:
        with self._lock:
            return self._metrics.setdefault(metric, CachedMetric())

    def settle(self, metric: str, mine: CachedMetric, used: Sequence[Place]) -> None:
        """After a query: update usage and sizes, and evict pieces above the limit."""
        with self._lock:
            while mine.dropped:
                self.size -= self._sizes.pop((metric, mine.dropped.pop()), 0)
            for place in used:
                size = mine.pieces[place].nbytes
                self.size += size - self._sizes.pop((metric, place), 0)
                self._sizes[metric, place] = size
            for name, place in list(self._sizes) if self.size > self.most else ():
                owner = self._metrics[name]
                # Pieces that another query is reading are kept until the next time.
                if owner is mine or owner.lock.acquire(blocking=False):
                    owner.pieces.pop(place, None)
                    self.size -= self._sizes.pop((name, place))
                    if owner is not mine:
                        owner.lock.release()
                if self.size <= self.most:
                    break


_of_engine: WeakKeyDictionary[Engine, RowCache] = WeakKeyDictionary()
_lock = threading.Lock()


def row_cache_of(engine: Engine) -> RowCache:
    with _lock:
        if engine not in _of_engine:
            most = min(max(psutil.virtual_memory().total // SHARE, LEAST_BYTES), MOST_BYTES)
            _of_engine[engine] = RowCache(most)
        return _of_engine[engine]
