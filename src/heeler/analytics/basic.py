"""Anomaly algorithm ``basic``: lagging rolling quantiles."""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, sorted_quantile, trailing_windows
from heeler.analytics.band import Band
from heeler.analytics.discrete import half_steps, rare_event_sd

#: Number of values in the look-back of the quantiles: two hours at one value a minute.
BASIC_POINTS = 120
#: Minimum history to fetch before a window: buckets are often shorter than the metric's own interval.
BASIC_SECONDS = 3_600
#: Minimum number of values before a point to estimate its spread.
MIN_POINTS = 3
#: Quantiles of the band, and their distance from the mean of a normal distribution in standard deviations.
LOW, HIGH, SD_OF_QUANTILE = 0.05, 0.95, 1.645
#: The same for mostly zero metrics, whose 95 % quantile may be zero too.
RARE_HIGH, SD_OF_RARE = 0.98, 2.054


def basic(values: Floats, bounds: float) -> Band:
    """The 5 % and 95 % quantiles of the last 120 values, stretched about the median to ``bounds`` deviations.

    Each side is stretched by its own distance, so a skewed metric keeps a skewed band. Adding a constant to
    the metric shifts the band and changes nothing else. Bands of few points are widened for the small sample,
    those of whole numbers by half a step, and the band of a mostly zero metric includes its usual events.
    """
    if len(values) == 0:
        return Band.none(0, "There is no data in this window.")
    known = ~np.isnan(values)
    present = np.append(values[known], np.nan)
    ordered = np.sort(trailing_windows(present, min(BASIC_POINTS, len(present))), axis=-1)
    counts = np.sum(~np.isnan(ordered), axis=-1)
    middle, low, high = (sorted_quantile(ordered, counts, q) for q in (0.5, LOW, HIGH))
    stretch = bounds / SD_OF_QUANTILE * (1 + 3 / np.maximum(counts, 1))
    smallest = 1e-9 * np.abs(middle) + 1e-12 + half_steps(ordered, counts)
    rare = bounds * _rare_sd(ordered, counts)
    lower = middle - np.maximum(stretch * (middle - low), rare) - smallest
    upper = middle + np.maximum(stretch * (high - middle), rare) + smallest
    unsure = counts < MIN_POINTS
    for line in (lower, upper, middle):
        line[unsure] = np.nan
    before = np.cumsum(known) - known
    lower, upper, middle, unsure = lower[before], upper[before], middle[before], unsure[before]
    note = (
        "" if not unsure.all() else f"Too little history: anomalies('basic') needs {MIN_POINTS + 1} points."
    )
    return Band(lower, upper, middle, note)


def _rare_sd(ordered: Floats, counts: Integers) -> Floats:
    """Minimum deviation of mostly zero rows; 0 for others."""
    least = rare_event_sd(ordered, counts)
    usual = sorted_quantile(ordered, counts, RARE_HIGH) / SD_OF_RARE
    result: Floats = np.where(least > 0, np.maximum(least, usual), 0.0)
    return result
