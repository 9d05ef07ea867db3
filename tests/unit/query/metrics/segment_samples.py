"""A store with segment files and what was written to it, for tests of their answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from heeler.query.metrics.executor import Answer, Caching, run_query
from heeler.query.metrics.segment_builder import build_file
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from tests.unit.query.store import Series, insert

#: A time of its own, as the engine is shared with other tests.
START = 1_440_000_000 // 86400 * 86400
HOURS = 6
NOW = START + HOURS * 3600 + 600.0
HOSTS = "abcdefgh"


@dataclass
class Store:
    """A store as the server runs it, with what was written to it."""

    engine: Engine
    files: SegmentFiles
    rollups: Rollups
    folder: Path
    now: float = NOW
    written: dict[str, dict[tuple[str, int], float]] = field(default_factory=dict)

    async def write(self, metric: str, host: str, points: dict[int, float]) -> None:
        """As the writer does: the hours are marked before the points are there."""
        await self.rollups.announce({at // 3600 * 3600 for at in points})
        insert(self.engine, metric, [Series([], list(points.items()), host=host)])
        self.written.setdefault(metric, {}).update({(host, at): value for at, value in points.items()})

    async def fill(self, metric: str, hosts: str = HOSTS) -> None:
        for host in hosts:
            times = range(START, START + HOURS * 3600, 300)
            await self.write(metric, host, {at: float(at % 977 + ord(host)) for at in times})
        await self.roll()

    async def roll(self) -> None:
        for hour in self.rollups.due():
            if START <= hour < START + HOURS * 3600:
                await self.rollups.roll(hour, asyncio.Lock())

    async def build(self) -> int:
        """Make what is missing; the number of files made."""
        wanted = [hour for hour in self.files.wanted() if hour >= START]
        return sum([await build_file(self.engine, self.files, hour) for hour in wanted])

    async def ask(self, metric: str, cached: Caching, scope: str = "*") -> Answer:
        text = f"sum:{metric}{{{scope}}} by {{host}}.rollup(sum, 60)"
        return await run_query(self.engine, text, START, START + HOURS * 3600, now=self.now, cached=cached)

    async def check(self, metric: str, scope: str = "*") -> int:
        """Compare every way to answer with the plain sum of what was written; the rows out of files."""
        hosts = HOSTS if scope == "*" else scope.removeprefix("host:")
        expected = {place: value for place, value in self.written[metric].items() if place[0] in hosts}
        cells: dict[tuple[str, int], float] = {}
        for (host, at), value in expected.items():
            cells[host, at // 60 * 60] = cells.get((host, at // 60 * 60), 0.0) + value
        ways: tuple[Caching, ...] = ("nothing", "files", "rows")
        answers = {way: await self.ask(metric, way, scope) for way in ways}
        for way, answer in answers.items():
            frame = answer.frames[0]
            found = {
                (group.tags[0].partition(":")[2], int(frame.times[column])): frame.values[row, column]
                for row, group in enumerate(frame.groups)
                for column in np.flatnonzero(~np.isnan(frame.values[row]))
            }
            assert found == pytest.approx(cells, rel=1e-12), way
        assert not from_files(answers["nothing"])
        return from_files(answers["files"])


def from_files(answer: Answer) -> int:
    return sum(reading.files for reading in answer.trace.readings)
