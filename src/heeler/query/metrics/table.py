"""Points of series to buckets: aggregation in time, as the rows come out of the engine."""

from __future__ import annotations

import logging
import threading
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from heeler.query.frame import Times, Values
from heeler.query.metrics.reduce import Index
from heeler.query.metrics.window import Buckets
from heeler.store.changes import HOUR

log = logging.getLogger("heeler.query")

Ids = NDArray[np.uint64]
#: How a cell takes one value more: adds it, keeps the least, the greatest or the last.
_METHODS = {"sum": 0, "avg": 0, "count": 0, "min": 1, "max": 2, "last": 3}

_machine: list[ModuleType] = []
_lock = threading.Lock()


def prepare() -> None:
    """Load the machine code of the hot loop; blocks for the compiler (a second, once an installation).

    Until then, and where it is not to be had, numpy does the same. Never raises.
    """
    with _lock:
        if _machine:
            return
        try:
            from heeler.query.metrics import kernel

            table = SeriesTable(np.zeros(1, np.uint64), Buckets(np.array([0, 60]), 60), "avg")
            for weights in (None, pa.array([1], pa.uint32())):
                columns: dict[str, Any] = {
                    "series": pa.array([0], pa.uint64()),
                    "t": pa.array([0], pa.uint32()),
                    "value": pa.array([0.0]),
                }
                rows = pa.table(columns | ({} if weights is None else {"count": weights}))
                table._add_fast(kernel, rows, 0, 60)
        except Exception:
            log.exception("The fast aggregation is not available; the plain one is used")
        else:
            _machine.append(kernel)


class SeriesTable:
    """Values of series in buckets: a row for each of ``wanted`` (ids, ascending).

    :meth:`add` takes rows whose series stand together by time, within each hour at least; what is added
    later is later in time. With :attr:`takes_runs` the order does not matter.
    """

    def __init__(self, wanted: Ids, buckets: Buckets, method: str) -> None:
        self.wanted, self.buckets, self.method = wanted, buckets, method
        self._main: Values = np.zeros(len(wanted) * len(buckets))
        self._held: Values = np.zeros(len(wanted) * len(buckets))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.wanted), len(self.buckets)

    @property
    def points(self) -> Values:
        """How many points each cell has: float64 [series, buckets]."""
        return self._held.reshape(self.shape)

    @property
    def values(self) -> Values:
        """The aggregate of each cell: float64 [series, buckets], NaN where there are no points."""
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
    def takes_runs(self) -> bool:
        """Whether rows may come in any order of runs: one series each, ascending in time."""
        return bool(_machine) and self.buckets.uniform > 0 and self.method != "last"

    def add(self, rows: pa.Table, start: int, stop: int) -> bool:
        """Take ``rows``: ``series``, ``t`` (UNIX seconds), ``value``, and ``count`` where they stand for
        several points. Series that are not wanted and times outside [start, stop) are left out.

        False where there may be two rows of one series and second; the table is of no use then.
        """
        if not len(self.wanted) or not len(rows):
            return True
        if _machine and self.buckets.uniform:
            return self._add_fast(_machine[0], rows, start, stop)
        return self._add_plainly(rows, start, stop)

    def place(self, first: int, main: Values, held: Values | NDArray[np.uint16]) -> None:
        """Put in the columns from bucket ``first`` on what :meth:`columns` gave of another such table."""
        span = slice(first, first + main.shape[1])
        self._main.reshape(self.shape)[:, span] = main
        self._held.reshape(self.shape)[:, span] = held

    def columns(self, first: int, last: int) -> tuple[Values, Values]:
        """Copies of the buckets from ``first`` to ``last``, exclusive, as :meth:`place` takes them."""
        main, held = self._main.reshape(self.shape), self._held.reshape(self.shape)
        return main[:, first:last].copy(), held[:, first:last].copy()

    def _add_fast(self, machine: ModuleType, rows: pa.Table, start: int, stop: int) -> bool:
        nothing = np.zeros(0, np.uint32)
        names = ("series", "t", "value", "count")
        first, interval, size = int(self.buckets.edges[0]), self.buckets.uniform, len(self.buckets)
        hours = (stop - 1) // HOUR - start // HOUR + 1
        seen = np.full((len(self.wanted) * hours, 2), -1, np.int64)
        method = _METHODS[self.method]
        for batch in rows.to_batches():
            columns = [batch.column(name).to_numpy() for name in names if name in batch.schema.names]
            columns += [nothing] * (len(names) - len(columns))
            if not machine.accumulate(
                *columns,
                self.wanted,
                start,
                stop,
                first,
                interval,
                size,
                method,
                self._main,
                self._held,
                seen,
            ):
                return False
        return True

    def _add_plainly(self, rows: pa.Table, start: int, stop: int) -> bool:
        clock = rows.column("t").to_numpy()
        rows = rows.filter(pa.array((clock >= start) & (clock < stop)))
        if not len(rows):
            return True
        ids = rows.column("series").to_numpy()
        starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
        heads = ids[starts]
        places = np.minimum(np.searchsorted(self.wanted, heads), len(self.wanted) - 1)
        lengths = np.diff(np.append(starts, len(ids)))
        keep = np.repeat(self.wanted[places] == heads, lengths)
        series: Index = np.repeat(places, lengths)[keep]
        times: Times = rows.column("t").to_numpy()[keep].astype(np.int64)
        if bool(((series[1:] == series[:-1]) & (times[1:] == times[:-1])).any()):
            return False
        values = rows.column("value").to_numpy()[keep]
        weights = (
            rows.column("count").to_numpy()[keep] if "count" in rows.column_names else np.ones(len(values))
        )
        if len(values):
            self._reduce(
                series * len(self.buckets) + self.buckets.index(times), values, weights.astype(np.float64)
            )
        return True

    def _reduce(self, cells: Index, values: Values, weights: Values) -> None:
        starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
        runs = cells[starts]
        method = _METHODS[self.method]
        # A bucket longer than the hour by which points are sorted comes in several runs.
        if method == 0:
            np.add.at(self._main, runs, np.add.reduceat(values, starts))
        elif method == 3:
            self._main[runs] = values[np.append(starts[1:], len(values)) - 1]
        else:
            extreme = np.fmin if method == 1 else np.fmax
            self._main[runs[self._held[runs] == 0]] = np.nan
            extreme.at(self._main, runs, extreme.reduceat(values, starts))
        np.add.at(self._held, runs, np.add.reduceat(weights, starts))
