"""Crash handler for faults in native code: logs the stacks and lets the process end."""

from __future__ import annotations

import faulthandler
import sys


def leave_stack() -> None:
    """Write the stack of every thread to stderr on SIGSEGV, SIGABRT, SIGBUS, SIGFPE or SIGILL, then end.

    Must be called again once the embedded engine is open: chDB installs its own handlers when it is opened.
    They write nothing and block the faulted thread, which holds the GIL, so that the process hangs silently.
    """
    faulthandler.disable()  # enabled already, `enable` would leave the engine's handlers in place
    faulthandler.enable(sys.__stderr__ or sys.stderr)
