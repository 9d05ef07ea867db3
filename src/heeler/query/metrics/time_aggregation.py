"""Time aggregation: points of series to buckets."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from heeler.query.frame import Values
from heeler.query.metrics.jit import compiled
from heeler.query.metrics.packed_rows import Ids, Segment
from heeler.query.metrics.space_aggregation import Index
from heeler.query.metrics.window import Buckets

#: How a value is added to a cell: sum, minimum, maximum or last.
_METHODS = {"sum": 0, "avg": 0, "count": 0, "min": 1, "max": 2, "last": 3}


class SeriesTable:
    """Values of series by bucket: one row for each of ``wanted`` (ids, ascending)."""

    def __init__(self, wanted: Ids, buckets: Buckets, method: str) -> None:
        self.wanted, self.buckets, self.method = wanted, buckets, method
        self._main: Values = np.zeros(len(wanted) * len(buckets))
        self._held: Values = np.zeros(len(wanted) * len(buckets))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.wanted), len(self.buckets)

    @property
    def cells(self) -> tuple[Values, Values]:
        """Accumulated value of each cell by the method, and its number of points: float64 [series,
        buckets].
        """
        return self._main.reshape(self.shape), self._held.reshape(self.shape)

    @property
    def points(self) -> Values:
        """Number of points of each cell: float64 [series, buckets]."""
        return self._held.reshape(self.shape)

    @property
    def values(self) -> Values:
        """Aggregate of each cell: float64 [series, buckets], NaN without points."""
        found = self._held > 0
        if self.method == "count":
            main = self._held
        elif self.method == "avg":
            main = np.divide(self._main, self._held, where=found, out=np.full(len(found), np.nan))
        else:
            main = self._main
        whole: Values = main if found.all() else np.where(found, main, np.nan)
        return whole.reshape(self.shape)

    @property
    def lacks_first(self) -> bool:
        """Whether a series has no data in the first bucket."""
        return bool((self.points[:, 0] == 0).any())

    def add(self, segment: Segment, start: int, stop: int) -> None:
        """Add the rows of wanted series in ``segment`` within [start, stop), UNIX seconds.

        Rows of a series must be added in time order.
        """
        if not len(self.wanted) or not len(segment):
            return
        fast = compiled()
        if fast is not None:
            self.add_fast(fast, segment, start, stop)
        else:
            self._add_plainly(segment, start, stop)

    def place(self, first: int, main: Values, held: Values | NDArray[np.uint16]) -> None:
        """Write the result of :meth:`columns` of another such table to the columns from bucket
        ``first`` on.
        """
        span = slice(first, first + main.shape[1])
        self._main.reshape(self.shape)[:, span] = main
        self._held.reshape(self.shape)[:, span] = held

    def columns(self, first: int, last: int) -> tuple[Values, Values]:
        """Copies of the buckets from ``first`` to ``last``, exclusive, for :meth:`place`."""
        main, held = self._main.reshape(self.shape), self._held.reshape(self.shape)
        return main[:, first:last].copy(), held[:, first:last].copy()

    def add_fast(self, fast: ModuleType, segment: Segment, start: int, stop: int) -> None:
        fast.accumulate(
            segment.ids, segment.offsets, segment.times, segment.values, segment.counts, segment.base,
            segment.unit, segment.divisor, self.wanted, start, stop, self.buckets.edges, self.buckets.uniform,
            _METHODS[self.method], self._main, self._held,
        )  # fmt: skip

    def _add_plainly(self, segment: Segment, start: int, stop: int) -> None:
        rows = segment.rows()
        times = rows.times.astype(np.int64)
        places = np.minimum(np.searchsorted(self.wanted, rows.series), len(self.wanted) - 1)
        keep = (self.wanted[places] == rows.series) & (times >= start) & (times < stop)
        if not keep.any():
            return
        weights = np.ones(len(rows)) if rows.counts is None else rows.counts.astype(np.float64)
        cells = places[keep] * len(self.buckets) + self.buckets.index(times[keep])
        self._reduce(cells, rows.values[keep], weights[keep])

    def add_cells(self, cells: Index, values: Values, weights: Values) -> None:
        """Add what the store has aggregated by the method: ``values`` of ``weights`` points for each of
        ``cells`` (row * buckets + bucket, ascending)."""
        if len(cells):
            self._reduce(cells, values, weights)

    def _reduce(self, cells: Index, values: Values, weights: Values) -> None:
        starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
        runs = cells[starts]
        method = _METHODS[self.method]
        # A bucket longer than a segment arrives in several runs.
        if method == 0:
            np.add.at(self._main, runs, np.add.reduceat(values, starts))
        elif method == 3:
            self._main[runs] = values[np.append(starts[1:], len(values)) - 1]
        else:
            extreme = np.fmin if method == 1 else np.fmax
            self._main[runs[self._held[runs] == 0]] = np.nan
            extreme.at(self._main, runs, extreme.reduceat(values, starts))
        np.add.at(self._held, runs, np.add.reduceat(weights, starts))
