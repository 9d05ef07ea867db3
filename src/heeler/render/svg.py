"""Renders graphs as SVG text, with the look of the web app's graphs."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from textwrap import wrap

import numpy as np

from heeler.render.axes import Axes, axes_of, draw_axes, has_right
from heeler.render.lines import draw_series, looks
from heeler.render.model import Graph, Marker, Picture, QueryValue, Series, TopList
from heeler.render.numbers import format_value
from heeler.render.palette import Palette, palette
from heeler.render.stack import largest, stacked

#: More series than this cannot be distinguished; the legend gives the number of omitted ones.
MAX_SERIES = 20
_LEGEND_ROWS = 4
#: Minimum pixels for title, plot and time axis beside notes, and maximum lines of notes.
_LEAST_PLOT, _NOTE_ROWS = 150, 2


def to_svg(picture: Picture, *, width: int = 800, height: int = 320, theme: str = "light") -> str:
    """Render ``picture`` as an SVG document of ``width`` by ``height`` pixels."""
    colors = palette(theme)
    match picture:
        case Graph():
            body = _graph(picture, width, height, colors)
        case TopList():
            body = _top_list(picture, width, height, colors)
        case QueryValue():
            body = _query_value(picture, width, height, colors)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Inter" font-size="11">'
        f'<rect width="{width}" height="{height}" rx="4" fill="{colors.surface}"/>'
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="4" fill="none" '
        f'stroke="{colors.border}"/>{_title(picture.title, width, colors)}{body}</svg>'
    )


def _title(title: str, width: int, colors: Palette) -> str:
    return (
        f'<text x="12" y="21" font-size="13" font-weight="600" fill="{colors.text}">'
        f"{escape(shorten(title, (width - 24) // 7))}</text>"
    )


def shorten(text: str, limit: int) -> str:
    """Truncate to ``limit`` characters in the middle: names differ at their ends."""
    if len(text) <= limit:
        return text
    half = max((limit - 1) // 2, 1)
    return f"{text[:half]}…{text[-half:]}"


def _graph(graph: Graph, width: int, height: int, colors: Palette) -> str:
    total = len(graph.series)
    graph = replace(graph, series=largest(graph.series, MAX_SERIES))
    listed = sorted(range(len(graph.series)), key=lambda at: not graph.series[at].outlier)[:_LEGEND_ROWS]
    rows = 16 * len(listed)
    notes = _note_lines(graph.notes, width, height - rows)
    foot = height - 16 * len(notes)
    standing = stacked(graph.series)
    tops = tuple(replace(item, values=place.top) for item, place in zip(graph.series, standing, strict=True))
    axes, right = axes_of(replace(graph, series=tops), width, foot - rows - 4)
    parts = [draw_axes(axes, right if has_right(graph) else None, graph, colors)]
    if not any(np.isfinite(item.values).any() for item in graph.series):
        parts.append(
            f'<text x="{width / 2:g}" y="{(axes.top + axes.bottom) / 2:g}" font-size="13" '
            f'text-anchor="middle" fill="{colors.muted}">No data</text>'
        )
    parts.append(
        f'<clipPath id="plot"><rect x="{axes.left:g}" y="{axes.top:g}" width="{axes.right - axes.left:g}" '
        f'height="{axes.bottom - axes.top:g}"/></clipPath>'
        f'<g clip-path="url(#plot)">{draw_series(graph, standing, (axes, right), colors)}</g>'
    )
    parts += [_marker(item, axes, colors) for item in graph.markers]
    parts.append(_legend(graph, listed, total, (width, foot), colors))
    parts += [_note(line, foot + 16 * at, colors) for at, line in enumerate(notes)]
    return "".join(parts)


def _note_lines(notes: tuple[str, ...], width: int, height: int) -> list[str]:
    """Lines of notes that leave the plot enough of ``height``, the space above the legend."""
    room = min((height - _LEAST_PLOT) // 16, _NOTE_ROWS)
    if not notes or room < 1:
        return []
    return wrap(" ".join(notes), max((width - 40) // 6, 10), max_lines=room, placeholder=" …")


def _note(line: str, top: int, colors: Palette) -> str:
    return f'<text x="12" y="{top + 3}" fill="{colors.muted}">{escape(line)}</text>'


def _marker(marker: Marker, axes: Axes, colors: Palette) -> str:
    color = {"alert": colors.alert, "warning": colors.warning, "ok": colors.ok}.get(marker.kind, colors.muted)
    y = float(axes.y(np.array([marker.value]))[0])
    if not axes.top - 1 <= y <= axes.bottom + 1:
        return ""
    shade = ""
    if marker.high is not None:
        top = max(float(axes.y(np.array([marker.high]))[0]), axes.top)
        shade = (
            f'<rect x="{axes.left:g}" y="{top:.1f}" width="{axes.right - axes.left:g}" '
            f'height="{max(y - top, 0):.1f}" fill="{color}" fill-opacity=".12"/>'
        )
    label = (
        f'<text x="{axes.left + 4:g}" y="{max(y - 4, axes.top + 9):.1f}" '
        f'font-weight="600" fill="{color}">{escape(marker.label)}</text>'
    )
    return (
        f'{shade}<line x1="{axes.left:g}" x2="{axes.right:g}" y1="{y:.1f}" y2="{y:.1f}" '
        f'stroke="{color}" stroke-width="1.5" stroke-dasharray="6 3"/>{label if marker.label else ""}'
    )


def _legend(graph: Graph, listed: list[int], total: int, size: tuple[int, int], colors: Palette) -> str:
    """Legend rows of the series ``listed``, the last above the bottom at ``size``."""
    width, height = size
    found = looks(graph.series, colors)
    parts = []
    for row, index in enumerate(listed):
        item = graph.series[index]
        y = height - 16 * (len(listed) - row) + 6
        more = f"+{total - len(listed)} more" if total > len(listed) and row == len(listed) - 1 else ""
        mark = f'<tspan dx="6" fill="{colors.alert}">outlier</tspan>' if item.outlier else ""
        parts.append(
            f'<rect x="12" y="{y - 8}" width="10" height="3" fill="{found[index].color}"/>'
            f'<text x="28" y="{y - 3}" fill="{colors.text}">{escape(shorten(item.name, (width - 160) // 6))}'
            f'{mark}<tspan dx="6" fill="{colors.muted}">{more}</tspan></text>'
            f'<text x="{width - 12}" y="{y - 3}" text-anchor="end" fill="{colors.muted}">'
            f"{escape(_last(item, graph))}</text>"
        )
    return "".join(parts)


def _last(item: Series, graph: Graph) -> str:
    """The last measured value, and the last forecast value after it."""
    ahead = graph.times >= (np.inf if item.ahead is None else item.ahead)
    been = item.values[np.isfinite(item.values) & ~ahead]
    coming = item.values[np.isfinite(item.values) & ahead]
    unit = graph.axis_of(item).unit
    last = format_value(float(been[-1]), unit) if len(been) else "no data"
    return f"{last}, expected {format_value(float(coming[-1]), unit)}" if len(coming) else last


def _top_list(top: TopList, width: int, height: int, colors: Palette) -> str:
    rows = top.rows[: max((height - 40) // 24, 1)]
    largest = max((abs(value) for _, value in rows), default=0.0) or 1.0
    parts = []
    for index, (name, value) in enumerate(rows):
        y = 34 + 24 * index
        parts.append(
            f'<rect x="88" y="{y}" width="{(width - 100) * abs(value) / largest:.1f}" height="20" rx="2" '
            f'fill="{colors.series[0]}" fill-opacity=".3"/>'
            f'<text x="80" y="{y + 14}" text-anchor="end" fill="{colors.text}">'
            f"{format_value(value, top.unit)}</text>"
            f'<text x="96" y="{y + 14}" fill="{colors.text}">{escape(shorten(name, (width - 120) // 6))}'
            "</text>"
        )
    return "".join(parts) or _empty(width, height, colors)


def _query_value(number: QueryValue, width: int, height: int, colors: Palette) -> str:
    if number.value is None:
        return _empty(width, height, colors)
    text = format_value(number.value, number.unit)
    # As large as fits: a letter is about 0.6 of its height wide.
    size = max(min(56, height * 0.45, (width - 24) / (0.6 * max(len(text), 1))), 10)
    return (
        f'<text x="{width / 2:g}" y="{height / 2 + size / 2:g}" text-anchor="middle" font-size="{size:g}" '
        f'font-weight="600" fill="{colors.text}">{escape(text)}</text>'
    )


def _empty(width: int, height: int, colors: Palette) -> str:
    return (
        f'<text x="{width / 2:g}" y="{height / 2:g}" font-size="13" text-anchor="middle" '
        f'fill="{colors.muted}">No data</text>'
    )
