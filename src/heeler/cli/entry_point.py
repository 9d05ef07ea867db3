"""The process of the ``heeler`` command: runs it, and ends without freeing what the system frees anyway."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys


def run() -> None:
    """Run the command of ``sys.argv`` and end the process with its exit code."""
    leaving = Leaving(os.getpid())
    atexit.register(leaving.leave)  # what is registered first runs last
    from heeler.cli.main import main

    try:
        main()
    except SystemExit as ended:
        leaving.code = exit_code(ended.code)
        raise


def exit_code(given: object) -> int | None:
    """The exit code that ``sys.exit`` was given as a number; None for a text, which Python prints first."""
    if given is None:
        return 0
    return given if isinstance(given, int) else None


class Leaving:
    """Ends the process once its exit code is known, all its threads have ended and all exit handlers ran.

    The interpreter would free each of a million objects, and the embedded engine its own: over a second of
    processor time at every stop of a server. What must be closed was closed before. Does nothing in a fork,
    where no exit code was given (an exception that Python reports), or where output cannot be written.
    """

    def __init__(self, pid: int) -> None:
        self.code: int | None = None
        self._pid = pid

    def leave(self) -> None:
        if self.code is None or os.getpid() != self._pid:
            return
        logging.shutdown()
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.code)
