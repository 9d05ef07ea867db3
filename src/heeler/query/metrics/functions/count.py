"""Functions that count or exclude groups, and those that fill missing values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from heeler.query.frame import Frame, Group, Values
from heeler.query.metrics.functions.registry import function
from heeler.query.metrics.modifiers import FILL_LIMIT, Fill, read_fill
from heeler.query.metrics.space_aggregation import interpolate
from heeler.query.metrics.window import Buckets, Window

_BY_HOST = "avg:system.cpu.user{*} by {host}"
_NO_LIMIT = -1


def single(q: Frame, values: np.ndarray) -> Frame:
    """``q`` as one series without group tags."""
    return replace(q.with_values(values.reshape(1, -1)), groups=(Group(),), unit="", bands={})


@function("Count", "How many groups are other than zero at each time.", f"count_nonzero({_BY_HOST})")
def count_nonzero(q: Frame) -> Frame:
    return single(q, (np.isfinite(q.values) & (q.values != 0)).sum(axis=0).astype(np.float64))


@function(
    "Count",
    "How many groups have a value other than zero at each time.",
    f"count_nonzero_finite({_BY_HOST})",
)
def count_nonzero_finite(q: Frame) -> Frame:
    return count_nonzero(q)


@function("Count", "How many groups have a value at each time.", f"count_not_null({_BY_HOST})")
def count_not_null(q: Frame) -> Frame:
    return single(q, np.isfinite(q.values).sum(axis=0).astype(np.float64))


@function(
    "Exclusion",
    "Without the groups in which any tag is N/A.",
    "exclude_null(avg:system.cpu.user{*} by {env})",
)
def exclude_null(q: Frame) -> Frame:
    keep = [row for row, group in enumerate(q.groups) if not any(tag.endswith(":N/A") for tag in group.tags)]
    return rows_of(q, keep)


def rows_of(q: Frame, rows: list[int]) -> Frame:
    """Subset of groups of ``q``, in the given order."""
    return q.rows(rows)


def _carried(window: Window, _: dict[str, Any]) -> Window:
    """Add the history from which a gauge's first values are carried forward."""
    return window.extended(FILL_LIMIT) if window.interval <= FILL_LIMIT else window


@function(
    "Interpolation",
    "Missing values as 0; a gauge keeps its last value for 5 minutes first. No data at all gives zeros.",
    "default_zero(sum:trace.flask.request.errors{*}.as_count())",
    window=_carried,
)
def default_zero(q: Frame, *, window: Window) -> Frame:
    if not q.groups:
        times = q.times if len(q.times) else Buckets.of(window).starts
        return replace(q.with_values(np.zeros((1, len(times)))), times=times, groups=(Group(),))
    values = q.values
    if q.type == "gauge" and not q.zero_missing:
        values = interpolate(values, q.times, Fill("last", FILL_LIMIT))
    filled = q.pointwise(_zeros)
    return filled if values is q.values else replace(filled, values=_zeros(values))


def _zeros(values: Values) -> Values:
    return np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=-np.inf)


@function(
    "Interpolation",
    "Gaps filled by ``method`` (linear, last, zero, null, a number) up to ``limit`` seconds; 0: no limit.",
    f"fill({_BY_HOST}, 'last', 300)",
)
def fill(q: Frame, method: str, limit: int = _NO_LIMIT) -> Frame:
    try:
        first: str | float = float(method)
    except ValueError:
        first = method
    arguments = (first,) if limit == _NO_LIMIT else (first, float(limit))
    return q.with_values(interpolate(q.values, q.times, read_fill(arguments)))
