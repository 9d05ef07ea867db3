"""Arranging widgets of a dashboard: several at once, in and out of groups, with the mouse and by keyboard."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.test_accessibility import check, needs_axe
from tests.conftest import RunningServer

Json = dict[str, Any]


def number(title: str, x: int, y: int, width: int = 4, height: int = 2) -> Json:
    requests = [{"q": "avg:system.cpu.user{*}", "aggregator": "avg"}]
    return {
        "definition": {"type": "query_value", "title": title, "requests": requests},
        "layout": {"x": x, "y": y, "width": width, "height": height},
    }


@pytest.fixture
def board(site: RunningServer) -> str:
    """The id of a dashboard: A and B beside each other, and the group G of C and D below."""
    group = {
        "type": "group",
        "title": "G",
        "layout_type": "ordered",
        "widgets": [number("C", 0, 0, 3), number("D", 3, 0, 3)],
    }
    widgets = [
        number("A", 0, 0),
        number("B", 4, 0),
        {"definition": group, "layout": {"x": 0, "y": 2, "width": 6, "height": 3}},
    ]
    body = {"title": "Arranged", "layout_type": "ordered", "reflow_type": "fixed", "widgets": widgets}
    made: str = call(site, "/api/v1/dashboard", body)["id"]
    return made


def call(site: RunningServer, path: str, body: Json | None = None) -> Json:
    data = None if body is None else json.dumps(body).encode()
    headers = {**site.headers, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(site.url + path, data, headers), timeout=30) as answer:
        found: Json = json.load(answer)
    return found


def saved(page: Page, site: RunningServer, board: str) -> dict[str, list[str]]:
    """The titles on the dashboard and in each of its groups, after a save."""
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    found: dict[str, list[str]] = {"": []}
    for widget in call(site, f"/api/v1/dashboard/{board}")["widgets"]:
        definition = widget["definition"]
        found[""].append(definition.get("title", ""))
        if definition["type"] == "group":
            found[definition["title"]] = sorted(one["definition"]["title"] for one in definition["widgets"])
    return found


def edit(page: Page, board: str) -> None:
    page.goto(f"/dashboard/{board}?edit=1")
    for title in ("A", "B", "C", "D"):
        expect(page.get_by_role("region", name=title, exact=True)).to_contain_text("%")


def drag(page: Page, title: str, x: float, y: float, shot: Shot | None = None) -> None:
    box = page.get_by_role("button", name=f"Move {title}").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=3)
    page.mouse.move(x, y, steps=6)
    if shot:
        shot(page, "arrange-drag")
    page.mouse.up()


def place(page: Page, title: str) -> dict[str, float]:
    box = page.get_by_role("button", name=f"Move {title}").bounding_box()
    assert box is not None
    return dict(box)


def test_a_widget_is_dragged_into_a_group_and_out_again(
    page: Page, site: RunningServer, board: str, shot: Shot
) -> None:
    edit(page, board)
    inner = place(page, "D")
    drag(page, "A", inner["x"] + 40, inner["y"] + 40, shot)
    outer = place(page, "B")
    drag(page, "C", outer["x"] + outer["width"] + 160, outer["y"] + 10)
    assert saved(page, site, board) == {"": ["B", "G", "C"], "G": ["A", "D"]}


def test_several_are_selected_grouped_and_taken_apart(
    page: Page, site: RunningServer, board: str, shot: Shot
) -> None:
    edit(page, board)
    page.get_by_role("button", name="Move A").click(modifiers=["Shift"])
    page.get_by_role("button", name="Move B").click(modifiers=["Shift"])
    expect(page.get_by_text("2 selected")).to_be_visible()
    shot(page, "arrange-selected")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("button", name="Move New group").wait_for()
    page.get_by_role("button", name="Save", exact=True).hover()
    assert saved(page, site, board) == {"": ["New group", "G"], "New group": ["A", "B"], "G": ["C", "D"]}
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Move New group").hover()
    page.get_by_role("button", name="Group menu").first.click()
    page.get_by_role("menuitem", name="Ungroup").click()
    assert saved(page, site, board) == {"": ["A", "B", "G"], "G": ["C", "D"]}


def test_a_rectangle_selects_and_keys_move_copy_and_delete(
    page: Page, site: RunningServer, board: str
) -> None:
    edit(page, board)
    box = place(page, "B")
    page.mouse.move(box["x"] + box["width"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 20, steps=5)
    page.mouse.up()
    expect(page.get_by_text("2 selected")).to_be_visible()
    handle = page.get_by_role("button", name="Move A")
    handle.focus()
    page.keyboard.press("ArrowRight")
    told = page.get_by_role("status").filter(has_text="column")
    expect(told).to_have_text(re.compile("column 2, row 1"))
    assert place(page, "B")["x"] > box["x"] + 50
    page.keyboard.press("Control+c")
    page.keyboard.press("Delete")
    expect(handle).to_have_count(0)
    page.keyboard.press("Control+v")
    expect(handle).to_have_count(1)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Move B")).to_have_count(1)
    assert saved(page, site, board) == {"": ["A", "B", "G"], "G": ["C", "D"]}


def test_a_widget_goes_into_a_group_by_keyboard(page: Page, site: RunningServer, board: str) -> None:
    edit(page, board)
    page.get_by_role("button", name="Move B").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement?.ariaLabel") == "Move widget to":
            break
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Move to “G”").press("Enter")
    expect(page.get_by_role("button", name="Move B")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    assert saved(page, site, board) == {"": ["A", "G"], "G": ["B", "C", "D"]}


def test_a_click_on_a_title_edits_and_escape_ends_a_drag(page: Page, board: str) -> None:
    edit(page, board)
    before = place(page, "A")
    page.mouse.move(before["x"] + 40, before["y"] + 10)
    page.mouse.down()
    page.mouse.move(before["x"] + 500, before["y"] + 200, steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert place(page, "A") == before
    page.get_by_role("button", name="Move A").click()
    expect(page.get_by_role("dialog", name="Edit Query value")).to_be_visible()


@needs_axe
def test_a_selection_has_no_grave_faults(page: Page, board: str) -> None:
    edit(page, board)
    page.get_by_role("button", name="Move A").click(modifiers=["Shift"])
    check(page)
    page.get_by_role("button", name="Clear selection").click()
    page.get_by_role("button", name="Add widget", exact=True).click()
    page.get_by_role("menu").wait_for()
    check(page)
