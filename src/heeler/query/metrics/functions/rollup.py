"""Functions that aggregate again, in time and across groups."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from heeler.query import budget
from heeler.query.frame import Frame, Group, Times, Values
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions.registry import TagKeys, function
from heeler.query.metrics.scalar import reduce_values
from heeler.query.metrics.space_aggregation import reduce_space
from heeler.query.metrics.window import LAST_TIME, Window

_CPU = "avg:system.cpu.user{*}"
_BY_HOST = "avg:system.cpu.user{*} by {host,env}"
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)\Z")
_METHODS = "avg, sum, min, max, count, median, stddev, last or a percentile such as p95"


def column_reduce(values: Values, method: str) -> Values:
    """Reduce each row to one number by ``method``: float64 [g]."""
    if method == "count":
        return np.asarray((~np.isnan(values)).sum(axis=1), np.float64)
    found = _PERCENTILE.match(method)
    if found or method in ("median", "stddev"):
        empty = np.isnan(values).all(axis=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            if method == "stddev":
                result = np.nanstd(values, axis=1)
            else:
                result = np.nanpercentile(values, float(found[1]) if found else 50.0, axis=1)
        return np.where(empty, np.nan, result)
    if method not in ("avg", "sum", "min", "max", "last"):
        raise QueryError(f"Unknown method {method!r}; there are {_METHODS}")
    return reduce_values(values, method, 1)


def is_average(method: str) -> bool:
    """Whether ``method`` is an average or a percentile, which are computed from merged sketches for
    distributions.
    """
    return method in ("avg", "median") or _PERCENTILE.match(method) is not None


def merged_runs(q: Frame, method: str, first: Times, last: Times) -> Values | None:
    """Averages and percentiles of a distribution over runs of buckets, from merged sketches: float64 [g, k].

    None if the values themselves are to be reduced.
    """
    if q.merge is None or not is_average(method) or not len(first):
        return None
    return q.merge(np.asarray(first, np.int64), np.asarray(last, np.int64))


def _finer(window: Window, arguments: dict[str, Any]) -> Window:
    """Inner interval that divides the rollup's."""
    seconds = max(1, arguments["seconds"])
    inner = window.with_interval(min(window.interval, seconds))
    divides = seconds % inner.interval == 0
    return replace(inner, start=window.start // seconds * seconds if divides else inner.start)


@function(
    "Rollup",
    f"Aggregated again into buckets of ``seconds`` by {_METHODS}.",
    f"rollup({_CPU}, 'max', 3600)",
    window=_finer,
    over_time=True,
)
def rollup(q: Frame, method: str, seconds: int) -> Frame:
    if not 1 <= seconds <= LAST_TIME:
        raise QueryError(f"A rollup takes an interval of 1 to {LAST_TIME} seconds")
    buckets = q.times // seconds * seconds
    times, starts = np.unique(buckets, return_index=True)
    ends = np.append(starts[1:], len(buckets))
    merged = merged_runs(q, method, starts, ends)
    if merged is None:
        runs = budget.each(zip(starts, ends, strict=True))
        columns = [column_reduce(q.values[:, start:end], method) for start, end in runs]
        values = np.stack(columns, axis=1) if columns else q.values[:, :0]
    else:
        values = merged
    if method == "count":
        values = np.where(values == 0, np.nan, values)
    return replace(q.with_values(values), times=times, interval=seconds, bands={})


def _earlier(window: Window, arguments: dict[str, Any]) -> Window:
    return window.extended(max(0, arguments["seconds"]))


@function(
    "Rollup",
    "Each point aggregated with those of the ``seconds`` before it.",
    f"moving_rollup({_CPU}, 600, 'avg')",
    window=_earlier,
    over_time=True,
)
def moving_rollup(q: Frame, seconds: int, method: str = "avg", *, window: Window) -> Frame:
    if not 1 <= seconds <= LAST_TIME:
        raise QueryError(f"A moving rollup takes 1 to {LAST_TIME} seconds")
    column_reduce(q.values[:, :0], method)  # raises for an unknown method
    first = np.searchsorted(q.times, q.times - seconds, side="right")
    merged = merged_runs(q, method, first, np.arange(1, len(q.times) + 1))
    if merged is not None:
        return q.with_values(np.where(np.isnan(q.values), np.nan, merged))
    values = np.full_like(q.values, np.nan)
    # The part before the window is history, of which no value is returned.
    shown = range(int(np.searchsorted(q.times, window.start - q.interval)), len(q.times))
    for place in budget.each(shown):
        values[:, place] = column_reduce(q.values[:, first[place] : place + 1], method)
    return q.with_values(np.where(np.isnan(q.values), np.nan, values))


@function(
    "Rollup",
    "Each group as one number over the window, by avg, min, max, sum or last.",
    f"reduce({_CPU}, 'max')",
    over_time=True,
)
def reduce(q: Frame, method: str = "avg") -> Frame:
    merged = q.merged() if is_average(method) else None
    numbers = column_reduce(q.values, method) if merged is None else merged
    return q.with_values(np.repeat(numbers[:, None], len(q.times), axis=1))


def _grouped(q: Frame, keys: TagKeys) -> tuple[tuple[Group, ...], list[int]]:
    """The coarser groups, and the index of each current group among them."""
    tags = [_kept(group, keys) for group in q.groups]
    distinct = sorted(set(tags))
    places = {item: place for place, item in enumerate(distinct)}
    return tuple(Group(item, ",".join(item) or "*") for item in distinct), [places[item] for item in tags]


def _kept(group: Group, keys: TagKeys) -> tuple[str, ...]:
    return tuple(tag for key in keys for tag in group.tags if tag.partition(":")[0] == key)


def _space(q: Frame, keys: TagKeys, method: str) -> Frame:
    groups, places = _grouped(q, keys)
    rows, numbers = np.arange(len(q.groups)), np.array(places, np.int64)
    values = reduce_space(q.values, rows, numbers, len(groups), method)
    return replace(q.with_values(values), groups=groups, bands={})


@function(
    "Space aggregation", "The sum of groups that share the tags.", f"sum({_BY_HOST}, {{env}})", name="sum"
)
def sum_groups(q: Frame, tags: TagKeys) -> Frame:
    return _space(q, tags, "sum")


@function(
    "Space aggregation", "The mean of groups that share the tags.", f"avg({_BY_HOST}, {{env}})", name="avg"
)
def avg_groups(q: Frame, tags: TagKeys) -> Frame:
    return _space(q, tags, "avg")


@function(
    "Space aggregation", "The least of groups that share the tags.", f"min({_BY_HOST}, {{env}})", name="min"
)
def min_groups(q: Frame, tags: TagKeys) -> Frame:
    return _space(q, tags, "min")


@function(
    "Space aggregation",
    "The greatest of groups that share the tags.",
    f"max({_BY_HOST}, {{env}})",
    name="max",
)
def max_groups(q: Frame, tags: TagKeys) -> Frame:
    return _space(q, tags, "max")


@function(
    "Space aggregation",
    "The standard deviation of groups that share the tags.",
    f"stddev({_BY_HOST}, {{env}})",
    name="stddev",
)
def stddev_groups(q: Frame, tags: TagKeys) -> Frame:
    return _space(q, tags, "stddev")


@function(
    "Space aggregation",
    "A percentile of groups that share the tags.",
    f"percentile({_BY_HOST}, 'p90', {{env}})",
)
def percentile(q: Frame, which: str, tags: TagKeys) -> Frame:
    groups, places = _grouped(q, tags)
    members = (np.array(places) == place for place in budget.each(range(len(groups))))
    lines = [column_reduce(q.values[rows].T, which) for rows in members]
    values = np.stack(lines) if lines else q.values[:0]
    return replace(q.with_values(values), groups=groups, bands={})
