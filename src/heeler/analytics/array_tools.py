"""Numerical helper functions shared by the algorithms. NaN means "no value" everywhere."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: A normal distribution's standard deviation in median absolute deviations.
MAD_TO_SD = 1.4826
#: Larger values count as this where their squares are needed.
_LARGEST = 1e100


def finite(values: Floats) -> Floats:
    """``values`` as float64 with infinities turned to NaN: they are no measure of anything."""
    given = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(given), given, np.nan)


def sorted_quantile(ascending: Floats, counts: Integers, q: float) -> Floats:
    """Quantile ``q`` of each last-axis row that is sorted with its NaN at the end.

    ``counts`` is the number of values of each row; a row of none gives NaN. Linear between neighbors.
    """
    position = np.maximum(counts - 1, 0) * q
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    below = np.take_along_axis(ascending, low[..., None], -1)[..., 0]
    above = np.take_along_axis(ascending, high[..., None], -1)[..., 0]
    result: Floats = below + (above - below) * (position - low)
    return result


def median(values: Floats, axis: int = -1) -> Floats:
    """Median along ``axis`` without NaN; NaN where there is nothing. Much faster than ``np.nanmedian``."""
    moved = np.moveaxis(values, axis, -1)
    if moved.shape[-1] == 0:
        return np.full(moved.shape[:-1], np.nan)
    return sorted_quantile(np.sort(moved, axis=-1), np.sum(~np.isnan(moved), axis=-1), 0.5)


def mad_sd(values: Floats) -> float:
    """Robust standard deviation of all ``values``: the scaled median absolute deviation; 0 of nothing."""
    flat = values[~np.isnan(values)]
    return float(MAD_TO_SD * np.median(np.abs(flat - np.median(flat)))) if flat.size else 0.0


def trailing_windows(values: Floats, size: int) -> Floats:
    """View [n, size]: row i holds the ``size`` values before point i (not point i), NaN before the start."""
    padded = np.concatenate((np.full(size, np.nan), values[:-1])) if len(values) else np.full(size, np.nan)
    windows: Floats = sliding_window_view(padded, size)[: len(values)]
    return windows


def trailing_mean(values: Floats, points: int) -> Floats:
    """Mean of each value and those before it, ``points`` in all; fewer at the start."""
    sums = np.cumsum(np.concatenate(([0.0], values)))
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - points, 0)
    result: Floats = (sums[end] - sums[start]) / (end - start)
    return result


def held(values: Floats) -> Floats:
    """Each NaN takes the last value before it; NaN before the first value."""
    index = np.where(np.isnan(values), 0, np.arange(len(values)))
    result: Floats = values[np.maximum.accumulate(index)] if len(values) else values
    return result


def continued(values: Floats) -> tuple[Floats, Mask]:
    """``values`` without gaps, and where the gaps were; for values of which at least one is a number.

    A gap holds the value before it (at the beginning: the first); what is beyond 1e100 counts as that,
    so that squares and sums stay finite.
    """
    known = finite(values)
    missing = np.isnan(known)
    filled = np.clip(held(known), -_LARGEST, _LARGEST)
    filled[np.isnan(filled)] = filled[~missing][0]
    return filled, missing


def interpolated(values: Floats) -> Floats:
    """NaN between values filled in a straight line, outside them by the nearest; all NaN stays so."""
    known = ~np.isnan(values)
    if not known.any() or known.all():
        return values
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known])


def interpolated_circle(values: Floats) -> Floats:
    """As :func:`interpolated` for a season's profile, whose end meets its beginning."""
    known = ~np.isnan(values)
    if not known.any() or known.all():
        return values
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known], period=len(values))


def circular_mean(values: Floats, width: int) -> Floats:
    """Moving mean of odd ``width`` over seasons' profiles (last axis), whose end meets their beginning."""
    size = values.shape[-1]
    width = min(width | 1, (size - 1) | 1 if size % 2 else size - 1)
    if width < 3:
        return values
    half = width // 2
    none = np.zeros((*values.shape[:-1], 1))
    sums = np.cumsum(
        np.concatenate((none, values[..., -half:], values, values[..., :half]), axis=-1), axis=-1
    )
    result: Floats = (sums[..., width:] - sums[..., :-width]) / width
    return result


def typical_step(times: Integers) -> int:
    """Seconds between most neighbors of ``times``; 1 for fewer than two."""
    return max(1, int(np.median(np.diff(times)))) if len(times) > 1 else 1
