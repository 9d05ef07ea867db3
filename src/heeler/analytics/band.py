"""Result of anomaly detection and forecasts: the expected value of a metric, with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from heeler.analytics.array_tools import Floats, Mask

Direction = Literal["both", "above", "below"]


@dataclass(frozen=True, slots=True)
class Band:
    """``lower``, ``upper``, ``expected``: float64 [n], NaN where it is not known.

    ``note`` says why, in a sentence for the person who looks at the graph; empty when all is well.
    """

    lower: Floats
    upper: Floats
    expected: Floats
    note: str = ""

    @classmethod
    def none(cls, length: int, note: str) -> Band:
        """No band at all, and the reason."""
        empty = np.full(length, np.nan)
        return cls(empty, empty, empty, note)

    @classmethod
    def around(cls, expected: Floats, half_width: Floats, note: str = "") -> Band:
        return cls(expected - half_width, expected + half_width, expected, note)

    def tail(self, count: int) -> Band:
        """The last ``count`` points: what is left when the history that was fetched for the fit is cut."""
        start = len(self.lower) - count
        return Band(self.lower[start:], self.upper[start:], self.expected[start:], self.note)

    def at_least_zero(self, where: Mask) -> Band:
        """The band without what is below 0, at the points ``where`` (bool [n])."""
        if not where.any():
            return self
        lower, upper, expected = (
            np.where(where, np.maximum(line, 0.0), line) for line in (self.lower, self.upper, self.expected)
        )
        return Band(lower, upper, expected, self.note)

    def one_sided(self, values: Floats, direction: Direction) -> Band:
        """The band in which only values on the side of ``direction`` are anomalous.

        The other edge gives way to ``values`` beyond it and stays where it is otherwise: what is drawn as
        outside is then what a monitor of that direction counts.
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
        """Which ``values`` are anomalous; a value or a band that is missing never is."""
        above = values > self.upper
        below = values < self.lower
        return {"both": above | below, "above": above, "below": below}[direction]
