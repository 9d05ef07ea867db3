"""The hot loop of metric queries in machine code. Import it only where waiting for the compiler is no harm
(:func:`heeler.query.metrics.table.prepare`)."""

# mypy: disallow-untyped-decorators=False, disable-error-code=assignment
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

HOUR = 3600


@njit(nogil=True, cache=True)
def place_of(wanted: Any, series: Any) -> int:
    """The place of ``series`` among ``wanted`` (ascending), or -1."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) >> 1
        if wanted[middle] < series:
            low = middle + 1
        else:
            high = middle
    return low if low < len(wanted) and wanted[low] == series else -1


@njit(nogil=True, cache=True)
def seen_apart(seen: Any, slot: int, first: int, last: int) -> bool:
    """Note that a series had points from ``first`` to ``last`` in an hour; False where others lie between."""
    low, high = seen[slot, 0], seen[slot, 1]
    if high < 0:
        seen[slot, 0], seen[slot, 1] = first, last
    elif first > high:
        seen[slot, 1] = last
    elif last < low:
        seen[slot, 0] = first
    else:
        return False
    return True


@njit(nogil=True, cache=True)
def accumulate(
    series: Any, times: Any, values: Any, weights: Any, wanted: Any, start: int, stop: int,
    first: int, interval: int, size: int, method: int, main: Any, held: Any, seen: Any,
) -> bool:  # fmt: skip
    """Add the rows within [start, stop) to the cells of their series and bucket.

    Rows come in runs: of one series, ascending in time. Runs of one series and hour that overlap may hold a
    point twice: False. ``seen``: int64 [series x hours from ``start``, 2], first and last time so far; -1.
    ``method``: 0 sum, 1 least, 2 greatest, 3 last. ``weights`` is empty where each row is one point.
    """
    weighted = len(weights) > 0
    weight = 1.0
    zero = start // HOUR
    hours = len(seen) // max(1, len(wanted))
    place = -1
    began = before = end = rest = -1  # of the run; of the bucket; of the hour
    slot = cell = 0
    for i in range(len(series)):
        if i == 0 or series[i] != series[i - 1]:
            if began >= 0 and not seen_apart(seen, slot, began, before):
                return False
            place = place_of(wanted, series[i])
            began = before = end = rest = -1
        at = np.int64(times[i])
        if place < 0 or at < start or at >= stop:
            continue
        if at <= before or at >= rest:
            if began >= 0 and not seen_apart(seen, slot, began, before):
                return False
            slot = place * hours + at // HOUR - zero
            rest = (at // HOUR + 1) * HOUR
            began = at
            end = -1
        before = at
        if at >= end:
            bucket = (at - first) // interval
            end = first + (bucket + 1) * interval
            cell = place * size + bucket
        value = values[i]
        if method == 0:
            main[cell] += value
        elif (
            held[cell] == 0
            or method == 3
            or main[cell] != main[cell]
            or (method == 1 and value < main[cell])
            or (method == 2 and value > main[cell])
        ):
            main[cell] = value
        if weighted:
            weight = np.float64(weights[i])
        held[cell] += weight
    return began < 0 or seen_apart(seen, slot, began, before)
