"""Verdict of the detectors without seasonality and bounds on the end of a series.

A band tells that a metric is outside of its expected range; :mod:`heeler.analytics.context_detector` and
:mod:`heeler.analytics.anomaly_score` tell whether it has behaved like that before. They run once, when an
alert is about to be sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heeler.analytics import anomaly_score, context_detector
from heeler.analytics.array_tools import Floats, Integers

#: Minimum number of known values before the given time.
NEEDED = 300


@dataclass(frozen=True, slots=True)
class Opinion:
    """``novelty`` (bits) and ``surprise`` of the highest scoring points; ``seconds``: length of the
    history.
    """

    novelty: float
    surprise: float
    seconds: int

    @property
    def remarkable(self) -> int:
        """Number of detectors that would have alerted by themselves: 0, 1 or 2."""
        return int(self.novelty >= context_detector.THRESHOLD) + int(self.surprise >= anomaly_score.THRESHOLD)


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
    bits, score = context_detector.novelty(times, values), anomaly_score.surprise(times, values)
    return Opinion(float(bits[recent].max()), float(score[recent].max()), int(since - times[0]))
