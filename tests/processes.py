"""Programs that tests start."""

from __future__ import annotations

import subprocess


def end(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Ask ``process`` to end, and end it where it has not after ``seconds``."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
