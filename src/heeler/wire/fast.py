"""The fast way through v2 protobuf, as soon as its machine code is there; the plain way until then.

Both give the same columns (a property test holds them to it). Compiling, or loading what an earlier process
compiled, happens in a thread, so that a server answers at once.
"""

from __future__ import annotations

import logging
import threading
from types import ModuleType

import numpy as np
import numpy.typing as npt

from heeler.wire import series_proto
from heeler.wire.batch import PointBatch, Problems, Window, select
from heeler.wire.memo import SeriesMemo
from heeler.wire.series import ItemError, PayloadError, SeriesInfo

log = logging.getLogger("heeler.wire")

#: The least that a series and a point take: what bounds the columns before anything is read.
_MIN_SERIES_BYTES = 2
_MIN_POINT_BYTES = 2

_machine: ModuleType | None = None
_lock = threading.Lock()


def ready() -> bool:
    return _machine is not None


def prepare() -> None:
    """Load the machine code; blocks for the compiler (some seconds, once an installation). Never raises."""
    global _machine
    with _lock:
        if _machine is not None:
            return
        try:
            from heeler.wire import machine

            _cut(machine, b"", SeriesMemo(1))
        except Exception:
            log.exception("The fast decoder is not available; the plain one is used")
        else:
            _machine = machine


def decode_series(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a protobuf body, as :func:`heeler.wire.series_proto.decode` gives them."""
    if _machine is None:
        return series_proto.decode(body, memo, window)
    cut = _cut(_machine, body, memo)
    return (
        series_proto.decode(body, memo, window) if cut is None else _Resolved(body, memo, window, cut).batch()
    )


class Cut:
    """A body cut into series: row *i* is bytes ``bounds[i]``, points up to ``ends[i]``, slot or -1
    ``found[i]``."""

    __slots__ = ("bounds", "ends", "found", "hashes", "times", "values")

    def __init__(self, rows: int, points: int) -> None:
        self.bounds = np.empty((rows, 2), np.int64)
        self.hashes = np.empty((rows, 2), np.uint64)
        self.found = np.empty(rows, np.int32)
        self.ends = np.empty(rows, np.int64)
        self.times = np.empty(points, np.int64)
        self.values = np.empty(points, np.float64)

    def keep(self, rows: int, points: int) -> None:
        self.bounds, self.hashes = self.bounds[:rows], self.hashes[:rows]
        self.found, self.ends = self.found[:rows], self.ends[:rows]
        self.times, self.values = self.times[:points].copy(), self.values[:points].copy()


def _cut(machine: ModuleType, body: bytes, memo: SeriesMemo) -> Cut | None:
    keys, slots = memo.raw.table
    cut = Cut(len(body) // _MIN_SERIES_BYTES + 1, len(body) // _MIN_POINT_BYTES + 1)
    data = np.frombuffer(body, np.uint8)
    rows, points = machine.cut_series(
        data, memo.raw.seed, keys, slots, cut.bounds, cut.hashes, cut.found, cut.ends,
        cut.values.view(np.uint64), cut.times,
    )  # fmt: skip
    if rows < 0:
        return None
    cut.keep(rows, points)
    return cut


class _Resolved:
    """Gives every row of a cut its slot: those not known, or due to be written again, are decoded plainly."""

    def __init__(self, body: bytes, memo: SeriesMemo, window: Window, cut: Cut) -> None:
        self.memo, self.window, self.cut = memo, window, cut
        self.problems = Problems()
        self.fresh: dict[int, SeriesInfo] = {}
        slots = cut.found
        stale = memo.stale_slots(slots, window.now)
        for row in np.flatnonzero(stale).tolist():
            begin, end = cut.bounds[row].tolist()
            self._decode(row, body[begin:end])

    def _decode(self, row: int, message: bytes) -> None:
        cut = self.cut
        try:
            info, points = series_proto.read_series(message)
        except (ItemError, PayloadError) as error:
            cut.found[row] = -1
            self.problems.add("bad_series", f"series[{row}]: {error}")
            return
        if not points:
            return
        slot = self.memo.slot(info)
        self.memo.raw.put(cut.hashes[row], slot)
        cut.found[row] = slot
        if self.memo.stale(slot, self.window.now):
            self.fresh[slot] = info

    def batch(self) -> PointBatch:
        cut = self.cut
        slots: npt.NDArray[np.int32] = np.repeat(cut.found, np.diff(cut.ends, prepend=0))
        times, values = cut.times, cut.values
        if self.problems.messages:
            good = slots >= 0
            slots, times, values = slots[good], times[good], values[good]
        return select(PointBatch(self.memo, slots, times, values, self.fresh, self.problems), self.window)
