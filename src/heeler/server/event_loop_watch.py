"""Event loop watchdog: a thread pings the loop and records its stack while it does not respond.

Whatever runs on the loop for more than :data:`LIMIT_SECONDS` blocks every other request. It is logged with
the stack, and counted in `heeler.server.loop_held` (times) and `heeler.server.loop_held_seconds`, by
location.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType

from heeler.store.self_metrics import Telemetry, telemetry

log = logging.getLogger("heeler.loop")

LIMIT_SECONDS = 0.1
"""A loop iteration that takes longer is reported."""
EVERY_SECONDS = 0.1
SILENT_SECONDS = 60.0
"""Seconds after logging a location during which it is only counted."""
_FRAMES = 25


class LoopWatch:
    """Watches the running loop from :meth:`start` to :meth:`stop`, which must be called on it."""

    def __init__(
        self,
        limit: float = LIMIT_SECONDS,
        every: float = EVERY_SECONDS,
        counters: Telemetry = telemetry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._every = limit, every
        self._counters = counters
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._thread_id = threading.get_ident()
        self._cpu = time.pthread_getcpuclockid(self._thread_id)
        self._alive = threading.Event()
        self._stopped = threading.Event()
        self._logged: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="loop-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._alive.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            self._alive.clear()
            if self._stopped.is_set():  # between the wait and the clearing: nobody would set it again
                return
            began, cpu = self._clock(), time.clock_gettime(self._cpu)
            try:
                self._loop.call_soon_threadsafe(self._alive.set)
            except RuntimeError:  # the loop is closed
                return
            if not self._alive.wait(self._limit):
                frame = sys._current_frames().get(self._thread_id)
                place, stack = _place(frame), _stack(frame)
                self._alive.wait()
                if not self._stopped.is_set():
                    self._report(self._clock() - began, time.clock_gettime(self._cpu) - cpu, place, stack)

    def _report(self, seconds: float, cpu: float, place: str, stack: str) -> None:
        if self._is_due(place):
            log.warning(
                "The event loop was held for %.2f s (%.2f s of processor time) at %s:\n%s",
                seconds,
                cpu,
                place,
                stack,
            )
        self._counters.count("heeler.server.loop_held", tags=(f"place:{place}",))
        self._counters.count("heeler.server.loop_held_seconds", seconds, tags=(f"place:{place}",))

    def _is_due(self, place: str) -> bool:
        """Whether ``place`` is to be logged: at most once within :data:`SILENT_SECONDS`."""
        now = self._clock()
        if now - self._logged.get(place, float("-inf")) < SILENT_SECONDS:
            return False
        if len(self._logged) > 1000:
            self._logged.clear()
        self._logged[place] = now
        return True


def _place(frame: FrameType | None) -> str:
    """Module and function of the innermost frame of this package, else of the innermost."""
    found = frame
    while found is not None and not found.f_globals.get("__name__", "").startswith("heeler"):
        found = found.f_back
    chosen = found or frame
    if chosen is None:
        return "unknown"
    return f"{chosen.f_globals.get('__name__', '')}.{chosen.f_code.co_qualname}"


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame, _FRAMES)) if frame is not None else ""


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Context in which blocking of the event loop is reported, once the server handles requests."""
    watch = LoopWatch()
    watch.start()
    try:
        yield
    finally:
        watch.stop()
