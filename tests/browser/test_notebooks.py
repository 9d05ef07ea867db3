"""Notebooks as a person writes them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.test_accessibility import check


def test_a_notebook_is_written_and_saved_by_itself(page: Page, shot: Shot) -> None:
    page.goto("/notebook/list")
    page.get_by_role("button", name="New notebook").first.click()
    dialog = page.get_by_role("dialog", name="New notebook")
    dialog.get_by_label("Name").fill("Outage of Monday")
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="Outage of Monday").wait_for()
    page.get_by_role("button", name="Add cell").last.click()
    page.get_by_role("menuitem", name="Timeseries").click()
    expect(page.get_by_role("img", name=re.compile("Chart of"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Edit text").first.click()
    page.get_by_label("Markdown").fill("## The **disk** was full")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=60_000)
    shot(page, "notebook")
    page.reload()
    expect(page.get_by_role("heading", name="The disk was full")).to_be_visible(timeout=60_000)
    check(page)
