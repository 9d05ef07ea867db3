"""A dashboard of 40 widgets over 24 hours of 1,000 hosts: ``python -m bench.dashboards``.

Measured are CPU milliseconds of the server for one page (all of its queries in one batch, as the web app
sends them) and, with ``--browser``, the requests of a live dashboard of 16 widgets that nobody touches for
30 s, the bytes of the first page, and frames a second while the pointer moves over 20 graphs of 20 lines.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import requests

from bench.servers import API_KEY, APP_KEY, Server, heeler

METRICS = ("bench.cpu", "bench.memory", "bench.requests", "bench.latency", "bench.errors")
EMAIL, PASSWORD = "bench@example.com", "correct horse battery staple"
DAY = 86_400
STEP = 300
HEADERS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
BUNDLE = Path(__file__).parents[1] / "src" / "heeler" / "_ui"


def feed(server: Server, hosts: int, now: int) -> None:
    """A day of five metrics of each host, a point every five minutes."""
    times = range(now - DAY, now, STEP)
    for first in range(0, hosts, 20):
        series = [
            {
                "metric": metric,
                "type": 3,
                "points": [
                    {"timestamp": at, "value": round(50 + 40 * math.sin(at / 7000 + host), 2)} for at in times
                ],
                "tags": [f"service:svc-{host % 20}", f"env:{'prod' if host % 4 else 'staging'}"],
                "resources": [{"type": "host", "name": f"host-{host:04d}"}],
            }
            for host in range(first, min(first + 20, hosts))
            for metric in METRICS
        ]
        url = f"http://127.0.0.1:{server.port}/api/v2/series"
        answer = requests.post(url, json={"series": series}, headers=HEADERS, timeout=120)
        assert answer.status_code == 202, answer.text


def queries(count: int, now: int) -> list[dict[str, Any]]:
    """Bodies of so many widgets: graphs, top lists and single numbers, each of another query."""
    found = []
    for place in range(count):
        metric = METRICS[place % len(METRICS)]
        by = ("", " by {service}", " by {env}", " by {host}")[place // len(METRICS) % 4]
        scope = "*" if place < 20 else f"service:svc-{place % 20}"
        kind = "timeseries" if place % 4 != 3 else "scalar"
        query = {"name": "a", "data_source": "metrics", "query": f"avg:{metric}{{{scope}}}{by}"}
        formula: dict[str, Any] = {"formula": "a", "limit": {"count": 20, "order": "desc"}}
        attributes = {
            "from": (now - DAY) * 1000,
            "to": now * 1000,
            "queries": [query],
            "formulas": [formula],
            **({"interval": 300_000} if kind == "timeseries" else {}),
        }
        body = {"data": {"type": f"{kind}_request", "attributes": attributes}}
        found.append({"id": str(place), "kind": kind, "body": body})
    return found


def pages(server: Server, rounds: int, now: int) -> tuple[list[float], list[float]]:
    """CPU and elapsed milliseconds of each page; every one is another minute, as of a live dashboard."""
    process, cpu, elapsed = psutil.Process(server.pid), [], []
    url = f"http://127.0.0.1:{server.port}/api/ui/query/batch"
    for one in range(rounds):
        batch = {"queries": queries(40, now - 60 * (rounds - one))}
        before, start = process.cpu_times(), time.perf_counter()
        answer = requests.post(url, json=batch, headers=HEADERS, timeout=120)
        elapsed.append(1000 * (time.perf_counter() - start))
        after = process.cpu_times()
        cpu.append(1000 * (after.user + after.system - before.user - before.system))
        lines = [json.loads(line) for line in answer.text.splitlines()]
        wrong = [line for line in lines if line["status"] != 200]
        assert not wrong, wrong[0]
        assert len(lines) == len(batch["queries"])
    return cpu, elapsed


def first_page_bytes() -> int:
    """Compressed bytes of what the first page loads: the scripts and styles that the document names."""
    index = BUNDLE / "index.html"
    names = re.findall(r'(?:src|href)="\./?(assets/[^"]+)"', index.read_text())
    return sum((BUNDLE / f"{name}.gz").stat().st_size for name in names if (BUNDLE / f"{name}.gz").exists())


def board(server: Server, widgets: int, by: str) -> str:
    request = {"display_type": "line"}
    definitions = [
        {
            "type": "timeseries",
            "title": f"Graph {place}",
            "requests": [
                {**request, "q": f"top(avg:{METRICS[place % 5]}{{*}} by {{{by}}}, 20, 'mean', 'desc')"}
            ],
        }
        for place in range(widgets)
    ]
    body = {
        "title": "Bench",
        "layout_type": "ordered",
        "widgets": [{"definition": one} for one in definitions],
    }
    url = f"http://127.0.0.1:{server.port}/api/v1/dashboard"
    identity: str = requests.post(url, json=body, headers=HEADERS, timeout=60).json()["id"]
    return identity


COUNT = """() => {
 window.frames_seen = 0;
 const count = () => { window.frames_seen++; requestAnimationFrame(count); };
 requestAnimationFrame(count);
}"""
CENTERS = """() => [...document.querySelectorAll('section[data-widget] .u-over')]
 .map((one) => one.getBoundingClientRect())
 .map(({left, top, width, height}) => ({left, width, y: top + height / 2}))"""
HOVER_S = 6.0


def hover(page: Any) -> float:
    """Frames a second while the pointer goes over each graph, as fast as the browser takes its moves."""
    boxes = [box for box in page.evaluate(CENTERS) if box["y"] < 1700]
    assert len(boxes) == 20, f"{len(boxes)} graphs"
    page.evaluate(COUNT)
    start, before, place = time.monotonic(), page.evaluate("() => window.frames_seen"), 0
    while time.monotonic() - start < HOVER_S:
        box = boxes[place // 30 % len(boxes)]
        page.mouse.move(box["left"] + box["width"] * (0.05 + 0.03 * (place % 30)), box["y"])
        place += 1
    frames = page.evaluate("() => window.frames_seen") - before
    return float(frames / (time.monotonic() - start))


def browser(server: Server) -> tuple[int, float]:
    """Requests of an idle live dashboard of 16 widgets in 30 s, and frames a second while hovering."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1920, "height": 1700})
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.locator("input").first.fill(EMAIL)
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("input[type=password]").wait_for(state="detached", timeout=60_000)
        page.goto(f"http://127.0.0.1:{server.port}/dashboard/{board(server, 16, 'service')}")
        page.wait_for_timeout(8000)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.wait_for_timeout(30_000)
        idle = len(sent)
        page.goto(f"http://127.0.0.1:{server.port}/dashboard/{board(server, 20, 'service')}")
        page.wait_for_timeout(8000)
        frames = hover(page)
        chromium.close()
    return idle, frames


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.dashboards", description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--browser", action="store_true")
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp())
    os.environ |= {"HEELER_ADMIN_EMAIL": EMAIL, "HEELER_ADMIN_PASSWORD": PASSWORD}
    now = int(time.time()) // 60 * 60
    with heeler(root) as server:
        feed(server, given.hosts, now)
        time.sleep(5)
        cpu, elapsed = pages(server, given.rounds, now)
        print(f"40 widgets, 24 h, {given.hosts} hosts, {given.rounds} pages")
        for name, values in (("server CPU", cpu), ("elapsed", elapsed)):
            first, rest = values[0], values[1:]
            print(
                f"  {name:<12} first {first:7.0f} ms, then median {statistics.median(rest):7.0f} ms, "
                f"p95 {percentile(rest, 0.95):7.0f} ms"
            )
        print(f"  first page   {first_page_bytes() / 1024:7.0f} kB gzip")
        if given.browser:
            idle, frames = browser(server)
            print(
                f"  idle, 16 widgets, 30 s: {idle} requests; hovering over 20 graphs: {frames:.0f} frames/s"
            )


if __name__ == "__main__":
    main()
