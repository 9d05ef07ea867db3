"""Monitors free disk space: below the minimum, nothing is written; stored data stays readable."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from heeler.store.arrow_tables import event_id, events_table
from heeler.store.disk_reserve import Reserve
from heeler.store.engine import Engine, EngineError
from heeler.wire.events.intake_payload import Event

log = logging.getLogger("heeler.disk")

_LOOK_SECONDS = 1.0


class DiskStatus(NamedTuple):
    """State of the disk. ``full``: writes are refused until ``free_bytes`` is back above ``floor_bytes``."""

    full: bool
    free_bytes: int
    floor_bytes: int

    @property
    def message(self) -> str:
        """Message for the operator; empty if there is no problem."""
        if not self.full:
            return ""
        free, floor = self.free_bytes / 2**30, self.floor_bytes / 2**30
        return (
            f"Disk almost full: {free:,.2f} GiB are free, {floor:,.2f} GiB must stay free. No data is taken. "
            "Make room, shorten HEELER_RETENTION_DAYS or lower HEELER_DISK_FLOOR; data flows again by itself."
        )


def free_bytes(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


class DiskGuard:
    """Checks free space at most once a second. Writing resumes at a tenth above the minimum (hysteresis). A
    ``reserve`` is released once less than half of its size is free.
    """

    def __init__(
        self,
        path: Path,
        floor_bytes: int,
        *,
        free: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
        reserve: Reserve | None = None,
    ) -> None:
        self._path = path
        self._reserve = reserve
        self._floor = floor_bytes
        self._free = free
        self._clock = clock
        self._looked = float("-inf")
        self._status = DiskStatus(False, 0, floor_bytes)

    def status(self) -> DiskStatus:
        if self._clock() - self._looked >= _LOOK_SECONDS:
            self._looked = self._clock()
            free = self._free(self._path)
            if self._reserve is not None and free < self._reserve.size // 2:
                self._reserve.release()
            needed = self._floor * 11 // 10 if self._status.full else self._floor
            self._status = DiskStatus(free < needed, free, self._floor)
        return self._status

    def has_room(self) -> bool:
        return not self.status().full

    def keep_reserve(self) -> None:
        """Allocate the reserve when there is much more free space than that. Blocks."""
        status, reserve = self.status(), self._reserve
        if reserve is None or reserve.held or status.full:
            return
        if status.free_bytes > max(4 * reserve.size, self._floor * 11 // 10 + reserve.size):
            reserve.take()


async def announce(guard: DiskGuard, engine: Engine, now: Callable[[], float] = time.time) -> None:
    """Log and store an event when writing stops and resumes, until canceled.

    The event is written directly to the engine: the minimum leaves room for a row.
    """
    was_full = False
    while True:
        await asyncio.to_thread(guard.keep_reserve)
        status = guard.status()
        if status.full != was_full:
            was_full = status.full
            text = status.message or f"There is room again ({status.free_bytes / 2**30:.2f} GiB free)."
            title = "Writes stopped: disk almost full" if status.full else "Writes go on: there is room again"
            log.warning("%s. %s", title, text)
            event = Event(
                int(now()), title, text, source="heeler", alert_type="error" if status.full else "success"
            )
            try:
                await engine.insert("events", events_table([event], [event_id(event, 0)]))
            except EngineError:
                log.exception("The event about the disk was not stored")
        await asyncio.sleep(5)
