"""Moving averages and medians."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from heeler.analytics import smoothing
from heeler.query.frame import Frame, Values
from heeler.query.metrics.functions.registry import FUNCTIONS, function, register_variant

_CPU = "avg:system.cpu.user{*}"


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
    for column in range(q.values.shape[1]):
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
    size = max(1, min(points, 1000))
    if not q.values.size:
        return q
    padded = np.concatenate([np.full((len(q.values), size - 1), np.nan), q.values], axis=1)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        smooth = reduce(sliding_window_view(padded, size, axis=1), axis=2)
    return q.with_values(np.where(np.isnan(q.values), np.nan, smooth))


@function(
    "Smoothing",
    "Smoothed as far as the shape of the line stays: noise goes, what stands out remains.",
    f"autosmooth({_CPU})",
    over_time=True,
)
def autosmooth(q: Frame) -> Frame:
    lines = [smoothing.autosmooth(line) if np.isfinite(line).sum() > 3 else line for line in q.values]
    return q.with_values(np.array(lines).reshape(q.values.shape))


def _register_families() -> None:
    for of, parameter, sizes in (
        ("ewma", "span", (3, 5, 7, 10, 20)),
        ("median", "points", (3, 5, 7, 9)),
        ("rollingavg", "points", (5, 13, 21, 29)),
    ):
        for size in sizes:
            title = f"{of}_{size}"
            summary = FUNCTIONS[of].summary.replace(f"``{parameter}``", str(size))
            register_variant(title, of, f"{title}({_CPU})", summary, **{parameter: size})


_register_families()
