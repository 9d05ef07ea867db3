"""Priority of threads: work that can wait leaves the processors to the event loop and the writer."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

#: Nice value of threads that compute without holding the interpreter's lock. One that holds it must not be
#: slowed down: all others would wait for it.
LOW = 10


def yield_to_others() -> None:
    """Give the calling thread low priority; on Linux only, where each thread has a priority of its own."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW)
