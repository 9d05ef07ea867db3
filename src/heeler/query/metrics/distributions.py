"""Evaluation of selectors on distributions: merges the sketches of a group and bucket, in time and space at
once.

Percentiles come from the merged bins and are never averaged; count, sum, avg, min and max are exact.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from heeler.query import budget
from heeler.query.frame import Frame, Group, Merge, Times, Values
from heeler.query.metrics.ast import Threshold, is_percentile
from heeler.query.metrics.plan import Read, Scan
from heeler.query.metrics.series_aggregation import scoped
from heeler.query.metrics.sketch_reader import Sketches
from heeler.query.metrics.space_aggregation import Index
from heeler.query.metrics.window import Buckets
from heeler.wire.metrics.sketch import values_of

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
#: Maximum bins of a histogram; beyond, neighbors are merged.
HISTOGRAM_BINS = 40
#: Bytes of a bin during aggregation.
BIN_BYTES = 48
#: Bins of overlapping runs of buckets merged at once.
MAX_MERGED_BINS = 2_000_000


def evaluate_distribution(read: Read, scan: Scan, rows: Sketches) -> Frame:
    """Evaluate a read of a distribution to a frame."""
    selector, options, buckets = read.selector, scan.options, scan.buckets
    members, groups, named = scan.catalog.group(scan.series, selector.by)
    frame = Frame(
        times=buckets.starts,
        groups=scoped(named, selector),
        values=np.full((len(named), len(buckets)), np.nan),
        interval=buckets.uniform or (options.calendar.seconds if options.calendar else read.window.interval),
        metric=selector.metric,
        unit=scan.unit,
        type="distribution",
        zero_missing=options.as_count or options.as_rate,
    )
    picked, cells = _cells(rows, members, groups, buckets)
    if not len(picked):
        return replace(frame, groups=(), values=frame.values[:0])
    if selector.aggregator == "histogram":
        return _histogram(frame, rows, picked, cells)
    flat = aggregate(rows, picked, cells, frame.values.size, selector.aggregator)
    values = flat.reshape(frame.shape)
    found = frame.with_values(values / buckets.lengths if options.as_rate else values)
    if _averages(selector.aggregator) and not options.as_rate:
        found = replace(found, merge=_merge(rows, picked, cells, frame.shape, selector.aggregator))
    return _known(found)


def _averages(aggregator: str | Threshold | None) -> bool:
    """Whether the mean over time of ``aggregator`` differs from its value over the whole time."""
    return aggregator in (None, "avg", "stddev") or is_percentile(aggregator)


def _merge(
    rows: Sketches, picked: Index, cells: Index, shape: tuple[int, int], aggregator: str | Threshold | None
) -> Merge:
    """Aggregate of sketches merged over runs of buckets, of a table of ``shape`` (groups, buckets)."""
    groups, columns = np.divmod(cells, shape[1])

    def merge(first: Times, last: Times) -> Values:
        # Both ascend, so that the runs that contain a bucket are contiguous.
        begin = np.searchsorted(last, columns, side="right")
        count = np.maximum(np.searchsorted(first, columns, side="right") - begin, 0)
        bins = int((count * (rows.bounds[1:] - rows.bounds[:-1])[picked]).sum())
        if bins > MAX_MERGED_BINS and len(first) > 1:  # overlapping runs: merged in parts
            middle = len(first) // 2
            return np.hstack([merge(first[:middle], last[:middle]), merge(first[middle:], last[middle:])])
        repeated = np.repeat(np.arange(len(picked)), count)
        offset = np.arange(len(repeated)) - np.repeat(np.cumsum(count) - count, count)
        runs = groups[repeated] * len(first) + begin[repeated] + offset
        size = shape[0] * len(first)
        return aggregate(rows, picked[repeated], runs, size, aggregator).reshape(shape[0], len(first))

    return merge


def _known(frame: Frame) -> Frame:
    """Remove groups without data in the window."""
    return frame.rows(np.flatnonzero(~np.isnan(frame.values).all(axis=1)).tolist())


def _cells(rows: Sketches, members: Index, groups: Index, buckets: Buckets) -> tuple[Index, Index]:
    """Expand sketches to the groups of their series: the row, and the cell of group and bucket."""
    order = np.argsort(members, kind="stable")
    members, groups = members[order], groups[order]
    first = np.searchsorted(members, rows.series, side="left")
    count = np.searchsorted(members, rows.series, side="right") - first
    picked = np.repeat(np.arange(len(rows.series)), count)
    offset = np.arange(len(picked)) - np.repeat(np.cumsum(count) - count, count)
    group = groups[first[picked] + offset] if len(picked) else np.zeros(0, np.int64)
    return picked, group * len(buckets) + buckets.index(rows.times[picked])


def aggregate(
    rows: Sketches, picked: Index, cells: Index, size: int, aggregator: str | Threshold | None
) -> Values:
    """Aggregate of the merged sketches of each cell: float64 [size], NaN for empty cells."""
    total: Values = np.bincount(cells, weights=rows.count[picked], minlength=size).astype(np.float64)
    result: Values
    known = total > 0
    if isinstance(aggregator, Threshold):
        value_of, cell, weight = _bins(rows, picked, cells)
        holds = _COMPARE[aggregator.comparator](value_of, aggregator.value)
        result = np.bincount(cell[holds], weights=weight[holds], minlength=size).astype(np.float64)
    elif aggregator == "count":
        result = total
    elif aggregator == "min" or aggregator == "max":
        result = np.full(size, np.nan)
        extreme, column = (np.fmin, rows.min) if aggregator == "min" else (np.fmax, rows.max)
        extreme.at(result, cells, column[picked])
    elif aggregator is not None and aggregator.startswith("p"):
        return percentile(rows, picked, cells, size, float(aggregator[1:]) / 100)
    else:
        result = np.bincount(cells, weights=rows.sum[picked], minlength=size).astype(np.float64)
        if aggregator != "sum":
            result = result / np.maximum(total, 1)
        if aggregator == "stddev":
            result = _stddev(rows, picked, cells, size)
    return np.where(known, result, np.nan)


def _bins(rows: Sketches, picked: Index, cells: Index) -> tuple[Values, Index, Values]:
    """Value, cell and count of every bin."""
    key, cell, weight = _keyed(rows, picked, cells)
    return values_of(key, rows.resolution), cell, weight


def _keyed(rows: Sketches, picked: Index, cells: Index) -> tuple[Index, Index, Values]:
    """Key, cell and count of every bin."""
    lengths = (rows.bounds[1:] - rows.bounds[:-1])[picked]
    offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    budget.hold(len(offset) * BIN_BYTES)
    places = np.repeat(rows.bounds[:-1][picked], lengths) + offset
    return rows.keys[places].astype(np.int64), np.repeat(cells, lengths), rows.counts[places]


def _stddev(rows: Sketches, picked: Index, cells: Index, size: int) -> Values:
    """Standard deviation around the mean of the bins, so that equal samples have none."""
    value, cell, weight = _bins(rows, picked, cells)
    total = np.maximum(np.bincount(cell, weights=weight, minlength=size), 1)
    mean = np.bincount(cell, weights=weight * value, minlength=size) / total
    squares = np.bincount(cell, weights=weight * (value - mean[cell]) ** 2, minlength=size)
    return np.asarray(np.sqrt(squares / total), np.float64)


def percentile(rows: Sketches, picked: Index, cells: Index, size: int, share: float) -> Values:
    """Value at rank ``share`` x (count - 1) of each cell's merged bins, clipped to its exact min and max."""
    key, cell, weight = _keyed(rows, picked, cells)
    result = np.full(size, np.nan)
    if len(key):
        ranked = _ranked_densely if size * (int(np.ptp(key)) + 1) <= 4 * len(key) else _ranked
        known, found = ranked(key, cell, weight, size, share)
        result[known] = values_of(found, rows.resolution)
    known = ~np.isnan(result)
    if share >= 1:
        result[known] = np.inf  # clipped to the exact maximum
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    np.fmin.at(low, cells, rows.min[picked])
    np.fmax.at(high, cells, rows.max[picked])
    return np.asarray(np.clip(result, low, high), np.float64)


def _ranked(key: Index, cell: Index, weight: Values, size: int, share: float) -> tuple[Index, Index]:
    """Cells with bins, and the key of the bin at the rank of each: sorts, O(n log n) in the bins."""
    least, width = int(key.min()), int(np.ptp(key)) + 1
    order = np.argsort(cell * width + (key - least), kind="stable")
    running = np.cumsum(weight[order])
    ends = np.searchsorted(cell[order], np.arange(size), side="right")
    through = np.concatenate(([0.0], running))[ends]
    before = np.concatenate(([0.0], through[:-1]))
    known = np.flatnonzero(through > before)
    ranks = np.floor(share * (through[known] - before[known] - 1) + 1e-9)
    places = np.searchsorted(running, before[known] + ranks, side="right")
    return known, key[order][places]


def _ranked_densely(key: Index, cell: Index, weight: Values, size: int, share: float) -> tuple[Index, Index]:
    """Like :func:`_ranked`, with a row of counts for each cell: O(n + cells x keys)."""
    least, width = int(key.min()), int(np.ptp(key)) + 1
    counts = np.bincount(cell * width + (key - least), weights=weight, minlength=size * width)
    running = counts.reshape(size, width).cumsum(axis=1)
    known = np.flatnonzero(running[:, -1] > 0)
    # The first bin where the cumulative count exceeds the rank.
    ranks = np.floor(share * (running[known, -1] - 1) + 1e-9)
    return known, (running[known] > ranks[:, None]).argmax(axis=1) + least


def _histogram(frame: Frame, rows: Sketches, picked: Index, cells: Index) -> Frame:
    """Counts by bin: one group for each group and bin, with the tag ``bin:<value>``."""
    value, cell, weight = _bins(rows, picked, cells)
    distinct, place = np.unique(value, return_inverse=True)
    stride = -(-len(distinct) // HISTOGRAM_BINS)
    place, heads = place // stride, distinct[::stride]
    size = frame.values.size
    counts = np.bincount(place * size + cell, weights=weight, minlength=len(heads) * size)
    table = counts.reshape(len(heads), len(frame.groups), len(frame.times))
    groups = tuple(
        Group((*group.tags, f"bin:{head:g}"), f"{group.scope},bin:{head:g}".removeprefix("*,"))
        for head in heads
        for group in frame.groups
    )
    values = table.reshape(-1, len(frame.times))
    return _known(replace(frame, groups=groups, values=np.where(values > 0, values, np.nan), unit=""))
