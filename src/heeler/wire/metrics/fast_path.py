"""Compiled decoders of v1 JSON and v2 protobuf, used once their machine code is loaded; plain decoders until
then.

Both give the same columns (verified by a property test). Compiling, or loading code compiled by an earlier
process, runs in a thread, so that a server can serve requests immediately.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from heeler.wire.body_limits import MAX_ITEMS, check_count
from heeler.wire.metrics import series_json, series_proto
from heeler.wire.metrics.admission import SeriesRefused
from heeler.wire.metrics.batch import PointBatch, Problems, Window, select
from heeler.wire.metrics.series import ItemError, PayloadError, SeriesInfo
from heeler.wire.metrics.series_registry import SeriesMemo

log = logging.getLogger("heeler.wire")

Points = list[tuple[int, float]]


class Form(NamedTuple):
    """A wire format: the minimum size of a series and of a point (which bounds the columns before parsing),
    and ``read``, the plain decoder of one series, called with (bytes, now).
    """

    series_bytes: int
    point_bytes: int
    read: Callable[[bytes, int], tuple[SeriesInfo, Sequence[Any]]]


def _read_json(message: bytes, now: int) -> tuple[SeriesInfo, Points]:
    return series_json.v1_series(orjson.loads(message), now)


PROTOBUF = Form(2, 2, lambda message, _: series_proto.read_info(message))
JSON = Form(len('{"points":[]}'), len("[1,2]"), _read_json)

_compiled: dict[Form, ModuleType] = {}
_lock = threading.Lock()


def ready() -> bool:
    return bool(_compiled)


def prepare() -> None:
    """Load the machine code; blocks while compiling (some seconds, once an installation). Never raises."""
    with _lock:
        if _compiled:
            return
        try:
            from heeler.wire.metrics import jit, jit_json

            loaded = {PROTOBUF: jit, JSON: jit_json}
            for form, module in loaded.items():
                _cut(module, form, b"", SeriesMemo(1))
                _cut_known(module, form, [b""], SeriesMemo(1), Window(0, 0))
            SeriesMemo(1).raw.put(jit.insert, np.empty((0, 2), np.uint64), np.empty(0, np.int32))
        except Exception:
            log.exception("The fast decoder is not available; the plain one is used")
        else:
            _compiled.update(loaded)


def decode_series(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a protobuf body, equal to those of :func:`heeler.wire.metrics.series_proto.decode`."""
    compiled = _compiled.get(PROTOBUF)
    cut = None if compiled is None else _cut(compiled, PROTOBUF, body, memo)
    if cut is None:
        return series_proto.decode(body, memo, window)
    return _Resolved(PROTOBUF, body, memo, window, cut).batch()


def decode_v1(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a v1 JSON body, equal to those of :func:`heeler.wire.metrics.series_json.decode_v1`."""
    compiled = _compiled.get(JSON)
    cut = None if compiled is None else _cut(compiled, JSON, body, memo)
    if cut is None:
        return series_json.decode_v1(body, memo, window)
    try:
        return _Resolved(JSON, body, memo, window, cut).batch()
    except (ItemError, orjson.JSONDecodeError):  # a damaged item: the plain decoder reports it
        return series_json.decode_v1(body, memo, window)


def decode_known(
    form: Form, bodies: Sequence[bytes], memo: SeriesMemo, window: Window
) -> tuple[PointBatch, list[bool]]:
    """Points of those ``bodies`` that contain only valid points of known series, and which bodies those are.

    The others must be decoded one by one. Call only when :func:`ready`.
    """
    return _cut_known(_compiled[form], form, bodies, memo, window)


def _cut_known(
    compiled: ModuleType, form: Form, bodies: Sequence[bytes], memo: SeriesMemo, window: Window
) -> tuple[PointBatch, list[bool]]:
    keys, slots = memo.raw.table  # read before `due`, which grows first
    sizes = [len(body) for body in bodies]
    stops, clean = np.cumsum(sizes), np.zeros(len(bodies), np.bool_)
    cut = Cut(max(sizes) // form.series_bytes + 1, sum(sizes) // form.point_bytes + 1)
    owners = np.empty(len(cut.times), np.int32)
    limits = np.array([window.now, window.oldest, window.newest], np.int64)
    points = compiled.cut_known(
        np.frombuffer(b"".join(bodies), np.uint8), stops, clean, memo.raw.seed, keys, slots, memo.due, limits,
        cut.bounds, cut.hashes, cut.found, cut.ends, cut.values.view(np.uint64), cut.times, owners,
    )  # fmt: skip
    cut.keep(0, points)
    batch = PointBatch(memo, owners[:points].copy(), cut.times, cut.values, {}, Problems())
    return batch, clean.tolist()


class Cut:
    """A body split into series: row *i* is bytes ``bounds[i]``, points up to ``ends[i]``, slot or -1
    ``found[i]``.
    """

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


def _cut(compiled: ModuleType, form: Form, body: bytes, memo: SeriesMemo) -> Cut | None:
    keys, slots = memo.raw.table
    cut = Cut(len(body) // form.series_bytes + 1, len(body) // form.point_bytes + 1)
    data = np.frombuffer(body, np.uint8)
    rows, points = compiled.cut_series(
        data, memo.raw.seed, keys, slots, cut.bounds, cut.hashes, cut.found, cut.ends,
        cut.values.view(np.uint64), cut.times,
    )  # fmt: skip
    if rows < 0:
        return None
    check_count(rows, MAX_ITEMS, "series")
    cut.keep(rows, points)
    return cut


class _Resolved:
    """Assigns a slot to every row of a cut: unknown ones, and those due to be written again, are decoded
    plainly.
    """

    def __init__(self, form: Form, body: bytes, memo: SeriesMemo, window: Window, cut: Cut) -> None:
        self.form, self.memo, self.window, self.cut = form, memo, window, cut
        self.problems = Problems()
        self.fresh: dict[int, SeriesInfo] = {}
        slots = cut.found
        stale = memo.stale_slots(slots, window.now)
        rows = np.flatnonzero(stale)
        good = np.array(
            [
                self._decode(row, body[begin:end])
                for row, (begin, end) in zip(rows.tolist(), cut.bounds[rows].tolist(), strict=True)
            ],
            np.bool_,
        )
        if good.any():
            learned = rows[good]
            memo.raw.put(_compiled[PROTOBUF].insert, cut.hashes[learned], slots[learned])

    def _decode(self, row: int, message: bytes) -> bool:
        """Assign a slot to the row; False if it has none."""
        cut = self.cut
        try:
            info, points = self.form.read(message, self.window.now)
        except (ItemError, PayloadError) as error:
            if self.form is JSON:
                raise
            cut.found[row] = -1
            self.problems.add("bad_series", f"series[{row}]: {error}")
            return False
        if b"\\" in message and self.form is JSON:
            self._check(row, points)
        if not points:
            return False
        try:
            slot = self.memo.slot(info)
        except SeriesRefused as error:
            cut.found[row] = -1
            self.problems.add(error.reason, f"series[{row}] ({info.metric}): {error}")
            return False
        cut.found[row] = slot
        if self.memo.stale(slot, self.window.now):
            self.fresh[slot] = info
        return True

    def _check(self, row: int, points: Sequence[Any]) -> None:
        """Raise ``ItemError`` unless the parser found the points: an escaped key can hide others."""
        begin, end = (int(self.cut.ends[row - 1]) if row else 0), int(self.cut.ends[row])
        times, values = self.cut.times[begin:end].tolist(), self.cut.values[begin:end].tolist()
        if list(points) != list(zip(times, values, strict=True)):
            raise ItemError("points: two keys of this name")

    def batch(self) -> PointBatch:
        cut = self.cut
        slots: npt.NDArray[np.int32] = np.repeat(cut.found, np.diff(cut.ends, prepend=0))
        times, values = cut.times, cut.values
        if self.problems.messages:
            good = slots >= 0
            slots, times, values = slots[good], times[good], values[good]
        return select(PointBatch(self.memo, slots, times, values, self.fresh, self.problems), self.window)
