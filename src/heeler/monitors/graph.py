"""The graph of a monitor with its thresholds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.monitors.formulas import formula_frame
from heeler.monitors.query import FormulaQuery, MetricQuery, SearchQuery
from heeler.monitors.readings import group_name, metric_frame
from heeler.monitors.searches import search_frame
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.render.gaps import joined
from heeler.render.model import Band, Graph, Marker, Series
from heeler.render.png import RenderError
from heeler.render.svg import to_svg
from heeler.store.engine import EngineError

Drawable = MetricQuery | SearchQuery | FormulaQuery
log = logging.getLogger("heeler.monitors")


def graph_of(
    frame: Frame, title: str, window: tuple[float, float], markers: tuple[Marker, ...] = (), only: str = "*"
) -> Graph:
    """A picture of ``frame``; ``only`` names the one group to show, ``*`` shows all."""
    lower, upper = frame.bands.get("lower"), frame.bands.get("upper")
    chosen = [index for index, group in enumerate(frame.groups) if only in ("*", group_name(group))] or list(
        range(len(frame.groups))
    )
    times = joined(frame.times, [frame.times[np.isfinite(frame.values[index])] for index in chosen])
    shown = np.isin(frame.times, times)
    series = tuple(
        Series(
            frame.groups[index].scope if frame.groups[index].scope != "*" else frame.metric or title,
            frame.values[index][shown],
            band=Band(lower[index][shown], upper[index][shown])
            if lower is not None and upper is not None
            else None,
        )
        for index in chosen
    )
    return Graph(title, window[0], window[1], times, series, frame.unit, markers)


def threshold_markers(query: Drawable, options: Mapping[str, Any]) -> tuple[Marker, ...]:
    if not isinstance(query, MetricQuery) or query.anomalies is not None or query.change:
        return ()
    numbers = options.get("thresholds") or {}
    found = [Marker(query.threshold, "alert", f"Alert {query.comparator} {query.threshold:g}")]
    if "warning" in numbers:
        found.append(
            Marker(numbers["warning"], "warning", f"Warning {query.comparator} {numbers['warning']:g}")
        )
    return tuple(found)


def _title(query: Drawable) -> str:
    match query:
        case MetricQuery():
            return query.expression
        case SearchQuery():
            return f"{query.source}: {query.search or '*'}"
        case FormulaQuery():
            return query.formula


async def _frame(services: Services, query: Drawable, start: float, end: float) -> Frame:
    match query:
        case MetricQuery():
            return await metric_frame(services, query.expression, start, end)
        case SearchQuery():
            return await search_frame(services, query, start, end)
        case FormulaQuery():
            return await formula_frame(services, query, start, end)


async def monitor_picture(
    services: Services, query: Drawable, options: Mapping[str, Any], group: str, now: float
) -> bytes | None:
    """PNG of the window and as much before it; None, and a line in the log, when it cannot be drawn."""
    start = now - max(2 * query.window, 600)
    title = _title(query)
    try:
        frame = await _frame(services, query, start, now)
        graph = graph_of(frame, title, (start, now), threshold_markers(query, options), group)
        return await services.renderer.png(to_svg(graph))
    except (QueryError, EngineError, RenderError, ValueError) as error:
        log.warning("The graph of %s could not be drawn: %s", title, error)
        return None
