"""Seasonal profile: the expected value of each phase of a season and its spread, from earlier seasons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from heeler.analytics.array_tools import Floats, Integers, circular_mean, interpolated_circle, median
from heeler.analytics.seasonal_matrix import Folded

#: Minimum number of past seasons for a band, and the maximum number used.
SEASONS_NEEDED, SEASONS_USED = 3, 6
#: Parts of a season in which the level is measured, and over which neighboring phases are pooled.
PARTS = 24
#: By the number k of past seasons with a value, from 0 to ``SEASONS_USED``, for normal values of deviation 1
#: (by simulation of 400,000 rows): the mean absolute distance from their own median and from 0, without the
#: largest from four on; and the standard deviation of a further value about their median.
_ABOUT_MEDIAN = np.array([np.nan, np.nan, 0.564, 0.564, 0.430, 0.439, 0.519])
_ABOUT_ZERO = np.array([np.nan, 0.798, 0.798, 0.798, 0.576, 0.604, 0.626])
_TO_COME = np.array([1.417, 1.417, 1.224, 1.202, 1.140, 1.132, 1.102])
#: Ratio of the errors of a future season to those of three seasons about their own median.
_UNSEEN = 2.0
#: In every other season the largest error exceeds the median of the largest: additional tolerance.
_MORE = 1.25
#: Number of values needed to estimate a deviation, if available.
_ENOUGH = 30
#: A deviation estimated from n values is widened by ``_FEW`` / n: Student's distribution at two deviations.
_FEW = 1.0


def profiles(folded: Folded) -> tuple[Floats, Floats]:
    """Median by phase of the seasons before each season, and the standard deviation of a value about it.

    Two tables with the shape of ``folded``; NaN in the first ``SEASONS_NEEDED`` seasons.
    """
    past = _past(folded.table)
    middle = median(past)
    away = np.abs(past - middle[..., None])
    counts = np.sum(~np.isnan(past), axis=-1)
    # A single value determines the level of a phase but not its spread: it is its own median.
    away[counts < 2] = np.nan
    spread = phase_spread(away, _ABOUT_MEDIAN) * _TO_COME[counts]
    spread = with_tail(away, spread)
    middle = _without_holes(middle)
    middle[:SEASONS_NEEDED] = spread[:SEASONS_NEEDED] = np.nan
    return middle, spread


def error_spread(folded: Folded) -> Floats:
    """Standard deviation by phase of a table of errors, over the seasons before each; NaN in the first ones.

    The errors are centered at 0 and are those of the forecast itself, so no estimation uncertainty is added.
    Those of the first ``SEASONS_NEEDED`` seasons are about their own median and are weighted by ``_UNSEEN``,
    except for the tail: the largest of three is already as far from their median as it is.
    """
    table = folded.table.copy()
    alone = np.sum(~np.isnan(table[:SEASONS_NEEDED]), axis=0) < 2
    table[:SEASONS_NEEDED, alone] = np.nan
    away = np.abs(_past(table))
    table[:SEASONS_NEEDED] *= _UNSEEN
    spread = phase_spread(np.abs(_past(table)), _ABOUT_ZERO)
    spread = with_tail(away, spread)
    spread[:SEASONS_NEEDED] = np.nan
    return spread


def _past(table: Floats) -> Floats:
    """The seasons before each season, as a view [seasons, phases, ``SEASONS_USED``]."""
    before = np.concatenate((np.full((SEASONS_USED, table.shape[1]), np.nan), table[:-1]))
    windows: Floats = sliding_window_view(before, SEASONS_USED, axis=0)
    return windows


def _without_holes(table: Floats) -> Floats:
    """Interpolate missing values within rows that have some values."""
    holes = np.isnan(table)
    for row in np.flatnonzero(holes.any(axis=1) & ~holes.all(axis=1)):
        table[row] = interpolated_circle(table[row])
    return table


def phase_spread(away: Floats, usual: Floats) -> Floats:
    """Standard deviation by phase, pooled with neighboring phases and at least half of the overall one.

    ``away``: float64 [seasons, phases, past], errors of the past seasons of each season; ``usual``: the
    expected mean for normal values of deviation 1, by sample size. Neighbors are weighted by their number of
    values, so that sparse phases (an infrequent metric) have little weight.
    """
    counts = np.sum(~np.isnan(away), axis=-1)
    used = np.where(counts >= 4, counts - 1, counts)
    sums = np.cumsum(np.nan_to_num(np.sort(away, axis=-1)), axis=-1)
    mean = np.take_along_axis(sums, np.maximum(used - 1, 0)[..., None], -1)[..., 0] / np.maximum(used, 1)
    known = np.where(np.isnan(usual[counts]), 0, counts)
    total = np.where(known > 0, mean / usual[counts], 0.0) * known
    telling = np.sum(away > 0, axis=(1, 2)) / away.shape[1]
    smooth = np.full_like(total, np.nan)
    for width, rows in _widths(telling, away.shape[1]):
        values = width * circular_mean(known[rows].astype(np.float64), width)
        values[values < 0.5] = np.nan
        smooth[rows] = width * circular_mean(total[rows], width) / values * (1 + _FEW / values)
    smooth = _without_holes(smooth)
    result: Floats = np.maximum(smooth, median(smooth)[:, None] / 2)
    return result


def _widths(telling: Floats, phases: int) -> Iterator[tuple[int, Integers]]:
    """Number of neighboring phases pooled, for each season: at least a 24th of them.

    ``telling``: values per phase that deviate from the expectation, by season. Neighbors are added until they
    have ``_ENOUGH`` of these, up to the whole season: few events of a mostly zero metric carry little
    information on the hour.
    """
    least = min(max(3, phases // PARTS) | 1, phases)
    doubled = np.ceil(np.log2(np.maximum(_ENOUGH / (np.maximum(telling, 1e-9) * least), 1.0)))
    most = math.ceil(math.log2(max(phases / least, 1)))
    for times in np.unique(np.minimum(doubled, most)):
        rows = np.flatnonzero(np.minimum(doubled, most) == times)
        yield min(least * 2 ** int(times), phases), rows


def with_tail(away: Floats, spread: Floats) -> Floats:
    """Widen ``spread`` until the largest errors of most seasons are as far out as normal ones would be.

    Rare large values do not show in a mean deviation. In half of the seasons the largest of n normal values
    exceeds :func:`_farthest` deviations; one season with an anomaly does not move the median of seasons. A
    phase that had such a value is widened to at most ``_MORE`` times the width that includes these values.
    """
    known = ~np.isnan(away) & (spread > 0)[..., None]
    far = np.where(known, away / np.where(spread > 0, spread, 1.0)[..., None], 0.0).max(axis=1)
    counts = known.sum(axis=1)
    points = np.nan_to_num(median(np.where(counts > 0, counts, np.nan))).astype(np.int64)
    usual = np.array([_farthest(int(count)) for count in points])
    reached = median(np.where(counts > 0, far, np.nan)) / usual
    largest = median(np.where(counts > 0, np.where(known, away, 0.0).max(axis=1), np.nan)) / usual
    wider = np.fmin(spread * np.fmax(reached, 1.0)[:, None], _MORE * largest[:, None])
    result: Floats = np.fmax(spread, wider) + 0 * spread
    return result


@lru_cache(maxsize=4096)
def _farthest(count: int) -> float:
    """Median of the maximum of ``count`` absolute normal values."""
    return NormalDist().inv_cdf(0.5 + 0.5 ** (1 + 1 / max(count, 1)))
