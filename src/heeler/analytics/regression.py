"""Linear and piecewise constant fits of a series: ``trend_line``, ``robust_trend``,
``piecewise_constant``, Theil-Sen."""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, finite, mad_sd

#: Residuals beyond this many robust deviations are down-weighted (Huber 1964: 95 % efficient for normal
#: noise).
HUBER_K = 1.345
#: Maximum number of points for Theil-Sen: the number of pairs is quadratic.
THEIL_SEN_POINTS = 200


def trend_line(times: Integers, values: Floats) -> Floats:
    """Ordinary least squares; NaN everywhere with fewer than two points."""
    known = finite(values)
    x = scaled_time(times)
    slope, intercept = weighted_line(x, known, np.ones(len(known)))
    return intercept + slope * x


def robust_trend(times: Integers, values: Floats, rounds: int = 20) -> Floats:
    """Line by Huber's loss (iteratively reweighted least squares), robust against spikes."""
    known = finite(values)
    x = scaled_time(times)
    weights = np.ones(len(known))
    slope, intercept = weighted_line(x, known, weights)
    for _ in range(rounds):
        residual = known - intercept - slope * x
        scale = mad_sd(residual)
        if scale <= 0:
            break
        weights = np.minimum(1.0, HUBER_K * scale / np.maximum(np.abs(np.nan_to_num(residual)), 1e-300))
        before = slope, intercept
        slope, intercept = weighted_line(x, known, weights)
        if np.allclose(before, (slope, intercept), rtol=1e-9, atol=1e-12):
            break
    return intercept + slope * x


def scaled_time(times: Integers) -> Floats:
    """Scale ``times`` to 0..1: squares of seconds since 1970 would lose precision."""
    if len(times) < 2 or times[-1] == times[0]:
        return np.zeros(len(times))
    result: Floats = (times - times[0]) / float(times[-1] - times[0])
    return result


def weighted_line(x: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and intercept of the weighted least-squares line over points that are not NaN."""
    known = ~np.isnan(y)
    if not known.any():
        return float("nan"), float("nan")
    x, y, weights = x[known], y[known], weights[known]
    total = weights.sum()
    x_mean, y_mean = float((weights * x).sum() / total), float((weights * y).sum() / total)
    spread = float((weights * (x - x_mean) ** 2).sum())
    slope = float((weights * (x - x_mean) * (y - y_mean)).sum() / spread) if spread > 0 else 0.0
    return slope, y_mean - slope * x_mean


def theil_sen(x: Floats, y: Floats, points: int = THEIL_SEN_POINTS) -> tuple[float, float]:
    """Slope and intercept by the median of pairwise slopes; robust to up to 29 % of outliers.

    At most ``points``, evenly chosen, are used.
    """
    known = np.flatnonzero(~np.isnan(y))
    if len(known) < 2:
        return 0.0, float(y[known[0]]) if len(known) else float("nan")
    if len(known) > points:
        known = known[np.linspace(0, len(known) - 1, points).astype(np.int64)]
    xs, ys = x[known], y[known]
    first, second = np.triu_indices(len(xs), 1)
    run = xs[second] - xs[first]
    slope = float(np.median((ys[second] - ys[first])[run > 0] / run[run > 0])) if (run > 0).any() else 0.0
    return slope, float(np.median(ys - slope * xs))


def piecewise_constant(values: Floats, most_segments: int = 32) -> Floats:
    """The series as steps: binary segmentation by least squares, each step at its segment's mean.

    A segment is split while that saves more than a BIC-like penalty of noise variance (from differences of
    neighbors).
    """
    known = finite(values)
    at = np.flatnonzero(~np.isnan(known))
    if len(at) < 2:
        return known
    y = known[at]
    noise = mad_sd(np.diff(y)) / np.sqrt(2)
    price = 3.0 * np.log(len(y)) * max(noise**2, 1e-12 * float(np.var(y)))
    result = np.full(len(known), np.nan)
    for start, end in _segments(y, price, most_segments):
        result[at[start] : at[end - 1] + 1] = y[start:end].mean()
    result[np.isnan(known)] = np.nan
    return result


def _segments(y: Floats, price: float, most: int) -> list[tuple[int, int]]:
    """Bounds of segments, by repeated splitting where it reduces the squared error most."""
    sums = np.concatenate(([0.0], np.cumsum(y - y.mean())))
    waiting = [_best_split(sums, 0, len(y))]
    done: list[tuple[int, int]] = []
    while waiting:
        waiting.sort()
        gain, start, split, end = waiting.pop()
        if gain <= price or len(done) + len(waiting) + 1 >= most:
            done.append((start, end))
        else:
            waiting += [_best_split(sums, start, split), _best_split(sums, split, end)]
    return sorted(done)


def _best_split(sums: Floats, start: int, end: int) -> tuple[float, int, int, int]:
    """(squared error saved, start, split, end) of the best split of one segment; 0 saved if there is none."""
    if end - start < 2:
        return 0.0, start, end, end
    cuts = np.arange(start + 1, end)
    left, right = sums[cuts] - sums[start], sums[end] - sums[cuts]
    whole = sums[end] - sums[start]
    gains = left**2 / (cuts - start) + right**2 / (end - cuts) - whole**2 / (end - start)
    best = int(np.argmax(gains))
    return float(gains[best]), start, int(cuts[best]), end
