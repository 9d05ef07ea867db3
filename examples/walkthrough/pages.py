"""The web app in Chromium: opens pages, takes pictures, keeps what the console complains of."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from examples.walkthrough.machine import EMAIL, PASSWORD, StepFailed

CHROMIUM = (
    os.environ.get("HEELER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTH, HEIGHT = 1440, 900


def past(minutes: int, *, live: bool = True) -> str:
    """The part of an address that shows the past ``minutes``."""
    now = int(time.time() * 1000)
    return f"from_ts={now - 60_000 * minutes}&to_ts={now}&live={'true' if live else 'false'}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the machine has."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Pages:
    """A tab of ``browser`` on the server at ``url``, logged in by the form; pictures go to ``folder``."""

    def __init__(self, browser: Browser, url: str, folder: Path, theme: str = "light") -> None:
        self.browser, self.url, self.folder, self.theme = browser, url, folder, theme
        self.faults: list[str] = []
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, base_url=url, timezone_id="Europe/Dublin"
        )
        context.set_default_timeout(90_000)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught {error.error}"))
        self.tab: Page = context.new_page()
        self._log_in()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _log_in(self) -> None:
        self.tab.goto("/")
        self.tab.get_by_label("Email").fill(EMAIL)
        self.tab.get_by_label("Password").fill(PASSWORD)
        self.tab.get_by_role("button", name="Log in").click()
        self.tab.get_by_role("navigation", name="Main").wait_for()
        self.faults.clear()  # the question whether somebody is logged in was answered with 401

    def open(self, path: str, *texts: str) -> Page:
        """Open ``path`` and wait for every one of ``texts`` to be seen."""
        mark = "&" if "?" in path else "?"
        self.tab.goto(f"{path}{mark}theme={self.theme}")
        for text in texts:
            self.see(self.tab.get_by_text(text).first, text)
        return self.tab

    def see(self, place: Locator, what: str, seconds: float = 90) -> None:
        try:
            place.wait_for(state="visible", timeout=seconds * 1000)
        except BrowserError as error:
            self.picture("failed")
            raise StepFailed(f"{self.tab.url} does not show {what!r}") from error

    def picture(self, name: str) -> Path:
        """A picture of the tab as it is, once its charts stand still."""
        with suppress(BrowserError):  # what takes longer is pictured as it is
            loading = self.tab.get_by_role("status", name="Loading").first
            loading.wait_for(state="detached", timeout=8_000)
        self.tab.wait_for_timeout(700)
        path = self.folder / f"{name}.png"
        self.tab.screenshot(path=path)
        return path

    def mail(self, page: Path, name: str) -> Path:
        """A picture of a mail as a mail program shows its HTML."""
        with self._aside(page.as_uri()) as tab:
            path = self.folder / f"{name}.png"
            tab.screenshot(path=path, full_page=True)
        return path

    @contextmanager
    def _aside(self, address: str) -> Iterator[Page]:
        context = self.browser.new_context(viewport={"width": 760, "height": 700})
        tab = context.new_page()
        tab.goto(address)
        try:
            yield tab
        finally:
            context.close()

    def faults_so_far(self) -> list[str]:
        """What was complained of since the last question."""
        seen, self.faults = self.faults, []
        return seen
