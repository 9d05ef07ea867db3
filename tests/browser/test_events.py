"""Events in the browser: searched, opened by their address, comments told by what they say."""

from __future__ import annotations

from urllib.parse import urlsplit

import datadog
from datadog import api
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Shot
from tests.conftest import RunningServer


def test_events_are_searched_and_opened_by_address(page: Page, site: RunningServer, shot: Shot) -> None:
    datadog.initialize(api_key=site.api_key, app_key=site.app_key, api_host=site.url, mute=False)
    text = "%%% \n**Version 7** is out, see [notes](https://example.com/notes)\n %%%"
    made = api.Event.create(title="Deployed", text=text, alert_type="success", tags=["service:shop"])
    api.Event.create(title="Disk warm", text="It is 50 degrees", alert_type="warning")
    api.Comment.create(message="Looks good to me", handle=site.email)
    page.goto("/event/explorer")
    rows = page.get_by_role("table", name="Events").get_by_role("row")
    expect(rows.filter(has_text="Comment")).to_contain_text("Looks good to me")
    page.get_by_placeholder("source:deploy").fill("status:success service:shop")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(rows.filter(has_text="Deployed")).to_be_visible()
    expect(rows.filter(has_text="Disk warm")).to_have_count(0)
    shot(page, "events")
    # The answer's address has the server's own name, which need not be the one that the test came by.
    address = urlsplit(made["event"]["url"])
    page.goto(f"{address.path}?{address.query}")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("link", name="notes")).to_have_attribute("href", "https://example.com/notes")
    expect(panel.get_by_text("Version 7")).to_be_visible()
    shot(page, "event")
    page.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_a_bad_search_says_where(page: Page, faults: Faults) -> None:
    faults.expect("400")
    page.goto("/event/explorer?query=status:(")
    expect(page.get_by_role("main")).to_contain_text("at character 9")
