"""A real Chromium on a real server. Every page that a test opens must leave the console clean."""

from __future__ import annotations

import json
import os
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from tests.conftest import RunningServer, start_server

CHROMIUM = (
    os.environ.get("HEELER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BUNDLE = Path(__file__).parents[2] / "src" / "heeler" / "_ui" / "index.html"

Shot = Callable[[Page, str], Path]

# A busy machine is slow, not wrong.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a browser test, skipped with its reason where there is nothing to run it in."""
    reason = ""
    if not CHROMIUM:
        reason = "no Chromium: install it, or name it in HEELER_CHROMIUM"
    elif not BUNDLE.exists():
        reason = "the web app is not built: run `make install`"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, list[int]]]:
    """The server of ``site``, and when its fleet last reported."""
    running = start_server(tmp_path_factory.mktemp("site"))
    yield running, [feed(running)]
    running.stop()


@pytest.fixture(scope="module")
def site(fed: tuple[RunningServer, list[int]]) -> RunningServer:
    """A server with an hour of metrics of a small fleet; browser tests only read it.

    One for all modules of a process: the fleet reports anew for each of them, or on a slow machine the later
    ones would find hosts without recent values.
    """
    running, reported = fed
    reported[0] = report(running, reported[0])
    return running


@pytest.fixture(scope="session")
def shop(fed: tuple[RunningServer, list[int]]) -> None:
    """Traces of a small shop on the server of ``site``: once, whichever modules need them."""
    from tests.browser.shop_traces import send_shop

    send_shop(fed[0], int(time.time()))


def post(server: RunningServer, path: str, body: object, method: str = "POST") -> None:
    request = urllib.request.Request(
        f"{server.url}{path}",
        method=method,
        data=json.dumps(body).encode(),
        headers={**server.headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status < 300


def feed(server: RunningServer) -> int:
    """CPU and memory of six hosts in two zones, and a request counter, for the past hour; until when."""
    from tests.browser.fleet import HOUR

    until = report(server, int(time.time()) - HOUR)
    for metric, unit in (
        ("system.cpu.user", "percent"),
        ("system.mem.used", "byte"),
        ("web.requests", "request"),
    ):
        post(server, f"/api/v1/metrics/{metric}", {"unit": unit}, "PUT")
    return until


def report(server: RunningServer, since: int) -> int:
    """What the fleet measures after ``since`` (UNIX seconds), each 20 seconds; the time of the last point."""
    from tests.browser.fleet import STEP, components, host_payloads, series

    now = since + (int(time.time()) - since) // STEP * STEP
    if now == since:
        return since
    post(server, "/api/v1/series", {"series": series(now, since)})
    for payload in host_payloads(now):
        post(server, f"/intake/?api_key={server.api_key}", payload)
    post(server, "/api/v1/metadata", components(now))
    return now


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this folder: while it is open, its event loop keeps asyncio tests from running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def logged_in(chromium: Browser, fed: tuple[RunningServer, list[int]]) -> dict[str, object]:
    """Cookies of a person who has logged in by the form."""
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, fed[0])
    state: dict[str, object] = dict(context.storage_state())
    context.close()
    return state


def log_in(page: Page, site: RunningServer) -> None:
    page.goto(site.url)
    page.get_by_label("Email").fill(site.email)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("navigation", name="Main").wait_for()


@contextmanager
def tab(chromium: Browser, server: RunningServer, faults: Faults) -> Iterator[Page]:
    """A tab that is logged in to a server of a module's own; what it complains of is counted from then on."""
    context = chromium.new_context(
        viewport={"width": 1600, "height": 1000},
        base_url=server.url,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    log_in(page, server)
    faults.watch(context)
    yield page
    context.close()


def copied(page: Page) -> str:
    """What a copy button has put into the clipboard: it is written while the page goes on."""
    page.get_by_role("button", name="Copied").first.wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def confirm(page: Page, action: str) -> None:
    """Answer a question, and wait until it is gone: what is behind a dialog is not found by its role."""
    question = page.get_by_role("dialog")
    question.get_by_role("button", name=action).click()
    expect(question).to_have_count(0)


class Held:
    """Requests whose answers a test keeps back: what a slow server does, at a moment of the test's choice."""

    def __init__(self, page: Page, address: str, only: Callable[[Request], bool]) -> None:
        self.page = page
        self._only = only
        self._routes: list[Route] = []
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self._only(route.request):
            self._routes.append(route)
        else:
            route.fallback()

    def release(self) -> None:
        """Let the answers come, also of requests that follow."""
        self._only = lambda _: False
        for route in self._routes:
            route.fallback()


class Faults:
    """What pages complained of: errors in the console, uncaught exceptions, failed requests of their own."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        #: An address that is no page is answered 404, which the console notes.
        self.expected: list[str] = ["/nowhere)"]

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"uncaught {error.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def expect(self, part: str) -> None:
        """Allow messages that contain ``part``: the test provokes them."""
        self.expected.append(part)

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self.seen if not any(part in fault for part in self.expected)]


@pytest.fixture
def faults() -> Iterator[Faults]:
    watched = Faults()
    yield watched
    assert watched.unexpected == []


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(
    chromium: Browser, site: RunningServer, logged_in: dict[str, object], faults: Faults
) -> Iterator[Page]:
    """A logged-in tab of 1600 x 1000, as wide as most desks allow."""
    context = chromium.new_context(
        storage_state=logged_in,  # type: ignore[arg-type]
        viewport={"width": 1600, "height": 1000},
        base_url=site.url,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(30_000)
    faults.watch(context)
    yield context.new_page()
    context.close()


@pytest.fixture
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """Takes a picture into ``HEELER_SHOTS``, or a temporary folder, and returns its path."""
    folder = Path(os.environ.get("HEELER_SHOTS") or tmp_path_factory.getbasetemp() / "shots")
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
