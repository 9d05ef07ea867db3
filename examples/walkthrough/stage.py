"""What the steps share: the machine, its mailbox, its pages, and what one step leaves for another."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.processes import end

from examples.walkthrough.machine import Machine, StepFailed, expect, until
from examples.walkthrough.mail import Inbox
from examples.walkthrough.pages import Pages

EXPECTED_FAULTS = ("GPU stall", "Fallback to software WebGL")


@dataclass
class Stage:
    """``facts`` are addresses and names that later steps need; ``closing`` ends what a step started."""

    machine: Machine
    inbox: Inbox
    pages: Pages
    pictures: Path
    closing: ExitStack
    facts: dict[str, str] = field(default_factory=dict)

    def restart_agent(self) -> float:
        """End the agent, which ``heeler up`` starts again; answers the time of its end."""
        agents = until(self._agents, 60, "heeler up starts its agent")
        started = time.time()
        for agent in agents:
            agent.terminate()
        until(lambda: self._agents() - agents, 60, "heeler up starts the agent again")
        return started

    def _agents(self) -> set[psutil.Process]:
        """The agent of ``heeler up``, which has other children too."""
        assert self.machine.process is not None
        return {
            child
            for child in psutil.Process(self.machine.process.pid).children()
            if "agent" in command_of(child)
        }

    def no_faults(self) -> None:
        """The console of the pages opened so far is clean."""
        faults = [
            fault
            for fault in self.pages.faults_so_far()
            if not any(part in fault for part in EXPECTED_FAULTS)
        ]
        expect(not faults, f"the console says: {faults[:3]}")

    def run_program(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        """Start a program that ends with the walkthrough."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self.closing.callback(end, process)

    def keep_text(self, name: str, text: str) -> None:
        (self.pictures / name).write_text(text)

    def keep_json(self, name: str, value: object) -> None:
        self.keep_text(name, json.dumps(value, indent=1))


class Aside:
    """Work of a step that waits for time to pass, in a thread; ``result`` joins and raises what it raised."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._error: Exception | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - handed to the thread that asks for the result
            self._error = error

    def result(self, seconds: float) -> None:
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise StepFailed(f"not done within {seconds:.0f} s")
        if self._error is not None:
            raise self._error


def command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it ended meanwhile
        return []


def program(name: str) -> str:
    """A console program of this environment."""
    return str(Path(sys.executable).parent / name)
