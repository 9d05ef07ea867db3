"""What each phase of a season usually is, and how much it varies, by the seasons before."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from heeler.analytics.arrays import Floats, circular_mean, interpolated_circle, median
from heeler.analytics.seasons import Folded

#: Seasons that must have passed before a band is drawn, and the most that are looked at.
SEASONS_NEEDED, SEASONS_USED = 3, 6
#: Parts of a season in which the level is measured, and over which neighbouring phases share their spread.
PARTS = 24
#: Mean absolute deviation from the median of k normal values, the largest left out from four on, as a part
#: of the error of that median for a value to come (by simulation of 300,000 rows): it makes a band of few
#: seasons honest. By k, from 0 to ``SEASONS_USED``.
_SPREAD = np.array([0.469, 0.469, 0.469, 0.469, 0.377, 0.388, 0.470])


def profiles(folded: Folded) -> tuple[Floats, Floats]:
    """Median and standard deviation by phase of the seasons before each season: two tables of its shape.

    NaN in the first ``SEASONS_NEEDED`` seasons.
    """
    table = folded.table
    before = np.concatenate((np.full((SEASONS_USED, table.shape[1]), np.nan), table[:-1]))
    past = sliding_window_view(before, SEASONS_USED, axis=0)
    middle = _without_holes(median(past))
    away = np.abs(past - middle[..., None])
    spread = phase_spread(away)
    spread *= tail_factor(away, spread)[:, None]
    middle[:SEASONS_NEEDED] = spread[:SEASONS_NEEDED] = np.nan
    return middle, spread


def _without_holes(table: Floats) -> Floats:
    """Rows with some values interpolated between these."""
    holes = np.isnan(table)
    for row in np.flatnonzero(holes.any(axis=1) & ~holes.all(axis=1)):
        table[row] = interpolated_circle(table[row])
    return table


def phase_spread(away: Floats) -> Floats:
    """Standard deviation by phase, shared with neighbouring phases and at least half of the overall one.

    ``away``: float64 [seasons, phases, past], how far the past seasons of each season were from their median.
    """
    counts = np.sum(~np.isnan(away), axis=-1)
    used = np.where(counts >= 4, counts - 1, counts)
    sums = np.cumsum(np.nan_to_num(np.sort(away, axis=-1)), axis=-1)
    mean = np.take_along_axis(sums, np.maximum(used - 1, 0)[..., None], -1)[..., 0] / np.maximum(used, 1)
    by_phase = np.where(counts > 0, mean / _SPREAD[counts], np.nan)
    smooth = circular_mean(_without_holes(by_phase), max(3, away.shape[1] // PARTS))
    result: Floats = np.maximum(smooth, median(smooth)[:, None] / 2)
    return result


def tail_factor(away: Floats, spread: Floats) -> Floats:
    """How much farther out than normal values most past seasons reach, at least 1, for each season.

    Rare large values do not show in a mean deviation. In half of the seasons the largest of n normal values
    is beyond :func:`_farthest` deviations; one season with an anomaly does not move the median of seasons.
    """
    known = ~np.isnan(away) & (spread > 0)[..., None]
    far = np.where(known, away / np.where(spread > 0, spread, 1.0)[..., None], 0.0).max(axis=1)
    counts = known.sum(axis=1)
    reached = median(np.where(counts > 0, far, np.nan))
    points = np.nan_to_num(median(np.where(counts > 0, counts, np.nan))).astype(np.int64)
    usual = np.array([_farthest(int(count)) for count in points])
    result: Floats = np.fmax(reached / usual, 1.0)
    return result


@lru_cache(maxsize=4096)
def _farthest(count: int) -> float:
    """Median of the largest of ``count`` absolute normal values."""
    return NormalDist().inv_cdf(0.5 + 0.5 ** (1 + 1 / max(count, 1)))
