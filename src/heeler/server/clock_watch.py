"""Watch of the system clock: a jump while the server runs, and one back since it ran last, is reported.

Data keeps the times that the clock showed. Monitors and the outbox do not wait for times from before a clock
was set back; data stored meanwhile lies in the future until the clock has caught up, which only people can
judge.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from heeler.api.services import Services
from heeler.events.store import post_events
from heeler.store.engine import EngineError
from heeler.store.group_commit import StoreFailed
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.events.intake_payload import Event

log = logging.getLogger("heeler.server")

LOOK_SECONDS = 10.0
JUMP_SECONDS = 60.0
"""Smaller differences between the clock and the time that has passed are not reported."""
_NAME = "clock"


class ClockWatch:
    """What the clock showed last, in memory and in the file ``clock`` of ``folder``."""

    def __init__(
        self, folder: Path, now: Callable[[], float], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._now, self._monotonic = folder / _NAME, now, monotonic
        self._last = now(), monotonic()

    def since_last_run(self) -> str | None:
        """A sentence where the clock shows an earlier time than at the end of the last run. Blocks."""
        now, last = self._now(), 0.0
        with contextlib.suppress(OSError, ValueError):
            last = float(self._path.read_text())
        if last - now <= JUMP_SECONDS:
            return None
        return _back(last, now)

    def look(self) -> str | None:
        """A sentence where the clock jumped since the last look. Blocks."""
        (clock, passed), self._last = self._last, (self._now(), self._monotonic())
        expected = clock + self._last[1] - passed
        now = self._last[0]
        with contextlib.suppress(OSError):  # the disk guard reports a disk that takes nothing
            self._path.write_text(str(now))
        if abs(now - expected) <= JUMP_SECONDS:
            return None
        return _back(expected, now) if now < expected else _forward(expected, now)


def _back(before: float, now: float) -> str:
    return (
        f"The server's clock was set back by {_length(before - now)}, from {_text(before)} to {_text(now)}. "
        "Monitors are evaluated from now on; data with later times is shown when the clock reaches them."
    )


def _forward(before: float, now: float) -> str:
    return (
        f"The server's clock was set forward by {_length(now - before)}, from {_text(before)} to "
        f"{_text(now)}. If that is wrong, set it right: data without times of its own gets the clock's."
    )


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _length(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} seconds"


async def watch_clock(services: Services) -> None:
    """Owns the watch for the server's lifetime: the log, an event, ``heeler.server.clock_jumps``."""
    watch = ClockWatch(services.settings.data_dir, services.now)
    await _report(services, await asyncio.to_thread(watch.since_last_run))
    while True:
        await _report(services, await asyncio.to_thread(watch.look))
        await asyncio.sleep(LOOK_SECONDS)


async def _report(services: Services, said: str | None) -> None:
    if said is None:
        return
    log.warning("%s", said)
    telemetry.count("heeler.server.clock_jumps")
    event = Event(
        int(services.now()), "The server's clock jumped", said, source="heeler", alert_type="warning"
    )
    try:
        await post_events(services, [event])
    except (StoreFull, DiskFull, StoreFailed, EngineError) as error:
        log.warning("The event of the clock's jump was not stored: %s", error)
