"""Compiled (numba) loops of metric queries. Their numpy versions: :mod:`.packed_rows`,
:mod:`.time_aggregation`.

Importing it may compile: do so only where blocking is acceptable
(:func:`heeler.query.metrics.warmup.warm_up`).
"""

# mypy: disallow-untyped-decorators=False, disable-error-code=assignment
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SUM, LEAST, GREATEST, LAST = 0, 1, 2, 3


@njit(nogil=True, cache=True)
def place_of(wanted: Any, series: Any) -> int:
    """Index of ``series`` in ``wanted`` (ascending), or -1."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) >> 1
        if wanted[middle] < series:
            low = middle + 1
        else:
            high = middle
    return low if low < len(wanted) and wanted[low] == series else -1


@njit(nogil=True, cache=True)
def count_rows(series: Any, times: Any, ids: Any, start: int, stop: int, length: int, counts: Any) -> None:
    """Count the rows within [start, stop) by piece of ``length`` seconds and series: [pieces * ids]."""
    place = -1
    for i in range(len(series)):
        if i == 0 or series[i] != series[i - 1]:
            place = place_of(ids, series[i])
        at = np.int64(times[i])
        if place >= 0 and start <= at < stop:
            counts[(at - start) // length * len(ids) + place] += 1


@njit(nogil=True, cache=True)
def place_rows(
    series: Any, times: Any, values: Any, weights: Any, ids: Any, start: int, stop: int, length: int,
    unit: int, ends: Any, states: Any, to_times: Any, to_values: Any, to_weights: Any,
) -> None:  # fmt: skip
    """Write rows to the space counted by :func:`count_rows`: at ``ends`` of their piece and series, which
    advance.

    ``states``: 0 empty, 1 the times ascend, 2 they do not, or one is duplicated. ``weights`` may be empty.
    """
    weighted = len(weights) > 0
    place = -1
    for i in range(len(series)):
        if i == 0 or series[i] != series[i - 1]:
            place = place_of(ids, series[i])
        at = np.int64(times[i])
        if place < 0 or at < start or at >= stop:
            continue
        piece = (at - start) // length
        cell = piece * len(ids) + place
        to = ends[cell]
        ends[cell] = to + 1
        offset = np.uint16((at - start - piece * length) // unit)
        if states[cell] == 0:
            states[cell] = 1
        elif states[cell] == 1 and offset <= to_times[to - 1]:
            states[cell] = 2
        to_times[to] = offset
        to_values[to] = values[i]
        if weighted:
            to_weights[to] = weights[i]


@njit(nogil=True, cache=True)
def order_rows(offsets: Any, states: Any, times: Any, values: Any, weights: Any) -> bool:
    """Sort by time where :func:`place_rows` found it necessary; False if a time is then duplicated."""
    weighted = len(weights) > 0
    for cell in range(len(states)):
        if states[cell] < 2:
            continue
        low, high = offsets[cell], offsets[cell + 1]
        order = np.argsort(times[low:high], kind="mergesort")
        ordered = times[low:high][order]
        for i in range(1, len(ordered)):
            if ordered[i] == ordered[i - 1]:
                return False
        times[low:high] = ordered
        values[low:high] = values[low:high][order]
        if weighted:
            weights[low:high] = weights[low:high][order]
    return True


@njit(nogil=True, cache=True)
def accumulate(
    ids: Any, offsets: Any, times: Any, values: Any, weights: Any, base: int, unit: int, divisor: float,
    wanted: Any, start: int, stop: int, edges: Any, interval: int, method: int, main: Any, held: Any,
) -> None:  # fmt: skip
    """Add the rows of wanted series within [start, stop) to the cells of their series and bucket.

    The columns are those of a :class:`~heeler.query.metrics.packed_rows.Segment`. ``edges`` are those of the
    buckets, ``interval`` seconds apart unless it is 0. ``main``, ``held``: float64 [wanted * buckets].
    """
    size = len(edges) - 1
    weighted = len(weights) > 0
    weight = 1.0
    first = edges[0]
    few = len(wanted) * 8 < len(ids)
    at_id = 0
    for place in range(len(wanted)):
        if few:
            at_id = place_of(ids, wanted[place])
            if at_id < 0:
                continue
        else:
            while at_id < len(ids) and ids[at_id] < wanted[place]:
                at_id += 1
            if at_id == len(ids):
                break
            if ids[at_id] != wanted[place]:
                continue
        cell, end = -1, -1
        for i in range(offsets[at_id], offsets[at_id + 1]):
            at = base + np.int64(times[i]) * unit
            if at < start:
                continue
            if at >= stop:
                break
            if at >= end:
                if interval > 0:
                    bucket = (at - first) // interval
                else:
                    bucket = np.searchsorted(edges, at, side="right") - 1
                end = edges[bucket + 1]
                cell = place * size + bucket
            value = np.float64(values[i]) / divisor
            if method == SUM:
                main[cell] += value
            elif (
                held[cell] == 0
                or method == LAST
                or main[cell] != main[cell]
                or (method == LEAST and value < main[cell])
                or (method == GREATEST and value > main[cell])
            ):
                main[cell] = value
            if weighted:
                weight = np.float64(weights[i])
            held[cell] += weight


@njit(nogil=True, cache=True)
def reduce_groups(
    main: Any, held: Any, averaged: bool, counted: bool, rows: Any, bounds: Any, factors: Any, divisors: Any,
    starts: Any, gap: int, method: int, offset: int, skip: int, last_columns: Any, last_values: Any,
    found: Any, numbers: Any, real: Any,
) -> None:  # fmt: skip
    """Aggregate series into groups: those of group g are ``rows[bounds[g]:bounds[g + 1]]``.

    ``main``, ``held``: the cells of a :class:`~.time_aggregation.SeriesTable` of the buckets from ``offset``
    on; a value is their quotient if ``averaged``, ``held`` if ``counted``, else ``main``; times ``factors``
    of its series, divided by ``divisors`` of its bucket. Gaps of up to ``gap`` seconds (-1: none) are
    interpolated linearly where some series of the group has a value. ``starts`` are those of all buckets, the
    first ``skip`` of which only begin such gaps.

    Called for one run of buckets after the other. ``last_columns`` (initially -1) and ``last_values``, one
    for each of ``rows``, carry a series over from one run to the next. ``found``: float64 [groups, n],
    initially zero, receives the sum (``method`` 0), minimum (1) or maximum (2); ``numbers``, likewise: the
    number of series with a value; ``real``: whether a series has one that is not interpolated.
    """
    for group in range(len(bounds) - 1):
        total, number, seen = found[group], numbers[group], real[group]
        for i in range(bounds[group], bounds[group + 1]):
            row = rows[i]
            last, last_value = last_columns[i], last_values[i]
            for place in range(main.shape[1]):
                points = held[row, place]
                if points == 0:
                    continue
                column = offset + place
                value = points if counted else main[row, place]
                if averaged:
                    value /= points
                value = value * factors[row] / divisors[column]
                if value != value:
                    continue
                span = starts[column] - starts[last] if last >= 0 else 0
                first = last + 1 if last >= 0 and span <= gap else column
                for at in range(max(first, skip), column + 1):
                    piece = value
                    if at < column:
                        piece = last_value + (value - last_value) * ((starts[at] - starts[last]) / span)
                    to = at - skip
                    if method == SUM:
                        total[to] += piece
                    elif number[to] == 0 or (piece < total[to] if method == LEAST else piece > total[to]):
                        total[to] = piece
                    number[to] += 1
                if column >= skip:
                    seen[column - skip] = True
                last, last_value = column, value
            last_columns[i], last_values[i] = last, last_value
