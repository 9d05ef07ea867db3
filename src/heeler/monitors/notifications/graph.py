"""The graph of a monitor with its thresholds."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heeler.api.services import Services
from heeler.monitors.evaluation.event_query import search_frame
from heeler.monitors.evaluation.formulas import formula_frame
from heeler.monitors.evaluation.process_query import process_frame
from heeler.monitors.evaluation.series_query import group_name, metric_frame
from heeler.monitors.queries.parser import FormulaQuery, MetricQuery, ProcessQuery, SearchQuery
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.render.forecast_window import forecast_from
from heeler.render.gaps import joined
from heeler.render.model import Band, Graph, Marker, Series
from heeler.render.png import RenderError
from heeler.render.svg import to_svg
from heeler.store.engine import EngineError

Drawable = MetricQuery | SearchQuery | ProcessQuery | FormulaQuery
log = logging.getLogger("heeler.monitors")


def graph_of(
    frame: Frame,
    title: str,
    window: tuple[float, float],
    markers: tuple[Marker, ...] = (),
    only: str = "*",
    now: float = math.inf,
) -> Graph:
    """Graph of ``frame``; ``only`` is the single group to show, ``*`` shows all. Values after ``now`` are a
    forecast.
    """
    chosen = _chosen(frame, only)
    times = joined(frame.times, [frame.times[np.isfinite(frame.values[index])] for index in chosen])
    shown = np.isin(frame.times, times)
    series = tuple(_series(frame, index, shown, frame.metric or title, now) for index in chosen)
    return Graph(title, window[0], window[1], times, series, frame.unit, markers, frame.notes)


def _chosen(frame: Frame, only: str) -> list[int]:
    """Rows of one group, or of all: an outlier is one only compared with the others."""
    everything = list(range(len(frame.groups)))
    if only == "*" or any(group.outlier for group in frame.groups):
        return everything
    return [index for index in everything if only == group_name(frame.groups[index])] or everything


def _series(frame: Frame, row: int, shown: NDArray[np.bool_], fallback: str, now: float) -> Series:
    lower, upper = frame.bands.get("lower"), frame.bands.get("upper")
    group, values = frame.groups[row], frame.values[row][shown]
    band = Band(lower[row][shown], upper[row][shown]) if lower is not None and upper is not None else None
    return Series(
        group.scope if group.scope != "*" else fallback,
        values,
        band=band,
        outlier=group.outlier,
        ahead=forecast_from(frame.times[shown], values, band, now),
    )


def threshold_markers(query: Drawable, options: Mapping[str, Any]) -> tuple[Marker, ...]:
    """Lines at the thresholds, if these are values of the graph."""
    if not isinstance(query, MetricQuery) or query.change:
        return ()
    if query.anomalies is not None or query.is_call("outliers"):
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
        case ProcessQuery():
            return f"processes: {query.search or '*'}"
        case FormulaQuery():
            return query.formula


async def _frame(services: Services, query: Drawable, start: float, end: float) -> Frame:
    match query:
        case MetricQuery():
            return await metric_frame(services, query.expression, start, end)
        case SearchQuery():
            return await search_frame(services, query, start, end)
        case ProcessQuery():
            return await process_frame(services, query, start, end)
        case FormulaQuery():
            return await formula_frame(services, query, start, end)


def window_of(query: Drawable, now: float) -> tuple[float, float]:
    """Window of the graph: the query's own and as much before it.

    For a forecast as much as lies ahead; for outliers the query's own, since outliers depend on the window.
    """
    if isinstance(query, MetricQuery) and query.ahead:
        return now - query.window, now + query.window
    if isinstance(query, MetricQuery) and query.is_call("outliers"):
        return now - query.window, now
    return now - max(2 * query.window, 600), now


async def monitor_picture(
    services: Services, query: Drawable, options: Mapping[str, Any], group: str, now: float
) -> bytes | None:
    """PNG of the evaluated data; None, and a log line, if it cannot be rendered."""
    start, end = window_of(query, now)
    title = _title(query)
    try:
        frame = await _frame(services, query, start, end)
        graph = graph_of(frame, title, (start, end), threshold_markers(query, options), group, now)
        return await services.renderer.png(to_svg(graph))
    except (QueryError, EngineError, RenderError, ValueError) as error:
        log.warning("The graph of %s could not be drawn: %s", title, error)
        return None
