"""Notebooks as a person writes them."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Held, Shot
from tests.browser.test_accessibility import check
from tests.conftest import RunningServer


def test_a_notebook_is_written_and_saved_by_itself(page: Page, shot: Shot) -> None:
    page.goto("/notebook/list")
    page.get_by_role("button", name="New notebook").first.click()
    dialog = page.get_by_role("dialog", name="New notebook")
    dialog.get_by_label("Name").fill("Outage of Monday")
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="Outage of Monday").wait_for()
    page.get_by_role("button", name="Add cell").last.click()
    page.get_by_role("menuitem", name="Timeseries").click()
    expect(page.get_by_role("img", name=re.compile("Chart of"))).to_be_visible()
    page.get_by_role("button", name="Edit text").first.click()
    page.get_by_label("Markdown").fill("## The **disk** was full")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    shot(page, "notebook")
    page.reload()
    expect(page.get_by_role("heading", name="The disk was full")).to_be_visible()
    check(page)


def test_what_is_written_while_an_earlier_change_is_saved_is_saved_next(
    page: Page, site: RunningServer
) -> None:
    attributes = {"name": "Before", "cells": [], "time": {"live_span": "1h"}}
    notebooks = f"{site.url}/api/v1/notebooks"
    body = {"data": {"type": "notebooks", "attributes": attributes}}
    made = requests.post(notebooks, json=body, headers=site.headers, timeout=30).json()["data"]["id"]
    page.goto(f"/notebook/{made}")
    held = Held(page, f"**/api/v1/notebooks/{made}", lambda request: request.method == "PUT")
    name = page.get_by_label("Name", exact=True)
    with page.expect_request(lambda request: request.method == "PUT"):
        name.fill("First")
    name.fill("Second")
    expect(page.get_by_text(re.compile("^(Unsaved changes|Saving)$"))).to_be_visible()
    held.release()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    stored = requests.get(f"{notebooks}/{made}", headers=site.headers, timeout=30).json()
    assert stored["data"]["attributes"]["name"] == "Second"


def test_a_notebook_that_is_deleted_is_not_saved_once_more(page: Page, site: RunningServer) -> None:
    attributes = {"name": "To be deleted", "cells": [], "time": {"live_span": "1h"}}
    notebooks = f"{site.url}/api/v1/notebooks"
    body = {"data": {"type": "notebooks", "attributes": attributes}}
    made = requests.post(notebooks, json=body, headers=site.headers, timeout=30).json()["data"]["id"]
    page.goto(f"/notebook/{made}")
    methods: list[str] = []
    page.on("request", lambda one: methods.append(one.method) if one.url.endswith(f"/{made}") else None)
    page.get_by_label("Name", exact=True).fill("Changed before it was deleted")
    page.get_by_role("button", name="Notebook menu").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="New notebook").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "PUT" not in methods[methods.index("DELETE") :]
    assert requests.get(f"{notebooks}/{made}", headers=site.headers, timeout=30).status_code == 404
