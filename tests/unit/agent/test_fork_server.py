"""The agent's processes, forked from one: how they start, end and take each other along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.agent.intake import until

CONFIG = """
api_key: 00000000000000000000000000000000
dd_url: http://127.0.0.1:9
hostname: fork-host
logs_enabled: true
use_dogstatsd: false
apm_config: {enabled: false}
collector: {enabled: false}
process_config: {process_collection: {enabled: true}}
"""


class Running:
    def __init__(self, folder: Path) -> None:
        (folder / "datadog.yaml").write_text(CONFIG)
        self.status = folder / "run" / "status"
        command = [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(folder), "run"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.DEVNULL, start_new_session=True, env=dict(os.environ)
        )

    def pid(self, component: str) -> int:
        """That of a component that runs, or of the supervisor; 0 of none."""
        with suppress(OSError, ValueError):
            state = json.loads((self.status / f"{component}.json").read_text())
            if component == "supervisor" or state["state"] == "running":
                return int(state["pid"])
        return 0

    def pids(self) -> list[int]:
        return [self.process.pid, *(self.pid(name) for name in ("supervisor", "logs", "processes"))]

    def started(self) -> list[int]:
        until(lambda: all(self.pids()), 60)
        return self.pids()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    for pid in running.pids()[1:]:
        if pid and not gone(pid):
            os.kill(pid, signal.SIGKILL)
    running.process.kill()
    running.process.wait()


def test_components_share_the_memory_of_the_first_process_and_end_with_it(agent: Running) -> None:
    first, supervisor, logs, processes = agent.started()
    assert len({first, supervisor, logs, processes}) == 4
    for pid in (supervisor, logs, processes):
        facts = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        )
        rss, pss = (int(facts[name].split()[0]) for name in ("Rss", "Pss"))
        assert pss < 0.7 * rss
    agent.process.send_signal(signal.SIGTERM)
    assert agent.process.wait(60) == 0
    assert all(map(gone, (supervisor, logs, processes)))


def test_a_component_that_dies_is_forked_again(agent: Running) -> None:
    _, supervisor, logs, processes = agent.started()
    os.kill(logs, signal.SIGKILL)
    until(lambda: agent.pid("logs") not in (0, logs), 30)
    assert (agent.pid("supervisor"), agent.pid("processes")) == (supervisor, processes)
    told = json.loads((agent.status / "supervisor.json").read_text())["components"]
    assert {one["name"]: one["restarts"] for one in told}["logs"] == 1


@pytest.mark.parametrize("which", [0, 1], ids=["first", "supervisor"])
def test_nothing_is_left_behind_by_a_death(agent: Running, which: int) -> None:
    pids = agent.started()
    os.kill(pids[which], signal.SIGKILL)
    until(lambda: all(map(gone, pids[1:])), 20)
    assert agent.process.wait(60) == (-signal.SIGKILL if which == 0 else 128 + signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_component_stops_though_the_signal_finds_it_in_the_middle_of_waiting(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Setting the event that the interrupted thread has locked would never return."""
    (tmp_path / "datadog.yaml").write_text(CONFIG)
    script = f"""
import os, sys
from heeler.agent.component import run_component
from heeler.agent.config import load_config

def main(context):
    context.ready()
    with context.stop._cond:
        os.kill(os.getpid(), {int(number)})
        sum(range(1000))
    context.stop.wait()

sys.exit(run_component("logs", load_config({str(tmp_path)!r}), main))
"""
    ended = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, stderr=subprocess.DEVNULL)
    assert ended.returncode == 0


def test_a_configuration_that_cannot_be_used_ends_with_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "datadog.yaml").write_text("api_key: ''\n")
    command = [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(tmp_path), "run"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert ended.returncode == 1
    assert "api_key" in ended.stderr
