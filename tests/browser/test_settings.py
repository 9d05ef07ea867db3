"""Users, keys and preferences, on a server of their own: what they change would trouble other tests."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, confirm, copied, log_in
from tests.conftest import RunningServer, start_server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("settings"))
    yield running
    running.stop()


@pytest.fixture
def tab(chromium: Browser, own: RunningServer, faults: Faults) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=own.url,
        viewport={"width": 1280, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
        timezone_id="Asia/Kolkata",
    )
    faults.expect("401")
    faults.watch(context)
    page = context.new_page()
    log_in(page, own)
    yield page
    context.close()


def make_key(tab: Page, name: str, shot: Shot) -> str:
    """The secret of a new key, copied from the one place that shows it."""
    tab.get_by_role("button", name="New key").click()
    tab.get_by_label("Name", exact=True).fill(name)
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Copy").click()
    secret = copied(tab)
    shot(tab, "settings-key")
    tab.get_by_role("button", name="Done").click()
    return secret


def test_a_key_is_shown_once_and_works(tab: Page, own: RunningServer, shot: Shot) -> None:
    tab.goto("/settings/api-keys")
    secret = make_key(tab, "web tier", shot)
    assert status(own, secret) == 200
    row = tab.get_by_role("row", name=re.compile("web tier"))
    expect(row).to_contain_text(f"…{secret[-4:]}")
    expect(row).to_contain_text(own.email)
    assert secret not in tab.content()


def test_a_revoked_key_is_refused(tab: Page, own: RunningServer, shot: Shot) -> None:
    tab.goto("/settings/api-keys")
    secret = make_key(tab, "laptop", shot)
    tab.get_by_role("button", name="Actions for laptop").click()
    tab.get_by_role("menuitem", name="Revoke…").click()
    confirm(tab, "Revoke")
    expect(tab.get_by_text("Revoked “laptop”")).to_be_visible()
    expect(tab.get_by_role("row", name=re.compile("laptop"))).to_be_hidden()
    assert status(own, secret) == 403


def status(server: RunningServer, api_key: str) -> int:
    request = urllib.request.Request(f"{server.url}/api/v1/validate", headers={"DD-API-KEY": api_key})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_application_keys_are_renamed(tab: Page) -> None:
    tab.goto("/settings/application-keys")
    tab.get_by_role("button", name="New key").click()
    tab.get_by_label("Name", exact=True).fill("notebook")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Done").click()
    tab.get_by_role("button", name="Actions for notebook").click()
    tab.get_by_role("menuitem", name="Rename…").click()
    tab.get_by_label("Name", exact=True).fill("reports")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("row", name=re.compile("reports"))).to_be_visible()


def test_a_user_is_added_changed_and_disabled(
    tab: Page, chromium: Browser, own: RunningServer, faults: Faults, shot: Shot
) -> None:
    tab.goto("/settings/users")
    tab.get_by_role("button", name="Invite user").click()
    tab.get_by_label("Email").fill("keeper@example.com")
    tab.get_by_role("button", name="Invite", exact=True).click()
    expect(tab.get_by_role("dialog")).to_contain_text("/invitation#")
    tab.get_by_role("button", name="Done").click()
    row = tab.get_by_role("row", name=re.compile("keeper@example.com"))
    expect(row).to_contain_text("Pending")
    tab.get_by_role("button", name="Actions for keeper@example.com").click()
    tab.get_by_role("menuitem", name="Set password…").click()
    tab.get_by_label("New password").fill("a long enough one")
    tab.get_by_role("button", name="Set password").click()
    expect(row).to_contain_text("Standard")
    expect(row).to_contain_text("Active")
    shot(tab, "settings-users")
    tab.get_by_role("button", name="Actions for keeper@example.com").click()
    tab.get_by_role("menuitem", name="Read Only").click()
    expect(row).to_contain_text("Read Only")
    reads_only(chromium, own, faults)
    tab.get_by_role("button", name="Actions for keeper@example.com").click()
    tab.get_by_role("menuitem", name="Disable…").click()
    confirm(tab, "Disable")
    expect(tab.get_by_text("Disabled keeper@example.com")).to_be_visible()
    expect(row).to_be_hidden()
    tab.get_by_role("button", name="All", exact=True).click()
    expect(row).to_contain_text("Disabled")


def reads_only(chromium: Browser, own: RunningServer, faults: Faults) -> None:
    """The new user logs in and finds closed what the role does not allow."""
    context = chromium.new_context(base_url=own.url)
    faults.watch(context)
    page = context.new_page()
    page.goto("/settings/api-keys")
    page.get_by_label("Email").fill("keeper@example.com")
    page.get_by_label("Password").fill("a long enough one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("You do not have permission to view this page")).to_be_visible()
    context.close()


def test_a_known_address_says_so_in_the_form(tab: Page, own: RunningServer, faults: Faults) -> None:
    faults.expect("409")
    tab.goto("/settings/users")
    tab.get_by_role("button", name="Invite user").click()
    tab.get_by_label("Email").fill(own.email)
    tab.get_by_role("button", name="Invite", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("already exists")


def test_the_time_zone_is_local_or_utc(tab: Page) -> None:
    tab.goto("/settings/preferences")
    expect(tab.get_by_text(f"{zone(tab)}, UTC+5:30")).to_be_visible()
    tab.get_by_role("button", name="UTC", exact=True).click()
    tab.goto("/metric/explorer?from_ts=1767225600000&to_ts=1767229200000&live=false")
    expect(tab.get_by_role("button", name="Time range")).to_contain_text("Jan 1, 00:00 – 01:00 UTC")
    tab.get_by_role("button", name="Time range").click()
    tab.get_by_role("button", name="Local, UTC+5:30").click()
    expect(tab.get_by_role("button", name="Time range").first).to_contain_text("Jan 1, 05:30 – 06:30")


def zone(page: Page) -> str:
    return str(page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone"))


def test_the_theme_follows_the_choice_and_the_system(tab: Page) -> None:
    tab.goto("/settings/preferences")
    tab.get_by_role("button", name="Dark").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    tab.reload()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    tab.get_by_role("button", name="System").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "light")
    tab.emulate_media(color_scheme="dark")
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_password_is_changed(tab: Page, faults: Faults) -> None:
    faults.expect("403")
    tab.goto("/settings/preferences")
    tab.get_by_label("Current password").fill("not this one")
    tab.get_by_label("New password").fill("another long one")
    tab.get_by_role("button", name="Change password").click()
    expect(tab.get_by_role("alert")).to_contain_text("incorrect")
