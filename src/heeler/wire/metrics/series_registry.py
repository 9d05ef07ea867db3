"""Series cache of the intake: a few numbers for each known series.

A series occupies a slot; decoders refer to slots, so that a point is three numbers. Texts are not stored:
when a series has to be written again (it is new, or an hour has passed), it is decoded again from the current
payload.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from heeler.wire.metrics.admission import Admission, SeriesRefused
from heeler.wire.metrics.series import SeriesInfo
from heeler.wire.metrics.tag_reduction import Combine, Reducer

#: A series row is written again after this many seconds, which keeps its `last_seen` fresh.
REWRITE_SECONDS = 3600


class RawIndex:
    """Hash table from two keyed 64-bit hashes of a series' bytes to slots: open addressing, readable by
    machine code.

    The keys are random, so that nobody can make two series collide. ``table`` (hashes, slots) is to be read
    once by each reader: a grown table is a new one.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.seed: npt.NDArray[np.uint64] = np.frombuffer(os.urandom(32), np.uint64) | np.uint64(1)
        self._lock = threading.Lock()
        self._count = 0
        self.table = _empty_table(2048)

    def put(self, insert: Insert, hashes: npt.NDArray[np.uint64], slots: npt.NDArray[np.int32]) -> None:
        """Map ``hashes``, a row each, to ``slots``. ``insert`` is that of `jit.py`."""
        with self._lock:  # large bodies are decoded in threads
            if self._count + len(slots) > self.capacity:
                self.table, self._count = _empty_table(2048), 0
            room = len(self.table[1])
            while (self._count + len(slots)) * 2 > room:
                room *= 4
            if room > len(self.table[1]):
                larger, known = _empty_table(room), self.table[1] >= 0
                insert(*larger, self.table[0][known], self.table[1][known])
                self.table = larger
            self._count += insert(*self.table, hashes, slots)


Table = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]
Insert = Callable[..., int]


def _empty_table(size: int) -> Table:
    return np.zeros((size, 2), np.uint64), np.full(size, -1, np.int32)


class SeriesMemo:
    """Slots of known series. ``capacity`` bounds it; when full it is replaced by an empty one."""

    def __init__(
        self,
        capacity: int = 1_000_000,
        reducer: Reducer | None = None,
        admission: Admission | None = None,
    ) -> None:
        self.capacity = capacity
        self.reducer = reducer
        self.admission = admission
        self.version = admission.version if admission is not None else 0
        """That of ``admission`` when the memo was made."""
        self.marks: npt.NDArray[np.int64] = np.zeros(1024, np.int64)
        """Limits that the points of each slot count for (see :class:`Admission`)."""
        self.targets: npt.NDArray[np.int32] = np.full(1024, -1, np.int32)
        """Slot of the series stored in place of one with reduced tags; -1 for others."""
        self._reduced: dict[int, tuple[SeriesInfo, SeriesInfo, Combine]] = {}
        """By slot: the series as received and as stored, and how values of one second are combined."""
        self.ids: npt.NDArray[np.uint64] = np.zeros(1024, np.uint64)
        self.metrics: npt.NDArray[np.int32] = np.zeros(1024, np.int32)
        self.divisors: npt.NDArray[np.uint16] = np.zeros(1024, np.uint16)
        """Probable divisors of the values (see :func:`_divisor`)."""
        self.due: npt.NDArray[np.int64] = np.zeros(1024, np.int64)
        """Time when the series' row is due to be written again, UNIX seconds; 0 if not known to be
        durable."""
        self.names: list[str] = []
        """Metric names by code (:attr:`metrics` holds codes)."""
        self.raw = RawIndex(2 * capacity)
        self._by_identity: dict[int, int] = {}
        self._lock = threading.Lock()
        self._codes: dict[str, int] = {}
        self._slots: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def full(self) -> bool:
        return len(self._slots) >= self.capacity

    def slot(self, info: SeriesInfo) -> int:
        """The slot of ``info``, created if it has none. Raises :class:`SeriesRefused` for a new one that may
        not be stored.
        """
        slot = self._slots.get(info.id)
        if slot is None:
            with self._lock:  # large bodies are decoded in threads
                slot = self._slots.get(info.id)
                if slot is None:
                    if self.admission is not None:
                        self._admit(info, self.admission)
                    slot = self._add(info)
                    if self.reducer is not None:
                        self._reduce(slot, info, self.reducer)
        elif self.reducer is not None:
            with self._lock:  # so far only the target of others, or the tags of its host have changed
                self._reduce(slot, info, self.reducer)
        return slot

    def _admit(self, info: SeriesInfo, admission: Admission) -> None:
        kept = (self.reducer.reduced(info) if self.reducer is not None else None) or info
        if kept.id in self._slots:
            return
        reason = admission.refusal(kept)
        if reason:
            raise SeriesRefused(reason)

    @property
    def reducing(self) -> bool:
        """Whether any series is stored as another one (tag reduction)."""
        return bool(self._reduced)

    def reduction(self, slot: int) -> tuple[SeriesInfo, SeriesInfo, Combine]:
        """The series as received and as stored, and how its values are combined."""
        return self._reduced[slot]

    def stored(self, fresh: dict[int, SeriesInfo]) -> list[SeriesInfo]:
        """Series to write for ``fresh`` ones: as stored, deduplicated."""
        found: dict[int, SeriesInfo] = {}
        for slot, info in fresh.items():
            kept = self._reduced[slot][1] if slot in self._reduced else info
            found[kept.id] = kept
        return list(found.values())

    def _reduce(self, slot: int, info: SeriesInfo, reducer: Reducer) -> None:
        kept = reducer.reduced(info)
        if kept is None:
            return
        target = self._slots.get(kept.id)
        if target is None:
            target = self._add(kept)
        if slot not in self._reduced:
            reducer.received[info.metric] += 1
        self._reduced[slot] = (info, kept, reducer.combine(info))
        self.targets[slot] = target

    def known(self, identity: int, now: int) -> int:
        """Slot of the series whose fields as sent hash to ``identity``; -1 when it has to be decoded."""
        slot = self._by_identity.get(identity, -1)
        return slot if slot >= 0 and now < self.due[slot] else -1

    def remember(self, identity: int, slot: int) -> None:
        """Make :meth:`known` find the series, from when its row is durable until it is due again."""
        if len(self._by_identity) >= 2 * self.capacity:
            self._by_identity.clear()
        self._by_identity[identity] = slot

    def _add(self, info: SeriesInfo) -> int:
        slot = len(self._slots)
        if slot == len(self.ids):
            self._grow()
        self.ids[slot] = info.id
        self.metrics[slot] = self._code(info.metric)
        self.divisors[slot] = _divisor(info)
        if self.admission is not None:
            self.marks[slot] = self.admission.marks(info)
        self._slots[info.id] = slot
        return slot

    def stale_slots(self, slots: npt.NDArray[np.int32], now: int) -> npt.NDArray[np.bool_]:
        """:meth:`stale` for many slots; true for a slot of -1."""
        due: npt.NDArray[np.bool_] = (slots < 0) | (now >= self.due[slots])
        return due

    def stale(self, slot: int, now: int) -> bool:
        """Whether the series' row should be written (again). Spread over the hour by the id."""
        return bool(now >= self.due[slot])

    def mark_written(self, slots: list[int], now: int) -> None:
        """Record that the rows of ``slots`` are durable."""
        places = np.array(slots, np.int64)
        spread = (self.ids[places] % np.uint64(600)).astype(np.int64)
        self.due[places] = now + REWRITE_SECONDS - spread

    def _code(self, metric: str) -> int:
        code = self._codes.get(metric)
        if code is None:
            code = self._codes[metric] = len(self.names)
            self.names.append(metric)
        return code

    def _grow(self) -> None:
        for name in ("ids", "metrics", "divisors", "due", "marks"):
            old: npt.NDArray[Any] = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))
        self.targets = np.concatenate([self.targets, np.full_like(self.targets, -1)])


def _divisor(info: SeriesInfo) -> int:
    """Probable divisor of the values: agents divide counts by the interval, and round percentages to
    hundredths; 0: neither.
    """
    if info.type == "count":
        return 0
    if info.type == "rate":
        return info.interval if 1 < info.interval < 2**16 else 0
    return 100
