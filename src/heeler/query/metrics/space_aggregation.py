"""Space aggregation: buckets of series to buckets of groups, with interpolation. Pure numpy."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from heeler.query.frame import Times, Values
from heeler.query.metrics.modifiers import Fill

Index = NDArray[np.int64]


def interpolate(table: Values, starts: Times, fill: Fill) -> Values:
    """Fill the gaps of each row by ``fill``; ``linear`` and ``last`` only between or after points."""
    missing = np.isnan(table)
    if fill.method == "null" or not table.size or not missing.any():
        return table
    if fill.method in ("zero", "constant"):
        return _fill_constant(table, missing, starts, fill)
    places = np.arange(table.shape[1])
    before = np.maximum.accumulate(np.where(missing, -1, places), axis=1)
    rows = np.arange(len(table))[:, None]
    if fill.method == "last":
        age = starts[places] - starts[np.maximum(before, 0)]
        usable = missing & (before >= 0) & ((age <= fill.limit) | (fill.limit == 0))
        return np.where(usable, table[rows, np.maximum(before, 0)], table)
    after = np.minimum.accumulate(np.where(missing, len(places), places)[:, ::-1], axis=1)[:, ::-1]
    inside = missing & (before >= 0) & (after < len(places))
    low, high = np.maximum(before, 0), np.minimum(after, len(places) - 1)
    gap = starts[high] - starts[low]
    inside &= (gap <= fill.limit) | (fill.limit == 0)
    share = (starts[places] - starts[low]) / np.maximum(gap, 1)
    left, right = table[rows, low], table[rows, high]
    return np.where(inside, left + (right - left) * share, table)


def _fill_constant(table: Values, missing: NDArray[np.bool_], starts: Times, fill: Fill) -> Values:
    if not fill.limit:
        return np.where(missing, fill.constant, table)
    places = np.arange(table.shape[1])
    before = np.maximum.accumulate(np.where(missing, -1, places), axis=1)
    near = (before >= 0) & (starts[places] - starts[np.maximum(before, 0)] <= fill.limit)
    return np.where(missing & near, fill.constant, table)


def predecessors(table: Values) -> Index:
    """Index of the previous value of each cell in its row, or -1."""
    places = np.arange(table.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(table), -1, places), axis=1)
    if not last.size:
        return last
    return np.concatenate([np.full((len(last), 1), -1), last[:, :-1]], axis=1)


def differences(table: Values) -> Values:
    """Difference of each value to the previous one in its row; NaN for the first and for missing values."""
    if not table.size:
        return table
    before = predecessors(table)
    rows = np.arange(len(table))[:, None]
    with np.errstate(invalid="ignore"):
        change: Values = np.where(before >= 0, table - table[rows, np.maximum(before, 0)], np.nan)
    return change


def reduce_space(
    table: Values, rows: Index, groups: Index, count: int, method: str, weights: Values | None = None
) -> Values:
    """Aggregate series into groups: row ``rows[i]`` of ``table`` belongs to group ``groups[i]``.

    Returns float64 [count, n]; NaN where no series of the group has a value. ``weights`` (shaped like
    ``table``) weigh each series for ``avg`` and ``sum``.
    """
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    used = np.diff(starts, append=len(order)) > 0
    if not used.all():
        result = np.full((count, table.shape[1]), np.nan)
        if used.any():
            places = np.cumsum(used) - 1
            result[used] = reduce_space(table, rows, places[groups], int(used.sum()), method, weights)
        return result
    picked = rows[order]
    ordered = (
        table
        if len(picked) == len(table) and bool((picked == np.arange(len(table))).all())
        else table[picked]
    )
    if count == len(picked) and method not in ("count", "stddev") and weights is None:
        return ordered
    return _aggregate(ordered, starts, method, None if weights is None else weights[picked])


def _aggregate(table: Values, starts: Index, method: str, weights: Values | None) -> Values:
    if method in ("min", "max"):
        extreme = np.fmin if method == "min" else np.fmax
        result: Values = extreme.reduceat(table, starts, axis=0)
        return result
    missing = np.isnan(table)
    whole = not missing.any()
    present = np.ones_like(table) if whole else (~missing).astype(np.float64)
    values = table if whole else np.where(missing, 0.0, table)
    if weights is not None:
        present = present * weights
        values = values * weights
    number = np.add.reduceat(present, starts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        if method == "count":
            return np.where(number > 0, number, np.nan)
        total = np.add.reduceat(values, starts, axis=0)
        if method == "sum":
            return np.where(number > 0, total, np.nan)
        mean = total / number
        if method == "stddev":
            # Distances from the mean: squares of large values leave nothing of their differences.
            away = table - np.repeat(mean, np.diff(np.append(starts, len(table))), axis=0)
            return np.sqrt(np.add.reduceat(np.where(missing, 0.0, away * away), starts, axis=0) / number)
    return mean
