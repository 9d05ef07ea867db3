"""Columnar batch of metric points, the output of every decoder."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from heeler.wire.body_limits import MAX_POINTS, check_count
from heeler.wire.metrics.series import ItemError, SeriesInfo, short
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.metrics.tag_reduction import Group

#: Points further ahead of the server's clock than this, in seconds, are dropped.
MAX_AHEAD_SECONDS = 600
MAX_ERRORS = 20


@dataclass(slots=True)
class Window:
    """Accepted times: from ``oldest`` to ``newest``, UNIX seconds."""

    now: int
    oldest: int

    @property
    def newest(self) -> int:
        return self.now + MAX_AHEAD_SECONDS


@dataclass(slots=True)
class Problems:
    """Rejected items of a payload, with reasons. ``messages`` are for the client, ``dropped`` for the
    counters.
    """

    messages: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    left_off: int = 0

    def add(self, reason: str, message: str, count: int = 1) -> None:
        self.dropped[reason] += count
        if len(self.messages) < MAX_ERRORS:
            self.messages.append(message)
        else:
            self.left_off += 1

    def report(self) -> list[str]:
        return [*self.messages, f"... and {self.left_off} more"] if self.left_off else self.messages


@dataclass(slots=True)
class PointBatch:
    """Points of one payload: row *i* is ``values[i]`` of series ``slots[i]`` at ``times[i]`` (UNIX seconds).

    ``fresh`` has the series whose rows the store lacks or that are due to be written again.
    """

    memo: SeriesMemo
    slots: npt.NDArray[np.int32]
    times: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    fresh: dict[int, SeriesInfo]
    problems: Problems
    unreduced: dict[int, SeriesInfo] = field(default_factory=dict)
    """Series stored with all their tags after all, because their points were late."""

    def series(self) -> list[SeriesInfo]:
        """Series to write before the points; after :func:`combine` was called."""
        return [*self.memo.stored(self.fresh), *self.unreduced.values()]


@dataclass(slots=True)
class Combined:
    """Points of a batch as stored. The values of the last rows are computed from ``groups`` when they are
    written: other batches may contribute until then.
    """

    slots: npt.NDArray[np.int32]
    times: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    groups: list[Group]


def combine(batch: PointBatch) -> Combined:
    """Combine the points of series with reduced tags (see :mod:`heeler.wire.metrics.tag_reduction`)."""
    memo, reducer = batch.memo, batch.memo.reducer
    reduced = memo.targets[batch.slots] >= 0 if memo.reducing and reducer is not None else None
    if reduced is None or reducer is None or not reduced.any():
        return Combined(batch.slots, batch.times, batch.values, [])
    groups: dict[tuple[int, int], Group] = {}
    rows = np.flatnonzero(reduced)
    with reducer.contributions.lock:
        for row in rows.tolist():
            slot, time = int(batch.slots[row]), int(batch.times[row])
            info, kept, how = memo.reduction(slot)
            group = reducer.contributions.put(kept.id, info.id, time, float(batch.values[row]), how)
            if group is None:
                reduced[row] = False
                batch.unreduced[slot] = info
            else:
                groups[int(memo.targets[slot]), time] = group
    plain = ~reduced
    slots = np.array([slot for slot, _ in groups], np.int32)
    times = np.array([time for _, time in groups], np.int64)
    return Combined(
        np.concatenate([batch.slots[plain], slots]),
        np.concatenate([batch.times[plain], times]),
        np.concatenate([batch.values[plain], np.zeros(len(groups))]),
        list(groups.values()),
    )


class PointBuilder:
    """Collects points item by item: the reference implementation, to which faster ones must be equal."""

    def __init__(self, memo: SeriesMemo, window: Window) -> None:
        self.memo = memo
        self.window = window
        self.fresh: dict[int, SeriesInfo] = {}
        self.problems = Problems()
        self._slots: list[int] = []
        self._times: list[int] = []
        self._values: list[float] = []

    def add_series(self, info: SeriesInfo) -> int:
        slot = self.memo.slot(info)
        if self.memo.stale(slot, self.window.now):
            self.fresh[slot] = info
        return slot

    def add(self, info: SeriesInfo, points: list[tuple[int, float]]) -> int:
        """Add points of one series; returns its slot, or -1 if there are none."""
        if not points:
            return -1
        slot = self.add_series(info)
        self.extend(slot, [time for time, _ in points], [value for _, value in points])
        return slot

    def extend(self, slot: int, times: list[int], values: list[float]) -> None:
        check_count(len(self._slots) + len(times), MAX_POINTS, "points")
        self._slots += [slot] * len(times)
        self._times += times
        self._values += values

    def build(self) -> PointBatch:
        return select(
            PointBatch(
                memo=self.memo,
                slots=np.array(self._slots, np.int32),
                times=np.array(self._times, np.int64),
                values=np.array(self._values, np.float64),
                fresh=self.fresh,
                problems=self.problems,
            ),
            self.window,
        )


def select(batch: PointBatch, window: Window) -> PointBatch:
    """``batch`` without non-finite points and those outside of ``window``; rejected ones are added to its
    problems.
    """
    finite = np.isfinite(batch.values)
    late = batch.times < window.oldest
    early = batch.times > window.newest
    keep = finite & ~late & ~early
    if keep.all():
        return batch
    _note(batch, ~finite, "not_a_number", "the value is NaN or infinite")
    _note(batch, finite & early, "future", "the time is more than 10 minutes ahead (times are in seconds)")
    _note(batch, finite & late, "too_old", "the time is before the retention window")
    batch.slots, batch.times, batch.values = batch.slots[keep], batch.times[keep], batch.values[keep]
    return batch


def _note(batch: PointBatch, bad: npt.NDArray[np.bool_], reason: str, why: str) -> None:
    count = int(bad.sum())
    if count:
        first = int(np.argmax(bad))
        name = batch.memo.names[int(batch.memo.metrics[batch.slots[first]])]
        at = f"{name} at {int(batch.times[first])}"
        batch.problems.add(reason, f"{count} point(s) dropped, first {at}: {why}", count)


def seconds(value: object) -> int:
    """Convert a time to whole UNIX seconds. Raises :class:`ItemError`."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62:
        return value
    return math.floor(number("time", value, finite=True))


def number(field_name: str, value: object, *, finite: bool = False) -> float:
    """Convert to a number; numeric text is accepted, as many scripts send it. Raises :class:`ItemError`."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            result = float(value)
        except (ValueError, OverflowError):
            result = math.inf if isinstance(value, int) else math.nan
            if isinstance(value, str):
                raise ItemError(f"{field_name}: expected a number, got {short(value)}") from None
        if not finite or (math.isfinite(result) and abs(result) < 2**62):
            return result
    raise ItemError(f"{field_name}: expected a number, got {short(value)}")
