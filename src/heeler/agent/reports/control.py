"""Control of the running agent: signals its supervisor, and reads the outcome from its state file."""

from __future__ import annotations

import os
import signal
import time

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
        if not isinstance(pid, int):
            raise ProcessLookupError
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError as error:
        raise ControlError("the agent is not running; start it with: heeler agent run") from error
    except PermissionError as error:
        raise ControlError(f"the agent (pid {pid}) belongs to another user; run this as that user") from error
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        state = read_state(config.run_path, "supervisor") or {}
        if state.get("reloads", 0) > before.get("reloads", 0):
            return str(state["reload"])
        time.sleep(0.05)
    raise ControlError(f"the agent (pid {pid}) did not answer within {_SECONDS:.0f} s; see its log")
