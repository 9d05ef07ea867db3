"""Control of the running agent: signals its supervisor, and reads the outcome from its state file."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psutil

from heeler.agent.config import Config
from heeler.agent.state import read_state

_SECONDS = 15.0


class ControlError(RuntimeError):
    """The running agent cannot be reached; the message gives the reason."""


def reload_agent(config: Config) -> str:
    """Have the supervisor reload its configuration; returns its report. Raises ControlError."""
    before = read_state(config.run_path, "supervisor") or {}
    pid = before.get("pid")
    try:
        os.kill(_supervisor(pid), signal.SIGHUP)
    except ProcessLookupError as error:
        raise ControlError("the agent is not running; start it with: heeler agent run") from error
    except PermissionError as error:
        raise ControlError(f"the agent (pid {pid}) belongs to another user; run this as that user") from error
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        state = read_state(config.run_path, "supervisor") or {}
        if state.get("reloads", 0) > before.get("reloads", 0):
            return str(state.get("reload", ""))
        time.sleep(0.05)
    raise ControlError(f"the agent (pid {pid}) did not answer within {_SECONDS:.0f} s; see its log")


def _supervisor(pid: Any) -> int:
    """The process id ``pid`` of a state file. Raises ProcessLookupError if it is not the agent's.

    The file of an agent that was killed remains, and its id may be another program's by now, which the signal
    would end.
    """
    if type(pid) is not int or pid <= 0:
        raise ProcessLookupError
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, OverflowError):
        raise ProcessLookupError from None
    except psutil.AccessDenied:
        return pid
    if not any("heeler" in word for word in words):
        raise ProcessLookupError
    return pid
