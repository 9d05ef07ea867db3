"""Runs the query of a metric monitor: one reading a group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.evaluation.reduce import (
    covers_window,
    data_age,
    data_ages,
    difference,
    outside_share,
    reduce_row,
    reduced_rows,
)
from heeler.monitors.evaluation.state_machine import KEEP, Reading
from heeler.monitors.queries.parser import MetricQuery, keyword_text, window_seconds
from heeler.monitors.queries.windows import window_start
from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Binary, Call, Negate, Node, Number, Selector
from heeler.query.metrics.printer import print_node

Readings = dict[str, Reading]


_BEFORE = 300
"""Seconds before a window whose points may affect it."""


def spans_read(query: MetricQuery, options: Mapping[str, Any], now: float) -> list[tuple[str, int, int]]:
    """Metrics with the approximate time ranges (UNIX seconds, end exclusive) that an evaluation at ``now``
    reads. Queries with further look-back are omitted.
    """
    if query.anomalies is not None or query.ahead or query.cumulative:
        return []
    end = int(now - float(options.get("evaluation_delay") or 0)) + 1
    start = end - query.window - _BEFORE
    ends = (end, end - query.shift) if query.change else (end,)
    return [(metric, start - (end - at), at) for metric in query.metrics for at in ends]


async def metric_frame(services: Services, text: str, start: float, end: float) -> Frame:
    answer = await service.query(services, text, start, end)
    return answer.frames[0]


def group_name(group: Group) -> str:
    """``host:a,env:prod``: the values of the query's ``by``; ``*`` for a simple alert."""
    return ",".join(group.tags) or "*"


async def read_metric(
    services: Services, query: MetricQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group name (``host:a`` or ``*``) of the window that ends at ``now``."""
    end = now - float(options.get("evaluation_delay") or 0)
    if query.anomalies is not None:
        return await _read_anomalies(services, query, options, end)
    found = await _windowed(services, query, options, end)
    if query.change:
        before = await _windowed(services, query, options, end - query.shift)
        found = {
            name: replace(
                reading, value=difference(reading.value, before.get(name, Reading(None)).value, query.change)
            )
            for name, reading in found.items()
        }
    return found


async def _windowed(
    services: Services, query: MetricQuery, options: Mapping[str, Any], end: float
) -> Readings:
    start = window_start(query.window, query.cumulative, options, end)
    if end - start < 1:
        return {}
    if query.ahead:
        start, end = end, end + query.window
    if query.aggregator == "sum" and query.as_count and isinstance(query.node, Binary):
        # Sums first, then the arithmetic: a ratio of counts is one of totals, not a sum of ratios.
        found = await _totals(services, query.node, start, end)
        readings = found.readings or {"*": Reading(found.number)}
        return {name: reading for name, reading in readings.items() if reading.value is not None}
    frame = await metric_frame(services, query.expression, start, end)
    if query.is_call("outliers"):
        return {group_name(group): Reading(float(group.outlier)) for group in frame.groups}
    frame = _nearest_edge(frame, query.comparator)
    full = bool(options.get("require_full_window")) and not query.ahead
    values = reduced_rows(frame, query.aggregator)
    return {
        group_name(group): Reading(None, status=KEEP)
        if full and not covers_window(frame, row, start, end)
        else Reading(value, age=age)
        for group, row, value, age in zip(
            frame.groups, frame.values, values, data_ages(frame, end), strict=True
        )
    }


def _nearest_edge(frame: Frame, comparator: str) -> Frame:
    """Band edge that a forecast alert compares: the upper from below, the lower from above."""
    edge = frame.bands.get("upper" if comparator in (">", ">=") else "lower")
    return frame if edge is None else frame.with_values(np.where(np.isfinite(edge), edge, frame.values))


@dataclass(frozen=True, slots=True)
class _Total:
    """Operand over the window: a number for all, or readings by group. ``counts``: no data is zero."""

    number: float | None = None
    readings: Readings | None = None
    counts: bool = False

    def of(self, name: str) -> Reading:
        if self.readings is None:
            return Reading(self.number)
        return self.readings.get(name, Reading(None))


async def _totals(services: Services, node: Node, start: float, end: float) -> _Total:
    if isinstance(node, Number):
        return _Total(node.value)
    if isinstance(node, Binary):
        left = await _totals(services, node.left, start, end)
        right = await _totals(services, node.right, start, end)
        return _joined(node.operator, left, right)
    if isinstance(node, Negate):
        return _joined("-", _Total(0.0), await _totals(services, node.operand, start, end))
    frame = await metric_frame(services, print_node(node), start, end)
    found = {
        group_name(group): Reading(reduce_row(row, "sum"), age=data_age(frame, row, end))
        for group, row in zip(frame.groups, frame.values, strict=True)
    }
    counts = isinstance(node, Selector) and any(item.name == "as_count" for item in node.modifiers)
    if "*" in found or not (found or (isinstance(node, Selector) and node.by)):
        return _Total(found["*"].value if found else None, counts=counts)
    return _Total(readings=found, counts=counts)


def _joined(operator: str, left: _Total, right: _Total) -> _Total:
    """Join groups by name; a count missing on one side is zero if the other side has data."""
    counts = left.counts and right.counts
    if left.readings is None and right.readings is None:
        one, two = _zeroed(left.number, right.number, left.counts, right.counts)
        return _Total(_computed(operator, one, two), counts=counts)
    names = dict.fromkeys([*(left.readings or ()), *(right.readings or ())])
    found: Readings = {}
    for name in names:
        first, second = left.of(name), right.of(name)
        one, two = _zeroed(first.value, second.value, left.counts, right.counts)
        ages = [item.age for item in (first, second) if item.value is not None]
        found[name] = Reading(_computed(operator, one, two), age=min(ages, default=0.0))
    return _Total(readings=found, counts=counts)


def _zeroed(
    left: float | None, right: float | None, left_counts: bool, right_counts: bool
) -> tuple[float | None, float | None]:
    return (
        0.0 if left is None and right is not None and left_counts else left,
        0.0 if right is None and left is not None and right_counts else right,
    )


def _computed(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (operator == "/" and right == 0):
        return None
    result = {"+": left + right, "-": left - right, "*": left * right}.get(operator)
    result = left / right if result is None else result
    return result if math.isfinite(result) else None


def trigger_seconds(call: Call, options: Mapping[str, Any]) -> int:
    """Window over which the share of anomalous points is computed: 15 minutes by default."""
    windows = options.get("threshold_windows") or {}
    return window_seconds(
        str(windows.get("trigger_window") or keyword_text(call, "alert_window") or "last_15m")
    )


async def _read_anomalies(
    services: Services, query: MetricQuery, options: Mapping[str, Any], end: float
) -> Readings:
    call = query.anomalies
    if call is None:
        return {}
    windows = options.get("threshold_windows") or {}
    trigger = trigger_seconds(call, options)
    recovery = window_seconds(str(windows.get("recovery_window") or f"last_{max(trigger // 60, 1)}m"))
    start = end - max(query.window, trigger, recovery)
    frame = await metric_frame(services, query.expression, start, end)
    direction = keyword_text(call, "direction") or "both"
    return {
        group_name(group): Reading(
            outside_share(frame, index, end - trigger, direction, end),
            outside_share(frame, index, end - recovery, direction, end),
            age=data_age(frame, frame.values[index], end),
        )
        for index, group in enumerate(frame.groups)
    }
