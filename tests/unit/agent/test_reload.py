"""``heeler agent reload`` and ``config set`` on a running agent: what a change concerns is renewed."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.state import read_state
from tests.conftest import free_port
from tests.unit.agent.intake import Intake, intake, until
from tests.wire.test_encode_series import SERIES

CLI = [sys.executable, "-m", "heeler", "agent"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    with intake() as server:
        (tmp_path / "conf.d").mkdir()
        (tmp_path / "datadog.yaml").write_text(
            f"api_key: k\nhostname: box\ndd_url: {server.url}\nlogs_enabled: true\nlog_to_console: false\n"
            f"dogstatsd_port: {free_port()}\napm_config: {{enabled: false}}\ndefault_checks_enabled: false\n"
            "process_config: {container_collection: {enabled: false}}\n"
        )
        process = subprocess.Popen([*CLI, "-c", str(tmp_path), "run"])
        until(lambda: set(states(tmp_path).values()) == {"running"}, 40)
        yield tmp_path
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def states(folder: Path) -> dict[str, str]:
    return {name: part["state"] for name, part in parts(folder).items()}


def parts(folder: Path) -> dict[str, dict[str, str]]:
    state = read_state(folder / "run", "supervisor") or {}
    return {part["name"]: part for part in state.get("components", [])} or {"none": {"state": "none"}}


def agent(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*CLI, "-c", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


def test_a_reload_renews_what_a_change_concerns_and_refuses_what_is_wrong(running: Path) -> None:
    before = {name: part["pid"] for name, part in parts(running).items()}
    assert "nothing had changed" in agent(running, "reload")
    said = agent(running, "config", "set", "logs_config.batch_wait", "1")
    assert "renewed: logs" in said
    until(
        lambda: (
            set(states(running).values()) == {"running"} and parts(running)["logs"]["pid"] != before["logs"]
        )
    )
    after = {name: part["pid"] for name, part in parts(running).items()}
    assert {name for name in before if before[name] != after[name]} == {"logs"}
    assert "logs_config.batch_wait: 1.0 (file)" in agent(running, "config", "get", "logs_config.batch_wait")

    (running / "conf.d" / "uptime.yaml").write_text("instances: [{}]\n")
    assert "collector" in agent(running, "reload")
    until(lambda: "uptime" in json.dumps(read_state(running / "run", "collector")))

    text = (running / "datadog.yaml").read_text()
    (running / "datadog.yaml").write_text(text.replace("dd_url: http", "dd_url: gopher"))
    assert "not reloaded" in agent(running, "reload")
    until(lambda: set(states(running).values()) == {"running"})
    (running / "datadog.yaml").write_text(text.replace("logs_enabled: true", "logs_enabled: false"))
    assert "renewed: logs" in agent(running, "reload")
    assert "logs" not in parts(running)


def test_without_a_running_agent_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "datadog.yaml").write_text("api_key: k\n")
    assert "the agent is not running" in agent(tmp_path, "reload")
    assert "dogstatsd_port: 8125 (default)" in agent(tmp_path, "config", "get", "dogstatsd_port")
    assert "did you mean dogstatsd_port?" in agent(tmp_path, "config", "get", "dogstatd_port")
    assert "[Service]" in agent(tmp_path, "install-service", "--print")


def pid_of(folder: Path) -> int:
    """The process id of DogStatsD, once it runs."""
    state = read_state(folder / "run", "dogstatsd") or {}
    return int(state.get("pid", 0)) if state.get("state") == "running" else 0


def counted(server: Intake, metric: str) -> Iterator[float]:
    """What each point of a rate stands for."""
    for request in server.accepted:
        if request.path == "/api/v2/series":
            for series in SERIES.FromString(request.body).series:
                if series.metric == metric:
                    yield from (point.value * series.interval for point in series.points)


def test_a_reload_loses_nothing_that_dogstatsd_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "d.socket"
    with intake() as server:
        port = free_port()
        text = (
            f"api_key: k\nhostname: box\ndd_url: {server.url}\nlog_to_console: false\n"
            f"dogstatsd_port: {port}\ndogstatsd_socket: {path}\n"
            "apm_config: {enabled: false}\ncollector: {enabled: false}\n"
            "process_config: {container_collection: {enabled: false}}\n"
        )
        (tmp_path / "datadog.yaml").write_text(text)
        process = subprocess.Popen([*CLI, "-c", str(tmp_path), "run"])
        try:
            until(lambda: states(tmp_path) == {"dogstatsd": "running"}, 40)
            first = pid_of(tmp_path)
            stop, sent = threading.Event(), [0]

            def send() -> None:
                with (
                    socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
                    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix,
                ):
                    udp.connect(("127.0.0.1", port))
                    unix.connect(str(path))
                    while not stop.wait(0.002):
                        udp.send(b"reload.count:1|c")
                        unix.send(b"reload.count:1|c")
                        sent[0] += 2

            sender = threading.Thread(target=send)
            sender.start()
            time.sleep(0.5)
            (tmp_path / "datadog.yaml").write_text(f"{text}dogstatsd_tags: [round:two]\n")
            process.send_signal(signal.SIGHUP)
            until(lambda: pid_of(tmp_path) not in (0, first), 40)
            time.sleep(0.5)
            stop.set()
            sender.join()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        assert sum(counted(server, "reload.count")) == pytest.approx(sent[0])
    assert not path.exists()
