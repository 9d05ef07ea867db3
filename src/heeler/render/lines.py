"""Renders lines, areas, bars and bands of a time series as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heeler.render.axes import Axes
from heeler.render.model import Graph, Series, Values
from heeler.render.palette import Palette
from heeler.render.stack import Standing, drawing_order

_DASHES = ("", "6 4", "2 3")
_FORECAST = "6 4"


@dataclass(frozen=True, slots=True)
class Look:
    """Line style. ``dash``: SVG's dash array, empty for a solid line; ``width``: pixels."""

    color: str
    width: float = 1.5
    dash: str = ""

    @property
    def stroke(self) -> str:
        dashed = f' stroke-dasharray="{self.dash}"' if self.dash else ""
        line = f'fill="none" stroke="{self.color}" stroke-width="{self.width:g}"'
        return f'{line} stroke-linejoin="round"{dashed}'


def looks(series: tuple[Series, ...], colors: Palette) -> list[Look]:
    """Line style of each series. If outliers are marked, the others are dimmed."""
    usual = 1 if any(item.outlier for item in series) else 1.5
    found = []
    for index, item in enumerate(series):
        pen = item.pen
        slots = colors.named(pen.palette)
        place = index if pen.place < 0 else pen.place
        color = colors.alert if item.outlier else slots[place % len(slots)]
        width = 2.5 if item.outlier else pen.width or usual
        found.append(Look(color, width, pen.dash or _DASHES[place // len(slots) % len(_DASHES)]))
    return found


def draw_series(graph: Graph, standing: list[Standing], axes: tuple[Axes, Axes], colors: Palette) -> str:
    """Draw all series of the graph with their bands, outliers on top. ``axes``: left and right."""
    found = looks(graph.series, colors)
    order = sorted(drawing_order(graph.series), key=lambda at: graph.series[at].outlier)
    own = [axes[item.right] for item in graph.series]
    parts = [_band(item, graph, own[at], colors) for at, item in enumerate(graph.series)]
    parts += [_drawn(graph.series[at], standing[at], graph, own[at], found[at]) for at in order]
    parts += [_outside(item, graph, own[at], colors, f"out{at}") for at, item in enumerate(graph.series)]
    return "".join(parts)


def _points(xs: Values, ys: Values) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Half-open ranges where ``mask`` is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _drawn(item: Series, place: Standing, graph: Graph, axes: Axes, look: Look) -> str:
    if item.style == "bars":
        return _bars(item.values, place, graph, axes, look.color)
    if item.ahead is None:
        return _pieces(item, place.top, place, graph, axes, look)
    coming = graph.times >= item.ahead
    been = np.where(coming, np.nan, place.top)
    measured = np.flatnonzero(np.isfinite(been))
    coming[measured[-1:]] = True  # the dashes start where the line ends
    ahead = np.where(coming, place.top, np.nan)
    dashed = Look(look.color, look.width, _FORECAST)
    return _pieces(item, been, place, graph, axes, look) + _pieces(item, ahead, place, graph, axes, dashed)


def _pieces(item: Series, top: Values, place: Standing, graph: Graph, axes: Axes, look: Look) -> str:
    xs, ys = axes.x(graph.times), axes.y(top)
    base = axes.y(np.maximum(place.base, axes.low))
    parts = []
    for first, last in _runs(np.isfinite(ys)):
        if last - first == 1:
            parts.append(f'<circle cx="{xs[first]:.1f}" cy="{ys[first]:.1f}" r="2" fill="{look.color}"/>')
            continue
        line = _points(xs[first:last], ys[first:last])
        if item.style == "area":
            back = _points(xs[first:last][::-1], base[first:last][::-1])
            parts.append(f'<polygon points="{line} {back}" fill="{look.color}" fill-opacity=".4"/>')
        parts.append(f'<polyline points="{line}" {look.stroke}/>')
    return "".join(parts)


def _bars(values: Values, place: Standing, graph: Graph, axes: Axes, color: str) -> str:
    xs, tops = axes.x(graph.times), axes.y(place.top)
    step = float(np.diff(xs).min()) if len(xs) > 1 else 12.0
    bases = axes.y(np.clip(place.base, axes.low, axes.high))
    return "".join(
        f'<rect x="{x:.1f}" y="{min(top, base):.1f}" width="{max(step - 1, 1):.1f}" '
        f'height="{abs(base - top):.1f}" fill="{color}"/>'
        for x, top, base, value in zip(xs, tops, bases, values, strict=True)
        if np.isfinite(value) and np.isfinite(top)
    )


def _outline(item: Series, graph: Graph, axes: Axes) -> str:
    """Path data of the band, one closed shape for each contiguous range."""
    if item.band is None:
        return ""
    xs, low, high = axes.x(graph.times), axes.y(item.band.lower), axes.y(item.band.upper)
    pieces = [slice(*run) for run in _runs(np.isfinite(low) & np.isfinite(high))]
    return "".join(
        f"M{_points(xs[piece], high[piece])} {_points(xs[piece][::-1], low[piece][::-1])}Z"
        for piece in pieces
    )


def _band(item: Series, graph: Graph, axes: Axes, colors: Palette) -> str:
    outline = _outline(item, graph, axes)
    return f'<path d="{outline}" fill="{colors.band}" fill-opacity=".28"/>' if outline else ""


def _outside(item: Series, graph: Graph, axes: Axes, colors: Palette, name: str) -> str:
    """Parts of a line outside its band, in red, clipped exactly at the band's edge."""
    if item.band is None or item.ahead is not None:
        return ""
    with np.errstate(invalid="ignore"):
        outside = np.isfinite(item.values) & (
            (item.values < item.band.lower) | (item.values > item.band.upper)
        )
    if not outside.any():
        return ""
    if item.style == "bars":
        shown = np.where(outside, item.values, np.nan)
        return _bars(shown, Standing(shown, np.zeros_like(shown)), graph, axes, colors.alert)
    xs, ys = axes.x(graph.times), axes.y(item.values)
    known = np.isfinite(ys) & np.isfinite(item.band.lower) & np.isfinite(item.band.upper)
    outside &= np.isfinite(ys)
    red = Look(colors.alert, 2.5)
    parts = []
    for first, last in _runs(outside):
        begin = first - 1 if first and known[first - 1] else first
        end = last + 1 if last < len(known) and known[last] else last
        if end - begin == 1:
            parts.append(f'<circle cx="{xs[first]:.1f}" cy="{ys[first]:.1f}" r="3" fill="{red.color}"/>')
        else:
            parts.append(f'<polyline points="{_points(xs[begin:end], ys[begin:end])}" {red.stroke}/>')
    everywhere = f"M{axes.left:g},{axes.top:g}H{axes.right:g}V{axes.bottom:g}H{axes.left:g}Z"
    cut = everywhere + _outline(item, graph, axes)
    return (
        f'<clipPath id="{name}"><path clip-rule="evenodd" d="{cut}"/></clipPath>'
        f'<g clip-path="url(#{name})">{"".join(parts)}</g>'
    )
