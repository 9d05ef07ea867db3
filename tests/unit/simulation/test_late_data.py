"""Data that comes late because the server was down or its store took nothing: nobody is told of what is not
so, and what lasts is told once.

Real are monitors, over SQLite and the engine; simulated are the clock, the outages and a sender with a spool.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from heeler.monitors.evaluation.holding import Holding
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world
from tests.unit.simulation.clock import seeds

NO_DATA = {"notify_no_data": True, "no_data_timeframe": 10}
ANN = "@ann@example.org"


@dataclass
class Points:
    """What the writer is given of points: times."""

    times: np.ndarray


def restart(here: World) -> None:
    """The server's memory is gone."""
    here.services._parts.clear()


@dataclass
class Sender:
    """Sends a point of each metric a minute; what is not taken is kept, and sent from the oldest on, so many
    minutes' points at a time."""

    here: World
    name: str
    high: frozenset[int] = frozenset()
    at_once: int = 10
    kept: list[int] = field(default_factory=list)

    def send(self, minute: int, *, taken: bool) -> None:
        """The points of ``minute``, which lie at its half."""
        self.kept.append(minute)
        if not taken:
            self.here.services.writer.arrivals.refused()
            return
        some, self.kept = self.kept[: self.at_once], self.kept[self.at_once :]
        self.here.points(
            f"{self.name}.level", {"host:a": {one: 9.0 if one in self.high else 1.0 for one in some}}
        )
        self.here.points(f"{self.name}.count", {"host:a": dict.fromkeys(some, 2.0)}, "count", 60)
        times = np.array([EPOCH + 60 * one + 30 for one in some], np.uint32)
        arrivals = self.here.services.writer.arrivals
        arrivals.now = self.here.services.now
        arrivals.stored({"points": Points(times)})


async def test_a_restart_tells_nobody_of_data_that_is_on_its_way(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        here.points("late.down", {"host:a": every(range(-20, 10), 1.0)})
        here.points("late.sums", {"host:a": every(range(-20, 10), 2.0)}, "count", 60)
        gone = await here.monitor("metric alert", "avg(last_5m):avg:late.down{*} > 5", ANN, **NO_DATA)
        few = await here.monitor("metric alert", "sum(last_5m):sum:late.sums{*}.as_count() < 6", ANN)
        delayed = await here.monitor(
            "metric alert", "avg(last_5m):avg:late.down{*} > 0", ANN, evaluation_delay=7200
        )
        for minute in range(5, 11):
            await here.at(minute)
        restart(here)
        await here.at(30)
        assert here.services.part(Holding).held == 2, "the window of the third ended before"
        assert await here.told(gone) == await here.told(few) == {}
        here.points("late.down", {"host:a": every(range(10, 31), 1.0)})
        here.points("late.sums", {"host:a": every(range(10, 31), 2.0)}, "count", 60)
        for minute in (31, 32, 33):
            await here.at(minute)
        assert here.services.part(Holding).held == 0
        assert await here.states(gone) == await here.states(few) == {"*": "OK"}
        assert await here.told(gone) == await here.told(few) == await here.told(delayed) == {}


async def test_what_did_not_come_after_a_restart_is_told(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        here.points("late.lost", {"host:a": every(range(-20, 10), 1.0)})
        here.points("late.high", {"host:a": {**every(range(-20, 10), 1.0), **every(range(10, 60), 9.0)}})
        gone = await here.monitor("metric alert", "avg(last_5m):avg:late.lost{*} > 5", ANN, **NO_DATA)
        high = await here.monitor("metric alert", "avg(last_5m):avg:late.high{*} > 5", ANN)
        for minute in range(5, 11):
            await here.at(minute)
        restart(here)
        for minute in range(30, 34):
            await here.at(minute)
        assert await here.told(gone) == {32: "No Data"}
        assert await here.told(high) == {32: "Triggered"}


async def test_a_restart_of_seconds_holds_nothing(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        here.points("late.quick", {"host:a": {**every(range(-20, 10), 1.0), **every(range(10, 20), 9.0)}})
        ident = await here.monitor("metric alert", "avg(last_1m):avg:late.quick{*} > 5", ANN)
        await here.at(10)
        restart(here)
        await here.at(11)
        assert await here.told(ident) == {11: "Triggered"}


async def test_monitors_wait_while_a_spool_arrives_and_not_for_ever(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        sender = Sender(here, "late.spool", at_once=5)
        few = await here.monitor("metric alert", "sum(last_5m):sum:late.spool.count{*}.as_count() < 6", ANN)
        last = 0
        for minute in range(40):
            sender.send(minute, taken=not 10 <= minute < 25)
            here.set(minute + 1)
            if minute >= 6:
                await here.at(minute + 1)
            if here.services.part(Holding).held:
                last = minute + 1
        assert last == 29, "the spool was empty a minute before"
        assert await here.told(few) == {}
        # A sender that is always late does not hold monitors for more than ten minutes.
        sender.send(40, taken=False)
        await here.at(41)
        arrivals = here.services.writer.arrivals
        for minute in range(42, 60):
            arrivals.stored({"points": Points(np.array([EPOCH], np.uint32))})
            await here.at(minute)
            assert bool(here.services.part(Holding).held) == (minute < 51)


async def test_a_few_refused_among_many_hold_nothing(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        here.points("late.some", {"host:a": every(range(-20, 20), 9.0)})
        ident = await here.monitor("metric alert", "avg(last_5m):avg:late.some{*} > 5", ANN)
        for minute in range(5):
            here.services.writer.arrivals.refused()
            for _ in range(3):
                here.services.writer.arrivals.stored({})
            await here.at(minute)
        assert await here.told(ident) == {0: "Triggered"}


@pytest.mark.parametrize("seed", seeds(1))
async def test_whatever_fails_the_true_is_told_once_and_nothing_else(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    """Outages of the store and restarts, between them time to catch up; alerts that outlast them."""
    rng, name = random.Random(seed), f"late.random{seed}"
    down: set[int] = set()
    high: set[int] = set()
    restarts: set[int] = set()
    minute, due = 20, 0
    while minute < 80:
        length = rng.randint(1, 30)
        down |= set(range(minute, minute + length))
        if rng.random() < 0.5:
            restarts.add(minute + length)
        if rng.random() < 0.6:
            due += 1
            # It lasts until all that was kept has arrived.
            high |= set(range(minute + rng.randint(-9, length), minute + length + 25))
        minute += length + rng.randint(40, 60)
    last = minute
    async with world(engine, tmp_path) as here:
        sender = Sender(here, name, frozenset(high))
        alert = await here.monitor("metric alert", f"avg(last_5m):avg:{name}.level{{*}} > 5", ANN)
        gone = await here.monitor("metric alert", f"avg(last_5m):avg:{name}.level{{*}} > 99", ANN, **NO_DATA)
        few = await here.monitor("metric alert", f"sum(last_5m):sum:{name}.count{{*}}.as_count() < 6", ANN)
        for minute in range(last):
            if minute in restarts:
                restart(here)
            sender.send(minute, taken=minute not in down)
            stopped = any(minute < at and set(range(minute, at)) <= down for at in restarts)
            if minute >= 6 and not (stopped and minute in down):
                await here.at(minute + 1)
            else:
                here.set(minute + 1)
        kinds = [kind for kinds in (await here.told(alert)).values() for kind in kinds.split(", ")]
        assert kinds == ["Triggered", "Recovered"] * due
        assert await here.told(gone) == {}
        assert await here.told(few) == {}
