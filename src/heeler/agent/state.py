"""State files ``run/status/<name>.json``, in which each process of the agent reports its status."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_state(run_path: Path, name: str, state: Mapping[str, Any]) -> None:
    """Replace the state of ``name`` atomically; on a full or read-only disk only the status is lost."""
    file = _file(run_path, name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        temporary = file.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(state, default=str))
        temporary.replace(file)
    except OSError as error:
        # The log file may be on the same disk; standard error remains.
        os.write(2, f"heeler agent: {file} cannot be written: {error}\n".encode())


def read_state(run_path: Path, name: str) -> dict[str, Any] | None:
    """The last state written by ``name``; None if there is none."""
    try:
        state = json.loads(_file(run_path, name).read_text())
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None


def forget_state(run_path: Path, name: str) -> None:
    _file(run_path, name).unlink(missing_ok=True)


def _file(run_path: Path, name: str) -> Path:
    return run_path / "status" / f"{name}.json"
