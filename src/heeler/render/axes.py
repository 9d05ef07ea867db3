"""Axes, grid and labels of a time series graph."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heeler.render.model import Graph, Marker, Scale, Series, ValueAxis
from heeler.render.numbers import format_ticks, format_value, nice_ticks
from heeler.render.palette import Palette

_STEPS = (
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 604800, 1209600, 2592000, 7776000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axes:
    """The plot's box in pixels, and the values at its edges."""

    left: float
    right: float
    top: float
    bottom: float
    start: float
    end: float
    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    scale: Scale = "linear"

    def x(self, times: ArrayLike) -> NDArray[np.float64]:
        share = (np.asarray(times, dtype=np.float64) - self.start) / max(self.end - self.start, 1e-9)
        return self.left + share * (self.right - self.left)

    def y(self, values: ArrayLike) -> NDArray[np.float64]:
        low, high = _scaled(np.array([self.low, self.high]), self.scale)
        share = (_scaled(np.asarray(values, dtype=np.float64), self.scale) - low) / ((high - low) or 1.0)
        pixels: NDArray[np.float64] = self.bottom - share * (self.bottom - self.top)
        return pixels


def _scaled(values: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    if scale == "linear":
        return values
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if scale == "log":
            return np.where(values > 0, np.log10(values), np.nan)
        return np.sign(values) * np.abs(values) ** scale


def axes_of(graph: Graph, width: int, height: int) -> tuple[Axes, Axes]:
    """Box with the values of the left axis and, if present, of the right axis."""
    sides = [
        _numbers([item for item in graph.series if not item.right], graph.markers, graph.left),
        _numbers([item for item in graph.series if item.right], (), graph.right),
    ]
    left = 16 + 6.2 * max(len(label) for label in [*sides[0].labels, "UTC"])
    right = 14.0
    if has_right(graph):
        right = 16 + 6.2 * max((len(label) for label in sides[1].labels), default=0)

    def placed(side: Axes) -> Axes:
        return replace(
            side,
            left=left,
            right=width - right,
            top=34,
            bottom=height - 22,
            start=graph.start,
            end=graph.end,
        )

    return placed(sides[0]), placed(sides[1])


def has_right(graph: Graph) -> bool:
    return any(item.right for item in graph.series)


def _numbers(series: list[Series], markers: tuple[Marker, ...], axis: ValueAxis) -> Axes:
    """Range of an axis; the box is still to be measured."""
    low, high = _range(series, markers)
    if axis.scale == "log":
        low, high = _chosen(axis, *_positive(series, high))
        ticks = _log_ticks(low, high)
        labels = tuple(format_value(tick, axis.unit) for tick in ticks)
        return Axes(0, 0, 0, 0, 0, 0, low, high, ticks, labels, "log")
    ticks = tuple(nice_ticks(*_chosen(axis, low, high), axis.unit))
    bottom, top = _chosen(axis, ticks[0], ticks[-1])
    if axis.scale != "linear":
        ticks = _power_ticks(bottom, top, axis.scale)
    shown = tuple(tick for tick in ticks if bottom <= tick <= top)
    return Axes(0, 0, 0, 0, 0, 0, bottom, top, shown, tuple(format_ticks(shown, axis.unit)), axis.scale)


def _positive(series: list[Series], high: float) -> tuple[float, float]:
    """Range of a logarithmic axis: at least a power of ten, from the smallest positive value."""
    above = [value for item in series for value in item.values if 0 < value < math.inf]
    if not above:
        return 0.1, 1.0
    least, most = min(above), max(high, *above)
    return min(least, most / 10), most


def _power_ticks(low: float, high: float, power: float, count: int = 5) -> tuple[float, ...]:
    """Ticks at about equal distances, each as round as its distance to neighbors allows."""
    ends = _scaled(np.array([low, high]), power)
    at = _scaled(np.linspace(ends[0], ends[1], count), 1 / power)
    gaps = np.diff(at)
    nearest = np.minimum(np.append(gaps, np.inf), np.insert(gaps, 0, np.inf))
    steps = (10.0 ** math.floor(math.log10(gap)) if 0 < gap < math.inf else 1.0 for gap in nearest)
    return tuple(dict.fromkeys(round(value / step) * step for value, step in zip(at, steps, strict=True)))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten, with twos and fives between if there are few."""
    powers = range(math.floor(math.log10(low)), min(math.ceil(math.log10(high)), 307) + 1)
    found = [base * 10.0**power for power in powers for base in (1, 2, 5)]
    shown = [tick for tick in found if low <= tick <= high]
    if len(shown) <= 7:
        return tuple(shown)
    tens = [10.0**power for power in powers if low <= 10.0**power <= high]
    return tuple(tens[:: -(-len(tens) // 7)])


def _chosen(axis: ValueAxis, low: float, high: float) -> tuple[float, float]:
    """User-defined bounds, if they leave a range."""
    bottom, top = (
        found if chosen is None else chosen for chosen, found in zip(axis.bounds, (low, high), strict=True)
    )
    drawable = bottom < top and (bottom > 0 or axis.scale != "log")
    return (bottom, top) if drawable else (low, high)


def _range(series: list[Series], markers: tuple[Marker, ...]) -> tuple[float, float]:
    columns = [item.values for item in series]
    columns += [edge for item in series if item.band for edge in (item.band.lower, item.band.upper)]
    finite = np.concatenate([column[np.isfinite(column)] for column in columns] or [np.empty(0)])
    lines = [item.value for item in markers]
    numbers = [*finite.tolist(), *lines]
    measured = [value for item in series for value in item.values[np.isfinite(item.values)]]
    if measured and min([*measured, *lines]) >= 0:
        numbers = [max(number, 0.0) for number in numbers]  # bands are clipped to the possible range
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    if low >= 0 and (low < high * 0.5 or any(item.style != "line" for item in series)):
        low = 0.0
    if high == low:
        return (low - 1, high + 1) if low else (0.0, 1.0)
    margin = (high - low) * 0.05
    return (low if low == 0 else low - margin), high + margin


def draw_axes(axes: Axes, right: Axes | None, graph: Graph, colors: Palette) -> str:
    """Draw grid and labels; with ``right`` also the labels of that axis."""
    lone = right is not None and all(item.right for item in graph.series)
    parts = ["" if lone else _value_axis(axes, colors, grid=True)]
    if right is not None:
        parts.append(_value_axis(right, colors, grid=lone, right=True))
    return "".join(parts) + _time_axis(axes, graph, colors)


def _value_axis(axes: Axes, colors: Palette, *, grid: bool, right: bool = False) -> str:
    x, anchor = (axes.right + 6, "start") if right else (axes.left - 6, "end")
    parts = []
    for label, y in zip(axes.labels, axes.y(list(axes.ticks)), strict=True):
        if grid:
            parts.append(
                f'<line x1="{axes.left:g}" x2="{axes.right:g}" y1="{y:.1f}" y2="{y:.1f}" '
                f'stroke="{colors.grid}"/>'
            )
        parts.append(
            f'<text x="{x:g}" y="{y + 4:.1f}" text-anchor="{anchor}" fill="{colors.muted}">'
            f"{escape(label)}</text>"
        )
    return "".join(parts)


def _time_axis(axes: Axes, graph: Graph, colors: Palette) -> str:
    step = time_step(axes.end - axes.start, (axes.right - axes.left) / 80)
    zone = datetime.fromtimestamp(axes.end, graph.zone).strftime("%Z")
    parts = [
        f'<text x="{axes.left - 6:g}" y="{axes.bottom + 16:g}" text-anchor="end" '
        f'fill="{colors.muted}">{escape(zone)}</text>'
    ]
    for time in time_ticks(axes.start, axes.end, step, graph.zone):
        x = float(axes.x(np.array([time]))[0])
        if axes.left + 10 <= x <= axes.right - 10:
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{axes.bottom:g}" y2="{axes.bottom + 4:g}" '
                f'stroke="{colors.muted}"/><text x="{x:.1f}" y="{axes.bottom + 16:g}" text-anchor="middle" '
                f'fill="{colors.muted}">{time_label(time, step, graph.zone)}</text>'
            )
    return "".join(parts)


def time_step(length: float, most: float) -> int:
    """Smallest round step in seconds that divides ``length`` into at most ``most`` parts."""
    return next((step for step in _STEPS if length / step <= max(most, 1)), _STEPS[-1])


def time_ticks(start: float, end: float, step: int, zone: tzinfo) -> list[float]:
    """Multiples of ``step`` of the wall clock in ``zone``."""
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
    return [time for time in moments if start <= time <= end]


def time_label(time: float, step: int, zone: tzinfo) -> str:
    local = datetime.fromtimestamp(time, zone)
    if step >= 86400 or (local.hour == local.minute == local.second == 0):
        return f"{local:%b} {local.day}"
    return f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
