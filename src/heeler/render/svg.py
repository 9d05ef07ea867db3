"""Pictures as SVG text: the same look as the web app's graphs."""

from __future__ import annotations

from html import escape

import numpy as np

from heeler.render.axes import Axes, axes_of, draw_axes
from heeler.render.model import Graph, Marker, Picture, QueryValue, Series, TopList
from heeler.render.numbers import format_value
from heeler.render.palette import Palette, palette

#: More lines than this cannot be told apart; the legend says how many were left out.
MAX_SERIES = 20
_LEGEND_ROWS = 4


def to_svg(picture: Picture, *, width: int = 800, height: int = 320, theme: str = "light") -> str:
    """``picture`` as an SVG document of ``width`` by ``height`` pixels."""
    colours = palette(theme)
    match picture:
        case Graph():
            body = _graph(picture, width, height, colours)
        case TopList():
            body = _top_list(picture, width, height, colours)
        case QueryValue():
            body = _query_value(picture, width, height, colours)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Inter" font-size="11">'
        f'<rect width="{width}" height="{height}" rx="4" fill="{colours.surface}"/>'
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="4" fill="none" '
        f'stroke="{colours.border}"/>{_title(picture.title, width, colours)}{body}</svg>'
    )


def _title(title: str, width: int, colours: Palette) -> str:
    return (
        f'<text x="12" y="21" font-size="13" font-weight="600" fill="{colours.text}">'
        f"{escape(shorten(title, (width - 24) // 7))}</text>"
    )


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut in the middle: names differ at their ends."""
    if len(text) <= limit:
        return text
    half = max((limit - 1) // 2, 1)
    return f"{text[:half]}…{text[-half:]}"


def _graph(graph: Graph, width: int, height: int, colours: Palette) -> str:
    shown = graph.series[:MAX_SERIES]
    rows = min(len(shown), _LEGEND_ROWS)
    axes = axes_of(graph, width, height - 16 * rows - 4)
    parts = [draw_axes(axes, graph, colours)]
    if not any(np.isfinite(item.values).any() for item in shown):
        parts.append(
            f'<text x="{width / 2:g}" y="{(axes.top + axes.bottom) / 2:g}" font-size="13" '
            f'text-anchor="middle" fill="{colours.muted}">{escape(graph.note or "No data")}</text>'
        )
    clip = (
        f'<clipPath id="plot"><rect x="{axes.left:g}" y="{axes.top:g}" width="{axes.right - axes.left:g}" '
        f'height="{axes.bottom - axes.top:g}"/></clipPath>'
    )
    drawn = [_band(item, graph, axes, colours) for item in shown]
    drawn += [
        _series(item, graph, axes, colours.series[index % len(colours.series)])
        for index, item in enumerate(shown)
    ]
    drawn += [_outliers(item, graph, axes, colours) for item in shown]
    parts.append(f'{clip}<g clip-path="url(#plot)">{"".join(drawn)}</g>')
    parts += [_marker(item, axes, colours) for item in graph.markers]
    parts.append(_legend(graph, shown, width, height, colours))
    return "".join(parts)


def _points(xs: np.ndarray, ys: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Half-open ranges where ``mask`` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _series(item: Series, graph: Graph, axes: Axes, colour: str) -> str:
    xs, ys = axes.x(graph.times), axes.y(item.values)
    if item.style == "bars":
        return _bars(xs, ys, axes, colour)
    parts = []
    for first, last in _runs(np.isfinite(ys)):
        if last - first == 1:
            parts.append(f'<circle cx="{xs[first]:.1f}" cy="{ys[first]:.1f}" r="2" fill="{colour}"/>')
            continue
        line = _points(xs[first:last], ys[first:last])
        if item.style == "area":
            base = axes.y(np.array([max(axes.low, 0.0)]))[0]
            parts.append(
                f'<polygon points="{xs[first]:.1f},{base:.1f} {line} {xs[last - 1]:.1f},{base:.1f}" '
                f'fill="{colour}" fill-opacity=".25"/>'
            )
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5" '
            'stroke-linejoin="round"/>'
        )
    return "".join(parts)


def _bars(xs: np.ndarray, ys: np.ndarray, axes: Axes, colour: str) -> str:
    step = float(np.diff(xs).min()) if len(xs) > 1 else 12.0
    base = float(axes.y(np.array([min(max(axes.low, 0.0), axes.high)]))[0])
    return "".join(
        f'<rect x="{x:.1f}" y="{min(y, base):.1f}" width="{max(step - 1, 1):.1f}" '
        f'height="{abs(base - y):.1f}" fill="{colour}"/>'
        for x, y in zip(xs, ys, strict=True)
        if np.isfinite(y)
    )


def _band(item: Series, graph: Graph, axes: Axes, colours: Palette) -> str:
    if item.band is None:
        return ""
    xs, low, high = axes.x(graph.times), axes.y(item.band.lower), axes.y(item.band.upper)
    parts = []
    for first, last in _runs(np.isfinite(low) & np.isfinite(high)):
        there = _points(xs[first:last], high[first:last])
        back = _points(xs[first:last][::-1], low[first:last][::-1])
        parts.append(f'<polygon points="{there} {back}" fill="{colours.band}" fill-opacity=".28"/>')
    return "".join(parts)


def _outliers(item: Series, graph: Graph, axes: Axes, colours: Palette) -> str:
    if item.band is None:
        return ""
    xs, ys = axes.x(graph.times), axes.y(item.values)
    with np.errstate(invalid="ignore"):
        outside = (item.values < item.band.lower) | (item.values > item.band.upper)
    parts = []
    for first, last in _runs(outside):
        # One point to each side, so that the red line starts where the value leaves the band.
        begin, end = max(first - 1, 0), min(last + 1, len(xs))
        keep = np.isfinite(ys[begin:end])
        line = _points(xs[begin:end][keep], ys[begin:end][keep])
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colours.alert}" stroke-width="2" '
            'stroke-linejoin="round"/>'
        )
    return "".join(parts)


def _marker(marker: Marker, axes: Axes, colours: Palette) -> str:
    colour = {"alert": colours.alert, "warning": colours.warning, "ok": colours.ok}.get(
        marker.kind, colours.muted
    )
    y = float(axes.y(np.array([marker.value]))[0])
    if not axes.top - 1 <= y <= axes.bottom + 1:
        return ""
    shade = ""
    if marker.high is not None:
        top = max(float(axes.y(np.array([marker.high]))[0]), axes.top)
        shade = (
            f'<rect x="{axes.left:g}" y="{top:.1f}" width="{axes.right - axes.left:g}" '
            f'height="{max(y - top, 0):.1f}" fill="{colour}" fill-opacity=".12"/>'
        )
    label = (
        f'<text x="{axes.left + 4:g}" y="{max(y - 4, axes.top + 9):.1f}" '
        f'font-weight="600" fill="{colour}">{escape(marker.label)}</text>'
    )
    return (
        f'{shade}<line x1="{axes.left:g}" x2="{axes.right:g}" y1="{y:.1f}" y2="{y:.1f}" '
        f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="6 3"/>{label if marker.label else ""}'
    )


def _legend(graph: Graph, shown: tuple[Series, ...], width: int, height: int, colours: Palette) -> str:
    rows = shown[:_LEGEND_ROWS]
    hidden = len(graph.series) - len(rows)
    parts = []
    for index, item in enumerate(rows):
        y = height - 16 * (len(rows) - index) + 6
        finite = item.values[np.isfinite(item.values)]
        last = format_value(float(finite[-1]), graph.unit) if len(finite) else "no data"
        more = f" +{hidden} more" if hidden and index == len(rows) - 1 else ""
        name = shorten(item.name, (width - 160) // 6)
        parts.append(
            f'<rect x="12" y="{y - 8}" width="10" height="3" '
            f'fill="{colours.series[index % len(colours.series)]}"/>'
            f'<text x="28" y="{y - 3}" fill="{colours.text}">{escape(name)}'
            f'<tspan fill="{colours.muted}">{more}</tspan></text>'
            f'<text x="{width - 12}" y="{y - 3}" text-anchor="end" fill="{colours.muted}">{last}</text>'
        )
    return "".join(parts)


def _top_list(top: TopList, width: int, height: int, colours: Palette) -> str:
    rows = top.rows[: max((height - 40) // 24, 1)]
    largest = max((abs(value) for _, value in rows), default=0.0) or 1.0
    parts = []
    for index, (name, value) in enumerate(rows):
        y = 34 + 24 * index
        parts.append(
            f'<rect x="88" y="{y}" width="{(width - 100) * abs(value) / largest:.1f}" height="20" rx="2" '
            f'fill="{colours.series[0]}" fill-opacity=".3"/>'
            f'<text x="80" y="{y + 14}" text-anchor="end" fill="{colours.text}">'
            f"{format_value(value, top.unit)}</text>"
            f'<text x="96" y="{y + 14}" fill="{colours.text}">{escape(shorten(name, (width - 120) // 6))}'
            "</text>"
        )
    return "".join(parts) or _empty(width, height, colours)


def _query_value(number: QueryValue, width: int, height: int, colours: Palette) -> str:
    if number.value is None:
        return _empty(width, height, colours)
    return (
        f'<text x="{width / 2:g}" y="{height / 2 + 28:g}" text-anchor="middle" font-size="56" '
        f'font-weight="600" fill="{colours.text}">{escape(format_value(number.value, number.unit))}</text>'
    )


def _empty(width: int, height: int, colours: Palette) -> str:
    return (
        f'<text x="{width / 2:g}" y="{height / 2:g}" font-size="13" text-anchor="middle" '
        f'fill="{colours.muted}">No data</text>'
    )
