"""Asks the store what a monitor watches: one reading a group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from heeler.api.services import Services
from heeler.monitors.query import MetricQuery, keyword_text, window_seconds
from heeler.monitors.reduce import covers_window, difference, outside_share, reduce_row
from heeler.monitors.state import Reading
from heeler.query.frame import Frame
from heeler.query.metrics.ast import Binary, Negate, Node, Number, Selector
from heeler.query.metrics.printer import print_node
from heeler.query.metrics.run import run_query

Readings = dict[str, Reading]


async def metric_frame(services: Services, text: str, start: float, end: float) -> Frame:
    answer = await run_query(services.engine, text, start, end, now=services.now())
    return answer.frames[0]


async def read_metric(
    services: Services, query: MetricQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group name (``host:a`` or ``*``) of the window that ends at ``now``."""
    end = now - float(options.get("evaluation_delay") or 0)
    if query.anomalies is not None:
        return await _read_anomalies(services, query, options, end)
    values = await _values(services, query, options, end)
    if query.change:
        before = await _values(services, query, options, end - query.shift)
        values = {name: difference(value, before.get(name), query.change) for name, value in values.items()}
    return {name: Reading(value) for name, value in values.items()}


async def _values(
    services: Services, query: MetricQuery, options: Mapping[str, Any], end: float
) -> dict[str, float | None]:
    if query.ahead:
        end += query.window
    start = end - query.window
    if query.aggregator == "sum" and query.as_count and isinstance(query.node, Binary):
        # Sums first, then the arithmetic: a ratio of counts is one of totals, not a sum of ratios.
        found = await _totals(services, query.node, start, end)
        return found if isinstance(found, dict) else {"*": found}
    frame = await metric_frame(services, query.expression, start, end)
    full = bool(options.get("require_full_window"))
    return {
        group.scope: None
        if full and not covers_window(frame, row, start, end)
        else reduce_row(row, query.aggregator)
        for group, row in zip(frame.groups, frame.values, strict=True)
    }


async def _totals(
    services: Services, node: Node, start: float, end: float
) -> dict[str, float | None] | float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Binary):
        left = await _totals(services, node.left, start, end)
        right = await _totals(services, node.right, start, end)
        return _joined(node.operator, left, right)
    if isinstance(node, Negate):
        return _joined("-", 0.0, await _totals(services, node.operand, start, end))
    frame = await metric_frame(services, print_node(node), start, end)
    found = {
        group.scope: reduce_row(row, "sum") for group, row in zip(frame.groups, frame.values, strict=True)
    }
    grouped = isinstance(node, Selector) and node.by
    return found if grouped else next(iter(found.values()), None)


def _joined(
    operator: str, left: dict[str, float | None] | float | None, right: dict[str, float | None] | float | None
) -> dict[str, float | None] | float | None:
    if not isinstance(left, dict) and not isinstance(right, dict):
        return _computed(operator, left, right)
    names = [*(left if isinstance(left, dict) else {}), *(right if isinstance(right, dict) else {})]
    return {
        name: _computed(
            operator,
            left.get(name) if isinstance(left, dict) else left,
            right.get(name) if isinstance(right, dict) else right,
        )
        for name in dict.fromkeys(names)
    }


def _computed(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (operator == "/" and right == 0):
        return None
    result = {"+": left + right, "-": left - right, "*": left * right}.get(operator)
    result = left / right if result is None else result
    return result if math.isfinite(result) else None


async def _read_anomalies(
    services: Services, query: MetricQuery, options: Mapping[str, Any], end: float
) -> Readings:
    call = query.anomalies
    if call is None:
        return {}
    frame = await metric_frame(services, query.expression, end - query.window, end)
    windows = options.get("threshold_windows") or {}
    trigger = window_seconds(
        str(windows.get("trigger_window") or keyword_text(call, "alert_window") or "last_15m")
    )
    recovery = window_seconds(str(windows.get("recovery_window") or f"last_{max(trigger // 60, 1)}m"))
    direction = keyword_text(call, "direction") or "both"
    return {
        group.scope: Reading(
            outside_share(frame, index, end - trigger, direction),
            outside_share(frame, index, end - recovery, direction),
        )
        for index, group in enumerate(frame.groups)
    }
