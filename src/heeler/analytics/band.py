"""Result of anomaly detection and forecasts: the expected value of a metric, with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from heeler.analytics.array_tools import Floats, Mask

Direction = Literal["both", "above", "below"]


@dataclass(frozen=True, slots=True)
class Band:
    """``lower``, ``upper``, ``expected``: float64 [n], NaN if unknown.

    ``note`` gives the reason if there is no band, as a sentence for display on the graph; otherwise empty.
    """

    lower: Floats
    upper: Floats
    expected: Floats
    note: str = ""

    @classmethod
    def none(cls, length: int, note: str) -> Band:
        """An empty band with the reason."""
        empty = np.full(length, np.nan)
        return cls(empty, empty, empty, note)

    @classmethod
    def around(cls, expected: Floats, half_width: Floats, note: str = "") -> Band:
        return cls(expected - half_width, expected + half_width, expected, note)

    def tail(self, count: int) -> Band:
        """The last ``count`` points, without the history that was fetched for the fit."""
        start = len(self.lower) - count
        return Band(self.lower[start:], self.upper[start:], self.expected[start:], self.note)

    def at_least_zero(self, where: Mask) -> Band:
        """Clip the band at 0, at the points ``where`` (bool [n])."""
        if not where.any():
            return self
        lower, upper, expected = (
            np.where(where, np.maximum(line, 0.0), line) for line in (self.lower, self.upper, self.expected)
        )
        return Band(lower, upper, expected, self.note)

    def one_sided(self, values: Floats, direction: Direction) -> Band:
        """Band in which only values on the side of ``direction`` are anomalous.

        The other edge is extended to include ``values`` beyond it: what is drawn as outside is then exactly
        what a monitor of that direction counts.
        """
        if direction == "both":
            return self
        lower, upper = self.lower, self.upper
        with np.errstate(invalid="ignore"):
            if direction == "above":
                lower = np.where(values < lower, values, lower)
            else:
                upper = np.where(values > upper, values, upper)
        return Band(lower, upper, self.expected, self.note)

    def outside(self, values: Floats, direction: Direction = "both") -> Mask:
        """Which ``values`` are anomalous; a missing value or band never is."""
        above = values > self.upper
        below = values < self.lower
        return {"both": above | below, "above": above, "below": below}[direction]
