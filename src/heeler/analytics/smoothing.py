"""``autosmooth``: the widest moving average that preserves outstanding deviations.

ASAP (Rong and Bailis, VLDB 2017): among all windows, chooses the one whose mean has the least roughness and a
kurtosis not below the original's, so that noise is removed and deviations remain.
"""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats, finite, interpolated

#: Windows up to this are all tried; wider ones at this distance (logarithm).
_EACH, _APART = 128, 0.02


def autosmooth(values: Floats) -> Floats:
    """The centered smoothed series, of the same length; missing points stay missing."""
    known = finite(values)
    filled = interpolated(known)
    if len(filled) < 8 or np.isnan(filled).any():
        return known
    smooth = _moving_mean(filled, smoothing_window(filled))
    return np.where(np.isnan(known), np.nan, smooth)


def smoothing_window(values: Floats) -> int:
    """Window in points, 1 for none, at most a tenth of the series. ``values`` have no NaN."""
    least, chosen = _roughness(values), 1
    original = _kurtosis(values)
    for window in _candidates(max(2, len(values) // 10)):
        smooth = _means(values, window)
        roughness = _roughness(smooth)
        if roughness < least and _kurtosis(smooth) >= original:
            least, chosen = roughness, window
    return chosen


def _candidates(most: int) -> list[int]:
    """Windows to try: all up to about a hundred, beyond that about 2 % apart."""
    if most <= _EACH:
        return list(range(2, most + 1))
    wide = np.geomspace(_EACH, most, 1 + int(np.log(most / _EACH) / _APART))
    return [*range(2, _EACH), *np.unique(wide.astype(np.int64)).tolist()]


def _means(values: Floats, window: int) -> Floats:
    sums = np.cumsum(np.concatenate(([0.0], values)))
    result: Floats = (sums[window:] - sums[:-window]) / window
    return result


def _moving_mean(values: Floats, window: int) -> Floats:
    """Centered mean; truncated windows at the ends."""
    sums = np.cumsum(np.concatenate(([0.0], values)))
    at = np.arange(len(values))
    low = np.maximum(at - (window - 1) // 2, 0)
    high = np.minimum(at + window // 2 + 1, len(values))
    result: Floats = (sums[high] - sums[low]) / (high - low)
    return result


def _roughness(values: Floats) -> float:
    steps = values[1:] - values[:-1]
    return float(steps.std())


def _kurtosis(values: Floats) -> float:
    away = values - values.mean()
    squares = away * away
    variance = float(squares.mean())
    return float(squares @ squares) / len(squares) / variance**2 if variance > 1e-300 else 0.0
