"""Remote configuration from the page of the server to a real ``ddtrace`` that runs, and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import RunningServer, free_port
from tests.processes import Child, end

APP = Path(__file__).parent / "apps" / "configured_app.py"
SERVICE = "configured"
PATH = "/api/ui/apm/tracer-configurations"


class Tracer:
    """The application with its tracer, and what it printed last."""

    def __init__(self, agent_port: int, log: Path) -> None:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DD_")},
            "DD_SERVICE": SERVICE,
            "DD_ENV": "prod",
            "DD_LOGS_INJECTION": "true",
            "DD_TRACE_DEBUG": "true",
            "DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS": "0.5",
            "DD_TRACE_AGENT_URL": f"http://127.0.0.1:{agent_port}",
        }
        runner = str(Path(sys.executable).parent / "ddtrace-run")
        self.errors = log.open("wb")
        self.process = Child(
            [runner, sys.executable, str(APP)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        self.lines: deque[dict[str, Any]] = deque(maxlen=5)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def all(self, holds: Callable[[dict[str, Any]], bool]) -> bool:
        """Whether the last lines are as ``holds`` says."""
        lines = list(self.lines)
        return len(lines) == 5 and all(map(holds, lines))

    def stop(self) -> None:
        end(self.process)
        self.errors.close()


def until(holds: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + 60
    while not (found := holds()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


@pytest.fixture
def tracer(server: RunningServer, tmp_path: Path) -> Iterator[Tracer]:
    port = free_port()
    (tmp_path / "datadog.yaml").write_text(
        f"api_key: {server.api_key}\ndd_url: {server.url}\nhostname: rc-host\n"
        f"apm_config:\n  receiver_port: {port}\n  receiver_socket: {tmp_path}/apm.socket\n"
        "remote_configuration:\n  refresh_interval: 0.5\n"
        "otlp_config:\n  receiver:\n    protocols:\n      http: {endpoint: ''}\n      grpc: {endpoint: ''}\n"
    )
    agent = Child(
        [sys.executable, "-m", "heeler.agent.component", "trace", "--cfgpath", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: _answers(f"http://127.0.0.1:{port}/info"), "the agent does not answer")
    running = Tracer(port, tmp_path / "app.log")
    yield running
    running.stop()
    end(agent)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.ConnectionError:
        return False


def test_a_running_tracer_takes_what_is_set_and_gives_it_back(
    server: RunningServer, tracer: Tracer, tmp_path: Path
) -> None:
    def put(options: dict[str, Any]) -> str:
        body = {"service": SERVICE, "env": "prod", "options": options}
        answer = requests.put(f"{server.url}{PATH}", json=body, headers=server.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def state(identity: str) -> set[str]:
        found = requests.get(f"{server.url}{PATH}", headers=server.headers, timeout=60).json()
        one = next(one for one in found["configurations"] if one["id"] == identity)
        return {tracer["state"] for tracer in one["tracers"]}

    until(lambda: tracer.all(lambda line: line["priority"] == 1 and line["trace_id"] != ""), "as started")
    identity = put({"sampling_rate": 0, "log_injection_enabled": False})
    until(lambda: tracer.all(lambda line: line["priority"] == -1), f"rate 0: {tracer.lines}")
    until(lambda: tracer.all(lambda line: line["trace_id"] == ""), f"no injection: {tracer.lines}")
    until(lambda: state(identity) == {"acknowledged"}, "the page does not say that it is applied")
    put({"sampling_rate": 1})
    until(lambda: tracer.all(lambda line: line["priority"] == 2), f"rate 1: {tracer.lines}")
    until(lambda: tracer.all(lambda line: line["trace_id"] != ""), f"injection again: {tracer.lines}")
    gone = requests.delete(f"{server.url}{PATH}/{identity}", headers=server.headers, timeout=60)
    assert gone.status_code == 200
    until(lambda: tracer.all(lambda line: line["priority"] == 1), f"as started again: {tracer.lines}")
    tracer.stop()
    complaints = [
        line
        for line in (tmp_path / "app.log").read_text().splitlines()
        if "ERROR" in line or "WARNING" in line
    ]
    assert complaints == []
