"""Editing a dashboard, and reading it on a phone."""

from __future__ import annotations

import json
import re
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Shot, post
from tests.browser.test_accessibility import check, needs_axe
from tests.conftest import RunningServer


@pytest.fixture
def board(site: RunningServer) -> str:
    """The path of a dashboard of a number and as many notes as fill more than a window."""
    note = {"type": "note", "content": "A note", "background_color": "white"}
    number = {
        "type": "query_value",
        "title": "CPU",
        "requests": [{"q": "avg:system.cpu.user{*}", "aggregator": "avg"}],
    }
    body = {
        "title": "Edited",
        "layout_type": "ordered",
        "widgets": [
            {"definition": number},
            *({"definition": {**note, "content": f"Note {i}"}} for i in range(24)),
        ],
    }
    request = urllib.request.Request(
        f"{site.url}/api/v1/dashboard",
        data=json.dumps(body).encode(),
        headers={**site.headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return f"/dashboard/{json.load(answer)['id']}"


def test_a_widget_is_written_before_it_is_added(page: Page, board: str, shot: Shot) -> None:
    page.goto(f"{board}?edit=1")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_role("menuitem", name="Timeseries").click()
    dialog = page.get_by_role("dialog", name="New Timeseries")
    dialog.get_by_label("Title").fill("Memory")
    dialog.get_by_role("button", name="Text", exact=True).click()
    dialog.get_by_role("textbox", name="Query query1").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("memu")
    page.get_by_role("option", name=re.compile("system.mem.used")).wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(dialog).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("avg:system.mem.used{*}")
    dialog.get_by_label("Formula").first.fill("query1 / memory")
    expect(dialog.get_by_text("No query is called “memory”; there is query1")).to_be_visible()
    dialog.get_by_label("Formula").first.fill("query1 / 2")
    dialog.get_by_role("img", name=re.compile("Chart of 1 series")).wait_for()
    shot(page, "widget-editor")
    dialog.get_by_role("button", name="Add to dashboard").click()
    expect(page.get_by_role("region", name="Memory")).to_be_in_viewport()


def test_scope_and_groups_are_chosen_as_tags(page: Page, board: str, site: RunningServer, shot: Shot) -> None:
    now = int(time.time())
    visits = {"metric": "editor.visits", "type": "count", "interval": 10, "points": [[now, 5]]}
    rows = [{**visits, "tags": [f"env:{env}", "team:web"]} for env in ("prod", "dev")]
    post(site, "/api/v1/series", {"series": rows})
    page.goto(f"{board}?edit=1")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_role("menuitem", name="Timeseries").click()
    dialog = page.get_by_role("dialog", name="New Timeseries")
    # What is typed takes the place of the metric that stands there, and the first match is chosen.
    dialog.get_by_role("combobox", name="Query query1: metric").click()
    page.keyboard.type("editor.vis")
    page.get_by_role("option", name="editor.visits").wait_for()
    page.keyboard.press("Enter")
    query = dialog.locator("code").last
    expect(query).to_have_text("sum:editor.visits{*}.as_count()")
    scope = dialog.get_by_role("combobox", name="Query query1: scope")
    scope.click()
    page.get_by_role("option", name="env:prod").wait_for()
    page.keyboard.type("prod")
    page.keyboard.press("Enter")
    page.keyboard.type("team:w*")
    expect(query).to_have_text("sum:editor.visits{env:prod}.as_count()")
    page.keyboard.press("Enter")
    expect(query).to_have_text("sum:editor.visits{env:prod,team:w*}.as_count()")
    page.keyboard.press("Backspace")
    expect(query).to_have_text("sum:editor.visits{env:prod}.as_count()")
    groups = dialog.get_by_role("combobox", name="Query query1: group by")
    groups.click()
    page.keyboard.type("te")
    page.get_by_role("option", name="team", exact=True).wait_for()
    page.keyboard.press("Enter")
    expect(query).to_have_text("sum:editor.visits{env:prod} by {team}.as_count()")
    page.keyboard.type("half")
    dialog.get_by_label("Title").click()
    expect(query).to_have_text("sum:editor.visits{env:prod} by {team}.as_count()")
    shot(page, "widget-editor-tags")


def test_a_widget_that_is_not_wanted_is_not_added(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_role("menuitem", name="Timeseries").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-widget=timeseries]")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()


def test_changes_are_not_lost_without_a_word(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    page.get_by_label("Name").fill("Another name")
    page.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog", name="Discard unsaved changes?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Name")).to_have_value("Another name")


def test_a_phone_shows_widgets_in_one_column_at_their_height(page: Page, board: str, shot: Shot) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(board)
    number = page.get_by_role("region", name="CPU")
    expect(number).to_contain_text("%")
    box = number.bounding_box()
    assert box is not None
    assert box["height"] > 150
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "phone")


def test_steps_are_undone_and_unsaved_work_survives_a_reload(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    name = page.get_by_label("Name")
    name.fill("First name")
    name.fill("Second name")
    page.get_by_role("button", name="Undo").click()
    expect(name).to_have_value("First name")
    page.get_by_role("button", name="Redo").click()
    expect(name).to_have_value("Second name")
    expect(page.get_by_text("Unsaved changes", exact=True)).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("Name")).to_have_value("Second name")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Second name").wait_for()
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name="Version history").click()
    dialog = page.get_by_role("dialog", name="Version history")
    dialog.get_by_role("button", name="Differences").first.click()
    expect(dialog.get_by_text("Title: Edited → Second name")).to_be_visible()
    dialog.get_by_role("button", name="Restore").first.click()
    page.get_by_role("dialog", name="Restore the version").get_by_role("button", name="Restore").click()
    page.get_by_role("heading", name="Edited").wait_for()


def test_the_second_of_two_who_save_is_told(
    page: Page, board: str, site: RunningServer, faults: Faults
) -> None:
    faults.expect("412")
    page.goto(f"{board}?edit=1")
    page.get_by_label("Name").fill("Mine")
    identity = board.rpartition("/")[2]
    theirs = {"title": "Theirs", "layout_type": "ordered", "widgets": []}
    post(site, f"/api/v1/dashboard/{identity}", theirs, "PUT")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="This dashboard was changed")
    expect(dialog).to_contain_text("Theirs")
    dialog.get_by_role("button", name="Overwrite").click()
    page.get_by_role("heading", name="Mine").wait_for()


def test_a_widget_is_copied_by_the_clipboard(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    page.get_by_role("region", name="CPU").hover()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.get_by_role("region", name="CPU")).to_have_count(2)


@needs_axe
def test_the_editor_has_no_grave_faults(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    page.get_by_role("button", name="Move CPU").wait_for()
    check(page)


def test_widgets_are_moved_and_resized_by_keyboard(page: Page, board: str, shot: Shot) -> None:
    page.goto(f"{board}?edit=1")
    handle = page.get_by_role("button", name="Move CPU")
    handle.focus()
    page.keyboard.press("ArrowRight")
    place = page.get_by_role("status").filter(has_text="column")
    expect(place).to_have_text("column 2, row 1, 4 columns wide, 2 rows high")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(place).to_have_text("column 2, row 1, 5 columns wide, 3 rows high")
    page.keyboard.press("ArrowDown")
    expect(place).to_have_text(re.compile("column 2, row [3-9], 5 columns wide"))
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(place).to_have_text(re.compile("column 3, row [3-9], 5 columns wide"))
    expect(handle).to_be_focused()
    expect(handle).to_be_in_viewport()
    shot(page, "edit-keyboard")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    page.reload()
    expect(page.get_by_role("region", name="CPU")).to_contain_text("%")
    above = page.get_by_role("region", name="note").filter(has_text="Note 0")
    places = [page.get_by_role("region", name="CPU").bounding_box(), above.bounding_box()]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0]["height"] > 250
    assert places[0]["y"] > places[1]["y"]


def test_a_widget_is_dragged_by_its_title(page: Page, board: str) -> None:
    page.goto(f"{board}?edit=1")
    expect(page.get_by_role("region", name="CPU")).to_contain_text("%")
    box = page.get_by_role("button", name="Move CPU").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 560, box["y"] + 10, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    page.reload()
    expect(page.get_by_role("region", name="CPU")).to_contain_text("%")
    after = page.get_by_role("region", name="CPU").bounding_box()
    assert after is not None
    assert after["x"] > box["x"] + 400


def test_the_search_and_columns_of_a_list_are_completed(page: Page, board: str, site: RunningServer) -> None:
    log = {"message": "sold", "service": "till", "ddtags": "env:prod", "receipt": {"total": 7}}
    post(site, "/api/v2/logs", [log])
    page.goto(f"{board}?edit=1")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_role("menuitem", name="Logs").click()
    dialog = page.get_by_role("dialog", name="New List")
    search = dialog.get_by_role("combobox", name="Search")
    search.click()
    # At once: half a search is refused, if typing pauses there.
    page.keyboard.insert_text("service:ti")
    page.get_by_role("option", name="till").wait_for()
    page.keyboard.press("Tab")
    expect(dialog.get_by_text("sold")).to_be_visible()
    columns = dialog.get_by_role("combobox", name="Columns")
    columns.click()
    page.keyboard.type("receipt.t")
    page.get_by_role("option", name="@receipt.total").wait_for()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("columnheader", name="receipt.total")).to_be_visible()
    dialog.get_by_role("tab", name="JSON").click()
    written = json.loads(dialog.get_by_label("Definition").input_value())["requests"][0]
    assert written["query"]["query_string"].strip() == "service:till"
    assert written["columns"][-1] == {"field": "@receipt.total", "width": "auto"}
