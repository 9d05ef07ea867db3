"""Shared dashboards, read by somebody without an account."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Shot
from tests.conftest import RunningServer

GRAPH = {"type": "query_value", "title": "CPU", "requests": [{"q": "avg:system.cpu.user{$host}"}]}
NOTE = {"type": "note", "content": "Hello readers"}
HIDDEN = {"type": "manage_status", "title": "Monitors", "query": ""}


def call(site: RunningServer, method: str, path: str, body: object) -> Any:
    request = urllib.request.Request(
        f"{site.url}{path}",
        method=method,
        data=json.dumps(body).encode(),
        headers={**site.headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_shared_dashboard_is_read_without_an_account(
    chromium: Browser, site: RunningServer, page: Page, shot: Shot
) -> None:
    board = {
        "title": "For readers",
        "layout_type": "ordered",
        "template_variables": [{"name": "host", "prefix": "host", "default": "*"}],
        "widgets": [{"definition": one} for one in (GRAPH, NOTE, HIDDEN)],
    }
    made = call(site, "POST", "/api/v1/dashboard", board)
    page.goto(f"/dashboard/{made['id']}")
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name="Public sharing").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create link").click()
    address = dialog.locator("code").inner_text()
    shot(page, "share-dialog")
    token = address.rpartition("/")[2]
    reader = chromium.new_context(base_url=site.url).new_page()
    reader.goto(f"/sb/{token}")
    expect(reader.get_by_role("heading", name="For readers")).to_be_visible()
    expect(reader.get_by_role("region", name="CPU")).to_contain_text("%")
    expect(reader.get_by_text("Hello readers")).to_be_visible()
    expect(reader.get_by_text("Not available on a shared dashboard")).to_be_visible()
    shot(reader, "shared")
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_text("Not shared")).to_be_visible()
    reader.reload()
    expect(reader.get_by_role("alert")).to_be_visible()
    reader.context.close()


def test_a_password_is_asked_of_readers(
    chromium: Browser, site: RunningServer, page: Page, shot: Shot
) -> None:
    board = {"title": "Behind a password", "layout_type": "ordered", "widgets": [{"definition": NOTE}]}
    made = call(site, "POST", "/api/v1/dashboard", board)
    page.goto(f"/dashboard/{made['id']}")
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name="Public sharing").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill("open sesame")
    dialog.get_by_role("button", name="Create link").click()
    expect(dialog.get_by_text("Past 1h, password")).to_be_visible()
    shot(page, "share-dialog-password")
    token = dialog.locator("code").inner_text().rpartition("/")[2]
    reader = chromium.new_context(base_url=site.url).new_page()
    reader.goto(f"/sb/{token}")
    reader.get_by_label("Password").fill("a wrong one")
    reader.keyboard.press("Enter")
    expect(reader.get_by_text("Wrong password")).to_be_visible()
    shot(reader, "shared-password")
    reader.get_by_label("Password").fill("open sesame")
    reader.keyboard.press("Enter")
    expect(reader.get_by_text("Hello readers")).to_be_visible()
    reader.reload()
    expect(reader.get_by_text("Hello readers")).to_be_visible()
    reader.context.close()
