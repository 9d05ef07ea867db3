"""Rollups of a store that several servers write to, of which one, the holder of a lease, rolls up.

A mark's version is a count and not a time, as the servers' clocks differ: who writes takes one that is
greater than all that the store has of the hour, by two; who rolls up takes the one between, of what it read
before it reads the points. So a mark that came meanwhile is always the later one. An hour that may be rolled
up already is marked once more when its points are in: the server that rolls up cannot wait for inserts of the
others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from heeler.store.engine import Engine, EngineError
from heeler.store.rollup import HOUR, QUIET_SECONDS, Rollups, hours_of

log = logging.getLogger("heeler.rollup")

#: Seconds that the clocks of two servers may differ by.
SKEW_SECONDS = 60
_LOOK_SECONDS = 10.0
_VERSIONS = "SELECT max(version) FROM rollup_hours WHERE hour IN {hours:Array(DateTime)}"
_MARKED = "SELECT toUInt32(hour), version FROM rollup_hours FINAL WHERE clean = 0 ORDER BY hour"


class SharedRollups(Rollups):
    """As :class:`Rollups`, where others write to the store as well."""

    def __init__(
        self, engine: Engine, *, now: Callable[[], float] = time.time, quiet: float = QUIET_SECONDS
    ) -> None:
        super().__init__(engine, now=now, quiet=quiet)
        self._announced: set[int] = set()
        """Open hours that this server has marked."""
        self._seen: dict[int, tuple[int, float]] = {}
        """Hour to the version of its mark and when that was first seen."""

    def load(self) -> None:
        """Nothing: what is to be rolled up is looked for in the store each time."""

    def _may_be_rolled_up(self, hour: int) -> bool:
        return hour + HOUR <= self._now() + SKEW_SECONDS

    async def announce(self, hours: Collection[int]) -> None:
        new = [hour for hour in hours if hour not in self._announced or self._may_be_rolled_up(hour)]
        if new:
            await self._mark_dirty(new)
        self._announced = {hour for hour in {*self._announced, *hours} if not self._may_be_rolled_up(hour)}

    async def after_points(self, parts: Sequence[Any]) -> None:
        closed = [hour for hour in hours_of(parts) if self._may_be_rolled_up(hour)]
        if closed:
            await self._mark_dirty(closed)

    async def _mark_dirty(self, hours: Collection[int]) -> None:
        rows = await self._engine.rows(_VERSIONS, {"hours": list(hours)})
        version = max(int(self._now() * 1e6), int(rows[0][0]) + 2)
        await self._mark(list(hours), clean=0, version=version)

    async def find_due(self) -> list[tuple[int, int]]:
        """Marked hours that are closed and quiet, with the version of the mark."""
        now = self._now()
        marked = {int(hour): int(version) for hour, version in await self._engine.rows(_MARKED)}
        seen = {}
        for hour, version in marked.items():
            before = self._seen.get(hour)
            seen[hour] = before if before is not None and before[0] == version else (version, now)
        self._seen = seen
        return [
            (hour, version)
            for hour, (version, since) in sorted(seen.items())
            if hour + HOUR + SKEW_SECONDS <= now and now - since >= self._quiet
        ]

    async def roll_marked(self, hour: int, version: int) -> None:
        """Recompute ``hour``, whose mark has ``version``."""
        await self._recompute(hour, version + 1)

    async def run(self, committing: asyncio.Lock) -> None:
        while True:
            try:
                for hour, version in await self.find_due():
                    await self.roll_marked(hour, version)
            except EngineError:
                log.exception("Hours were not rolled up; it will be tried again")
            await asyncio.sleep(_LOOK_SECONDS)
