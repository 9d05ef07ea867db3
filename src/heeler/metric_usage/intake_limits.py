"""Quotas of services, teams and tags at the intake: what counts for one, and what is over is refused.

Points are known by marks of their series, set when a series is first seen; logs and spans by their columns.
Tags are those that were sent: tags of hosts, which are joined at queries, do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.metric_usage.key_usage import DAY, MAX_RETRY_SECONDS, KeyUsageCounter, Quota
from heeler.metric_usage.row_sizes import Sizes, row_bytes
from heeler.metric_usage.series_limits import SeriesLimits
from heeler.wire import normalize
from heeler.wire.metrics.batch import PointBatch, Problems
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import SeriesInfo

MAX_POINT_QUOTAS = 60
"""Quotas of points with a scope: a mark is a bit."""
MAX_ROW_QUOTAS = 60
"""Quotas of logs, of spans, and of the bytes of both, with a scope: each is looked for in every delivery."""
_COLUMNS = {
    "service": "service", "host": "host", "env": "env", "version": "version", "source": "source",
    "status": "status",
}  # fmt: skip

Mask = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.int64]


class IntakeLimits:
    """Scoped quotas of one server, as ``services.part(IntakeLimits)``; admits new series. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._usage = services.part(KeyUsageCounter)
        self._series = services.part(SeriesLimits)
        self._scoped: Sequence[Quota] = ()
        self._points: tuple[Quota, ...] = ()
        self.version = 0

    def follow(self) -> None:
        """Use the quotas as of the last exchange. Called before bodies are decoded."""
        scoped = self._usage.scoped
        if scoped is self._scoped:
            return
        self._scoped = scoped
        points = tuple(one for one in scoped if one.signal == "points")[:MAX_POINT_QUOTAS]
        if [(one.id, one.scope) for one in points] != [(one.id, one.scope) for one in self._points]:
            self.version += 1
        self._points = points

    def refusal(self, info: SeriesInfo) -> str:
        return self._series.refusal(info)

    def marks(self, info: SeriesInfo) -> int:
        found = 0
        for number, quota in enumerate(self._points):
            if quota.scope.place(info.metric, info.tags, "") is not None:
                found |= 1 << number
        return found

    def _marked(self, batch: PointBatch | SketchBatch) -> bool:
        """Whether there are quotas of points, and the marks of a batch are theirs: they may have changed."""
        return bool(self._points) and batch.memo.version == self.version

    def over(self, batch: PointBatch) -> bool:
        """Whether any point of a batch is over a quota."""
        blocked = self._blocked() if self._marked(batch) else 0
        return bool(blocked and (batch.memo.marks[batch.slots] & blocked).any())

    def limit_points(self, batch: PointBatch, *, whole: bool = True) -> None:
        """Remove the points that are over a quota, adding them to the batch's problems.

        Raises a 429 if none stay and the batch is the ``whole`` request.
        """
        if not self._marked(batch) or not len(batch.slots):
            return
        keep = self._within(batch.memo.marks[batch.slots], batch.problems)
        if keep.all():
            return
        if whole and not keep.any():
            raise self.error(batch.problems.messages[-1])
        batch.slots, batch.times, batch.values = batch.slots[keep], batch.times[keep], batch.values[keep]

    def limit_sketches(self, batch: SketchBatch, *, whole: bool = True) -> None:
        """:meth:`limit_points` for distributions."""
        if not self._marked(batch) or not batch.sketches:
            return
        places = list(batch.sketches)
        keep = self._within(batch.memo.marks[[slot for slot, _ in places]], batch.problems)
        if whole and not keep.any():
            raise self.error(batch.problems.messages[-1])
        for place, stays in zip(places, keep.tolist(), strict=True):
            if not stays:
                del batch.sketches[place]

    def _within(self, marks: Marks, problems: Problems) -> Mask:
        blocked = self._blocked()
        keep: Mask = (marks & blocked) == 0
        refused = int(len(keep) - keep.sum())
        for number, quota in enumerate(self._points if refused else ()):
            count = int((marks >> number & 1).sum()) if blocked >> number & 1 else 0
            if count:
                self._usage.note_for_quota(quota, count, refused=True)
                problems.add("quota", f"{count:,} point(s) refused: {self.text(quota)}", refused)
                refused = 0  # those of several quotas count once
        return keep

    def _blocked(self) -> int:
        return sum(1 << number for number, quota in enumerate(self._points) if self._usage.exhausted(quota))

    def note_points(self, batch: PointBatch) -> None:
        """Count the points of a batch that was stored."""
        if self._marked(batch) and len(batch.slots):
            self._note(batch.memo.marks[batch.slots])

    def note_sketches(self, batch: SketchBatch) -> None:
        if self._marked(batch) and batch.sketches:
            self._note(batch.memo.marks[[slot for slot, _ in batch.sketches]])

    def _note(self, marks: Marks) -> None:
        for number, quota in enumerate(self._points):
            self._usage.note_for_quota(quota, int((marks >> number & 1).sum()))

    def text(self, quota: Quota) -> str:
        return (
            f"the quota of {quota.scope.described()} is used up: {quota.limit:,} {quota.signal} a day; it "
            "counts anew at 00:00 UTC. Administrators can raise it under Usage."
        )

    def error(self, reason: str) -> ApiError:
        left = DAY - int(self._services.now()) % DAY
        text = f"Nothing of this request was stored: {reason}"
        return ApiError(429, text, headers={"Retry-After": str(min(left, MAX_RETRY_SECONDS))})


class RowLimits:
    """Quotas of one request with logs or spans, by number or by bytes. ``refused`` is the number of rows over
    one.
    """

    def __init__(self, services: Services, signal: str) -> None:
        self._limits, self._usage = services.part(IntakeLimits), services.part(KeyUsageCounter)
        self._quotas = [one for one in self._usage.scoped if one.signal in (signal, "bytes")]
        self._counts: list[tuple[Quota, int]] = []
        self.refused = 0
        self.reason = ""
        """Why rows were refused."""

    @property
    def limit(self) -> Callable[[pa.Table], pa.Table] | None:
        """:meth:`apply`; None if there are no quotas."""
        return self.apply if self._quotas else None

    def apply(self, rows: pa.Table) -> pa.Table:
        """The rows that are not over a quota. Raises a 429 if none stay."""
        if not self._quotas or not rows.num_rows:
            return rows
        keep = np.ones(rows.num_rows, np.bool_)
        masks = [(quota, having(rows, quota.scope.tag)) for quota in self._quotas]
        sizes = row_bytes(rows) if any(quota.signal == "bytes" for quota in self._quotas) else None
        for quota, mask in masks:
            if mask.any() and self._usage.exhausted(quota):
                self._usage.note_for_quota(quota, _amount(quota, mask, sizes), refused=True)
                keep &= ~mask
                self.reason = self.reason or self._limits.text(quota)
        self.refused = int(len(keep) - keep.sum())
        if self.refused == rows.num_rows:
            raise self._limits.error(self.reason)
        self._counts = [(quota, _amount(quota, mask & keep, sizes)) for quota, mask in masks]
        return rows.filter(pa.array(keep)) if self.refused else rows

    def stored(self) -> None:
        """Count what stayed, once it is stored."""
        for quota, count in self._counts:
            self._usage.note_for_quota(quota, count)

    def messages(self) -> list[str]:
        """What to tell the sender of a request that was stored in part."""
        return [f"{self.refused:,} refused: {self.reason}"] if self.refused else []


def _amount(quota: Quota, mask: Mask, sizes: Sizes | None) -> int:
    """What the rows count for a quota: their number, or their bytes."""
    if quota.signal != "bytes" or sizes is None:
        return int(mask.sum())
    return int(sizes[mask].sum())


def having(rows: pa.Table, tag: str) -> Mask:
    """Which logs or spans have a tag: in a column of its own, among the tags, or in a span's ``meta``."""
    key = tag.partition(":")[0]
    found = np.zeros(rows.num_rows, np.bool_)
    column = _COLUMNS.get(key)
    if column in rows.column_names:
        found |= _with_value(rows.column(column), key, tag)
    found |= _tagged(rows.column("tags"), tag)
    if "meta" in rows.column_names:
        meta: Any = rows.column("meta")
        found |= _with_value(pc.map_lookup(meta, key, "first"), key, tag)
    return found


def _with_value(column: Any, key: str, tag: str) -> Mask:
    """Where a value, written as a tag, is ``tag``: services and hosts of logs keep their names as sent."""
    plain = column.cast(pa.string())
    given = pc.unique(plain).to_pylist()
    wanted = [one for one in given if one is not None and normalize.tag(f"{key}:{one}") == tag]
    return _true(pc.is_in(plain, value_set=pa.array(wanted, pa.string())))


def _true(condition: pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(condition, False).to_numpy(zero_copy_only=False), np.bool_)


def _tagged(column: pa.ChunkedArray, tag: str) -> Mask:
    found, start = np.zeros(len(column), np.bool_), 0
    for chunk in column.chunks:
        hits = _true(pc.equal(pc.list_flatten(chunk).cast(pa.string()), tag))
        parents = pc.list_parent_indices(chunk).to_numpy(zero_copy_only=False)
        found[start + parents[hits]] = True
        start += len(chunk)
    return found
