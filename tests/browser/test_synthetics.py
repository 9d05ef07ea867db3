"""A synthetic test by hand: tried before it is saved, its result read, paused and deleted."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot, confirm
from tests.conftest import RunningServer


def test_a_test_is_tried_saved_read_and_deleted(page: Page, site: RunningServer, shot: Shot) -> None:
    page.goto("/synthetics/tests")
    page.get_by_role("button", name="New test").first.click()
    page.get_by_label("URL").fill("http://127.0.0.1:9/health")
    page.get_by_label("Name", exact=True).fill("Health of the shop")
    page.get_by_label("Tags").fill("env:syn, team:web")
    page.get_by_role("button", name="Add assertion").click()
    page.get_by_role("button", name="Run test").click()
    # This server may not call its own machine: the result says what an operator can do about it.
    expect(page.get_by_text("HEELER_PRIVATE_TARGETS").first).to_be_visible()
    shot(page, "synthetic_form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Health of the shop")).to_be_visible()
    expect(page.get_by_text("Failing").first).to_be_visible()
    page.get_by_role("row").filter(has_text="Failed").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("private, link-local or reserved")).to_be_visible()
    shot(page, "synthetic_result")
    drawer.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.goto("/synthetics/tests")
    row = page.get_by_role("row").filter(has_text="Health of the shop")
    expect(row).to_contain_text("Paused")
    expect(row).to_contain_text("127.0.0.1:9/health")
    shot(page, "synthetics")
    row.get_by_role("link", name="Health of the shop").click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="JSON").click()
    source = page.get_by_label("Configuration (JSON of the public API)")
    expect(source).to_have_value(re.compile(r'"url": "http://127\.0\.0\.1:9/health"'))
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete").click()
    confirm(page, "Delete")
    expect(page.get_by_text("Health of the shop")).to_have_count(0)
