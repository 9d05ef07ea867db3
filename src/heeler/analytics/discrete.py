"""Anomaly bands of metrics with few distinct values: counts, percentages without decimals, states.

Deviations of such metrics are whole steps, and often most values are equal; a band as narrow as their median
deviation would mark every other value as an anomaly.
"""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, Mask

#: Steps below this fraction of the largest value are floating point noise.
_DIGITS = 1e-9
#: Share of zeros from which a metric without negative values is bounded at zero.
_ZEROS = 0.01


def half_steps(ascending: Floats, counts: Integers) -> Floats:
    """Half the smallest step between the values of each sorted row [n, size] with NaN last: float64 [n].

    This is the maximum rounding error of a value. 0 if less than half of the values repeat: those are not
    discrete.
    """
    if ascending.shape[1] < 2:
        return np.zeros(len(ascending))
    last = np.take_along_axis(ascending, np.maximum(counts - 1, 0)[:, None], 1)[:, 0]
    digits = _DIGITS * np.fmax(np.abs(ascending[:, 0]), np.abs(last))
    gaps = np.diff(ascending, axis=1)
    real = gaps > digits[:, None]
    least = np.where(real, gaps, np.inf).min(axis=1)
    repeated = 2 * (1 + real.sum(axis=1)) <= counts
    result: Floats = np.where(repeated & np.isfinite(least), least / 2, 0.0)
    return result


def rare_event_sd(ascending: Floats, counts: Integers) -> Floats:
    """Minimum standard deviation of rows as above that are mostly zero and never negative; else 0.

    Models events of a usual size at random times: size x sqrt(share of points with an event), as of a Poisson
    process. Half an event more than was seen is assumed, for events rarer than the row is long.
    """
    size = ascending.shape[1]
    zeros = np.sum(ascending == 0, axis=1)
    events = counts - zeros
    rare = (zeros > events) & (events > 0) & (size > 0)
    rare[rare] &= ascending[rare, 0] >= 0
    usual = np.take_along_axis(ascending, np.clip(zeros + (events - 1) // 2, 0, size - 1)[:, None], 1)[:, 0]
    result: Floats = np.where(rare, np.nan_to_num(usual) * np.sqrt((events + 0.5) / (counts + 1)), 0.0)
    return result


def at_home_at_zero(values: Floats) -> Mask:
    """Before which points a metric (float64 [n]) was sometimes 0 and never below: bool [n].

    True for counts, queues and idle gauges: a band that extends below 0 is meaningless for them.
    """
    with np.errstate(invalid="ignore"):
        below, zero = values < 0, values == 0
    seen = np.cumsum(~np.isnan(values))
    found: Mask = ~np.logical_or.accumulate(below) & (np.cumsum(zero) > _ZEROS * seen)
    return np.concatenate(([False], found[:-1])) if len(found) else found
