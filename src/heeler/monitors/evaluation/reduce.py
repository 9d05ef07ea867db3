"""Reduces a frame to one number a group. Pure."""

from __future__ import annotations

import math
import warnings

import numpy as np

from heeler.query.frame import Frame, Values
from heeler.query.metrics.scalar import MERGED


def reduce_row(values: Values, aggregator: str) -> float | None:
    """Reduce a row to one number; None if it has no finite value."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    match aggregator:
        case "sum":
            return float(finite.sum())
        case "min":
            return float(finite.min())
        case "max":
            return float(finite.max())
        case "last":
            return float(finite[-1])
        case _:
            return float(finite.mean())


def reduced_rows(frame: Frame, aggregator: str) -> list[float | None]:
    """Reduce to one number a group; averages and percentiles of distributions from their merged sketches."""
    if frame.totals is not None and aggregator in MERGED:
        return [float(total) if np.isfinite(total) else None for total in frame.totals]
    values = frame.values
    finite = np.isfinite(values)
    if not values.size or not finite.all():
        return [reduce_row(row, aggregator) for row in values]
    match aggregator:
        case "sum":
            found = values.sum(axis=1)
        case "min":
            found = values.min(axis=1)
        case "max":
            found = values.max(axis=1)
        case "last":
            found = values[:, -1]
        case _:
            found = values.mean(axis=1)
    return [float(value) for value in found]


def data_age(frame: Frame, row: Values, end: float) -> float:
    """Seconds from the last bucket with data to ``end``; 0 if there is none."""
    finite = np.flatnonzero(np.isfinite(row))
    return max(end - float(frame.times[finite[-1]]) - frame.interval, 0.0) if len(finite) else 0.0


def data_ages(frame: Frame, end: float) -> list[float]:
    """:func:`data_age` of each row."""
    finite = np.isfinite(frame.values)
    if not frame.values.size:
        return [0.0] * len(frame.values)
    last = frame.values.shape[1] - 1 - finite[:, ::-1].argmax(axis=1)
    ages = np.maximum(end - frame.times[last].astype(float) - frame.interval, 0.0)
    return [float(age) for age in np.where(finite.any(axis=1), ages, 0.0)]


def covers_window(frame: Frame, row: Values, start: float, end: float) -> bool:
    """Whether data spans the window: its first part has data and at most three parts are empty."""
    length = end - start
    part = 60 if length <= 3600 else 600 if length <= 86400 else 3600 if length <= 7 * 86400 else 14400
    count = max(int(length // part), 1)
    times = frame.times[np.isfinite(row)]
    filled = set(np.clip((times - start) // part, 0, count - 1).astype(int).tolist())
    return 0 in filled and count - len(filled) <= 3


def outside_share(
    frame: Frame, index: int, since: float, direction: str, until: float = math.inf
) -> float | None:
    """Share, 0 to 1, of a row's values since ``since`` outside its band.

    Of the algorithm ``auto``: how near the oddest value of the buckets that ended by ``until`` comes to an
    alert; 1 is one.
    """
    lower, upper = frame.bands.get("lower"), frame.bands.get("upper")
    if lower is None or upper is None:
        return None
    row = frame.values[index]
    chosen = np.isfinite(row) & (frame.times >= since)
    if not chosen.any():
        return None
    score = frame.bands.get("score")
    if score is not None:
        whole = chosen & (frame.times + frame.interval <= until)
        learned = whole.any() and np.isfinite(lower[index]).any()
        return float(min(score[index][whole].max(), 1.0)) if learned else None
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        above = row > upper[index]
        below = row < lower[index]
    outside = above if direction == "above" else below if direction == "below" else above | below
    return float((outside & chosen).sum() / chosen.sum())


def difference(now: float | None, then: float | None, kind: str) -> float | None:
    """``change`` or ``pct_change`` (percent of the magnitude of the old value); None if undefined."""
    if now is None or then is None:
        return None
    if kind == "change":
        return now - then
    return (now - then) / abs(then) * 100 if then else None
