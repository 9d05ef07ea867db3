"""Reduction of series to scalars, for query values, top lists and tables."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from heeler.query.frame import Frame, Values
from heeler.query.metrics.errors import QueryError

#: Reducers that, for averages and percentiles of distributions, are the same aggregate over the whole window.
MERGED = ("avg", "mean", "percentile")
REDUCERS = ("avg", "min", "max", "sum", "last", "percentile", "mean", "l2norm", "area")


def reduce_values(values: Values, reducer: str, interval: int) -> Values:
    """Reduce each row of ``values`` to one number: float64 [g], NaN for empty rows.

    ``percentile`` is the 95th; ``area`` the sum of values times ``interval``, ``l2norm`` the root of the sum
    of squares.
    """
    empty = np.isnan(values).all(axis=1) if values.shape[1] else np.ones(len(values), np.bool_)
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result = _reduced(values, reducer, interval)
    return np.where(empty, np.nan, result)


def _reduced(values: Values, reducer: str, interval: int) -> Values:
    result: Values
    match reducer:
        case "avg" | "mean":
            result = np.nanmean(values, axis=1)
        case "min":
            result = np.nanmin(values, axis=1)
        case "max":
            result = np.nanmax(values, axis=1)
        case "sum":
            result = np.nansum(values, axis=1)
        case "area":
            result = np.nansum(values, axis=1) * interval
        case "l2norm" | "norm":
            result = np.sqrt(np.nansum(values * values, axis=1))
        case "percentile":
            result = np.nanpercentile(values, 95, axis=1)
        case "last":
            places = values.shape[1] - 1 - np.argmax(~np.isnan(values)[:, ::-1], axis=1)
            result = values[np.arange(len(values)), places]
        case _:
            raise QueryError(f"Unknown aggregator {reducer!r}; there are {', '.join(REDUCERS)}")
    return result


def reduce_groups(frame: Frame, reducer: str) -> Values:
    """Reduce each group of ``frame`` to one number: float64 [g], NaN for empty groups.

    Averages and percentiles of distributions come from the merged sketches of the whole window: a mean of
    ``p95`` over time is not a percentile.
    """
    merged = frame.merged() if reducer in MERGED else None
    return reduce_values(frame.values, reducer, frame.interval) if merged is None else merged


def reduce_frame(frame: Frame, reducer: str) -> Frame:
    """Reduce ``frame`` to one column at time 0, so that queries with different buckets align."""
    numbers = reduce_groups(frame, reducer)
    times = np.zeros(1, np.int64)
    length = int(frame.times[-1] - frame.times[0]) + frame.interval if len(frame.times) else frame.interval
    return replace(frame.with_values(numbers[:, None]), times=times, interval=length, bands={})
