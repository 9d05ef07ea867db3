"""Dashboards as one picture."""

from __future__ import annotations

import re
import struct

import numpy as np

from heeler.render.board import (
    MAX_HEIGHT,
    Board,
    GroupHeader,
    Missing,
    Panel,
    Text,
    board_svg,
    grid_panel,
    plain,
)
from heeler.render.model import Graph, QueryValue, Series
from heeler.render.png import render_png


def graph(title: str) -> Graph:
    times = np.arange(0, 3600, 60, dtype=np.int64)
    return Graph(title, 0, 3600, times, (Series("a", np.sin(times / 600)),))


def test_all_kinds_of_panels_are_drawn_where_they_stand() -> None:
    contents = [
        GroupHeader("Group <1>"),
        graph("First"),
        graph("Second"),
        QueryValue("Now", 12.5, "percent"),
        Text("# Head\n**bold** [link](https://x.example)", "Note"),
        Missing("Map", "Shown on the dashboard only"),
    ]
    panels = tuple(Panel(*grid_panel(2 * at, at, 2, 1), content) for at, content in enumerate(contents))
    svg, height = board_svg(Board("Title & more", "1 Jan", panels))
    assert "Title &amp; more" in svg
    assert "Group &lt;1&gt;" in svg
    assert "Shown on the" in svg
    assert "https://x.example" not in svg
    # Clip paths have names of their own: in one document they are global.
    assert sorted(re.findall(r'clipPath id="(\w+)"', svg)) == ["plot1", "plot2"]
    png = render_png(svg, 1)
    assert struct.unpack(">II", png[16:24]) == (1280, height)


def test_what_does_not_fit_is_counted() -> None:
    panels = tuple(Panel(*grid_panel(0, 10 * at, 12, 10), Text("x")) for at in range(30))
    svg, height = board_svg(Board("Long", "", panels))
    assert height <= MAX_HEIGHT + 40
    assert "18 more widgets are on the dashboard." in svg


def test_marks_of_markdown_are_left_out() -> None:
    assert plain("## Head\n> quote\n*a* `b` [c](http://d)") == "Head\nquote\na b c"


def test_open_brackets_of_a_note_take_linear_work() -> None:
    """Quadratic work would run into the limit of time of a test."""
    assert plain("[" * 500_000) == "[" * 500_000
    assert plain("see [a](b) and [c] (d)") == "see a and [c] (d)"
