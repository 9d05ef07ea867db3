"""The frame of every page: login, navigation, time, keys, themes."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, copied, log_in
from tests.conftest import RunningServer, start_server


def test_login_by_the_form(chromium: Browser, site: RunningServer, faults: Faults, shot: Shot) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    faults.watch(context)
    faults.expect("401")
    faults.expect("403")  # what a page still asks for while one logs out
    tab = context.new_page()
    tab.goto(f"{site.url}/get-started")
    tab.get_by_label("Email").fill(site.email)
    tab.get_by_label("Password").fill("not this one")
    tab.get_by_role("button", name="Log in").click()
    expect(tab.get_by_role("alert")).to_contain_text("Wrong email or password")
    shot(tab, "login")
    log_in(tab, site)
    tab.get_by_role("button", name=site.email).click()
    tab.get_by_role("menuitem", name="Log out").click()
    expect(tab.get_by_label("Password")).to_be_visible()
    context.close()


def test_get_started_shows_this_server(page: Page, site: RunningServer, theme: str, shot: Shot) -> None:
    page.goto(f"/get-started?theme={theme}")
    page.get_by_label("API key", exact=True).fill("my-own-key")
    page.get_by_role("tab", name="Datadog Agent").click()
    expect(page.locator("pre").first).to_contain_text("api_key: my-own-key")
    expect(page.locator("pre").first).to_contain_text("dd_url: http://localhost:")
    shot(page, f"get-started-{theme}")
    page.get_by_role("button", name="Copy").first.click()
    assert "api_key: my-own-key" in copied(page)


def test_question_mark_lists_the_shortcuts(page: Page, shot: Shot) -> None:
    page.goto("/get-started")
    page.get_by_role("heading", name="Get started").wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Search or jump to")
    shot(page, "shortcuts")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_go_to_finds_a_page_by_its_letters(page: Page, faults: Faults) -> None:
    faults.expect("404")  # the address is no page, which the server says too
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Pages, dashboards, monitors, hosts, metrics")).to_be_focused()
    page.keyboard.type("getst")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/get-started$"))


def test_pages_carry_the_security_policy(page: Page) -> None:
    answer = page.goto("/get-started")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_a_full_disk_is_told_above_every_page(chromium: Browser, tmp_path: Path, faults: Faults) -> None:
    running = start_server(tmp_path, HEELER_DISK_FLOOR=str(2**60))
    context = chromium.new_context()
    faults.watch(context)
    faults.expect("401")
    tab = context.new_page()
    log_in(tab, running)
    expect(tab.get_by_text("Disk almost full")).to_be_visible()
    tab.goto(f"{running.url}/metric/summary")
    expect(tab.get_by_text("shorten HEELER_RETENTION_DAYS")).to_be_visible()
    context.close()
    assert running.stop() == 0
