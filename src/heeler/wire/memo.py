"""What the server remembers of the series that it has seen, as a few numbers each.

A series occupies a slot; decoders speak of slots, so that a point is three numbers. Texts are not kept:
when a
series has to be written again (it is new, or an hour has gone by), it is decoded again from the payload at
hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from heeler.wire.series import SeriesInfo

#: A series row is written again after this many seconds, which keeps its `last_seen` fresh.
REWRITE_SECONDS = 3600


class SeriesMemo:
    """Slots of known series. ``capacity`` bounds it; a full memo is replaced by an empty one."""

    def __init__(self, capacity: int = 1_000_000) -> None:
        self.capacity = capacity
        self.ids: npt.NDArray[np.uint64] = np.zeros(1024, np.uint64)
        self.metrics: npt.NDArray[np.int32] = np.zeros(1024, np.int32)
        self.intervals: npt.NDArray[np.int32] = np.zeros(1024, np.int32)
        self.written: npt.NDArray[np.int64] = np.zeros(1024, np.int64)
        """When the series' row was last known to be durable, UNIX seconds; 0 never."""
        self.names: list[str] = []
        """Metric names by code (:attr:`metrics` holds codes)."""
        self._codes: dict[str, int] = {}
        self._slots: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def full(self) -> bool:
        return len(self._slots) >= self.capacity

    def slot(self, info: SeriesInfo) -> int:
        """The slot of ``info``, made when it has none."""
        slot = self._slots.get(info.id)
        if slot is None:
            slot = self._slots[info.id] = len(self._slots)
            if slot == len(self.ids):
                self._grow()
            self.ids[slot] = info.id
            self.metrics[slot] = self._code(info.metric)
        self.intervals[slot] = info.interval if info.type == "rate" else 0
        return slot

    def stale(self, slot: int, now: int) -> bool:
        """Whether the series' row should be written (again). Spread over the hour by the id."""
        return bool(now - int(self.written[slot]) >= REWRITE_SECONDS - int(self.ids[slot] % np.uint64(600)))

    def mark_written(self, slots: list[int], now: int) -> None:
        self.written[slots] = now

    def _code(self, metric: str) -> int:
        code = self._codes.get(metric)
        if code is None:
            code = self._codes[metric] = len(self.names)
            self.names.append(metric)
        return code

    def _grow(self) -> None:
        for name in ("ids", "metrics", "intervals", "written"):
            old: npt.NDArray[Any] = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))
