"""Crash handler for faults in native code: logs the stacks and lets the process end."""

from __future__ import annotations

import faulthandler
import sys


def leave_stack() -> None:
    """Write the stack of every thread to stderr on SIGSEGV, SIGABRT, SIGBUS, SIGFPE or SIGILL, then end.

    To be called again once the embedded engine is open: opening it, chDB puts handlers of its own in place.
    They write nowhere and hold the faulted thread, and with it the interpreter's lock, so that the process
    stays, answers nothing and says nothing.
    """
    faulthandler.disable()  # enabled already, `enable` would leave the engine's handlers in place
    faulthandler.enable(sys.__stderr__ or sys.stderr)
