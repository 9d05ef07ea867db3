"""Differences, rates and cumulative sums along time. Gaps are skipped: a difference is to the last present
point."""

from __future__ import annotations

import numpy as np

from heeler.query.frame import Frame, Times, Values
from heeler.query.metrics.functions.count import single
from heeler.query.metrics.functions.registry import function
from heeler.query.metrics.space_aggregation import differences, predecessors

_BYTES = "sum:system.net.bytes_rcvd{*} by {host}"


def deltas(q: Frame) -> tuple[Values, Values]:
    """Change and seconds since each value's predecessor; NaN for the first and for missing values."""
    before = predecessors(q.values)
    if not before.size:
        return q.values, np.zeros_like(q.values)
    seconds = q.times - q.times[np.maximum(before, 0)]
    usable = ~np.isnan(q.values) & (before >= 0)
    return differences(q.values), np.where(usable, seconds, np.nan)


def _per(q: Frame, seconds: float) -> Frame:
    change, elapsed = deltas(q)
    with np.errstate(invalid="ignore"):
        return q.with_values(np.where(change < 0, np.nan, change / elapsed * seconds))


@function(
    "Rate",
    "Growth a second; nothing where the value fell (a counter was reset).",
    f"per_second({_BYTES})",
    over_time=True,
)
def per_second(q: Frame) -> Frame:
    return _per(q, 1)


@function("Rate", "Growth a minute; nothing where the value fell.", f"per_minute({_BYTES})", over_time=True)
def per_minute(q: Frame) -> Frame:
    return _per(q, 60)


@function("Rate", "Growth an hour; nothing where the value fell.", f"per_hour({_BYTES})", over_time=True)
def per_hour(q: Frame) -> Frame:
    return _per(q, 3600)


@function("Rate", "Change a second, which may be negative.", f"derivative({_BYTES})", over_time=True)
def derivative(q: Frame) -> Frame:
    change, elapsed = deltas(q)
    return q.with_values(change / elapsed)


@function("Rate", "Change a second: the older name of derivative.", f"rate({_BYTES})", over_time=True)
def rate(q: Frame) -> Frame:
    return derivative(q)


@function(
    "Rate",
    "Change since the point before, which may be negative; of each series, before they are added up.",
    f"diff({_BYTES})",
    over_time=True,
)
def diff(q: Frame) -> Frame:
    return q.with_values(deltas(q)[0])


@function(
    "Rate",
    "Growth since the point before; nothing where a series did not grow (a counter was reset).",
    f"monotonic_diff({_BYTES})",
    over_time=True,
)
def monotonic_diff(q: Frame) -> Frame:
    change = deltas(q)[0]
    return q.with_values(np.where(change > 0, change, np.nan))


@function(
    "Rate", "Seconds between points of all groups together, as one line.", f"dt({_BYTES})", over_time=True
)
def dt(q: Frame) -> Frame:
    known = ~np.isnan(q.values).all(axis=0) if q.groups else np.zeros(len(q.times), np.bool_)
    joined = single(q, np.where(known, 0.0, np.nan))
    return joined.with_values(deltas(joined)[1])


@function("Rate", "Each value divided by its bucket's seconds.", "throughput(sum:web.requests{*}.as_count())")
def throughput(q: Frame) -> Frame:
    return q.with_values(q.values / _bucket_seconds(q))


def _bucket_seconds(q: Frame) -> Times:
    """Length of each bucket, int64 [n]; for the last bucket of a calendar rollup, the nominal length."""
    lengths = np.full(len(q.times), max(q.interval, 1))
    if q.interval >= 86400:
        lengths[:-1] = np.diff(q.times)
    return lengths


@function(
    "Arithmetic", "The running sum over the window.", "cumsum(sum:web.requests{*}.as_count())", over_time=True
)
def cumsum(q: Frame) -> Frame:
    total = np.cumsum(np.where(np.isnan(q.values), 0.0, q.values), axis=1)
    return q.with_values(np.where(np.isnan(q.values), np.nan, total))


@function(
    "Arithmetic",
    "The area under the line so far: each value times the seconds since the point before.",
    "integral(avg:system.load.1{*})",
    over_time=True,
)
def integral(q: Frame) -> Frame:
    _, elapsed = deltas(q)
    area = np.cumsum(np.where(np.isnan(q.values * elapsed), 0.0, q.values * elapsed), axis=1)
    return q.with_values(np.where(np.isnan(q.values), np.nan, area))
