"""Aggregation of series into groups, by the metric's type and the selector's modifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np

from heeler.query import budget
from heeler.query.frame import Frame, Group, Values
from heeler.query.limits import MAX_CELLS, MAX_POINTS
from heeler.query.metrics.ast import EVERYTHING, Selector
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.jit import compiled
from heeler.query.metrics.modifiers import Fill, Options
from heeler.query.metrics.plan import Read, Scan
from heeler.query.metrics.printer import print_scope
from heeler.query.metrics.space_aggregation import Index, differences, interpolate, reduce_space
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets, Window, span

LINEAR = Fill("linear")
#: Values of a selector that are aggregated at a time where each group is the sum of its parts.
PART_CELLS = 2_000_000
#: Bytes of such a value; of one of a group, whose sum, number and presence are held; and of a value where all
#: are needed at once: tables for interpolation and differences.
PART_BYTES, GROUP_BYTES, WHOLE_BYTES = 16, 13, 64


def check_size(selector: Selector, series: int, buckets: int) -> None:
    """Raise :class:`QueryError` if a selector needs more than :data:`MAX_CELLS` values."""
    cells = series * buckets
    if cells > MAX_CELLS:
        raise QueryError(
            f"{selector.metric} needs {cells} values ({series} series x {buckets} buckets), "
            f"more than {MAX_CELLS}; narrow the scope or use a longer rollup",
            selector.position,
        )


def summed(read: Read, scan: Scan) -> ModuleType | None:
    """The compiled loops if they can aggregate the read part by part, whichever series they have in
    common."""
    options = scan.options
    other = read.function or options.weighted or options.fill or _space_method(read.selector) == "stddev"
    return None if other else compiled()


def aggregate_parts(fast: ModuleType, read: Read, scan: Scan, parts: Iterable[SeriesTable]) -> Frame:
    """Like :func:`aggregate_series`, for tables of consecutive runs of buckets, each used before the next is
    made. Buckets before those of the scan only begin what is interpolated.
    """
    options, catalog = scan.options, scan.catalog
    rows, groups, named = catalog.group(scan.series, read.selector.by)
    numbers = np.flatnonzero(scan.series)
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(len(named) + 1))
    picked = np.searchsorted(numbers, rows)[order]
    aligned = len(named) < len(rows) and not (options.as_count or options.as_rate)
    gap, method = LINEAR.limit if aligned else -1, _space_method(read.selector)
    shape = len(named), len(scan.buckets)
    budget.hold(shape[0] * shape[1] * GROUP_BYTES)
    found, counts, real = np.zeros(shape), np.zeros(shape, np.uint32), np.zeros(shape, np.bool_)
    columns, values = np.full(len(picked), -1), np.zeros(len(picked))
    starts, skip, offset = scan.buckets.starts, 0, 0
    intervals = catalog.intervals[numbers]
    factors = _factors(intervals, scan.method, options, scan.type)
    divisors = _divisors(scan.buckets.lengths, scan.method, options, scan.type)
    for table in parts:
        if offset == 0 and table.buckets.edges[0] < starts[0]:
            skip = len(table.buckets)
            starts = np.concatenate([table.buckets.starts, starts])
            divisors = np.concatenate([np.full(skip, divisors[0]), divisors])
        budget.check()
        fast.reduce_groups(
            *table.cells, scan.method == "avg", scan.method == "count", picked, bounds, factors, divisors,
            starts, gap, {"min": 1, "max": 2}.get(method, 0), offset, skip, columns, values, found, counts,
            real,
        )  # fmt: skip
        offset += len(table.buckets)
    if method == "avg":
        with np.errstate(invalid="ignore", divide="ignore"):
            np.divide(found, counts, out=found)
    elif method == "count":
        found[:] = counts
    found[~real] = np.nan
    return _frame(read, scan, scan.buckets, named, found)


def aggregate_series(read: Read, scan: Scan, table: SeriesTable) -> Frame:
    """Aggregate a read to a frame: time, then interpolation, then space.

    With a function (``diff`` or ``monotonic_diff``) the differences of each series, not its values, are
    aggregated in space.
    """
    fast = summed(read, scan)
    if fast is not None and np.array_equal(table.buckets.edges, scan.buckets.edges):
        return aggregate_parts(fast, read, scan, [table])
    selector, change = read.selector, read.function
    options, catalog, chosen, metric_type = scan.options, scan.catalog, scan.series, scan.type
    buckets = table.buckets
    rows, groups, named = catalog.group(chosen, selector.by)
    numbers = np.flatnonzero(chosen)
    rows = np.searchsorted(numbers, rows)
    intervals = catalog.intervals[numbers]
    method = _space_method(selector)
    factors = _factors(intervals, table.method, options, metric_type)
    divisors = _divisors(buckets.lengths, table.method, options, metric_type)
    values = table.values * factors[:, None] / divisors
    weights = _weights(table, intervals) if options.weighted else None
    if change:
        values, options = _changed(values, buckets, options, change)
    values = _space_values(values, rows, groups, len(named), buckets, options, method, weights)
    return _frame(read, scan, buckets, named, values)


def _frame(read: Read, scan: Scan, buckets: Buckets, named: tuple[Group, ...], values: Values) -> Frame:
    """Frame of the groups that have values."""
    selector, window, options = read.selector, read.window, scan.options
    present = np.flatnonzero(~np.isnan(values).all(axis=1)) if len(named) else np.zeros(0, np.int64)
    interval = buckets.uniform or (options.calendar.seconds if options.calendar else window.interval)
    return Frame(
        times=buckets.starts,
        groups=scoped([named[item] for item in present.tolist()], selector),
        values=values if len(present) == len(values) else values[present],
        interval=interval,
        metric=selector.metric,
        unit=scan.unit,
        type=scan.type,
        zero_missing=options.as_count or options.as_rate,
        notes=_coarser(options, window) + _short_window(interval, window.end - window.start),
    )


def _changed(table: Values, buckets: Buckets, options: Options, change: str) -> tuple[Values, Options]:
    """Differences of each series, to be aggregated unchanged: the change over a gap belongs to the point
    after it.
    """
    if options.fill is not None:
        table = interpolate(table, buckets.starts, options.fill)
    found = differences(table)
    if change == "monotonic_diff":
        found = np.where(found > 0, found, np.nan)
    return found, replace(options, fill=Fill("null"))


def _coarser(options: Options, window: Window) -> tuple[str, ...]:
    """Note that a rollup was increased: a series has a maximum number of points."""
    if not options.interval or options.calendar or window.interval <= options.interval:
        return ()
    return (
        f"A rollup of {span(options.interval)} would give more than {MAX_POINTS:,} points; "
        f"{span(window.interval)} is used. Choose a shorter time range to see more.",
    )


def _short_window(interval: int, length: int) -> tuple[str, ...]:
    """Note that the window is shorter than the bucket: a sum over an hour cannot be computed from five
    minutes.
    """
    if interval <= length:
        return ()
    length -= length % 60 if length > 60 else 0  # a window's end may be a second later
    return (
        f"The rollup ({span(interval)}) is longer than the window ({span(length)}): the value covers "
        "the window alone. Choose a longer time range to see whole buckets.",
    )


def scoped(groups: Sequence[Group], selector: Selector) -> tuple[Group, ...]:
    """``groups`` with display names: the query's filters, then their tags."""
    if selector.scope == EVERYTHING:
        return tuple(groups)
    scope = print_scope(selector.scope)
    return tuple(replace(group, scope=f"{scope},{group.scope}" if group.tags else scope) for group in groups)


def effective(options: Options, metric_type: str) -> Options:
    """``options`` that apply to the metric's type: gauges are levels and cannot be counted."""
    if metric_type == "gauge" and (options.as_count or options.as_rate):
        return replace(options, as_count=False, as_rate=False)
    return options


def time_method(options: Options, metric_type: str) -> str:
    """Time aggregation method: how points of one series and bucket are combined."""
    options = effective(options, metric_type)
    if options.method:
        return options.method
    counted = options.as_count or (options.as_rate and metric_type == "count")
    return "sum" if counted else "avg"


def _factors(intervals: Index, method: str, options: Options, metric_type: str) -> Values:
    """Factor of the values of each series: a rate as a count is multiplied by the seconds between
    submissions.
    """
    if metric_type == "rate" and options.as_count and method != "count":
        return np.maximum(intervals, 1).astype(np.float64)
    return np.ones(len(intervals))


def _divisors(lengths: Index, method: str, options: Options, metric_type: str) -> Values:
    """Divisor of the values of each bucket: a count as a rate is divided by the bucket's seconds."""
    if metric_type == "count" and options.as_rate and method == "sum":
        return lengths.astype(np.float64)
    return np.ones(len(lengths))


def _space_method(selector: Selector) -> str:
    method = selector.aggregator if isinstance(selector.aggregator, str) else "avg"
    return method if method in ("sum", "min", "max", "count", "stddev") else "avg"


def _weights(table: SeriesTable, intervals: Index) -> Values:
    """Share of each bucket in which a series reported: actual points relative to those expected by its
    interval.
    """
    points, lengths = table.points, table.buckets.lengths
    known = np.where(intervals[:, None] > 0, lengths[None, :] / np.maximum(intervals, 1)[:, None], 0)
    possible = np.where(known > 0, known, points.max(axis=0, initial=1.0)[None, :])
    return np.clip(points / np.maximum(possible, 1.0), 0.0, 1.0)


def _space_values(
    table: Values,
    rows: Index,
    groups: Index,
    count: int,
    buckets: Buckets,
    options: Options,
    method: str,
    weights: Values | None,
) -> Values:
    if options.fill is not None:
        filled = interpolate(table, buckets.starts, options.fill)
        return reduce_space(filled, rows, groups, count, method, weights)
    counts = options.as_count or options.as_rate
    if counts or count == len(rows) or not np.isnan(table).any():
        return reduce_space(table, rows, groups, count, method, weights)
    # Interpolated values align the series of a group; they create no points where no series has any.
    filled = interpolate(table, buckets.starts, LINEAR)
    values = reduce_space(filled, rows, groups, count, method, weights)
    real = reduce_space(table, rows, groups, count, "count")
    return np.where(np.isnan(real), np.nan, values)
