"""Control of the running agent: who gets the signal, and who must not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.config import Config
from heeler.agent.reports import control
from heeler.agent.reports.control import ControlError, reload_agent
from heeler.agent.state import write_state

_PROGRAM = """
import json, os, signal, sys
def answer(*_):
    state = json.loads(sys.argv[2])
    open(sys.argv[1] + ".new", "w").write(json.dumps(state))
    os.replace(sys.argv[1] + ".new", sys.argv[1])
signal.signal(signal.SIGHUP, answer)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path, {"api_key": "k", "hostname": "box", "run_path": str(tmp_path / "run")})


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.communicate()


def test_another_program_with_the_id_of_a_killed_agent_gets_no_signal(config: Config) -> None:
    """A program that does not handle the signal would end."""
    code = "import sys; print('ready', flush=True); sys.stdin.read()"
    with program(code) as other:
        write_state(config.run_path, "supervisor", {"pid": other.pid, "reloads": 0})
        with pytest.raises(ControlError, match="not running"):
            reload_agent(config)
    assert other.returncode == 0


@pytest.mark.parametrize("pid", [0, -1, True, None, "1", 1.0, 2**40, 10**30])
def test_an_id_that_is_none_gets_no_signal(config: Config, monkeypatch: pytest.MonkeyPatch, pid: Any) -> None:
    """0 and -1 are this process's group, and every process."""
    sent: list[Any] = []
    monkeypatch.setattr(os, "kill", lambda *one: sent.append(one))
    write_state(config.run_path, "supervisor", {"pid": pid})
    with pytest.raises(ControlError, match="not running"):
        reload_agent(config)
    assert sent == []


@pytest.mark.parametrize("state", ["", "[]", "{", '"text"', "null"])
def test_a_state_file_that_is_none_is_an_agent_that_does_not_run(config: Config, state: str) -> None:
    write_state(config.run_path, "supervisor", {})
    (config.run_path / "status" / "supervisor.json").write_text(state)
    with pytest.raises(ControlError, match="not running"):
        reload_agent(config)


def test_the_report_of_the_supervisor_is_returned(config: Config) -> None:
    write_state(config.run_path, "supervisor", {})
    file = config.run_path / "status" / "supervisor.json"
    with program(_PROGRAM, str(file), '{"reloads": 4, "reload": "renewed: logs"}', "heeler") as agent:
        write_state(config.run_path, "supervisor", {"pid": agent.pid, "reloads": 3})
        assert reload_agent(config) == "renewed: logs"


def test_an_agent_that_does_not_answer(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_SECONDS", 0.2)
    write_state(config.run_path, "supervisor", {})
    file = config.run_path / "status" / "supervisor.json"
    with program(_PROGRAM, str(file), '{"reloads": 3}', "heeler") as agent:
        write_state(config.run_path, "supervisor", {"pid": agent.pid, "reloads": 3})
        with pytest.raises(ControlError, match="did not answer"):
            reload_agent(config)


def test_an_agent_of_another_user_is_named(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        assert number == signal.SIGHUP
        raise PermissionError

    with program(_PROGRAM, "unused", "{}", "heeler") as agent:
        monkeypatch.setattr(os, "kill", refuse)
        write_state(config.run_path, "supervisor", {"pid": agent.pid})
        with pytest.raises(ControlError, match=f"pid {agent.pid}.*another user"):
            reload_agent(config)
