"""``heeler agent reload`` and ``config set`` on a running agent: what a change concerns is renewed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.state import read_state
from tests.conftest import free_port
from tests.unit.agent.intake import intake, until

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
        process.wait(20)


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
