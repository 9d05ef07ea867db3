"""Clocks that jump both ways and change to and from daylight-saving time: monitors, downtimes and the outbox
go on.

Real are monitors, downtimes, the outbox and the courier, over SQLite and the engine.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from heeler.downtimes.model import Downtime
from heeler.monitors.model import Monitor
from heeler.notify import senders
from heeler.notify.delivery import deliver_due
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world
from tests.unit.simulation.clock import seeds
from tests.unit.simulation.test_notifications import MailServer

DAYS = 1440
DUBLIN = ZoneInfo("Europe/Dublin")


async def _evaluated(here: World, ident: int) -> float:
    async with here.services.database.session() as db:
        found = await db.scalar(select(Monitor.evaluated).where(Monitor.id == ident))
    assert found is not None
    return (found - EPOCH) / 60


async def test_monitors_go_on_at_once_when_the_clock_was_set_back(engine: Engine, tmp_path: Path) -> None:
    """The server ran with a clock two days ahead; then it is set right."""
    async with world(engine, tmp_path) as here:
        values = {**every(range(-20, 10), 9.0), **every(range(10, 40), 1.0)}
        ahead = {minute + 2 * DAYS: 1.0 for minute in range(-20, 10)}
        here.points("sim.back", {"host:a": values | ahead})
        ident = await here.monitor("metric alert", "avg(last_5m):avg:sim.back{*} > 5", "@ann@example.org")
        for minute in (2 * DAYS, 2 * DAYS + 1):
            await here.at(minute)
        assert await here.states(ident) == {"*": "OK"}
        for minute in (1, 2, 9, 20):
            await here.at(minute)
            assert await _evaluated(here, ident) == minute
        assert await here.told(ident) == {1: "Triggered", 20: "Recovered"}


async def test_missing_data_is_noticed_when_the_clock_was_set_back(engine: Engine, tmp_path: Path) -> None:
    async with world(engine, tmp_path) as here:
        here.points("sim.gone", {"host:a": {minute + 2 * DAYS: 1.0 for minute in range(-20, 1)}})
        ident = await here.monitor(
            "metric alert", "avg(last_5m):avg:sim.gone{*} > 5", "@ann@example.org",
            notify_no_data=True, no_data_timeframe=10,
        )  # fmt: skip
        await here.at(2 * DAYS)
        for minute in range(0, 30, 5):
            await here.at(minute)
        assert await here.states(ident) == {"*": "No Data"}
        assert list((await here.told(ident)).values()) == ["No Data"]


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> MailServer:
    server = MailServer()
    monkeypatch.setattr(senders, "send_mail", server.send)
    return server


@pytest.mark.parametrize("jump", [-2 * DAYS, -90, 2 * DAYS])
async def test_what_waits_in_the_outbox_is_sent_after_a_jump(
    engine: Engine, tmp_path: Path, mails: MailServer, jump: int
) -> None:
    async with world(engine, tmp_path) as here:
        object.__setattr__(here.services.settings, "smtp_url", "smtp://simulated")
        metric = f"sim.wait{abs(jump)}.{jump < 0}"
        here.points(metric, {"host:a": every(range(-20, 300), 9.0)})
        await here.monitor("metric alert", f"avg(last_5m):avg:{metric}{{*}} > 5", "@ann@example.org")
        mails.answers = ["refused"]
        await here.at(4)
        await deliver_due(here.services)
        assert mails.taken == []
        here.set(4 + jump)
        await deliver_due(here.services)
        here.set(6 + jump)
        await deliver_due(here.services)
        assert len(mails.taken) == 1


@pytest.mark.parametrize("seed", seeds(1))
async def test_whatever_the_clock_does_nothing_is_sent_twice(
    engine: Engine, tmp_path: Path, mails: MailServer, seed: int
) -> None:
    """Jumps both ways, of minutes to days: at each time the monitor's state is that of the data there."""
    rng, metric = random.Random(seed), f"sim.jump{seed}"
    async with world(engine, tmp_path) as here:
        object.__setattr__(here.services.settings, "smtp_url", "smtp://simulated")
        high = sorted(rng.sample(range(-3 * DAYS, 3 * DAYS, 60), 40))
        values = dict.fromkeys(range(-3 * DAYS, 3 * DAYS), 1.0)
        values |= {minute: 9.0 for begin in high for minute in range(begin, begin + 60)}
        here.points(metric, {"host:a": values})
        ident = await here.monitor("metric alert", f"avg(last_5m):avg:{metric}{{*}} > 5", "@ann@example.org")
        minute = 0.0
        for _ in range(60):
            await here.at(minute)
            await deliver_due(here.services)
            last = [values[int(minute) - back] for back in range(1, 6)]
            assert await here.states(ident) == {"*": "Alert" if sum(last) / 5 > 5 else "OK"}, minute
            jump = rng.choice((1, 1, 1, 5, 30, -30, -120, 300, -2 * DAYS, 2 * DAYS))
            minute = min(max(minute + jump, -3 * DAYS + 10), 3 * DAYS - 10)
        here.set(minute + 70)
        await deliver_due(here.services)
        told = [kind for kinds in (await here.told(ident)).values() for kind in kinds.split(", ")]
        assert len(mails.taken) == len(told)
        assert not any(repeated for _, repeated in mails.taken)
        kinds = [subject.split("]")[0] for subject, _ in mails.taken]
        assert all(one != other for one, other in pairwise(kinds)), kinds


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1)])
@pytest.mark.parametrize("seed", seeds(1))
async def test_downtimes_follow_the_clock_on_the_wall_when_it_changes(
    engine: Engine, tmp_path: Path, change: datetime, seed: int
) -> None:
    """Monitors that notify every ten minutes, around both changes of the clocks: silent from when the wall
    shows the downtime's beginning to when it shows its end."""
    rng, metric = random.Random(seed), f"sim.wall{change.month}.{seed}"
    first = int(change.replace(tzinfo=UTC).timestamp() - EPOCH) // 60 - 240
    begin = datetime(2026, 1, 1, rng.randrange(24), rng.choice((0, 20, 40)))
    length = rng.choice((40, 60, 180))
    async with world(engine, tmp_path) as here:
        here.points(metric, {"host:a": every(range(first - 30, first + 490), 9.0)})
        ident = await here.monitor(
            "metric alert", f"avg(last_5m):avg:{metric}{{*}} > 5", "@ann@example.org", renotify_interval=10
        )
        moment = datetime.fromtimestamp(EPOCH, UTC)
        async with here.services.database.session() as db:
            db.add(
                Downtime(
                    uuid=metric,
                    scope=["*"],
                    monitor_id=ident,
                    timezone="Europe/Dublin",
                    start=begin.timestamp(),
                    recurrences=[
                        {"start": begin.isoformat(), "duration": f"{length}m", "rrule": "FREQ=DAILY"}
                    ],
                    created=moment,
                    modified=moment,
                )
            )
        muted: dict[int, bool] = {}
        for minute in range(first, first + 480, 10):
            await here.at(minute)
            muted[minute] = not await _sent(here)
    for minute, was_muted in muted.items():
        assert was_muted == _covered(EPOCH + 60 * minute, begin, length), minute


async def _sent(here: World) -> bool:
    """Whether something was written to the outbox; it is emptied."""
    rows = await here.outbox()
    async with here.services.database.session() as db:
        for row in rows:
            await db.delete(await db.get_one(type(row), row.id))
    return bool(rows)


def _covered(now: float, begin: datetime, minutes: int) -> bool:
    """By hand: one of the days before has a beginning on the wall that reaches until now. An hour that comes
    twice counts at its first time, one that is skipped as the hour after it; what would end before it begins
    has its length."""
    day = datetime.fromtimestamp(now, DUBLIN).replace(tzinfo=None)
    for back in range(-1, 3):
        wall = datetime.combine((day - timedelta(days=back)).date(), begin.time())
        start = wall.replace(tzinfo=DUBLIN).timestamp()
        end = (wall + timedelta(minutes=minutes)).replace(tzinfo=DUBLIN).timestamp()
        if start <= now < (end if end > start else start + 60 * minutes):
            return True
    return False
