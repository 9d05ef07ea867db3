"""The whole agent as a process, against a real server and against a listener that keeps what it is sent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard

from heeler.wire import protobuf as pb
from heeler.wire.metrics.series_proto import read_series
from tests.conftest import RunningServer, free_port
from tests.processes import Child, end

MY_METRIC = """
import random

from datadog_checks.base import AgentCheck


class MyMetric(AgentCheck):
    def check(self, instance):
        self.gauge('my_metric', random.randint(1, 1000))
"""
SLEEPS_FOREVER = """
import time

from checks import AgentCheck


class Sleeper(AgentCheck):
    def check(self, instance):
        time.sleep(1e6)
"""


class Listener:
    """An intake that keeps every request; ``status`` is what it answers."""

    def __init__(self, port: int = 0) -> None:
        self.status = 202
        self.requests: list[tuple[str, bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "zstd":
                    body = zstandard.ZstdDecompressor().decompress(body, 2**26)
                if listener.status < 400:
                    listener.requests.append((self.path, body))
                self.send_response(listener.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def points(self, metric: str) -> list[tuple[int, float]]:
        found = []
        for path, body in list(self.requests):
            if path == "/api/v2/series":
                for number, _, value in pb.fields(body):
                    info, points = read_series(pb.message(value))
                    if number == 1 and info.metric == metric:
                        found += points
        return sorted(found)

    def bodies(self, path: str) -> list[Any]:
        return [json.loads(body) for where, body in list(self.requests) if where == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


def lay_out(folder: Path, url: str, extra: str = "") -> Path:
    (folder / "checks.d").mkdir(parents=True)
    (folder / "conf.d").mkdir()
    (folder / "checks.d" / "my_metric.py").write_text(MY_METRIC)
    (folder / "checks.d" / "sleeper.py").write_text(SLEEPS_FOREVER)
    (folder / "conf.d" / "my_metric.yaml").write_text("instances:\n  - min_collection_interval: 2\n")
    (folder / "conf.d" / "sleeper.yaml").write_text("instances: [{min_collection_interval: 1}]\n")
    (folder / "datadog.yaml").write_text(
        f"api_key: 0123456789abcdef0123456789abcdef\ndd_url: {url}\nhostname: agent-test\n"
        f"tags: [role:web]\nenv: ci\naggregator_flush_interval: 2\nuse_dogstatsd: false\n"
        f"apm_config: {{enabled: false}}\n{extra}"
    )
    return folder


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Path], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}

    def run(folder: Path) -> subprocess.Popen[bytes]:
        with (folder / "agent.out").open("ab") as out:
            process = Child(
                [sys.executable, "-m", "heeler", "agent", "-c", str(folder), "run"],
                stderr=out,
                env=environment,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        end(process, 30)


def until(condition: Callable[[], object], seconds: float, what: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it did not happen in time"
        time.sleep(0.1)


def status(folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "-c", str(folder), "status", "--json"],
        capture_output=True,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_interval_from_yaml_beside_a_check_that_hangs(
    tmp_path: Path, listener: Listener, start: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    folder = lay_out(tmp_path / "agent", listener.url)
    start(folder)

    def regular() -> bool:
        """Four runs in a row are as far apart as the file says; on a busy machine one of them may be late."""
        times = [stamp for stamp, _ in listener.points("my_metric")]
        apart = [after - before for before, after in pairwise(times)]
        return any(apart[at : at + 3] == [2, 2, 2] for at in range(len(apart)))

    until(regular, 25, (folder / "agent.out").read_text())
    assert all(1 <= value <= 1000 for _, value in listener.points("my_metric"))
    host = listener.bodies("/intake/")[0]
    assert host["host-tags"]["system"] == ["env:ci", "role:web"]
    assert json.loads(host["gohai"])["cpu"]["cpu_logical_processors"]
    up = [check for body in listener.bodies("/api/v1/check_run") for check in body]
    assert "datadog.agent.up" in {check["check"] for check in up}
    assert listener.points("system.cpu.num_cores")
    assert listener.points("datadog.agent.running")
    until(lambda: status(folder)["components"].get("collector", {}).get("status"), 10)
    checks = {c["CheckName"]: c for c in status(folder)["components"]["collector"]["status"]["checks"]}
    assert checks["sleeper"]["LongRunning"]
    assert not checks["my_metric"]["LongRunning"]


def test_what_a_server_that_is_away_missed_arrives_later(
    tmp_path: Path, start: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    port = free_port()
    quick = "forwarder_backoff_max: 0.5\nforwarder_backoff_base: 0.1\n"
    folder = lay_out(tmp_path / "agent", f"http://127.0.0.1:{port}", quick)
    process = start(folder)
    spool = folder / "run" / "spool" / "collector"
    until(lambda: len(list(spool.rglob("*.payload"))) >= 4, 20)
    assert "cannot be reached" in (folder / "agent.out").read_text()
    os.kill(process.pid, signal.SIGTERM)
    process.wait(60)
    waiting = len(list(spool.rglob("*.payload")))
    assert waiting
    server = Listener(port)
    try:
        start(folder)
        until(lambda: not list(spool.rglob("*.payload")) and server.points("my_metric"), 20)
        stamps = [stamp for stamp, _ in server.points("my_metric")]
        assert len(stamps) == len(set(stamps))
    finally:
        server.close()


def test_a_real_server_takes_everything(
    tmp_path: Path, server: RunningServer, start: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    folder = lay_out(tmp_path / "agent", server.url)
    start(folder)

    def lane() -> dict[str, Any]:
        forwarders = status(folder)["components"].get("collector", {}).get("forwarder") or [{}]
        lanes: list[dict[str, Any]] = forwarders[0].get("destinations") or [{}]
        return lanes[0]

    until(lambda: lane().get("counts", {}).get("sent /api/v2/series"), 25)
    counts = lane()["counts"]
    assert lane()["problem"] == ""
    assert not counts.get("dropped")
    assert counts["sent /intake/"] >= 1


def test_a_wrong_key_is_said_in_one_sentence(
    tmp_path: Path, server: RunningServer, start: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    folder = lay_out(tmp_path / "agent", server.url)
    file = folder / "datadog.yaml"
    file.write_text(file.read_text().replace("0123456789abcdef0123456789abcdef", "f" * 32))
    start(folder)
    wanted = f"{server.url} (from dd_url in the file) does not know the API key ending with …fffff (403)"
    until(lambda: (folder / "logs" / "collector.log").exists(), 15)
    until(lambda: wanted in (folder / "logs" / "collector.log").read_text(), 15)
    assert f"set api_key in {file}" in (folder / "logs" / "collector.log").read_text()


def test_a_component_that_cannot_start_is_told_everywhere(
    tmp_path: Path, listener: Listener, start: Callable[[Path], subprocess.Popen[bytes]]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        folder = lay_out(tmp_path / "agent", listener.url, f"dogstatsd_port: {port}\nbind_host: 127.0.0.1\n")
        file = folder / "datadog.yaml"
        file.write_text(file.read_text().replace("use_dogstatsd: false", "use_dogstatsd: true"))
        start(folder)
        cause = f"UDP 127.0.0.1:{port} cannot be listened on"

        def told() -> list[str]:
            bodies = [body for body in listener.bodies("/api/v1/metadata") if "agent_components" in body]
            return [one["cause"] for body in bodies for one in body["agent_components"]["components"]]

        until(lambda: any(cause in one for one in told()), 20, (folder / "agent.out").read_text())
        assert cause in (folder / "logs" / "dogstatsd.log").read_text()
        children = {child["name"]: child for child in status(folder)["supervised"]}
        assert children["dogstatsd"]["cause"].startswith(cause)
        assert children["collector"]["state"] in ("starting", "running")
    # The port is free now: the component comes up by itself.
    until(lambda: {c["name"]: c for c in status(folder)["supervised"]}["dogstatsd"]["state"] == "running", 25)


def test_no_key_at_all_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DD_", "HEELER_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "-c", str(tmp_path), "run"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "no API key: set api_key in" in done.stderr
