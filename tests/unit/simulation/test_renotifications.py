"""Renotification and escalation: over restarts, kills within a round, evaluators at once, clocks that jump
both ways and change to and from daylight-saving time, against a slow reference.

Real are the evaluation of monitors, its transaction and the outbox, over SQLite and the engine.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from heeler.monitors.evaluation import composing
from heeler.monitors.evaluation.round import evaluate_due
from heeler.monitors.evaluation.state_machine import RENOTIFY_EARLY, RENOTIFY_EARLY_SECONDS
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world
from tests.unit.simulation.clock import seeds
from tests.unit.simulation.snapshots import SteppedLoop, changed, copy_database, run_stepped

_MESSAGE, _ESCALATION = "Look @ann@example.org", "Really @bob@example.org"
_VALUES = {"Alert": 9.0, "Warn": 4.0, "OK": 1.0}
_STATUSES = {"Alert": "alert", "Warn": "warn", "No Data": "no data"}
_RANGE = 600
"""Minutes before and after minute 0 for which there is data."""


@pytest.fixture(autouse=True)
def without_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer would be started with each server."""
    monkeypatch.setattr(composing, "MAX_PICTURES", 0)


@dataclass
class Reference:
    """What is told of one group, step by step. Times are minutes; None for never."""

    every: float
    times: int
    statuses: list[str]
    status: str = "No Data"
    told_at: float | None = None
    """Of the last notification."""
    recovered_at: float | None = None
    count: int = 0
    alerted: bool = False
    newest: float = -1e9
    """The newest of all times that are known."""
    last: float = -1e9

    def step(self, minute: float, status: str) -> str:
        """The kind of the notification at ``minute``; empty for none."""
        if minute < self.last:  # the clock was set back: the times keep their distances
            back = max(self.newest - minute, 0)
            self.told_at = None if self.told_at is None else self.told_at - back
            self.recovered_at = None if self.recovered_at is None else self.recovered_at - back
            self.newest -= back
        self.last = minute
        if status != "No Data":
            self.newest = max(self.newest, minute - 0.5)  # points lie at half of their minute
        moved = status != self.status
        kind = self._changed(status) if moved else self._again(minute)
        if moved:
            self.newest = max(self.newest, minute)
        if kind:
            self.told_at = minute
            self.newest = max(self.newest, minute)
        if kind == "Recovered":
            self.recovered_at = minute
        return kind

    def _changed(self, status: str) -> str:
        before, self.status, self.count = self.status, status, 0
        if status == "OK":
            self.alerted = False
            told = self.told_at is not None and (
                self.recovered_at is None or self.told_at > self.recovered_at
            )
            return "Recovered" if told else ""
        if status == "Alert":
            again, self.alerted = before == "Warn" and self.alerted, True
            return "Re-Triggered" if again else "Triggered"
        return "Warn" if status == "Warn" else "No Data"

    def _again(self, minute: float) -> str:
        early = min(RENOTIFY_EARLY * self.every, RENOTIFY_EARLY_SECONDS / 60)
        wanted = _STATUSES.get(self.status) in self.statuses and self.told_at is not None
        if not wanted or (self.times and self.count >= self.times):
            return ""
        if minute - (self.told_at or 0) < self.every - early - 1e-6:
            return ""
        self.count += 1
        return "Renotify"


def random_states(rng: random.Random) -> list[str]:
    """A state for each minute, for 5 to 90 minutes each; the first is no missing one."""
    found: list[str] = []
    while len(found) < 2 * _RANGE:
        state = rng.choice(("Alert", "Alert", "Warn", "OK", "No Data")) if found else "Alert"
        found += [state] * rng.randrange(5, 90)
    return found


async def _evaluated(here: World, rng: random.Random, minute: float) -> None:
    """One round, of one evaluator or of two at once."""
    here.set(minute)
    await asyncio.gather(*(evaluate_due(here.services) for _ in range(rng.choice((1, 1, 2)))))


@pytest.mark.parametrize("jumps", [False, True])
@pytest.mark.parametrize("seed", seeds(2))
async def test_renotifications_over_restarts_and_jumps(
    engine: Engine, tmp_path: Path, seed: int, jumps: bool
) -> None:
    rng, metric = random.Random(100 * seed + jumps), f"sim.again{seed}.{jumps}".lower()
    states = random_states(rng)
    interval, times = rng.choice((10, 15, 40)), rng.choice((0, 1, 3))
    statuses = rng.sample(list(_STATUSES.values()), rng.randrange(1, 4))
    reference, expected = Reference(interval, times, statuses), list[tuple[str, str]]()
    minute, ident = 1.0 - (0 if jumps else _RANGE - 5), 0
    steps = iter([rng.randrange(1, 5) for _ in range(4)] * 20)
    remaining = 45
    while remaining:
        async with world(engine, tmp_path) as here:
            if not ident:
                values = {
                    place - _RANGE: _VALUES[state] for place, state in enumerate(states) if state in _VALUES
                }
                here.points(metric, {"": values})
                ident = await here.monitor(
                    "metric alert", f"max(last_1m):max:{metric}{{*}} > 5", _MESSAGE,
                    thresholds={"critical": 5, "warning": 3}, renotify_interval=interval,
                    renotify_occurrences=times, renotify_statuses=statuses, escalation_message=_ESCALATION,
                    on_missing_data="show_and_notify_no_data",
                )  # fmt: skip
            for _ in range(min(next(steps), remaining)):
                remaining -= 1
                await _evaluated(here, rng, minute)
                assert await here.problem(ident) == ""
                status = states[int(minute) - 1 + _RANGE]
                if status == "No Data" and reference.status == "No Data" and reference.told_at is None:
                    kind = ""  # never any data
                else:
                    kind = reference.step(minute, status)
                if kind:
                    expected.append((kind, status))
                assert await here.states(ident) == {"*": reference.status}, minute
                step = rng.choice((5, 5, 5, 10, 15))
                if jumps and rng.random() < 0.2:
                    step = rng.choice((-90, -20, 120, 200, -240))
                minute += step if abs(minute + step) < _RANGE - 10 else -step
    async with world(engine, tmp_path) as here:
        assert await told_in_order(here, ident) == [kind for kind, _ in expected]
        mails = await here.outbox()
    assert any(kind == "Renotify" for kind, _ in expected)
    to = {
        who: [row for row in mails if row.recipient == who] for who in ("ann@example.org", "bob@example.org")
    }
    assert len(to["ann@example.org"]) == len(expected), "each is told once"
    titles = {"Alert": "[Re-Triggered", "Warn": "[Re-Warn", "No Data": "[Re-No Data"}
    again = [titles[status] for kind, status in expected if kind == "Renotify"]
    assert [row.subject.partition(" on ")[0].partition("]")[0] for row in to["bob@example.org"]] == again
    assert all("Look" in row.text and "Really" in row.text for row in to["bob@example.org"])


async def told_in_order(here: World, ident: int) -> list[str]:
    async with here.services.database.session() as db:
        rows = await db.scalars(
            select(MonitorTransition)
            .where(MonitorTransition.monitor_id == ident)
            .order_by(MonitorTransition.id)
        )
        return [row.kind for row in rows]


def test_a_renotification_comes_once_wherever_the_server_is_killed(engine: Engine, tmp_path: Path) -> None:
    """One renotification is allowed: killed at any moment of its round, the server sends it once."""
    copies: list[Path] = []
    seen: set[tuple[tuple[str, int, int], ...]] = set()
    made: list[int] = []

    async def first() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteppedLoop)

        def copy() -> None:
            if changed(tmp_path, seen):
                copies.append(tmp_path / f"copy{len(copies)}")
                copy_database(tmp_path, copies[-1])

        async with world(engine, tmp_path) as here:
            here.points("sim.killed", {"": every(range(60), 9.0)})
            made.append(
                await here.monitor(
                    "metric alert",
                    "max(last_1m):max:sim.killed{*} > 5",
                    _MESSAGE,
                    renotify_interval=10,
                    renotify_occurrences=1,
                    escalation_message=_ESCALATION,
                )
            )
            await here.at(4)
            loop.between = copy
            await here.at(14)
            loop.between = None

    run_stepped(first())
    assert len(copies) > 1
    found: set[tuple[int, ...]] = set()
    for folder in copies:

        async def again(folder: Path = folder) -> None:
            async with world(engine, folder) as here:
                for minute in (15, 16, 30, 50):
                    await here.at(minute)
                told = await here.told(made[0])
                assert list(told.values()) == ["Triggered", "Renotify"], told
                found.add(tuple(told))
                assert sorted(row.recipient for row in await here.outbox()) == [
                    *["ann@example.org"] * 2, "bob@example.org",
                ]  # fmt: skip

        run_stepped(again())
    assert (4, 14) in found, "the last is of the whole round"


DUBLIN = ZoneInfo("Europe/Dublin")


@pytest.mark.parametrize("change", [datetime(2026, 3, 28), datetime(2026, 10, 24)])
@pytest.mark.parametrize("hour", [1, 4])
async def test_a_scheduled_monitor_notifies_once_a_day_when_the_clock_changes(
    engine: Engine, tmp_path: Path, change: datetime, hour: int
) -> None:
    """Half past one comes never on one of the days, twice on the other."""
    metric, days = f"sim.planned{change.month}.{hour}", 3
    first = int(change.replace(tzinfo=DUBLIN).timestamp() - EPOCH) // 60
    schedule = {
        "rrule": f"FREQ=DAILY;BYHOUR={hour};BYMINUTE=30", "start": "2026-01-01T00:00:00",
        "timezone": "Europe/Dublin",
    }  # fmt: skip
    async with world(engine, tmp_path) as here:
        minutes = range(first, first + days * 1440 - 120, 30)
        here.points(metric, {"": every(range(first - 30, minutes.stop), 9.0)})
        created = await here.monitor(
            "metric alert", f"max(last_5m):max:{metric}{{*}} > 5", _MESSAGE,
            scheduling_options={"custom_schedule": {"recurrences": [schedule]}},
        )  # fmt: skip
        await _made_at(here, created, first)
        for minute in minutes:
            await here.at(minute)
        told = await here.told(created)
    dates = [datetime.fromtimestamp(EPOCH + 60 * minute, DUBLIN).replace(tzinfo=None) for minute in told]
    assert [date.date() for date in dates] == [(change + timedelta(days=day)).date() for day in range(days)]
    assert all(date.minute == 30 and date.hour - hour in (0, 1) for date in dates)
    assert list(told.values()) == ["Triggered", *["Re-Triggered"] * (days - 1)]


async def _made_at(here: World, ident: int, minute: int) -> None:
    async with here.services.database.session() as db:
        monitor: Any = await db.get_one(Monitor, ident)
        monitor.created = datetime.fromtimestamp(EPOCH + 60 * minute - 60, UTC)
