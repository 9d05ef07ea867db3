"""Time-slice SLOs: aligned slices, each good or bad by a comparison with a threshold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heeler.api.services import Services
from heeler.metrics import service
from heeler.query.frame import Frame
from heeler.query.limits import MAX_POINTS
from heeler.slos.counts import group_name
from heeler.slos.error_budget import Tally
from heeler.slos.intervals import Interval

Bools = NDArray[np.bool_]
_COMPARE: Mapping[str, Callable[[Any, float], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Slices:
    """Slices from ``first``, ``seconds`` each; by group whether each is bad, and which have no data."""

    first: int
    seconds: int
    count: int
    bad: Mapping[str, Bools]
    missing: Mapping[str, Bools]

    def overall(self) -> Bools:
        """A slice is bad if any group's is."""
        found = np.zeros(self.count, bool)
        for row in self.bad.values():
            found |= row
        return found

    def corrected(self, intervals: Iterable[Interval]) -> Slices:
        """Copy with every slice that a correction overlaps counted as good."""
        kept = np.ones(self.count, bool)
        for start, end in intervals:
            low = int((start - self.first) // self.seconds)
            high = int(-((self.first - end) // self.seconds))
            kept[max(low, 0) : max(high, 0)] = False
        return Slices(
            self.first, self.seconds, self.count, {name: row & kept for name, row in self.bad.items()},
            self.missing,
        )  # fmt: skip

    def tally(self, bad: Bools) -> Tally:
        """Tally in seconds."""
        return Tally(Fraction(int(bad.sum()) * self.seconds), Fraction(self.count * self.seconds))


def whole_slices(start: float, end: float, seconds: int) -> tuple[int, int]:
    """First slice that starts in [start, end), and the number of slices that end within it."""
    first = -(-int(start) // seconds) * seconds
    return first, max((int(end) - first) // seconds, 0)


async def read_slices(
    services: Services, specification: Mapping[str, Any], start: float, end: float
) -> Slices:
    """Slices of [start, end). A slice without data is good."""
    seconds = int(specification["query_interval_seconds"])
    first, count = whole_slices(start, end, seconds)
    values: dict[str, NDArray[np.float64]] = {}
    for at in range(0, count, MAX_POINTS):
        some = min(MAX_POINTS, count - at)
        frame = await _frame(services, specification, first + at * seconds, some, seconds)
        for group, row in zip(frame.groups, frame.values, strict=True):
            line = values.setdefault(group_name(group), np.full(count, np.nan))
            place = (frame.times.astype(np.int64) - first) // seconds
            inside = (place >= at) & (place < at + some)
            line[place[inside]] = row[inside]
    good = _COMPARE[specification["comparator"]]
    threshold = float(specification["threshold"])
    with np.errstate(invalid="ignore"):
        bad = {name: np.isfinite(row) & ~good(row, threshold) for name, row in values.items()}
    return Slices(first, seconds, count, bad, {name: ~np.isfinite(row) for name, row in values.items()})


async def _frame(
    services: Services, specification: Mapping[str, Any], start: int, count: int, seconds: int
) -> Frame:
    query = specification["query"]
    items = [dict(item) for item in query["queries"]]
    end = start + count * seconds
    sources = await service.read_sources(services, items, start, end, seconds)
    (answer,) = await service.formulas(services, sources, [query["formulas"][0]["formula"]])
    return answer.frames[0]
