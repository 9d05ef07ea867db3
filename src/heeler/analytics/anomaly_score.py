"""Anomaly score of each point of a metric: its deviation in several views, relative to past maxima.

1. *Views* of the metric: the value, its difference from the last few values, a short and a longer mean, a
   short spread, and the difference from the same time on past days. A spike, a level shift, a slow drift, a
   flat line and a missing peak each show in one of them.
2. *Deviation*: a view's distance from its own past median, in units of its past 10 % to 90 % range.
3. *Surprise*: the deviation relative to the largest one of an unusual past stretch: the ``USUAL`` quantile of
   the largest deviations of all past stretches of ``STRETCH`` points. Stretches are counted, not points,
   because what matters to the person on call is how *often* a deviation happened before, not how long it
   lasted. A metric that spikes each hour is thereby normal, and one long past anomaly masks nothing.
4. The score is the largest surprise of all views; one alert is due for each episode.

No seasonality and no parameter for each metric is needed; unit and scale do not matter. All steps are causal.
The method is our own; the views and the single alert for an episode follow what is known to work on the
Numenta Anomaly Benchmark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from heeler.analytics.alert_dedup import deduplicated
from heeler.analytics.array_tools import (
    Floats,
    Integers,
    Mask,
    continued,
    median,
    trailing_mean,
    typical_step,
)

#: Points of the learning phase.
LEARNED = 100
#: Points of a stretch, and the quantile of the largest deviations of past stretches that is still usual.
STRETCH, USUAL = 50, 0.9
#: Past points whose quantiles are computed, and when these are recomputed: when the past has grown by
#: ``GROWTH``, and at the latest after ``STALE`` points.
SPAN, GROWTH, STALE = 5_000, 1.05, 250
#: Minimum number of points for quantiles.
FEWEST = 40
#: Points of the views: difference from the last few, short mean, long mean, short spread; past days.
FEW, SHORT, LONG, SPREAD, DAYS = 5, 10, 40, 20, 3
#: Distance between the 10 % and 90 % quantiles of a normal distribution, in standard deviations.
_WIDTH = 2.563
#: Minimum deviation as a fraction of the past's standard deviation, spikes included: a flat line with rare
#: spikes.
_FLOOR = 0.02
#: Alert threshold of the surprise; chosen on one half of the labeled series.
THRESHOLD = 1.15
#: Scores below this start no quiet period, which lasts while ``LASTING`` times the score is present; scores
#: above ``_MOST`` are clipped.
MINOR, LASTING, _MOST = 0.5, 0.5, 50.0
#: Spread that counts as zero, as a fraction of the past's standard deviation; minimum width of its logarithm.
_FLAT, _LEAST_RATIO = 1e-2, 0.05
#: Index of the logarithm of the spread in :func:`views_of`.
SPREAD_VIEW = 4
#: Deviation of a view that changes for the first time.
_FARTHEST = 1e9
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Surprise:
    """``score``: float64 [n], relative to the maximum of an unusual past stretch (1). ``alerts``: bool [n],
    where an alert is due.
    """

    score: Floats
    alerts: Mask


def detect(times: Integers, values: Floats, threshold: float = THRESHOLD) -> Surprise:
    """Score one series: ``times`` int64 [n] UNIX seconds, evenly spaced, ``values`` float64 [n]."""
    score = surprise(times, values)
    return Surprise(score, quiet(score) >= threshold)


def quiet(score: Floats) -> Floats:
    """``score`` at the points where an alert is due, 0 elsewhere."""
    return deduplicated(score, MINOR, lasting=LASTING)


def surprise(times: Integers, values: Floats) -> Floats:
    """The score of each point, float64 [n]; 0 during the learning phase and for missing values."""
    if len(values) <= LEARNED or not np.isfinite(values).any():
        return np.zeros(len(values))
    filled, missing = continued(values)
    day = max(1, round(86_400 / typical_step(times)))
    away = deviations(views_of(filled - filled[0], day))
    away[:, missing] = 0.0
    by_view = np.minimum(away / (1 + usual_peaks(away)), _MOST)
    by_view[-1, : 2 * day] = 0.0
    score: Floats = by_view.max(axis=0)
    score[:LEARNED] = 0.0
    return score


def views_of(values: Floats, day: int) -> Floats:
    """The views of ``values``, float64 [views, n]; ``day`` is the number of points of a day.

    The last view, the difference from past days, is not informative in the first ``DAYS`` days.
    """
    last = np.concatenate((np.full(FEW, values[0]), values[:-1]))
    step = values - np.sort(sliding_window_view(last, FEW)[: len(values)], axis=1)[:, FEW // 2]
    mean = trailing_mean(values, SPREAD)
    spread = np.sqrt(np.maximum(trailing_mean(values * values, SPREAD) - mean * mean, 0.0))
    noise = _FLAT * _noise_before(values) + _TINY
    return np.stack(
        (
            values,
            step,
            trailing_mean(values, SHORT),
            trailing_mean(values, LONG),
            np.log(spread + noise),
            _against_past_days(trailing_mean(values, max(3, day // 48)), day),
        )
    )


def _deviations_before(views: Floats) -> Floats:
    """Standard deviation of up to ``SPAN`` values before each point, by row."""
    none = np.zeros((len(views), 1))
    sums = np.cumsum(np.concatenate((none, views[:, :-1]), axis=1), axis=1)
    squares = np.cumsum(np.concatenate((none, views[:, :-1] ** 2), axis=1), axis=1)
    end = np.arange(views.shape[1])
    start = np.maximum(end - SPAN, 0)
    count = np.maximum(end - start, 1)
    mean = (sums[:, end] - sums[:, start]) / count
    variance = (squares[:, end] - squares[:, start]) / count - mean**2
    result: Floats = np.sqrt(np.maximum(variance, 0.0))
    return result


def _noise_before(values: Floats) -> Floats:
    """Standard deviation of the values before each point; the first points share one."""
    result: Floats = _deviations_before(values[None])[0]
    result[:FEWEST] = values[:FEWEST].std()
    return result


def _against_past_days(values: Floats, day: int) -> Floats:
    """Difference from the median of the same time on past days; the first day uses that of the second."""
    past = np.full((len(values), DAYS), np.nan)
    for back in range(1, DAYS + 1):
        past[day * back :, back - 1] = values[: max(0, len(values) - day * back)]
    distance = np.nan_to_num(values - median(past))
    distance[:day] = np.resize(distance[day : 2 * day], day)[: len(distance)] if len(values) > day else 0.0
    return distance


def _growing(length: int) -> Iterator[tuple[int, int]]:
    """Stretches of points that share the same history."""
    start = FEWEST
    while start < length:
        end = min(length, int(start * GROWTH) + 2, start + STALE)
        yield start, end
        start = end


def deviations(views: Floats) -> Floats:
    """Deviation of each view from its past median, in units of its past range: float64 [views, n]."""
    away = np.zeros_like(views)
    deviation = _deviations_before(views)
    for start, end in _growing(views.shape[1]):
        past = views[:, max(0, start - SPAN) : start]
        ranks = [round(q * (past.shape[1] - 1)) for q in (0.1, 0.5, 0.9)]
        low, middle, high = np.partition(past, ranks, axis=1)[:, ranks].T[:, :, None]
        floor = _FLOOR * deviation[:, [start]] + 1e-9 * np.abs(middle)
        floor[SPREAD_VIEW] = _LEAST_RATIO
        width = np.maximum((high - low) / _WIDTH, floor)
        distance = np.abs(views[:, start:end] - middle)
        away[:, start:end] = distance / np.maximum(width, distance / _FARTHEST + _TINY)
    return away


def usual_peaks(away: Floats) -> Floats:
    """The ``USUAL`` quantile of the maximum deviations of the stretches before each point's own.

    In the first stretch, which has no history, it is ``_FARTHEST``.
    """
    usual = np.full_like(away, _FARTHEST)
    whole = away.shape[1] // STRETCH
    peaks = away[:, : whole * STRETCH].reshape(len(away), whole, STRETCH).max(axis=2)
    for index in range(1, -(-away.shape[1] // STRETCH)):
        rank = USUAL * (index - 1)
        low, high = int(rank), min(int(rank) + 1, index - 1)
        ordered = np.partition(peaks[:, :index], (low, high), axis=1)
        quantile = ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (rank - low)
        usual[:, index * STRETCH : (index + 1) * STRETCH] = quantile[:, None]
    return usual
