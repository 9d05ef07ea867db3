"""Two servers evaluate the same monitors, at once or in turns, and are killed and started in between."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from heeler.api.services import Services
from heeler.monitors.evaluation.query_readers import read
from heeler.monitors.evaluation.result import step_groups
from heeler.monitors.evaluation.result_writer import write_events
from heeler.monitors.evaluation.round import evaluate_due
from heeler.monitors.evaluation.state_machine import GroupState
from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.monitors.queries.parser import parse_monitor_query
from heeler.store.database import Database
from heeler.store.engine import Engine
from heeler.store.group_commit import DiskFull, RowsRejected, StoreFailed
from heeler.store.writer import StoreFull
from heeler.wire.events.intake_payload import Event
from tests.unit.monitors.world import EPOCH, World, world

MINUTES = 20
OPTIONS = (
    {"thresholds": {"critical": 6, "warning": 4, "critical_recovery": 3}, "new_host_delay": 0},
    {"renotify_interval": 2, "renotify_occurrences": 2, "new_host_delay": 120},
    {"notify_no_data": True, "no_data_timeframe": 3, "new_host_delay": 0},
    {"on_missing_data": "show_and_notify_no_data", "new_group_delay": 180},
    {"on_missing_data": "resolve", "evaluation_delay": 60, "new_host_delay": 0},
)


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


class Server:
    """A server over the database and the engine of another, with nothing of its own in memory."""

    def __init__(self, like: Services) -> None:
        self.services = replace(like, database=Database(like.settings.database_url))

    async def restarted(self) -> Server:
        await self.services.database.close()
        return Server(self.services)

    async def killed_while_evaluating(self, after: int) -> None:
        """A round that ends after so many turns of the event loop, if it has not ended by itself."""
        task = asyncio.ensure_future(evaluate_due(self.services))
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await task


@pytest.mark.parametrize("seed", range(5))
async def test_every_transition_is_told_once_whatever_servers_do(here: World, seed: int) -> None:
    chance = random.Random(seed)
    metric = f"rw.{seed}"
    here.points(metric, {
        f"host:{host}": {m: float(chance.randint(0, 9)) for m in range(MINUTES) if chance.random() > 0.25}
        for host in "abc"
    })  # fmt: skip
    options = OPTIONS[seed % len(OPTIONS)]
    threshold = options.get("thresholds", {}).get("critical", 5)  # type: ignore[attr-defined]
    text = f"max(last_1m):max:{metric}{{*}} by {{host}} > {threshold}"
    made = await here.monitor("metric alert", text, "{{value}} @me@example.org", **options)
    servers = [Server(here.services), Server(here.services)]
    known: dict[str, GroupState] = {}
    expected: list[tuple[float, str, str]] = []
    for minute in range(1, MINUTES):
        here.set(minute)
        for place in (0, 1):
            if chance.random() < 0.2:
                servers[place] = await servers[place].restarted()
        match chance.choice(["first", "second", "both", "killed", "killed", "nobody"]):
            case "first":
                await evaluate_due(servers[0].services)
            case "second":
                await evaluate_due(servers[1].services)
            case "both":
                await asyncio.gather(*(evaluate_due(one.services) for one in servers))
            case "killed":
                await asyncio.gather(
                    servers[0].killed_while_evaluating(chance.choice([1, 5, 20, 60, 150])),
                    evaluate_due(servers[1].services) if chance.random() < 0.5 else asyncio.sleep(0),
                )
                servers[0] = await servers[0].restarted()
            case _:
                continue
        async with here.services.database.session() as db:
            monitor = await db.get_one(Monitor, made)
            stored = await states_of(db, made)
        now = EPOCH + 60.0 * minute
        if monitor.evaluated == now:
            query = parse_monitor_query(monitor.type, monitor.query, monitor.options)
            readings = await read(here.services, query, monitor.options, now)
            known, moves = step_groups(known, readings, monitor, query, now)
            expected += [(now, name, move.kind) for name, (_, move) in moves.items()]
        assert stored == known, f"minute {minute}: all of an evaluation is stored, or nothing"
    for server in servers:
        await server.services.database.close()
    async with here.services.database.session() as db:
        rows = await db.scalars(select(MonitorTransition).order_by(MonitorTransition.id))
        told = [(row.time, row.group_name, row.kind) for row in rows]
    assert sorted(told) == sorted(expected)
    assert len(expected) > 3
    subjects = [row.subject for row in await here.outbox()]
    words = {"Renotify": "Re-Triggered"}
    wanted = [f"[{words.get(kind, kind)} on {{{name}}}] It" for _, name, kind in told]
    assert subjects == wanted, "each once, in the order of what happened"


@pytest.mark.parametrize("failure", [StoreFailed("m"), RowsRejected("m"), DiskFull(), StoreFull()])
async def test_events_that_are_not_stored_end_no_round(
    here: World, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def failing(*_: object, **__: object) -> bool:
        raise failure

    monkeypatch.setattr(here.services.writer, "write", failing)
    await write_events(here.services, [Event(EPOCH, "It", "m")])
