"""Scales, grid and labels of a time series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heeler.render.model import Graph
from heeler.render.numbers import format_ticks, nice_ticks
from heeler.render.palette import Palette

_STEPS = (
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 604800, 1209600, 2592000, 7776000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axes:
    """The plot's box in pixels, and the numbers at its edges."""

    left: float
    right: float
    top: float
    bottom: float
    start: float
    end: float
    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, times: ArrayLike) -> NDArray[np.float64]:
        share = (np.asarray(times, dtype=np.float64) - self.start) / max(self.end - self.start, 1e-9)
        return self.left + share * (self.right - self.left)

    def y(self, values: ArrayLike) -> NDArray[np.float64]:
        share = (np.asarray(values, dtype=np.float64) - self.low) / ((self.high - self.low) or 1.0)
        return self.bottom - share * (self.bottom - self.top)


def axes_of(graph: Graph, width: int, height: int) -> Axes:
    low, high = _chosen(graph, *_range(graph))
    ticks = nice_ticks(low, high, graph.unit)
    labels = format_ticks(ticks, graph.unit)
    left = 16 + 6.2 * max(len(label) for label in [*labels, "UTC"])
    bottom, top = _chosen(graph, ticks[0], ticks[-1])
    shown = tuple(tick for tick in ticks if bottom <= tick <= top)
    return Axes(left, width - 14, 34, height - 22, graph.start, graph.end, bottom, top, shown)


def _chosen(graph: Graph, low: float, high: float) -> tuple[float, float]:
    """The ends that the reader chose, where they leave a range."""
    bottom, top = (
        found if chosen is None else chosen for chosen, found in zip(graph.bounds, (low, high), strict=True)
    )
    return (bottom, top) if bottom < top else (low, high)


def _range(graph: Graph) -> tuple[float, float]:
    columns = [item.values for item in graph.series]
    columns += [edge for item in graph.series if item.band for edge in (item.band.lower, item.band.upper)]
    finite = np.concatenate([column[np.isfinite(column)] for column in columns] or [np.empty(0)])
    markers = [item.value for item in graph.markers]
    numbers = [*finite.tolist(), *markers]
    measured = [value for item in graph.series for value in item.values[np.isfinite(item.values)]]
    if measured and min([*measured, *markers]) >= 0:
        numbers = [max(number, 0.0) for number in numbers]  # of a band, what lies where nothing can be is cut
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    if low >= 0 and (low < high * 0.5 or any(item.style != "line" for item in graph.series)):
        low = 0.0
    if high == low:
        return (low - 1, high + 1) if low else (0.0, 1.0)
    margin = (high - low) * 0.05
    return (low if low == 0 else low - margin), high + margin


def draw_axes(axes: Axes, graph: Graph, colours: Palette) -> str:
    return _value_axis(axes, graph, colours) + _time_axis(axes, graph, colours)


def _value_axis(axes: Axes, graph: Graph, colours: Palette) -> str:
    parts = []
    labels = format_ticks(axes.ticks, graph.unit)
    for label, y in zip(labels, axes.y(list(axes.ticks)), strict=True):
        parts.append(
            f'<line x1="{axes.left:g}" x2="{axes.right:g}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{colours.grid}"/>'
            f'<text x="{axes.left - 6:g}" y="{y + 4:.1f}" text-anchor="end" fill="{colours.muted}">'
            f"{escape(label)}</text>"
        )
    return "".join(parts)


def _time_axis(axes: Axes, graph: Graph, colours: Palette) -> str:
    step = time_step(axes.end - axes.start, (axes.right - axes.left) / 80)
    zone = datetime.fromtimestamp(axes.end, graph.zone).strftime("%Z")
    parts = [
        f'<text x="{axes.left - 6:g}" y="{axes.bottom + 16:g}" text-anchor="end" '
        f'fill="{colours.muted}">{escape(zone)}</text>'
    ]
    for moment in time_ticks(axes.start, axes.end, step, graph.zone):
        x = float(axes.x(np.array([moment]))[0])
        if axes.left + 10 <= x <= axes.right - 10:
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{axes.bottom:g}" y2="{axes.bottom + 4:g}" '
                f'stroke="{colours.muted}"/><text x="{x:.1f}" y="{axes.bottom + 16:g}" text-anchor="middle" '
                f'fill="{colours.muted}">{time_label(moment, step, graph.zone)}</text>'
            )
    return "".join(parts)


def time_step(length: float, most: float) -> int:
    """The smallest round step, seconds, that cuts ``length`` into at most ``most`` parts."""
    return next((step for step in _STEPS if length / step <= max(most, 1)), _STEPS[-1])


def time_ticks(start: float, end: float, step: int, zone: tzinfo) -> list[float]:
    """Multiples of ``step`` of the day's clock in ``zone``."""
    local = datetime.fromtimestamp(start, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= 86400:
        days = step // 86400
        count = int((end - start) // step) + 2
        moments = [(midnight + timedelta(days=days * index)).timestamp() for index in range(count)]
    else:
        first = midnight.timestamp()
        begin = int((start - first) // step)
        moments = [first + step * index for index in range(begin, begin + int((end - start) // step) + 2)]
    return [moment for moment in moments if start <= moment <= end]


def time_label(moment: float, step: int, zone: tzinfo) -> str:
    local = datetime.fromtimestamp(moment, zone)
    if step >= 86400 or (local.hour == local.minute == local.second == 0):
        return f"{local:%b} {local.day}"
    return f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
