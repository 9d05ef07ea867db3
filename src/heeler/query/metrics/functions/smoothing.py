"""Moving averages and medians."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from heeler.analytics import smoothing
from heeler.analytics.array_tools import finite, interpolated
from heeler.query import budget
from heeler.query.frame import Frame, Values
from heeler.query.metrics.functions.registry import FUNCTIONS, function, register_variant

_CPU = "avg:system.cpu.user{*}"
#: Minimum number of points to separate noise from shape.
_SHORTEST = 8
#: Values of sliding windows held at once.
_AT_ONCE = 4_000_000


@function(
    "Smoothing",
    "The exponentially weighted mean over ``span`` points.",
    f"ewma({_CPU}, 10)",
    over_time=True,
)
def ewma(q: Frame, span: int) -> Frame:
    share = 2.0 / (max(span, 1) + 1)
    result = np.full_like(q.values, np.nan)
    level = np.full(len(q.values), np.nan)
    for column in budget.each(range(q.values.shape[1])):
        value = q.values[:, column]
        level = np.where(
            np.isnan(level), value, np.where(np.isnan(value), level, level + share * (value - level))
        )
        result[:, column] = np.where(np.isnan(value), np.nan, level)
    return q.with_values(result)


@function("Smoothing", "The median of the last ``points`` points.", f"median({_CPU}, 5)", over_time=True)
def median(q: Frame, points: int) -> Frame:
    return _trailing(q, points, np.nanmedian)


@function("Smoothing", "The mean of the last ``points`` points.", f"rollingavg({_CPU}, 5)", over_time=True)
def rollingavg(q: Frame, points: int) -> Frame:
    return _trailing(q, points, np.nanmean)


def _trailing(q: Frame, points: int, reduce: Callable[..., Values]) -> Frame:
    """``reduce`` over a trailing window of ``points`` values including the current one; gaps are skipped."""
    size = max(1, min(points, 1000))
    if not q.values.size:
        return q
    result = np.full_like(q.values, np.nan)
    step = max(1, _AT_ONCE // (q.values.shape[1] * size))
    for first in budget.each(range(0, len(q.values), step)):
        rows = q.values[first : first + step]
        # Missing values are moved to the front, where they represent values before the window.
        order = np.argsort(~np.isnan(rows), axis=1, kind="stable")
        joined = np.pad(np.take_along_axis(rows, order, 1), ((0, 0), (size - 1, 0)), constant_values=np.nan)
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            smooth = reduce(sliding_window_view(joined, size, axis=1), axis=2)
        np.put_along_axis(result[first : first + step], order, smooth, 1)
    return q.with_values(np.where(np.isnan(q.values), np.nan, result))


@function(
    "Smoothing",
    "Smoothed as far as the shape of the lines stays, all by one span: noise goes, what stands out remains.",
    f"autosmooth({_CPU})",
    over_time=True,
)
def autosmooth(q: Frame) -> Frame:
    lines = [interpolated(finite(line)) for line in budget.each(q.values)]
    whole = [row for row, line in enumerate(lines) if len(line) >= _SHORTEST and not np.isnan(line).any()]
    if not whole:
        return q
    # Series of one graph remain comparable with equal smoothing: the median window of those that vary.
    moving = [lines[row] for row in whole if np.ptp(lines[row]) > 0]
    span = int(np.median([smoothing.smoothing_window(line) for line in budget.each(moving)] or [1]))
    values = q.values.copy()
    values[whole] = _centred_mean(np.array([lines[row] for row in whole]), span)
    return q.with_values(np.where(np.isnan(q.values), np.nan, values))


def _centred_mean(values: Values, span: int) -> Values:
    """Centered mean of ``span`` points; truncated at the ends."""
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    at = np.arange(values.shape[1])
    low = np.maximum(at - (span - 1) // 2, 0)
    high = np.minimum(at + span // 2 + 1, values.shape[1])
    result: Values = (sums[:, high] - sums[:, low]) / (high - low)
    return result


def _register_families() -> None:
    for of, parameter, sizes in (
        ("ewma", "span", (1, 3, 5, 7, 10, 20)),
        ("median", "points", (3, 5, 7, 9)),
        ("rollingavg", "points", (5, 13, 21, 29)),
    ):
        for size in sizes:
            title = f"{of}_{size}"
            summary = FUNCTIONS[of].summary.replace(f"``{parameter}``", str(size))
            register_variant(title, of, f"{title}({_CPU})", summary, **{parameter: size})


_register_families()
