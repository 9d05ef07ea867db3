"""``make pictures``: the pictures of ``docs/guide``, taken of the museum demo in a browser.

Starts the demo with a data folder of its own, lets it run until there is something to see, and takes every
page of ``PAGES``. Needs Chromium (``--chromium``, else of the PATH).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"

#: Name of the picture and address of the page; ``{dashboard}`` is that of the museum.
PAGES = {
    "guide-host-map": "/infrastructure/map",
    "guide-hosts": "/infrastructure",
    "guide-metrics-explorer": "/metric/explorer?exp_metric=system.cpu.user&exp_agg=avg",
    "guide-dashboard": "{dashboard}",
    "guide-monitors": "/monitors/manage",
    "guide-downtimes": "/monitors/downtimes",
    "guide-services": "/apm/services",
    "guide-service": "/apm/services/museum",
    "guide-traces": "/apm/traces",
    "guide-logs": "/logs",
    "guide-events": "/event/explorer",
    "guide-users": "/settings/users",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180, help="how long the demo runs before")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder of the pictures")
    parser.add_argument("--chromium", help="the browser's program")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    arguments = parser.parse_args()
    chromium = arguments.chromium or shutil.which("chromium")
    if not chromium:
        sys.exit("No Chromium: install it, or name it with --chromium.")
    with tempfile.TemporaryDirectory(prefix="heeler-pictures-") as data:
        port, museum = free_port(), free_port()
        environment = {
            **os.environ,
            "HEELER_DATA": data,
            "HEELER_LISTEN": f"127.0.0.1:{port}",
            "MUSEUM_PORT": str(museum),
        }
        log = Path(data) / "demo.log"
        with log.open("wb") as output:
            demo = subprocess.Popen(
                [sys.executable, str(ROOT / "examples" / "museum" / "run.py")],
                env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            said = wait_for_demo(demo, log)
            time.sleep(arguments.seconds)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_context(
                    viewport={"width": 1440, "height": 900}, color_scheme=arguments.theme
                ).new_page()
                take(page, f"http://localhost:{port}", said, arguments.to)
                browser.close()
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(60)


def wait_for_demo(demo: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """Email, password and address of the dashboard, which the demo prints when it is ready."""
    while demo.poll() is None:
        text = log.read_text()
        found = re.search(
            r"Watch it at http://[^/]+(?P<dashboard>\S+)\s+Log in as (?P<email>\S+)"
            r"\s+Password: (?P<password>\S+)",
            text,
        )
        if found:
            return found.groupdict()
        time.sleep(1)
    sys.exit(f"The demo ended with {demo.returncode}:\n{log.read_text()[-2000:]}")


def take(page: Page, url: str, said: dict[str, str], folder: Path) -> None:
    page.goto(url)
    page.get_by_label("Email").fill(said["email"])
    page.get_by_label("Password").fill(said["password"])
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("navigation").first.wait_for()
    for name, path in PAGES.items():
        page.goto(url + path.format(dashboard=said["dashboard"]))
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(2_000)
        page.screenshot(path=folder / f"{name}.png")
        print(folder / f"{name}.png")


if __name__ == "__main__":
    main()
