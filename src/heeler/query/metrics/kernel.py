"""The hot loop of metric queries in machine code. Import it only where waiting for the compiler is no harm
(:func:`heeler.query.metrics.table.prepare`)."""

# mypy: disallow-untyped-decorators=False, disable-error-code=assignment
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


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
def accumulate(
    series: Any, times: Any, values: Any, weights: Any, wanted: Any, last: Any,
    first: int, interval: int, size: int, method: int, main: Any, held: Any,
) -> bool:  # fmt: skip
    """Add rows to the cells of their series and bucket; False where two that follow each other are of one
    series and second.

    ``last``: int64 [2], place and time of the row before, from call to call (-2: none). ``method``: 0 sum, 1
    least, 2 greatest, 3 last. ``weights`` is empty where each row is one point.
    """
    place, before = last[0], last[1]
    weighted = len(weights) > 0
    weight = 1.0
    begin = end = cell = 0
    for i in range(len(series)):
        if i == 0 or series[i] != series[i - 1]:
            found = place_of(wanted, series[i])
            if found != place:
                place, before = found, -1
            begin = end = 0
        if place < 0:
            continue
        at = np.int64(times[i])
        if at == before:
            return False
        before = at
        if at >= end or at < begin:
            bucket = (at - first) // interval
            begin = first + bucket * interval
            end = begin + interval
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
    last[0], last[1] = place, before
    return True
