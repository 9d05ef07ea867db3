"""What a keyboard does everywhere: where a dialog begins, what Enter, Escape and typing do."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.test_metrics import proposal
from tests.conftest import RunningServer


def test_enter_in_a_dialog_does_what_its_main_button_does(page: Page) -> None:
    page.goto("/notebook/list")
    page.get_by_role("button", name="New notebook").first.click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("By the keyboard")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/notebook/\d+$"))


def test_a_dialog_begins_at_its_first_field(page: Page) -> None:
    page.goto("/monitors/downtimes")
    page.get_by_role("button", name="Schedule downtime").first.click()
    expect(page.get_by_label("Group scope")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Schedule downtime").first).to_be_focused()


def test_typing_replaces_the_value_of_a_variable_and_escape_leaves_tv_mode(
    page: Page, site: RunningServer
) -> None:
    variable = {"name": "color", "prefix": "color", "available_values": ["red", "green", "blue"]}
    board = {"title": "Colors", "layout_type": "ordered", "widgets": [], "template_variables": [variable]}
    made = requests.post(f"{site.url}/api/v1/dashboard", json=board, headers=site.headers, timeout=30)
    page.goto(f"/dashboard/{made.json()['id']}")
    field = page.get_by_role("combobox", name="color")
    field.click()
    page.keyboard.type("gre")
    page.keyboard.press("Enter")
    expect(field).to_have_value("green")
    expect(page).to_have_url(re.compile("tpl_var_color=green"))
    page.get_by_role("heading", name="Colors").click()
    page.keyboard.press("f")
    expect(page.locator("html")).to_have_attribute("data-mode", "tv")
    expect(page.get_by_text("Press Esc or F to leave TV mode")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_attribute("data-mode", "tv")


@pytest.mark.usefixtures("shop")
def test_services_and_pages_are_found_by_the_words_people_know(page: Page) -> None:
    page.goto("/dashboard/lists")
    page.get_by_role("heading", name="Dashboards").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("checkout")
    result = page.get_by_role("listbox", name="Results").get_by_role("option")
    expect(result.filter(has_text="Services").first).to_contain_text("checkout")
    page.get_by_placeholder("Pages, dashboards, monitors").fill("integrations")
    expect(result.filter(has_text="Data sources")).to_be_visible()


def test_a_brace_after_a_completed_metric_edits_its_scope(page: Page) -> None:
    page.goto("/metric/explorer")
    editor = page.get_by_role("textbox", name="Query a")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("avg:system.mem.us")
    proposal(page, "system.mem.used").click()
    expect(editor).to_have_text("avg:system.mem.used{*}")
    page.keyboard.type("{host:web-1}")
    expect(editor).to_have_text("avg:system.mem.used{host:web-1}")
