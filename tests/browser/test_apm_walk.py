"""A person hears "checkout is slow": from the home page to the repeated query, the error, its version."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_clicks_to_the_repeated_query_and_three_to_the_version(
    page: Page, shot: Shot, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_text("APM", exact=True).click()
    services = page.get_by_role("table", name="Services")
    shot(page, f"walk-1-services-{theme}")
    services.get_by_role("link", name="checkout", exact=True).click()
    resources = page.get_by_role("table", name="Resources").get_by_role("row")
    expect(resources.filter(has_text="POST /orders")).to_be_visible()
    shot(page, f"walk-2-service-{theme}")
    resources.filter(has_text="POST /orders").click()
    examples = page.get_by_role("table", name="Example traces").get_by_role("row")
    expect(examples.filter(has_text="max")).to_be_visible()
    shot(page, f"walk-3-resource-{theme}")
    examples.filter(has_text="max").get_by_role("link").click()
    repeats = page.get_by_label("Repeated calls")
    expect(repeats).to_contain_text("30 equal calls")
    shot(page, f"walk-4-trace-{theme}")
    repeats.get_by_role("button", name=re.compile("SELECT price FROM items")).click()
    expect(page.get_by_role("heading", name="orders-db")).to_be_visible()
    shot(page, f"walk-5-query-{theme}")
    page.get_by_role("tab", name="Errors 3").click()
    page.get_by_role("button", name="payments POST /charge").click()
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("TimeoutError")
    expect(fault).to_contain_text("First seen in version 1.4.2")
    shot(page, f"walk-6-error-{theme}")
    fault.get_by_role("link", name="View issue").click()
    issue = page.get_by_role("dialog")
    expect(issue).to_contain_text("TimeoutError")
    expect(issue).to_contain_text("in 1.4.2")
    shot(page, f"walk-7-issue-{theme}")
    page.go_back()
    page.get_by_role("alert").get_by_role("link", name="version 1.4.2").click()
    expect(page.get_by_role("table", name="Versions compared")).to_contain_text("Error rate")
    expect(page.get_by_role("table", name="Errors compared").get_by_role("row").nth(1)).to_contain_text("New")
    shot(page, f"walk-8-version-{theme}")
