"""Numerical helper functions shared by the algorithms. NaN means "no value" everywhere."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Standard deviation of a normal distribution in median absolute deviations.
MAD_TO_SD = 1.4826
#: Larger values are clipped to this where their squares are needed.
_LARGEST = 1e100


def finite(values: Floats) -> Floats:
    """Return ``values`` as float64 with infinities replaced by NaN."""
    given = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(given), given, np.nan)


def sorted_quantile(ascending: Floats, counts: Integers, q: float) -> Floats:
    """Quantile ``q`` of each last-axis row that is sorted with NaN last.

    ``counts`` is the number of values of each row; NaN for an empty row. Linear interpolation.
    """
    position = np.maximum(counts - 1, 0) * q
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    below = np.take_along_axis(ascending, low[..., None], -1)[..., 0]
    above = np.take_along_axis(ascending, high[..., None], -1)[..., 0]
    result: Floats = below + (above - below) * (position - low)
    return result


def median(values: Floats, axis: int = -1) -> Floats:
    """Median along ``axis`` ignoring NaN; NaN for no values. Much faster than ``np.nanmedian``."""
    moved = np.moveaxis(values, axis, -1)
    if moved.shape[-1] == 0:
        return np.full(moved.shape[:-1], np.nan)
    return sorted_quantile(np.sort(moved, axis=-1), np.sum(~np.isnan(moved), axis=-1), 0.5)


def mad_sd(values: Floats) -> float:
    """Robust standard deviation of all ``values``: the scaled median absolute deviation; 0 for no values."""
    flat = values[~np.isnan(values)]
    return float(MAD_TO_SD * np.median(np.abs(flat - np.median(flat)))) if flat.size else 0.0


def trailing_windows(values: Floats, size: int) -> Floats:
    """View [n, size]: row i holds the ``size`` values before point i (excluding i), NaN before the start."""
    padded = np.concatenate((np.full(size, np.nan), values[:-1])) if len(values) else np.full(size, np.nan)
    windows: Floats = sliding_window_view(padded, size)[: len(values)]
    return windows


def trailing_mean(values: Floats, points: int) -> Floats:
    """Mean over a trailing window of ``points`` values including the current one; fewer at the start."""
    sums = np.cumsum(np.concatenate(([0.0], values)))
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - points, 0)
    result: Floats = (sums[end] - sums[start]) / (end - start)
    return result


def held(values: Floats) -> Floats:
    """Forward fill: each NaN takes the last value before it; NaN before the first value."""
    index = np.where(np.isnan(values), 0, np.arange(len(values)))
    result: Floats = values[np.maximum.accumulate(index)] if len(values) else values
    return result


def continued(values: Floats) -> tuple[Floats, Mask]:
    """Return ``values`` with gaps filled, and a mask of the gaps; at least one value must be a number.

    A gap takes the value before it (at the start: the first); values are clipped to ±1e100, so that squares
    and sums stay finite.
    """
    known = finite(values)
    missing = np.isnan(known)
    filled = np.clip(held(known), -_LARGEST, _LARGEST)
    filled[np.isnan(filled)] = filled[~missing][0]
    return filled, missing


def interpolated(values: Floats) -> Floats:
    """Linear interpolation of NaN, constant extrapolation at the ends; all NaN stays so."""
    known = ~np.isnan(values)
    if not known.any() or known.all():
        return values
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known])


def interpolated_circle(values: Floats) -> Floats:
    """Like :func:`interpolated`, for a seasonal profile, whose end is adjacent to its start."""
    known = ~np.isnan(values)
    if not known.any() or known.all():
        return values
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known], period=len(values))


def circular_mean(values: Floats, width: int) -> Floats:
    """Moving mean of odd ``width`` over seasonal profiles (last axis), whose end is adjacent to their
    start.
    """
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
    """Median interval of ``times`` in seconds; 1 for fewer than two."""
    return max(1, int(np.median(np.diff(times)))) if len(times) > 1 else 1
