"""A data folder made by an older commit, opened by this one: is everything readable, how long does it take?

    python -m bench.upgrade b446e7f5

Checks the commit out beside (``git worktree``), runs its server in this environment, sends points,
distributions, log lines, an event, a dashboard and a monitor, asks for them, and stops it; then starts this
version on the folder and asks the same. Exits with 1 where an answer differs. The commit's code must run with
the packages that are installed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, API_KEY, APP_KEY, free_port
from tests.processes import Child, end

HERE = Path(__file__).parent.parent
START_SECONDS = 900
METRICS, HOSTS, STEP, POINTS = 20, 10, 60, 600
LINES = 2_000


@dataclass
class Server:
    """A server of the code below ``source``."""

    source: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def start(self) -> float:
        """Seconds until it answers."""
        self.port = free_port()
        environment = {
            **os.environ, "PYTHONPATH": str(self.source), "HEELER_DATA": str(self.folder / "data"),
            "HEELER_LISTEN": f"127.0.0.1:{self.port}", "HEELER_API_KEY": API_KEY, "HEELER_APP_KEY": APP_KEY,
            "HEELER_ADMIN_EMAIL": ADMIN_EMAIL, "HEELER_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }  # fmt: skip
        began = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "heeler", "serve"]
            self.process = Child(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd="/")
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                break
            try:
                if self.ask("GET", "/api/v1/validate")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"No server:\n{(self.folder / 'server.log').read_text()[-3000:]}")

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {
            "DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"
        }  # fmt: skip
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            found = response.read()
            return response.status, json.loads(found) if found[:1] in (b"{", b"[") else found
        finally:
            connection.close()

    def needed(self, method: str, path: str, body: Any = None) -> Any:
        status, found = self.ask(method, path, body)
        for _ in range(10):  # a busy machine is slow, not wrong
            if status not in (429, 503, 504):
                break
            time.sleep(1)
            status, found = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {found!r}")
        return found

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)


def fill(server: Server, now: int) -> None:
    first = now - POINTS * STEP
    for number in range(METRICS):
        series = [
            {"metric": f"up.gauge.{number}", "type": "gauge", "host": f"h{host}",
             "tags": [f"env:e{host % 3}"],
             "points": [[first + STEP * at, float(number + host + at % 7)] for at in range(POINTS)]}
            for host in range(HOSTS)
        ]  # fmt: skip
        server.needed("POST", "/api/v1/series", {"series": series})
    spread = [
        {"metric": "up.spread", "host": "h", "points": [[now - STEP * place, [1.0, 2.0, float(place)]]]}
        for place in range(100)
    ]
    server.needed("POST", "/api/v1/distribution_points", {"series": spread})
    for begin in range(0, LINES, 500):
        lines = [
            {"message": f"line {place}", "service": f"s{place % 4}", "ddsource": "up", "hostname": "h",
             "status": ("info", "error")[place % 2], "number": place}
            for place in range(begin, begin + 500)
        ]  # fmt: skip
        server.needed("POST", "/api/v2/logs", lines)
    server.needed("POST", "/api/v1/events", {"title": "up", "text": "An event", "tags": ["a:b"]})
    widget = {"definition": {"type": "timeseries", "requests": [{"q": "avg:up.gauge.1{*}"}]}}
    server.needed("POST", "/api/v1/dashboard", {"title": "Up", "layout_type": "ordered", "widgets": [widget]})
    server.needed(
        "POST", "/api/v1/monitor",
        {"type": "metric alert", "name": "up", "message": "m", "query": "avg(last_5m):avg:up.gauge.1{*} > 9"},
    )  # fmt: skip


def questions(server: Server, now: int) -> dict[str, Any]:
    """Answers by what was asked."""
    span = f"from={now - POINTS * STEP - 60}&to={now + 60}"

    def graph(query: str) -> Any:
        found = server.needed("GET", f"/api/v1/query?{span}&query={query}")
        return sorted((one["scope"], one["pointlist"]) for one in found["series"])

    def counts(by: str) -> Any:
        body = {
            "compute": [{"aggregation": "count", "type": "total"}], "group_by": [{"facet": by, "limit": 50}],
            "filter": {"query": "source:up", "from": "now-1d", "to": "now"},
        }  # fmt: skip
        found = server.needed("POST", "/api/v2/logs/analytics/aggregate", body)
        return sorted((str(one["by"]), one["computes"]["c0"]) for one in found["data"]["buckets"])

    def events() -> Any:
        found = server.needed("GET", f"/api/v1/events?start={now - 600}&end={now + 600}")["events"]
        return [(one["title"], one["text"]) for one in found if one["title"] == "up"]

    def names(path: str, key: str = "") -> Any:
        found = server.needed("GET", path)
        return [one.get("title") or one["name"] for one in (found[key] if key else found)]

    each = "sum:up.gauge.{}%7B*%7D%20by%20%7Bhost%7D"
    asked: dict[str, Callable[[], Any]] = {
        "points": lambda: [graph(each.format(number)) for number in range(METRICS)],
        "points by the hour": lambda: graph("avg:up.gauge.1%7Benv:e1%7D.rollup(sum,3600)"),
        "distributions": lambda: graph("p95:up.spread%7B*%7D") or graph("max:up.spread%7B*%7D"),
        "lines by service": lambda: counts("service"),
        "lines by status": lambda: counts("status"),
        "events": events,
        "dashboards": lambda: names("/api/v1/dashboard", "dashboards"),
        "monitors": lambda: names("/api/v1/monitor"),
    }
    return {name: ask() for name, ask in asked.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit")
    given = parser.parse_args()
    now, differ = int(time.time()), False
    with tempfile.TemporaryDirectory(prefix="heeler-upgrade-") as temporary:
        folder, older = Path(temporary), Path(temporary) / "older"
        subprocess.run(["git", "worktree", "add", "--detach", str(older), given.commit], cwd=HERE, check=True)
        old, new = Server(older / "src", folder), Server(HERE / "src", folder)
        try:
            print(f"{given.commit}: answers after {old.start():.1f} s", flush=True)
            fill(old, now)
            time.sleep(5)
            before = questions(old, now)
            old.stop()
            mark = (folder / "server.log").stat().st_size
            print(f"this version on its folder: answers after {new.start():.1f} s", flush=True)
            after = questions(new, now)
            new.stop()
            print(f"and again: answers after {new.start():.1f} s\n\n| asked | same |\n|---|---|", flush=True)
            for name in before:
                same = before[name] == after[name] and bool(before[name])
                differ |= not same
                print(f"| {name} | {'yes' if same else 'NO'} |")
                if not same:
                    print(f"before: {str(before[name])[:600]}\nafter: {str(after[name])[:600]}")
            print("\nIts log of the first start:")
            log = (folder / "server.log").read_bytes()[mark:].decode(errors="replace").splitlines()
            print("\n".join(line for line in log if "igration" in line or "pgrad" in line or "ERROR" in line))
        finally:
            old.stop()
            new.stop()
            subprocess.run(["git", "worktree", "remove", "--force", str(older)], cwd=HERE, check=False)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
