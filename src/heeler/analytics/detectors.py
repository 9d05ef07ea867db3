"""Verdict of the detector without seasonality and bounds on the end of a series.

A band tells that a metric is outside of its expected range; :mod:`heeler.analytics.auto` tells whether it has
behaved like that before. It runs once, when an alert is about to be sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heeler.analytics import auto
from heeler.analytics.array_tools import Floats, Integers

#: Minimum number of known values before the given time.
NEEDED = auto.NEEDED
#: Joint score from which a metric seldom does the like, and from which it never did.
UNUSUAL, NEW = 0.75, 1.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """``score``: the highest joint score; ``novelty`` (bits) and ``surprise``: those of that point;
    ``seconds``: length of the history.
    """

    score: float
    novelty: float
    surprise: float
    seconds: int

    @property
    def remarkable(self) -> int:
        """0: nothing new, 1: unusual, 2: new; the detector by itself would have alerted."""
        return int(self.score >= UNUSUAL) + int(self.score >= NEW)


def opinion(times: Integers, values: Floats, since: float) -> Opinion | None:
    """Score the points from ``since`` (UNIX seconds) on; None with too little history or no points.

    ``times``: int64 [n], evenly spaced; ``values``: float64 [n], NaN if missing.
    """
    known = np.isfinite(values)
    recent = times >= since
    if int((known & ~recent).sum()) < NEEDED or not (known & recent).any():
        return None
    first = int(np.argmax(known))
    times, values, recent = times[first:], values[first:], recent[first:]
    found = auto.detect(times, values)
    at = int(np.argmax(np.where(recent, found.score, -1.0)))
    return Opinion(
        float(found.score[at]), float(found.novelty[at]), float(found.surprise[at]), int(since - times[0])
    )
