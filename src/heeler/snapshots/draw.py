"""Renders a graph definition over a window: runs its queries and aligns their frames on one time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from heeler.api.services import Services
from heeler.metrics import service
from heeler.metrics.formula_request import query_name
from heeler.query.frame import Frame, Group
from heeler.query.metrics.labels import expression_text, metric_text
from heeler.query.metrics.scalar import reduce_frame
from heeler.render.forecast_window import forecast_from, look_ahead
from heeler.render.gaps import Times, joined
from heeler.render.model import Band, Graph, Pen, Picture, QueryValue, Series, TopList
from heeler.snapshots.definition import Definition, GraphRequest

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A group of a frame with its name in the legend."""

    name: str
    frame: Frame
    row: int
    request: GraphRequest = field(default_factory=GraphRequest)
    """Its drawing options."""
    within: int = 0
    """Index among the series of its request."""


async def draw(services: Services, wanted: Definition, start: float, end: float) -> Picture:
    """Render ``wanted`` over [``start``, ``end``). Raises ``QueryError``."""
    match wanted.kind:
        case "timeseries":
            lines: list[Line] = []
            notes: dict[str, None] = {}
            for request in wanted.requests:
                found, found_notes = await _lines(services, request, start, end)
                lines += [replace(line, within=within) for within, line in enumerate(found)]
                notes |= dict.fromkeys(found_notes)
            return replace(graph_of(wanted, lines, start, end, services.now()), notes=tuple(notes))
        case "query_value":
            rows, unit = await _numbers(services, wanted.requests[0], start, end)
            return QueryValue(wanted.title, rows[0][1] if rows else None, wanted.unit or unit)
        case "toplist":
            rows, unit = await _numbers(services, wanted.requests[0], start, end)
            ordered = sorted(rows, key=lambda row: row[1], reverse=True)
            return TopList(wanted.title, tuple(ordered), wanted.unit or unit)


def end_of(wanted: Definition, start: float, end: float, now: float) -> float:
    """End of the rendered window: graphs of forecasts extend beyond now, as on pages."""
    if wanted.kind != "timeseries":
        return end
    return look_ahead(
        " ".join(text for request in wanted.requests for text in request.texts), start, end, now
    )


async def _lines(
    services: Services, request: GraphRequest, start: float, end: float
) -> tuple[list[Line], list[str]]:
    """Series of a request, and notes."""
    bars = request.style == "bars"
    if request.queries:
        sources = await service.read_sources(services, request.queries, start, end, bars=bars)
        answers = await service.formulas(services, sources, list(request.formulas))
        several = len(request.formulas) > 1
        return [
            Line(_formula_name(group, name, several), answer.frames[0], row, request)
            for name, answer in zip(request.names, answers, strict=True)
            for row, group in enumerate(answer.frames[0].groups)
        ], [note for answer in answers for note in answer.notes]
    answer = await service.query(services, request.text, start, end, bars=bars)
    return [
        Line(
            request.aliases.get(expression_text(item.node, group.scope))
            or request.aliases.get(request.text)
            or ", ".join(group.tags)
            or metric_text(item.node),
            item.frame,
            row,
            request,
        )
        for item in answer.expressions
        for row, group in enumerate(item.frame.groups)
    ], list(answer.notes)


def _formula_name(group: Group, name: str, several: bool) -> str:
    tags = ", ".join(group.tags)
    return " · ".join(part for part in (tags, name if several or not tags else "") if part)


async def _numbers(
    services: Services, request: GraphRequest, start: float, end: float
) -> tuple[list[tuple[str, float]], str]:
    """One number for each group with a value, with its unit."""
    if request.queries:
        sources = await service.read_totals(services, request.queries, start, end)
        reducers = {
            query_name(item, place): str(item.get("aggregator") or "avg")
            for place, item in enumerate(request.queries)
        }
        answers = await service.scalars(services, sources, reducers, list(request.formulas[:1]))
        frame, name = answers[0].frames[0], request.names[0]
    else:
        answer = await service.query(services, request.text, start, end)
        frame = reduce_frame(answer.frames[0], request.aggregator)
        name = metric_text(answer.expressions[0].node)
    return [
        (", ".join(group.tags) or name, float(value))
        for group, value in zip(frame.groups, frame.values[:, 0] if frame.values.size else (), strict=False)
        if np.isfinite(value)
    ], frame.unit


def graph_of(wanted: Definition, lines: list[Line], start: float, end: float, now: float = math.inf) -> Graph:
    """All series on the union of their times; values after ``now`` are a forecast."""
    times: Times = np.unique(
        np.concatenate([line.frame.times for line in lines] or [np.empty(0, dtype=np.int64)])
    )
    if any(line.request.style != "bars" for line in lines):
        times = joined(times, [line.frame.times[np.isfinite(line.frame.values[line.row])] for line in lines])
    return Graph(
        wanted.title,
        start,
        end,
        times,
        tuple(_series(line, times, now, slot) for slot, line in enumerate(lines)),
        wanted.unit or _unit(lines, right=False),
        wanted.markers,
        bounds=wanted.left.bounds,
        scale=wanted.left.scale,
        right=replace(wanted.right, unit=_unit(lines, right=True)),
    )


def _unit(lines: list[Line], *, right: bool) -> str:
    return next((line.frame.unit for line in lines if line.frame.unit and line.request.right == right), "")


def _series(line: Line, times: Times, now: float, slot: int) -> Series:
    frame = line.frame
    lower, upper = frame.bands.get("lower"), frame.bands.get("upper")
    band = None
    if lower is not None and upper is not None:
        band = Band(_spread(lower[line.row], frame, times), _spread(upper[line.row], frame, times))
    values = _spread(frame.values[line.row], frame, times)
    return Series(
        line.name,
        values,
        line.request.style,
        band,
        right=line.request.right,
        pen=_pen_of(line, slot),
        outlier=frame.groups[line.row].outlier,
        ahead=forecast_from(times, values, band, now),
    )


def _pen_of(line: Line, slot: int) -> Pen:
    """Pen of a series: default colors are shared over all requests; other palettes restart with each."""
    pen = line.request.pen
    shared = pen.palette in ("", "dog_classic", "datadog16")
    return replace(pen, place=slot if shared else line.within)


def _spread(values: Values, frame: Frame, times: Times) -> Values:
    """Resample ``values`` to ``times``, with linear interpolation between points of a coarser series."""
    spread = np.full(len(times), np.nan)
    shown = np.isin(frame.times, times)
    spread[np.searchsorted(times, frame.times[shown])] = values[shown]
    if len(frame.times) == len(times):
        return spread
    known = np.flatnonzero(np.isfinite(spread))
    if len(known) < 2:
        return spread
    between = np.interp(times, times[known], spread[known])
    step = np.diff(known.astype(np.int64))
    reach = frame.interval * 1.5
    for first, skipped in zip(known[:-1][step > 1], known[1:][step > 1], strict=True):
        if times[skipped] - times[first] <= reach:
            spread[first:skipped] = between[first:skipped]
    return spread


def titled(wanted: Definition, title: str, fallback: str) -> Definition:
    return replace(wanted, title=title or wanted.title or fallback)
