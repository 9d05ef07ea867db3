"""Composition of reports: places of widgets, and what a panel shows where its widget cannot be drawn."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.query.metrics.errors import QueryError
from heeler.query.search.parser import SearchError
from heeler.render.board import Board, GroupHeader, Missing, Text, board_svg
from heeler.render.model import QueryValue
from heeler.reports import compose
from heeler.reports.compose import CONCURRENCY, MAX_WIDGETS, Shown, board_of, places_of
from heeler.store.engine import EngineError, EngineMemoryLimit, EngineTimeout

UTC = ZoneInfo("UTC")
VALUE = {"definition": {"type": "query_value", "requests": [{"q": "avg:a{*}"}]}}


def note(**fields: Any) -> dict[str, Any]:
    return {"definition": {"type": "note", "content": "hello", **fields}}


def dashboard(*widgets: Any, **fields: Any) -> dict[str, Any]:
    return {"title": "T", "layout_type": "ordered", "widgets": list(widgets), **fields}


async def composed(given_dashboard: dict[str, Any], tab: str | None = None, **chosen: list[str]) -> Board:
    shown = Shown(given_dashboard, 1_700_000_000.0, 1_700_003_600.0, UTC, chosen, tab)
    return await board_of(cast("Services", None), shown)


def drawn_by(monkeypatch: pytest.MonkeyPatch, draw: Any) -> None:
    monkeypatch.setattr(compose, "draw", draw)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (QueryError("no such function"), "no such function"),
        (ApiError(403, "Forbidden"), "Forbidden"),
        (TimeoutError(), "too long"),
        (EngineTimeout("x"), "too long"),
        (EngineMemoryLimit("x"), "too much memory"),
        (EngineError("disk on fire at /secret"), "Cannot be drawn"),
        (SearchError("open", 1), "Cannot be drawn"),
        (ZeroDivisionError(), "Cannot be drawn"),
    ],
)
async def test_a_widget_that_fails_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    async def fail(*_: object) -> None:
        raise error

    drawn_by(monkeypatch, fail)
    board = await composed(dashboard(VALUE, note()))
    failed, other = (panel.content for panel in board.panels)
    assert isinstance(failed, Missing)
    assert words in failed.reason
    assert "secret" not in failed.reason
    assert other.text == "hello"
    assert board_svg(board)[0].startswith("<svg")


async def test_what_cannot_be_a_picture_says_so() -> None:
    board = await composed(
        dashboard({"definition": {"type": "list_stream", "requests": []}}, {"definition": {}})
    )
    assert [panel.content for panel in board.panels] == [
        Missing("List stream", "Shown on the dashboard only"),
        Missing("None", "Shown on the dashboard only"),
    ]


@pytest.mark.parametrize(
    ("size", "pixels"),
    [("24", 24), (18, 18), ("\N{SUPERSCRIPT TWO}", 14), ("9" * 5000, 14), ("auto", 14), (None, 14), (-3, 14)],
)
async def test_the_size_of_a_text(size: Any, pixels: int) -> None:
    board = await composed(dashboard(note(font_size=size, text_align="center")))
    assert board.panels[0].content == Text("hello", "", pixels, True)


async def test_widgets_are_drawn_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = most = 0

    async def draw(*_: object) -> QueryValue:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return QueryValue("v", 1.0, None)

    drawn_by(monkeypatch, draw)
    await composed(dashboard(*[VALUE] * 20))
    assert most == CONCURRENCY


async def test_what_is_left_out_is_said() -> None:
    board = await composed(dashboard(*[note()] * (MAX_WIDGETS + 7)))
    assert len(board.panels) == MAX_WIDGETS
    assert f"the first {MAX_WIDGETS} of {MAX_WIDGETS + 7} widgets" in board.subtitle


async def test_a_widget_has_its_own_time_and_the_chosen_values(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def draw(_: object, wanted: Any, start: float, end: float) -> QueryValue:
        seen.append((wanted.requests[0].text, end - start))
        return QueryValue("v", 1.0, None)

    drawn_by(monkeypatch, draw)
    request = {"type": "query_value", "requests": [{"q": "avg:a{$env}"}]}
    board = await composed(
        dashboard(
            {"definition": {**request, "time": {"live_span": "1d"}}},
            {"definition": {**request, "time": {"live_span": "nonsense"}}},
            {"definition": {**request, "time": "1d"}},
            template_variables=[{"name": "env", "prefix": "env", "defaults": ["a"]}],
        ),
        env=["prod"],
    )
    assert seen == [("avg:a{env:prod}", 86_400), ("avg:a{env:prod}", 3600), ("avg:a{env:prod}", 3600)]
    assert board.subtitle.endswith("env: prod")


async def test_a_tab_has_only_its_widgets() -> None:
    whole = dashboard(
        {"id": 1, **note(content="one")},
        {"id": 2, **note(content="two")},
        tabs=[{"id": "t", "widget_ids": [2]}, {"id": "empty"}],
    )
    assert [panel.content.text for panel in (await composed(whole, "t")).panels] == ["two"]
    assert (await composed(whole, "empty")).panels == ()
    assert len((await composed(whole, "unknown")).panels) == 2
    assert (await composed({"tabs": [{"id": "t", "widget_ids": [2]}]}, "t")).panels == ()


numbers = st.one_of(
    st.integers(-100_000, 100_000), st.floats(-1e9, 1e9), st.none(), st.just("1"), st.booleans()
)
layouts = st.one_of(
    st.none(),
    st.just([]),
    st.just("x"),
    st.fixed_dictionaries(dict.fromkeys(("x", "y", "width", "height"), numbers)),
)
leaves = st.builds(lambda layout: {"layout": layout, **note()}, layouts)
broken = st.sampled_from([{}, {"definition": None}, {"definition": "x"}, {"layout": {}}])
groups = st.builds(
    lambda layout, inner: {
        "layout": layout,
        "definition": {"type": "group", "title": "g", "layout_type": "ordered", "widgets": inner},
    },
    layouts,
    st.one_of(st.none(), st.lists(st.one_of(leaves, broken, st.just(3)), max_size=6)),
)


@given(st.lists(st.one_of(leaves, broken, groups), max_size=8), st.sampled_from(["ordered", "free", "other"]))
def test_every_widget_has_a_box_that_can_be_drawn(widgets: list[Any], layout: str) -> None:
    board = asyncio.run(composed(dashboard(*widgets, layout_type=layout)))
    for panel in board.panels:
        assert panel.width > 0
        assert panel.height > 0
        assert isinstance(panel.content, Text | GroupHeader | Missing)
    if layout != "free":
        inner = [
            one["definition"].get("widgets") or []
            for one in widgets
            if isinstance(one.get("definition"), dict)
        ]
        drawn = [one for part in inner for one in part if isinstance(one, dict) and "definition" in one]
        assert len(board.panels) == len(inner) + len(
            [one for one in drawn if isinstance(one["definition"], dict)]
        )


def test_coordinates_of_a_free_layout_are_within_the_picture() -> None:
    widgets = [
        {"layout": {"x": -50, "y": -10, "width": 400, "height": 5}, **note()},
        {"layout": {"x": 0, "y": 0, "width": 10, "height": 5}, **note()},
        note(),
    ]
    boxes = [place.box for place in places_of(dashboard(*widgets, layout_type="free"))]
    assert len(boxes) == 2
    for x, y, width, _ in boxes:
        assert x >= 0
        assert y >= 0
        assert x + width <= 1280
