"""Programs that tests start. None outlives the test run, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child(subprocess.Popen[bytes]):
    """A process that the kernel asks to end (SIGTERM) when the process that started it is gone.

    Test runs that are killed tear down no fixtures. A thread that starts one must live as long as it does.
    """

    def __init__(self, command: list[str], **options: Any) -> None:
        parent = os.getpid()

        def tie() -> None:
            if _LIBC is not None:
                _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() != parent:  # it ended before
                    os._exit(1)

        super().__init__(command, preexec_fn=tie if _LIBC else None, **options)


def end(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Ask ``process`` to end, and end it where it has not after ``seconds``."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
