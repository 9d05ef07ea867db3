"""A PostgreSQL server of the tests' own, where the machine has its programs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "nobody", "--", *command] if os.geteuid() == 0 else command


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of an empty database of a server that ends with the context; skips the test without
    PostgreSQL."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="heeler-pg-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        data, port = f"{folder}/data", free_port()
        run = {"check": True, "capture_output": True, "timeout": 60, "cwd": folder}
        subprocess.run(  # type: ignore[call-overload]
            _as_nobody([f"{programs}/initdb", "-D", data, "-U", "heeler", "-A", "trust", "-E", "UTF8"]), **run
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c timezone=Asia/Tokyo -c fsync=off"
        control = _as_nobody([f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options])
        subprocess.run([*control, "start"], **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://heeler@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
