"""Pictures are well-formed, the same each time, and show what they were given."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.api.render_turns import RenderTurns
from heeler.render.axes import time_step
from heeler.render.model import (
    Band,
    Graph,
    Marker,
    Pen,
    Picture,
    QueryValue,
    Scale,
    Series,
    TopList,
    ValueAxis,
)
from heeler.render.numbers import format_ticks, format_value, nice_ticks
from heeler.render.palette import DARK, LIGHT
from heeler.render.png import Renderer, render_png
from heeler.render.svg import to_svg

START = 1_700_000_000
SVG = "{http://www.w3.org/2000/svg}"


def graph(count: int = 60, lines: int = 1, **more: object) -> Graph:
    times = START + 60 * np.arange(count)
    series = tuple(
        Series(f"host:web-{index}", 50 + 10 * np.sin(np.arange(count) / 5 + index)) for index in range(lines)
    )
    return Graph("cpu <by> host", START, START + 60 * count, times, series, **more)  # type: ignore[arg-type]


def test_title_is_escaped_and_document_is_well_formed() -> None:
    text = to_svg(graph(markers=(Marker(55, "alert", "> 55 & more"),)))
    ElementTree.fromstring(text)
    assert "cpu &lt;by&gt; host" in text
    assert "&gt; 55 &amp; more" in text


def test_outliers_are_red_and_band_is_grey() -> None:
    values = np.full(60, 10.0)
    values[30] = 99
    band = Band(np.full(60, 5.0), np.full(60, 15.0))
    item = Graph("x", START, START + 3600, START + 60 * np.arange(60), (Series("s", values, band=band),))
    text = to_svg(item)
    assert text.count('stroke="#c4273b"') == 1
    assert 'fill="#7c8698"' in text
    calm = to_svg(Graph("x", START, START + 3600, item.times, (Series("s", np.full(60, 10.0), band=band),)))
    assert 'stroke="#c4273b"' not in calm


def test_the_red_of_a_line_ends_at_the_edge_of_its_band() -> None:
    values = np.full(60, 10.0)
    values[[0, 30, 31]] = 99
    lower = np.full(60, 5.0)
    lower[1] = np.nan
    item = Series("s", values, band=Band(lower, np.full(60, 15.0)))
    document = ElementTree.fromstring(to_svg(replace(graph(), series=(item,))))
    (red,) = document.findall(f".//{SVG}g[@clip-path='url(#out0)']")
    (clip,) = document.findall(f".//{SVG}clipPath[@id='out0']/{SVG}path")
    assert clip.get("clip-rule") == "evenodd"
    assert [place.tag.removeprefix(SVG) for place in red] == ["circle", "polyline"]
    assert len(str(red[1].get("points")).split(" ")) == 4


def test_bars_out_of_their_band_are_red() -> None:
    values = np.full(60, 10.0)
    values[[3, 30]] = 99
    item = Series("s", values, "bars", Band(np.full(60, 5.0), np.full(60, 15.0)))
    assert to_svg(replace(graph(), series=(item,))).count('fill="#c4273b"') == 2


def test_outliers_are_red_and_the_others_step_back() -> None:
    plain = graph(lines=30)
    marked = tuple(replace(item, outlier=at == 29) for at, item in enumerate(plain.series))
    text = to_svg(replace(plain, series=marked))
    assert text.count('stroke="#c4273b" stroke-width="2.5"') == 1
    assert text.index('stroke-width="2.5"') > text.rindex('stroke-width="1"')
    assert 'stroke-width="1.5"' not in text
    assert text.index("host:web-29") < text.index("+26 more")
    assert ">outlier<" in text


def test_a_forecast_is_dashed_from_the_last_point_on_and_never_red() -> None:
    values = np.linspace(80.0, 20.0, 60)
    edge = np.where(np.arange(60) >= 40, values, np.nan)
    item = Series("disk", values, band=Band(edge - 5, edge - 1), ahead=START + 60 * 40)
    text = to_svg(replace(graph(), series=(item,)))
    lines = list(ElementTree.fromstring(text).iter(f"{SVG}polyline"))
    assert [found.get("stroke-dasharray") for found in lines] == [None, "6 4"]
    been, coming = (str(found.get("points")).split(" ") for found in lines)
    assert been[-1] == coming[0]
    assert (len(been), len(coming)) == (40, 21)
    assert 'fill="#7c8698"' in text
    assert "#c4273b" not in text
    assert "40.3, expected 20" in text


def test_notes_stand_below_where_there_is_room() -> None:
    said = "Too little history: a forecast needs 3 points. " * 9
    noted = replace(graph(), notes=(said,))
    assert "Too little history" in to_svg(noted)
    assert "…" in to_svg(noted)
    assert "Too little history" not in to_svg(noted, height=160)


def test_areas_and_bars_stand_on_each_other() -> None:
    areas = tuple(replace(item, style="area") for item in graph(lines=3).series)
    assert max(tick_labels(to_svg(replace(graph(), series=areas)))) >= 150
    assert max(tick_labels(to_svg(graph(lines=3)))) < 100


def test_a_series_has_its_axis_at_the_right() -> None:
    plain = graph(lines=2)
    series = (plain.series[0], replace(plain.series[1], values=plain.series[1].values * 2**30, right=True))
    picture = replace(plain, series=series, unit="percent", right=ValueAxis("byte"))
    document = ElementTree.fromstring(to_svg(picture))
    labels = [str(found.text) for found in document.findall(f"{SVG}text[@text-anchor='start']")]
    assert labels[0].endswith("GiB")
    assert "%" in str(document.findall(f"{SVG}text[@text-anchor='end']")[0].text)
    alone = ElementTree.fromstring(to_svg(replace(picture, series=series[1:])))
    assert not any("%" in str(found.text) for found in alone.iter(f"{SVG}text"))


@pytest.mark.parametrize("scale", ["log", 0.5, 2.0])
def test_scales_spread_small_or_large_values(scale: Scale) -> None:
    values = np.array([0.0, 1.0, 10.0, 100.0])
    picture = Graph("x", 0, 40, np.arange(0, 40, 10), (Series("s", values),), scale=scale)
    (line,) = ElementTree.fromstring(to_svg(picture)).iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in str(line.get("points")).split(" ")]
    steps = -np.diff(heights)
    assert len(heights) == (3 if scale == "log" else 4)
    if scale == "log":
        assert steps[0] == pytest.approx(steps[1], abs=0.2)
    else:
        assert bool(steps[1] * 4 > steps[2]) == (scale < 1)


def test_palettes_dashes_and_widths_are_as_wished() -> None:
    plain = graph(lines=2)
    pens = (Pen("warm", "2 3", 2.5), Pen("unheard-of"))
    series = tuple(replace(item, pen=pen) for item, pen in zip(plain.series, pens, strict=True))
    lines = ElementTree.fromstring(to_svg(replace(plain, series=series))).iter(f"{SVG}polyline")
    looks = [tuple(line.get(f"stroke{part}") for part in ("", "-width", "-dasharray")) for line in lines]
    assert looks == [("#f7ac4d", "2.5", "2 3"), ("#f0650f", "1.5", None)]


def test_the_colors_are_those_of_the_web_app() -> None:
    tokens = (Path(__file__).parents[3] / "ui" / "src" / "styles" / "tokens.css").read_text()
    light, dark = tokens.split(':root[data-theme="dark"]')
    for colors, sheet in ((LIGHT, light), (DARK, dark)):
        for color in (*colors.series, *colors.cool, *colors.warm, colors.ok, colors.alert):
            assert color in sheet


def test_ticks_of_a_power_are_spread() -> None:
    picture = Graph("x", 0, 20, np.array([0, 10]), (Series("s", np.array([0.0, 95.0])),), scale=0.5)
    assert tick_labels(to_svg(picture))[:5] == [0, 6, 20, 60, 100]


def tick_labels(text: str) -> list[float]:
    found = ElementTree.fromstring(text).findall(f"{SVG}text[@text-anchor='end']")
    return [float(label.text) for label in found if str(label.text).replace(".", "").isdigit()]  # type: ignore[arg-type]


def test_legend_says_how_many_were_left_out() -> None:
    assert "+26 more" in to_svg(graph(lines=30))


@pytest.mark.parametrize(
    "picture",
    [
        graph(lines=3),
        TopList("top", (("a", 3.0), ("b", 1.0))),
        QueryValue("now", 12.5),
        QueryValue("none", None),
        Graph("empty", START, START + 60, np.empty(0, dtype=np.int64), ()),
    ],
)
def test_png_is_drawn_the_same_each_time(picture: Picture) -> None:
    text = to_svg(picture, theme="dark")
    first = render_png(text)
    assert first == render_png(text)
    assert first.startswith(b"\x89PNG")
    assert struct.unpack(">II", first[16:24]) == (1600, 640)


def test_text_needs_no_fonts_of_the_machine() -> None:
    named, blank = graph(), graph()
    assert render_png(to_svg(named)) != render_png(to_svg(blank).replace("cpu", "   "))


async def test_worker_process_draws() -> None:
    renderer = Renderer(RenderTurns())
    try:
        assert (await renderer.png(to_svg(graph()))).startswith(b"\x89PNG")
    finally:
        renderer.close()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1536, "byte", "1.5\u2009KiB"),
        (0.25, "second", "250\u2009ms"),
        (12345, "", "12.3k"),
        (2448, "byte/second", "2.39\u2009KiB/s"),
        (5, "mebibyte", "5\u2009MiB"),
        (1240, "request/second", "1.24k\u2009req/s"),
        (1500, "millisecond", "1.5\u2009s"),
        (0.5, "fraction", "50\u2009%"),
        (99.96, "", "100"),
        (-4, "", "\u22124"),
        (0, "", "0"),
        (100, "percent", "100\u2009%"),
        (float("nan"), "", "no data"),
    ],
)
def test_numbers_are_written_for_people(value: float, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "unit", "labels"),
    [
        (0, 4000, "byte/second", [f"{number}\u2009KiB/s" for number in range(5)]),
        (0, 1000, "", ["0", "250", "500", "750", "1k"]),
        (0, 100, "percent", ["0\u2009%", "25\u2009%", "50\u2009%", "75\u2009%", "100\u2009%"]),
        (0, 0.004, "second", ["0\u2009ms", "1\u2009ms", "2\u2009ms", "3\u2009ms", "4\u2009ms"]),
        (-5, 5, "", ["\u22125", "\u22122.5", "0", "2.5", "5"]),
    ],
)  # fmt: skip
def test_ticks_share_a_scale(low: float, high: float, unit: str, labels: list[str]) -> None:
    assert format_ticks(nice_ticks(low, high, unit), unit) == labels


@given(
    st.floats(-1e12, 1e12), st.floats(1e-6, 1e12),
    st.sampled_from(["", "byte", "second", "millisecond", "percent", "request/second"]),
)  # fmt: skip
def test_ticks_cover_the_range(low: float, length: float, unit: str) -> None:
    ticks = nice_ticks(low, low + length, unit)
    assert ticks == sorted(ticks)
    assert len(ticks) <= 60
    assert len(format_ticks(ticks, unit)) == len(ticks)


@given(st.integers(60, 10**8))
def test_time_steps_leave_room_for_labels(length: int) -> None:
    assert length / time_step(length, 8) <= 8 or time_step(length, 8) == 7776000


@settings(max_examples=50)
@given(
    st.lists(
        st.one_of(st.floats(-1e300, 1e300), st.just(float("nan")), st.just(float("inf"))),
        min_size=1,
        max_size=30,
    )
)
def test_any_numbers_make_a_document(values: list[float]) -> None:
    count = len(values)
    series = (Series("any", np.array(values)), Series("bars", np.array(values), "bars"))
    picture = Graph("any", START, START + 60 * count, START + 60 * np.arange(count), series)
    ElementTree.fromstring(to_svg(picture))
