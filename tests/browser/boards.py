"""Published dashboards in a browser: what a person would see go wrong.

    python -m tests.browser.boards URL API_KEY APP_KEY EMAIL PASSWORD FILE.json... [--shots FOLDER]

imports the files into a running server, sends made-up data for the metrics that they name, opens each, and
prints a line a board and a table of widget types. ``test_corpus.py`` does the same over a sample.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.browser.board_logs import logs_for

_METRIC = re.compile(r"\b(?!by\b)([A-Za-z][\w.]+)\{[^}]*\}(?:\s*by\s*\{([^}]*)\})?")
_HEIGHT = 1400
_TALLEST = 9000

LOOK = """() => {
 const panels = [...document.querySelectorAll('section[data-widget]')];
 const boxes = panels.map((panel) => panel.getBoundingClientRect());
 const name = (panel) => `${panel.dataset.widget} "${panel.ariaLabel ?? ''}"`;
 const overlaps = [], clipped = [], errors = [], states = [], blank = [];
 for (let i = 0; i < panels.length; i++) for (let j = 0; j < i; j++) {
   if (panels[i].contains(panels[j]) || panels[j].contains(panels[i])) continue;
   const [a, b] = [boxes[i], boxes[j]];
   const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
   const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
   if (across > 8 && down > 8) overlaps.push(`${name(panels[i])} on ${name(panels[j])}`);
 }
 const scrolls = (element, panel) => {
   for (let e = element; e && e !== panel; e = e.parentElement) {
     const style = getComputedStyle(e);
     if (/auto|scroll/.test(style.overflowX + style.overflowY)) return true;
   }
   return false;
 };
 const wide = document.documentElement.scrollWidth - innerWidth;
 if (wide > 1) overlaps.push(`the page is ${wide} px wider than the screen`);
 const painted = (canvas) => {
   if (!canvas.width || !canvas.height) return false;
   const context = canvas.getContext('2d');
   if (!context) return true;
   return context.getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
 };
 panels.forEach((panel, i) => {
   const body = panel.querySelector(':scope > div:last-child');
   const shapes = body.querySelector('svg *, img, iframe, video, i, [style*=background]');
   const words = /^(note|free_text)$/.test(panel.dataset.widget);
   const seen = boxes[i].top < innerHeight;  // what is further down is not drawn yet
   const bare = !shapes && !body.innerText.trim() && ![...body.querySelectorAll('canvas')].some(painted);
   if (!words && seen && bare)
     blank.push(`${name(panel)} is empty`);
   const alert = panel.querySelector('[role=alert]');
   if (alert) errors.push(`${name(panel)}: ${alert.innerText.slice(0, 160)}`);
   states.push([panel.dataset.widget, alert ? 'error' : panel.querySelector('[data-no-data]') ? 'no data'
     : /Unsupported widget type/.test(panel.innerText) ? 'placeholder' : 'drawn']);
   const walk = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
   for (let node = walk.nextNode(); node; node = walk.nextNode()) {
     const element = node.parentElement;
     if (!node.data.trim() || element.closest('title, [aria-hidden=true], .visually-hidden')) continue;
     if (element.closest('section[data-widget]') !== panel) continue;
     const style = getComputedStyle(element);
     if (style.visibility === 'hidden' || parseFloat(style.opacity) === 0) continue;
     const range = document.createRange(); range.selectNodeContents(node);
     const text = range.getBoundingClientRect();
     if (text.width === 0 || scrolls(element, panel)) continue;
     // Nothing that hides what flows over may cut it, unless it says so by an ellipsis.
     let [ellipsis, hides] = [false, null];
     for (let e = element; e; e = e.parentElement) {
       const s = getComputedStyle(e);
       const hidden = s.overflowX !== 'visible' || s.overflowY !== 'visible';
       if (hidden && (s.textOverflow === 'ellipsis' || s.webkitLineClamp !== 'none')) ellipsis = true;
       if (hidden) hides ??= e;
       if (e === panel) break;
     }
     const box = hides ? hides.getBoundingClientRect() : boxes[i];
     const room = Math.max(2, parseFloat(style.fontSize) * 0.25);
     const out = (!ellipsis && (text.right > box.right + 2 || text.bottom > box.bottom + room))
       || text.left < box.left - 2 || text.top < box.top - room || text.top > box.bottom - 4;
     if (out) { clipped.push(`${name(panel)}: ${node.data.trim().slice(0, 60)}`); break; }
   }
 });
 return {panels: panels.length, overlaps, errors, clipped, blank, states};
}"""


#: Some widgets are drawn, and none waits for the server: what another one clips away is never drawn.
ANSWERED = """() => {
 const panels = [...document.querySelectorAll('section[data-widget]')];
 return panels.some((panel) => !panel.querySelector('[data-undrawn]'))
   && panels.every((panel) => !panel.querySelector('[aria-label=Loading]'));
}"""
#: Of a plain dashboard: every widget that comes near the window shows what it was to show.
DRAWN = """() => [...document.querySelectorAll('section[data-widget]')].every((panel) => {
 const box = panel.getBoundingClientRect();
 return box.top > innerHeight || box.bottom < 0
   || !panel.querySelector('[aria-label=Loading], [data-undrawn]');
})"""

TALL = "() => Math.max(...[...document.querySelectorAll('*')].map((one) => one.scrollHeight))"


@dataclass
class Findings:
    """What was wrong on one board."""

    board: str
    panels: int
    overlaps: list[str]
    errors: list[str]
    clipped: list[str]
    blank: list[str]
    console: list[str]
    states: list[tuple[str, str]] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [*self.overlaps, *self.errors, *self.clipped, *self.blank, *self.console]

    def __str__(self) -> str:
        counts = (
            f"{self.panels} panels, {len(self.overlaps)} overlaps, {len(self.errors)} errors, "
            f"{len(self.clipped)} clipped, {len(self.console)} in the console"
        )
        return " | ".join([f"{self.board}: {counts}", *self.wrong[:6]])


class Boards:
    """Imports dashboards into a server and opens them in a page that is logged in."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update(headers)

    def load(self, files: Sequence[Path]) -> dict[Path, str]:
        """Ids of the boards made of ``files``, with an hour of data for their metrics."""
        made, metrics = {}, {}
        for file in files:
            body = json.loads(file.read_text())
            answer = self.session.post(f"{self.url}/api/v1/dashboard", json=body, timeout=60)
            assert answer.status_code == 200, f"{file.name}: {answer.text[:500]}"
            made[file] = answer.json()["id"]
            for text in _queries(body):
                for name, by in _METRIC.findall(text):
                    keys = metrics.setdefault(name, set())
                    keys |= {key.strip() for key in by.split(",") if key.strip()}
        bodies = [json.loads(file.read_text()) for file in files]
        texts = " ".join(_queries(bodies))
        points = set(re.findall(r"p\d\d(?:\.\d+)?:\s*([A-Za-z][\w.]*)|histogram:([A-Za-z][\w.]*)", texts))
        distributions = {one or other for one, other in points}
        series = [one for name, keys in metrics.items() for one in _series(name, keys)]
        self._send([one for one in series if one["metric"] not in distributions])
        self._send_points([one for one in series if one["metric"] in distributions])
        self._send_logs([log for body in bodies for log in logs_for(body, time.time())])
        return made

    def _send_logs(self, logs: list[dict[str, Any]]) -> None:
        for start in range(0, len(logs), 500):
            body = logs[start : start + 500]
            answer = self.session.post(f"{self.url}/api/v2/logs", json=body, timeout=60)
            assert answer.status_code == 202, answer.text

    def _send_points(self, series: list[dict[str, Any]]) -> None:
        """Distributions, for metrics of which percentiles are queried."""
        for start in range(0, len(series), 100):
            body = [
                {
                    "metric": one["metric"],
                    "tags": one["tags"],
                    "host": one["resources"][0]["name"],
                    "points": [[point["timestamp"], [point["value"]]] for point in one["points"]],
                }
                for one in series[start : start + 100]
            ]
            url = f"{self.url}/api/v1/distribution_points"
            answer = self.session.post(url, json={"series": body}, timeout=60)
            assert answer.status_code == 202, answer.text

    def _send(self, series: list[dict[str, Any]]) -> None:
        for start in range(0, len(series), 200):
            body = {"series": series[start : start + 200]}
            answer = self.session.post(f"{self.url}/api/v2/series", json=body, timeout=60)
            assert answer.status_code == 202, answer.text

    def look(
        self,
        page: Page,
        name: str,
        dashboard_id: str,
        shot: Path | None = None,
        *,
        width: int = 1500,
        theme: str = "light",
    ) -> Findings:
        """Open a board, high enough that all of it is on the screen, and say what is wrong."""
        console: list[str] = []

        def listen(message: ConsoleMessage) -> None:
            if message.type == "error" and "ERR_NAME" not in message.text:
                console.append(message.text[:200])

        page.on("console", listen)
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        page.goto(f"{self.url}/dashboard/{dashboard_id}?theme={theme}")
        page.wait_for_selector("section[data-widget], section[aria-label]", timeout=60_000)
        tall = page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('*')].map(e => e.scrollHeight))"
        )
        page.set_viewport_size({"width": width, "height": min(max(tall + 100, _HEIGHT), _TALLEST)})
        page.wait_for_function(ANSWERED, timeout=60_000)
        found = settled(page)
        page.remove_listener("console", listen)
        if shot is not None:
            page.screenshot(path=str(shot))
        states = [(kind, state) for kind, state in found.pop("states")]
        return Findings(name, console=console, states=states, **found)


def settled(page: Page) -> dict[str, Any]:
    """What ``LOOK`` finds once two looks in a row find the same: charts take their size from their panels."""
    found: dict[str, Any] = page.evaluate(LOOK)
    for _ in range(100):
        page.wait_for_timeout(500)
        again: dict[str, Any] = page.evaluate(LOOK)
        if again == found:
            break
        found = again
    return found


def _queries(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("q", "query") and isinstance(item, str):
                yield item
            yield from _queries(item)
    elif isinstance(value, list):
        for item in value:
            yield from _queries(item)


def _series(metric: str, keys: set[str]) -> list[dict[str, Any]]:
    """Three series of a metric for the past hour, with a value each for its tag keys."""
    now, rng = int(time.time()), random.Random(metric)
    rows = []
    for i in range(3):
        points = [
            {
                "timestamp": at,
                "value": round(100 * (i + 1) * (1 + 0.3 * math.sin(at / 600 + i)) + rng.random(), 2),
            }
            for at in range(now - 3600, now, 60)
        ]
        endless = metric.startswith("unusual.") and i == 2
        last = "a_value_that_never_ends_" * 8 if endless else "abc"[i]
        tags = [f"{key}:{key[:8]}-{last}" for key in keys if key != "host"]
        host = [{"type": "host", "name": f"board-{i}"}]
        rows.append({"metric": metric, "type": 3, "points": points, "tags": tags, "resources": host})
    return rows


def table(findings: Sequence[Findings]) -> str:
    """Widget types by state, most frequent first."""
    counts = Counter(pair for one in findings for pair in one.states)
    kinds = Counter(kind for one in findings for kind, _ in one.states)
    states = ("drawn", "no data", "placeholder", "error")
    lines = [f"{'type':<20}" + "".join(f"{state:>13}" for state in states)]
    for kind, _ in kinds.most_common():
        lines.append(f"{kind:<20}" + "".join(f"{counts[kind, state]:>13}" for state in states))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("url", "api_key", "app_key", "email", "password"):
        parser.add_argument(name)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--width", type=int, default=1500)
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    given = parser.parse_args()
    from tests.browser.conftest import CHROMIUM, FLAGS

    boards = Boards(given.url, {"DD-API-KEY": given.api_key, "DD-APPLICATION-KEY": given.app_key})
    made = boards.load(given.files)
    findings = []
    if given.shots:
        given.shots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(given.url)
        page.locator("input").first.fill(given.email)
        page.locator("input[type=password]").fill(given.password)
        page.keyboard.press("Enter")
        page.locator("input[type=password]").wait_for(state="detached", timeout=60_000)
        for file, dashboard_id in made.items():
            shot = given.shots / f"{file.stem}.png" if given.shots else None
            one = boards.look(page, file.stem, dashboard_id, shot, width=given.width, theme=given.theme)
            findings.append(one)
            print(findings[-1], flush=True)
        browser.close()
    print(table(findings))
    wrong = sum(len(one.wrong) for one in findings)
    print(f"{len(findings)} boards, {wrong} findings")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
