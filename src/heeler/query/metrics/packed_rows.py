"""In-memory rows of a metric, sorted by series and time, packed in arrays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from heeler.query.metrics.jit import compiled

Ids = NDArray[np.uint64]
Times = NDArray[np.int64]
Floats = NDArray[np.float64]
Numbers = NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int32]
Counts = NDArray[np.uint32]

T = TypeVar("T", bound=NDArray[Any])

#: Approximate overhead of a segment, bytes.
OVERHEAD = 1500
NO_COUNTS: Counts = np.zeros(0, np.uint32)
NO_COUNTS.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length: series, UNIX seconds, values, and at most one of ``divisors`` (0: none) of the
    values and ``counts`` of the points that each row stands for. In order of writing, if known.
    """

    series: Ids
    times: NDArray[np.uint32]
    values: Floats
    divisors: NDArray[np.uint16] | None = None
    counts: Counts | None = None

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one piece of time: those of ``ids[i]`` are ``offsets[i]:offsets[i + 1]``, at ``base + times *
    unit`` UNIX seconds, ascending. A value is ``values / divisor``; ``counts`` is empty if each row is one
    point.
    """

    base: int
    unit: int
    ids: Ids
    offsets: NDArray[np.int32]
    times: NDArray[np.uint16]
    values: Numbers
    divisor: float
    counts: Counts

    def __len__(self) -> int:
        return len(self.times)

    @property
    def nbytes(self) -> int:
        arrays = (self.ids, self.offsets, self.times, self.values, self.counts)
        return sum(item.nbytes for item in arrays) + OVERHEAD

    def rows(self) -> Rows:
        """Unpacked rows, by series and time."""
        times = (self.base + self.times.astype(np.int64) * self.unit).astype(np.uint32)
        series = np.repeat(self.ids, np.diff(self.offsets))
        counts = self.counts if len(self.counts) else None
        return Rows(series, times, self.values.astype(np.float64) / self.divisor, counts=counts)


def build(
    parts: Sequence[Rows], ids: Ids | None, start: int, stop: int, length: int, unit: int
) -> list[Segment] | None:
    """Pack the rows of ``parts`` within [start, stop) into a segment for each ``length`` seconds.

    ``start`` is the start of the first piece; times are multiples of ``unit`` seconds since then. ``ids``
    (ascending) are the series to include, None for all. None if a series has two rows of one time.
    """
    pieces = -(-(stop - start) // length)
    if ids is None:
        ids = _series_of(parts)
    fast = compiled()
    if fast is not None:
        return build_fast(fast, parts, ids, start, stop, length, unit, pieces)
    return _build_plainly(parts, ids, start, stop, length, unit, pieces)


def merge(parts: Sequence[Rows], ids: Ids | None, start: int, stop: int, unit: int) -> Segment:
    """One segment of ``parts``, which are in order of writing: of two rows of one series and time the later
    wins.
    """
    found = build(parts, ids, start, stop, stop - start, unit)
    if found is None:
        rows = _joined(parts)
        order = np.lexsort((rows.times, rows.series))
        series, times = rows.series[order], rows.times[order]
        last = np.append((series[1:] != series[:-1]) | (times[1:] != times[:-1]), True)
        found = build([_picked(rows, order[last])], ids, start, stop, stop - start, unit) or []
    return found[0]


def _series_of(parts: Sequence[Rows]) -> Ids:
    heads = [part.series[np.flatnonzero(np.diff(part.series, prepend=part.series[:1] - 1))] for part in parts]
    return np.unique(np.concatenate(heads)) if heads else np.zeros(0, np.uint64)


def build_fast(
    fast: ModuleType,
    parts: Sequence[Rows],
    ids: Ids,
    start: int,
    stop: int,
    length: int,
    unit: int,
    pieces: int,
) -> list[Segment] | None:
    ids = _fixed(ids)
    counts = np.zeros(pieces * len(ids), np.int64)
    for part in parts:
        fast.count_rows(_fixed(part.series), _fixed(part.times), ids, start, stop, length, counts)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    total, weighted = int(offsets[-1]), bool(parts) and _beside(parts[0]) is not None
    times, values = np.empty(total, np.uint16), np.empty(total)
    beside = np.empty(total if weighted else 0, np.uint32)
    ends, states = offsets[:-1].copy(), np.zeros(len(counts), np.uint8)
    for part in parts:
        weights = _beside(part)
        columns = (part.series, part.times, part.values, NO_COUNTS if weights is None else weights)
        fast.place_rows(
            *(_fixed(column) for column in columns), ids, start, stop, length, unit,
            ends, states, times, values, beside,
        )  # fmt: skip
    if not fast.order_rows(offsets, states, times, values, beside):
        return None
    divided = bool(parts) and parts[0].divisors is not None
    return _cut(ids, offsets, times, values, beside, divided, start, length, unit, pieces)


def _build_plainly(
    parts: Sequence[Rows], ids: Ids, start: int, stop: int, length: int, unit: int, pieces: int
) -> list[Segment] | None:
    rows = _joined(parts)
    clock = rows.times.astype(np.int64)
    places = np.searchsorted(ids, rows.series)
    wanted = (clock >= start) & (clock < stop) & (places < len(ids))
    wanted[wanted] = ids[places[wanted]] == rows.series[wanted]
    clock, places, rows = clock[wanted] - start, places[wanted], _picked(rows, np.flatnonzero(wanted))
    cells = clock // length * len(ids) + places
    order = np.lexsort((clock, cells))
    cells, clock = cells[order], clock[order]
    if bool(((cells[1:] == cells[:-1]) & (clock[1:] == clock[:-1])).any()):
        return None
    offsets = np.searchsorted(cells, np.arange(pieces * len(ids) + 1))
    beside = _beside(rows)
    return _cut(
        ids, offsets, (clock % length // unit).astype(np.uint16), rows.values[order],
        NO_COUNTS if beside is None else beside[order].astype(np.uint32), rows.divisors is not None,
        start, length, unit, pieces,
    )  # fmt: skip


def _cut(
    ids: Ids,
    offsets: NDArray[np.int64],
    times: NDArray[np.uint16],
    values: Floats,
    beside: Counts,
    divided: bool,
    start: int,
    length: int,
    unit: int,
    pieces: int,
) -> list[Segment]:
    """Segments with their own memory, from arrays of all pieces."""
    found = []
    for piece in range(pieces):
        bounds = offsets[piece * len(ids) : (piece + 1) * len(ids) + 1]
        span = slice(int(bounds[0]), int(bounds[-1]))
        numbers, divisor = _packed(values[span], beside[span] if divided else None)
        counts = beside[span].copy() if len(beside) and not divided else NO_COUNTS
        local = (bounds - bounds[0]).astype(np.int32)
        begin = start + piece * length
        found.append(
            Segment(
                begin, unit, _fixed(ids), _fixed(local), _fixed(times[span].copy()), _fixed(numbers), divisor,
                _fixed(counts),
            )
        )  # fmt: skip
    return found


def _fixed(array: T) -> T:
    """Read-only view of ``array``, like Arrow's: machine code is compiled for each kind."""
    view = array.view()
    view.flags.writeable = False
    return view


def _packed(values: Floats, divisors: Counts | None) -> tuple[Numbers, float]:
    """Values in four bytes each if lossless, and their common divisor."""
    divisor = 1.0
    if divisors is not None and len(divisors):
        if bool((divisors == divisors[0]).all()):
            divisor = float(divisors[0]) or 1.0
        else:
            values = np.divide(values, divisors, where=divisors > 0, out=values.copy())
    with np.errstate(invalid="ignore", over="ignore"):
        whole = values.astype(np.int32)
        if bool((whole == values).all()):
            return whole, divisor
        single = values.astype(np.float32)
        if bool((single == values).all()):
            return single, divisor
    return values.copy(), divisor


def _beside(rows: Rows) -> NDArray[np.uint16] | Counts | None:
    return rows.divisors if rows.divisors is not None else rows.counts


def _joined(parts: Sequence[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Rows(np.zeros(0, np.uint64), np.zeros(0, np.uint32), np.zeros(0))
    divisors = [part.divisors for part in parts if part.divisors is not None]
    counts = [part.counts for part in parts if part.counts is not None]
    return Rows(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate(divisors) if divisors else None,
        np.concatenate(counts) if counts else None,
    )


def _picked(rows: Rows, places: NDArray[np.int64]) -> Rows:
    return Rows(
        rows.series[places],
        rows.times[places],
        rows.values[places],
        None if rows.divisors is None else rows.divisors[places],
        None if rows.counts is None else rows.counts[places],
    )
