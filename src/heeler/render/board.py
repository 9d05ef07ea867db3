"""Renders a whole dashboard as one SVG document: graphs, texts and group headers in their layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from heeler.render.model import Picture
from heeler.render.palette import Palette, palette
from heeler.render.svg import shorten, to_svg

WIDTH = 1280
#: Maximum pixels of a document; content below is omitted and counted.
MAX_HEIGHT = 12_000
_MARGIN, _HEADER = 16, 72
_MARKDOWN = re.compile(r"\[([^\[\]]*)\]\([^()]*\)|[*_`]{1,3}|^#{1,6}\s+|^>\s?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """Text of a note, as Markdown; rendered without markup."""

    text: str
    title: str = ""
    font_size: int = 13
    center: bool = False


@dataclass(frozen=True, slots=True)
class GroupHeader:
    title: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A widget without a rendering, or that failed: its title and the reason."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One widget in pixels from the top left of the area below the header."""

    x: int
    y: int
    width: int
    height: int
    content: Picture | Text | GroupHeader | Missing


@dataclass(frozen=True, slots=True)
class Board:
    title: str
    subtitle: str
    """Displayed time range, and values of variables."""
    panels: tuple[Panel, ...]


def board_svg(board: Board, *, theme: str = "light") -> tuple[str, int]:
    """The SVG document, :data:`WIDTH` pixels wide, and its height."""
    colors = palette(theme)
    drawn = [panel for panel in board.panels if _HEADER + panel.y + panel.height + _MARGIN <= MAX_HEIGHT]
    left_out = len(board.panels) - len(drawn)
    foot = 32 if left_out else 0
    height = _HEADER + max((panel.y + panel.height for panel in drawn), default=80) + _MARGIN + foot
    parts = [_panel(panel, at, theme, colors) for at, panel in enumerate(drawn)]
    if left_out:
        parts.append(
            _text(_MARGIN, height - 20, f"{left_out} more widgets are on the dashboard.", colors.muted)
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Inter" font-size="13">'
        f'<rect width="{WIDTH}" height="{height}" fill="{"#f3f5f8" if theme == "light" else "#10151f"}"/>'
        f'<text x="{_MARGIN}" y="34" font-size="20" font-weight="600" fill="{colors.text}">'
        f"{escape(shorten(board.title, 100))}</text>"
        f"{_text(_MARGIN, 56, shorten(board.subtitle, 180), colors.muted)}{''.join(parts)}</svg>"
    ), height


def _text(x: float, y: float, text: str, color: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{color}" {more}>{escape(text)}</text>'


def _panel(panel: Panel, at: int, theme: str, colors: Palette) -> str:
    x, y = panel.x, panel.y + _HEADER
    match panel.content:
        case GroupHeader(title):
            return (
                f'<rect x="{x}" y="{y}" width="{panel.width}" height="{panel.height}" rx="4" '
                f'fill="{colors.series[0]}" fill-opacity=".08"/>'
                f'<rect x="{x}" y="{y}" width="{panel.width}" height="32" rx="4" fill="{colors.series[0]}"/>'
                + _text(x + 12, y + 21, shorten(title, panel.width // 8), "#ffffff", 'font-weight="600"')
            )
        case Text():
            return _frame(panel, colors) + _note(panel, panel.content, colors)
        case Missing(title, reason):
            body = _lines(panel, reason, 12)[: max((panel.height - 44) // 18, 1)]
            return (
                _frame(panel, colors)
                + _text(x + 12, y + 21, shorten(title, panel.width // 8), colors.text, 'font-weight="600"')
                + "".join(_text(x + 12, y + 46 + 18 * n, line, colors.muted) for n, line in enumerate(body))
            )
        case picture:
            nested = to_svg(picture, width=panel.width, height=panel.height, theme=theme)
            # Names are global in the document: each graph's clip path gets its own.
            nested = nested.replace('id="plot"', f'id="plot{at}"').replace("url(#plot)", f"url(#plot{at})")
            return nested.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1)


def _frame(panel: Panel, colors: Palette) -> str:
    return (
        f'<rect x="{panel.x + 0.5}" y="{panel.y + _HEADER + 0.5}" width="{panel.width - 1}" '
        f'height="{panel.height - 1}" rx="4" fill="{colors.surface}" stroke="{colors.border}"/>'
    )


def plain(markdown: str) -> str:
    """Markdown without its markup; links keep their text."""
    return _MARKDOWN.sub(lambda found: found.group(1) or "", markdown)


def _lines(panel: Panel, text: str, size: int) -> list[str]:
    """``text`` wrapped to the width of the panel."""
    letters = max(int((panel.width - 24) / (size * 0.55)), 4)
    return [line for block in text.splitlines() for line in (wrap(block, letters) or [""])]


def _note(panel: Panel, note: Text, colors: Palette) -> str:
    size = min(max(note.font_size, 11), 36)
    step, top = round(size * 1.4), panel.y + _HEADER + (34 if note.title else 10)
    room = max(int((panel.y + _HEADER + panel.height - top - 6) // step), 1)
    lines = _lines(panel, plain(note.text).strip(), size)
    if len(lines) > room:
        lines = [*lines[: room - 1], "…"]
    x, anchor = (panel.x + panel.width / 2, "middle") if note.center else (panel.x + 12, "start")
    more = f'font-size="{size}" text-anchor="{anchor}"'
    head = (
        _text(
            panel.x + 12,
            panel.y + _HEADER + 21,
            shorten(note.title, panel.width // 8),
            colors.text,
            'font-weight="600"',
        )
        if note.title
        else ""
    )
    return head + "".join(
        _text(x, top + size + step * at, line, colors.text, more) for at, line in enumerate(lines)
    )


def grid_panel(x: float, y: float, columns: float, rows: float) -> tuple[int, int, int, int]:
    """Convert grid cells to pixels (x, y, width, height), with gaps of 8 pixels."""
    unit, row = (WIDTH - 2 * _MARGIN + 8) / 12, 96
    return (
        round(_MARGIN + x * unit), round(y * row), round(columns * unit - 8), round(rows * row - 8),
    )  # fmt: skip


def texts_of(panels: Sequence[Panel]) -> int:
    """Number of panels that contain only text."""
    return sum(isinstance(panel.content, Text | GroupHeader | Missing) for panel in panels)
