"""Monitor SLOs: uptime in minutes from the state changes of monitors' groups. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from heeler.slos.error_budget import Tally
from heeler.slos.intervals import Interval

MINUTE = 60
UP, DOWN, MISSING = 0, 1, 2
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class StateChange:
    """From ``time`` on, UNIX seconds, the group was in ``after``; before that in ``before``."""

    time: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Minutes that start in [start, end). ``counted``: those that no correction excludes."""

    first: int
    counted: NDArray[np.bool_]

    @classmethod
    def of(cls, start: float, end: float, removed: Iterable[Interval] = ()) -> Grid:
        first = -(-int(start) // MINUTE) * MINUTE
        counted = np.ones(max((int(end) - first) // MINUTE, 0), bool)
        for a, b in removed:
            low, high = -(-int(a - first) // MINUTE), -(-int(b - first) // MINUTE)
            counted[max(low, 0) : max(high, 0)] = False
        return cls(first, counted)

    @property
    def times(self) -> NDArray[np.int64]:
        return self.first + MINUTE * np.arange(len(self.counted), dtype=np.int64)


def codes(grid: Grid, changes: Sequence[StateChange], now: str, *, down_without_data: bool) -> Codes:
    """For each minute whether the group was up, down or without data: the state at its start.

    ``changes`` in order of time; ``now`` is the state if there are none. Only Alert is down, and No Data if
    the monitor notifies of it.
    """
    states = [changes[0].before if changes else now, *(item.after for item in changes)]
    numbers = np.array([_code(state, down_without_data) for state in states], np.int8)
    times = np.array([item.time for item in changes], np.float64)
    return numbers[np.searchsorted(times, grid.times, side="right")]


def _code(state: str, down_without_data: bool) -> int:
    if state == "Alert":
        return DOWN
    if state == "No Data":
        return DOWN if down_without_data else MISSING
    return UP


def tally(grid: Grid, found: Codes) -> Tally:
    """Tally in seconds; minutes without data are up."""
    down = int(((found == DOWN) & grid.counted).sum())
    return Tally(Fraction(down * MINUTE), Fraction(int(grid.counted.sum()) * MINUTE))


def united(members: Iterable[Codes], size: int) -> Codes:
    """A minute is down if any member is; without data if no member has any."""
    found = np.full(size, MISSING, np.int8)
    for row in members:
        found = np.where((found == DOWN) | (row == DOWN), DOWN, np.minimum(found, row)).astype(np.int8)
    return found


def history(grid: Grid, found: Codes) -> list[list[int]]:
    """``[time, code]`` at each change, including the first minute."""
    if not len(found):
        return []
    places = np.concatenate([[0], np.flatnonzero(np.diff(found)) + 1])
    times = grid.times
    return [[int(times[place]), int(found[place])] for place in places]


Members = Mapping[str, Codes]
