"""A dashboard of six widgets from nothing: three graphs of metrics, logs, spans, an SLO."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from tests.browser.boards import DRAWN
from tests.browser.conftest import Faults, Shot, feed, post, tab
from tests.browser.shop_traces import send_shop
from tests.conftest import RunningServer, start_server

#: A person takes about a second for a click that has to be aimed at.
MAX_CLICKS = 40
MAX_KEYS = 130


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own, with metrics, logs and spans: others count those of the shared one."""
    running = start_server(tmp_path_factory.mktemp("walk"))
    feed(running)
    logs = [
        {"message": f"Walked {i} steps", "service": "walk", "hostname": "web-1", "status": "info"}
        for i in range(20)
    ]
    post(running, "/api/v2/logs", logs)
    send_shop(running, int(time.time()), requests=20, in_large=50)
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser, shop: RunningServer, faults: Faults) -> Iterator[Page]:
    with tab(chromium, shop, faults) as opened:
        yield opened


def make_slo(site: RunningServer, name: str) -> None:
    query = {"numerator": "sum:web.requests{*}.as_count()", "denominator": "sum:web.requests{*}.as_count()"}
    thresholds = [{"timeframe": "7d", "target": 99.9}]
    post(site, "/api/v1/slo", {"type": "metric", "name": name, "query": query, "thresholds": thresholds})


class Hand:
    """Clicks like a person, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def button(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click()
        self.clicks += 1
        if name == "Add to dashboard":  # the focus goes back as the dialog ends, which would close a menu
            expect(self.page.get_by_role("dialog")).to_have_count(0)

    def item(self, name: str) -> None:
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.clicks += 1

    def choice(self, box: str, option: str) -> None:
        self.page.get_by_role("combobox", name=box).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.clicks += 2


def whole(page: Page) -> None:
    """The dashboard has its six widgets, and each of them shows something."""
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    panels = page.locator("section[data-widget]")
    expect(panels).to_have_count(6)
    page.wait_for_function(DRAWN)
    expect(page.locator("section[data-widget] [role=alert]")).to_have_count(0)
    expect(page.locator("section[data-widget] [data-no-data]")).to_have_count(0)
    kinds = panels.evaluate_all("(all) => all.map((one) => one.dataset.widget).sort()")
    assert kinds == ["list_stream", "list_stream", "slo", "timeseries", "timeseries", "timeseries"]


def test_six_widgets_with_the_mouse(page: Page, shop: RunningServer, shot: Shot) -> None:
    make_slo(shop, "Walk by mouse")
    start = time.monotonic()
    hand = Hand(page)
    page.goto("/dashboard/lists")
    hand.button("New dashboard")
    page.get_by_label("Name").fill("Walk by mouse")
    shot(page, "walk-1-new")
    hand.button("Create")
    page.get_by_text("Add the first widget").wait_for()
    shot(page, "walk-2-empty")
    hand.button("Timeseries")
    page.get_by_role("dialog", name="New Timeseries").get_by_role("img").wait_for()
    shot(page, "walk-3-timeseries")
    hand.button("Add to dashboard")
    for metric in ("system.mem.used", "web.requests"):
        hand.button("Add widget")
        hand.item("Timeseries")
        hand.choice("Query query1: metric", metric)
        if metric == "web.requests":
            shot(page, "walk-4-metric")
        hand.button("Add to dashboard")
    for kind in ("Logs", "Spans"):
        hand.button("Add widget")
        if kind == "Logs":
            shot(page, "walk-5-menu")
        hand.item(kind)
        page.get_by_role("dialog", name="New List").get_by_role("row").nth(2).wait_for()
        shot(page, f"walk-6-{kind.lower()}")
        hand.button("Add to dashboard")
    hand.button("Add widget")
    hand.item("SLO")
    hand.choice("SLO", "Walk by mouse")
    shot(page, "walk-7-slo")
    hand.button("Add to dashboard")
    shot(page, "walk-8-edited")
    hand.button("Save")
    whole(page)
    shot(page, "walk-9-saved")
    assert hand.clicks <= MAX_CLICKS
    print(f"{hand.clicks} clicks, {time.monotonic() - start:.0f} s")


class Keyboard:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def add(self, beginning: str, dialog: str) -> None:
        """From the dashboard: A opens the menu, the first letters of a type find it."""
        self.press("a")
        self.page.get_by_role("menu").wait_for()
        chosen = "(text) => document.activeElement?.textContent.toLowerCase().startsWith(text.toLowerCase())"
        self.write(beginning)
        # On a busy machine the letters come so far apart that each begins a search of its own: no more work.
        for _ in range(20):
            try:
                self.page.wait_for_function(chosen, arg=beginning, timeout=2000)
                break
            except TimeoutError:
                self.page.keyboard.type(beginning)
        self.press("Enter")
        self.page.get_by_role("dialog", name=dialog).wait_for()
        self.inside("[role=dialog]")

    def inside(self, selector: str) -> None:
        """Wait until what is pressed next goes there."""
        self.page.wait_for_function(
            "(selector) => document.activeElement?.closest(selector) !== null", arg=selector
        )

    def done(self) -> None:
        self.press("Control+Enter")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        # The new widget has the focus.
        self.page.wait_for_function("() => document.activeElement?.matches('[data-added]')")


def test_six_widgets_by_keyboard(page: Page, shop: RunningServer, shot: Shot) -> None:
    make_slo(shop, "Walk by keyboard")
    page.goto("/dashboard/lists")
    page.get_by_role("button", name="New dashboard").wait_for()
    keys = Keyboard(page)
    tab_to(page, keys, "New dashboard")
    keys.press("Enter")
    page.get_by_role("dialog").wait_for()
    keys.inside("[role=dialog] input")
    keys.write("Walk by keyboard")
    keys.press("Enter")
    page.wait_for_function("() => document.activeElement?.textContent === 'Timeseries'")
    keys.press("Enter")
    page.get_by_role("dialog", name="New Timeseries").get_by_role("img").wait_for()
    shot(page, "walk-keys-1-timeseries")
    keys.done()
    for metric in ("system.mem.used", "web.requests"):
        keys.add("Ti", "New Timeseries")
        keys.press("Control+a")
        keys.write(metric[:12])
        page.get_by_role("option", name=metric, exact=True).wait_for()
        shot(page, f"walk-keys-2-{metric}")
        keys.press("ArrowDown", "Enter")
        page.get_by_role("dialog").get_by_text(f"avg:{metric}").first.wait_for()
        keys.done()
    keys.add("Logs", "New List")
    keys.done()
    keys.add("Spa", "New List")
    keys.done()
    keys.add("SLO", "New SLO")
    keys.write("Walk by k")
    page.get_by_role("option", name="Walk by keyboard").wait_for()
    shot(page, "walk-keys-3-slo")
    keys.press("ArrowDown", "Enter")
    keys.done()
    shot(page, "walk-keys-4-edited")
    keys.press("Control+s")
    whole(page)
    shot(page, "walk-keys-5-saved")
    print(f"{keys.keys} keys")
    assert keys.keys <= MAX_KEYS


def tab_to(page: Page, keys: Keyboard, name: str) -> None:
    """Tab until the control of this name has the focus."""
    for _ in range(30):
        focused = page.evaluate(
            "() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? ''"
        )
        if focused.strip() == name:
            return
        keys.press("Tab")
    raise AssertionError(f"{name} is not reached by the tabulator")
