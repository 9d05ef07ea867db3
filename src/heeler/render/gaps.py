"""Distinguishes gaps without data from buckets that are finer than the points' interval. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
OUTAGE = 300
"""Seconds without any point after which a series is interrupted, as between series of a query."""


def joined(times: Times, heard: Iterable[Times]) -> Times:
    """``times`` without the buckets in which every series is empty: lines then connect points that are rarer
    than buckets. Gaps longer than ``OUTAGE`` remain. ``heard``: the times of each series' points.
    """
    present = np.unique(np.concatenate([*heard, np.empty(0, dtype=np.int64)]))
    if not len(present):
        return times
    after = np.searchsorted(present, times, side="right")
    left = present[np.maximum(after - 1, 0)]
    right = present[np.minimum(np.searchsorted(present, times), len(present) - 1)]
    shown: Times = times[np.isin(times, present) | (right - left > OUTAGE)]
    return shown
