"""Composites are of the states that their monitors have after the same round: random data, expressions, mutes
and missing data against a slow reference, and monitors that are edited while others are judged."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from heeler.monitors.evaluation import pipeline
from heeler.monitors.evaluation.state_store import States
from heeler.monitors.model import Monitor, MonitorStates
from heeler.monitors.queries.parser import MonitorQuery
from heeler.store.engine import Engine
from tests.unit.monitors.world import World, every, world
from tests.unit.simulation.clock import seeds

#: An expression: a monitor's place, ("!", one), or ("&&" or "||", left, right).
Logic = Any
RANK = {"OK": 1, "No Data": 2, "Warn": 3, "Alert": 4}
MINUTES = 12


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


def random_logic(rng: random.Random, depth: int = 0) -> Logic:
    if depth == 3 or rng.random() < 0.2 * depth:
        return rng.randrange(3)
    if rng.random() < 0.25:
        return "!", random_logic(rng, depth + 1)
    return rng.choice(("&&", "||")), random_logic(rng, depth + 1), random_logic(rng, depth + 1)


def text(logic: Logic, ids: list[int]) -> str:
    if isinstance(logic, int):
        return str(ids[logic])
    if logic[0] == "!":
        return f"!({text(logic[1], ids)})"
    return f"({text(logic[1], ids)}) {logic[0]} ({text(logic[2], ids)})"


def names(logic: Logic) -> set[int]:
    return {logic} if isinstance(logic, int) else set().union(*(names(part) for part in logic[1:]))


def holds(logic: Logic, states: Mapping[int, str]) -> str:
    """By the table of the documentation: with both true the milder, with one true the more severe."""
    if isinstance(logic, int):
        return states[logic]
    if logic[0] == "!":
        inner = holds(logic[1], states)
        return {"No Data": "No Data", "OK": "Alert"}.get(inner, "OK")
    pair = [holds(part, states) for part in logic[1:]]
    true = [state for state in pair if state != "OK"]
    if logic[0] == "&&":
        return "OK" if len(true) < 2 else sorted(true, key=RANK.__getitem__)[0]
    return "OK" if not true else sorted(true, key=RANK.__getitem__)[-1]


def random_series(rng: random.Random) -> dict[int, float]:
    """A value for most minutes: high or low, for some minutes each; the first has one."""
    found, value = {}, rng.choice((1.0, 9.0))
    for minute in range(MINUTES):
        value = rng.choice((value, value, 1.0, 4.0, 9.0))
        if minute == 0 or rng.random() > 0.2:
            found[minute] = value
    return found


def single(values: Mapping[int, float], minute: int) -> str:
    """The state of a monitor that looks at the minute before."""
    value = values.get(minute - 1)
    return "No Data" if value is None else "Alert" if value > 5 else "Warn" if value > 3 else "OK"


@pytest.mark.parametrize("seed", seeds(2))
async def test_a_composite_is_of_one_round(here: World, seed: int) -> None:
    rng = random.Random(seed)
    zones = (["a", "b"], rng.choice((["a", "b"], ["b", "c"])), [""])
    data = [{zone: random_series(rng) for zone in some} for some in zones]
    ids = []
    for place, series in enumerate(data):
        metric, by = f"co.m{seed}.{place}", " by {zone}" if place < 2 else ""
        here.points(metric, {f"zone:{zone}" if zone else "": values for zone, values in series.items()})
        ids.append(
            await here.monitor(
                "metric alert", f"max(last_1m):max:{metric}{{*}}{by} > 5",
                thresholds={"critical": 5, "warning": 3}, on_missing_data="show_no_data",
                **({"silenced": {"*": None}} if rng.random() < 0.3 else {}),
            )
        )  # fmt: skip
    composites: list[tuple[int, Logic, bool]] = []
    for notify in (False, True) * 3:
        logic = random_logic(rng)
        made = await here.monitor("composite", text(logic, ids), "@a@x.org", notify_no_data=notify)
        composites.append((made, logic, notify))
    # The order of the ids says nothing of the order in which monitors are judged.
    before: dict[tuple[int, str], str] = {}
    triggered: dict[int, set[int]] = {made: set() for made, _, _ in composites}
    for minute in range(1, MINUTES):
        await here.at(minute)
        for made, logic, notify in composites:
            used = names(logic)
            sources = [set(data[place]) for place in used if place < 2]
            common = set.intersection(*sources) if sources else {""}
            expected = {}
            for zone in common:
                name = f"zone:{zone}" if zone else "*"
                states = {place: single(data[place][zone if place < 2 else ""], minute) for place in used}
                was, state = before.get((made, name), "No Data"), holds(logic, states)
                if state == "No Data" and not notify:
                    state = was
                if state == "Alert" != was:
                    triggered[made].add(minute)
                before[made, name] = expected[name] = state
            assert await here.states(made) == expected, (minute, text(logic, ids))
    for made, minutes in triggered.items():
        told = await here.told(made)
        assert {minute for minute, kinds in told.items() if "Triggered" in kinds} == minutes


async def edit_while_judged(here: World, monkeypatch: pytest.MonkeyPatch, edited: int) -> None:
    """In the next round, the monitor ``edited`` gets another query while it is judged, as the API does it."""
    judge, done = pipeline.judge, []

    async def judging(
        round_of: Any, monitor: Monitor, query: MonitorQuery, before: States, now: float
    ) -> Any:
        if monitor.id == edited and not done:
            done.append(1)
            async with here.services.database.session() as db:
                if (states := await db.get(MonitorStates, edited)) is not None:
                    await db.delete(states)
                moment = datetime.fromtimestamp(here.services.now(), UTC)
                await db.execute(
                    update(Monitor)
                    .where(Monitor.id == edited)
                    .values(overall_state="No Data", evaluated=0.0, modified=moment)
                )
        return await judge(round_of, monitor, query, before, now)

    monkeypatch.setattr(pipeline, "judge", judging)


@pytest.mark.parametrize("grouped", [False, True])
async def test_a_composite_waits_for_a_monitor_that_was_edited(
    here: World, monkeypatch: pytest.MonkeyPatch, grouped: bool
) -> None:
    metric, by = f"co.edited.{grouped}".lower(), " by {zone}" if grouped else ""
    here.points(metric, {"zone:a": every(range(9), 9.0)})
    one, two = [
        await here.monitor("metric alert", f"max(last_1m):max:{metric}{{*}}{by} > {n}") for n in (5, 6)
    ]
    made = await here.monitor("composite", f"{one} && {two}", "@a@x.org", notify_no_data=True)
    name = "zone:a" if grouped else "*"
    await here.at(1)
    assert await here.states(made) == {name: "Alert"}
    await edit_while_judged(here, monkeypatch, two)
    await here.at(2)
    assert await here.states(two) == {}, "what was judged of the query before is not written"
    assert await here.states(made) == {name: "Alert"}
    await here.at(3)
    assert await here.states(made) == {name: "Alert"}
    assert len(await here.told(made)) == 1, "neither that data are missing, nor the alert anew"


async def test_a_composite_does_not_wait_for_what_is_not_judged(here: World) -> None:
    here.points("co.there", {"": every(range(9), 9.0)})
    there = await here.monitor("metric alert", "max(last_1m):max:co.there{*} > 5")
    future = {"rrule": "FREQ=DAILY", "start": "2090-01-01T00:00:00", "timezone": "UTC"}
    later = await here.monitor(
        "metric alert", "max(last_1m):max:co.there{*} > 5",
        scheduling_options={"custom_schedule": {"recurrences": [future]}},
    )  # fmt: skip
    kept_nowhere = await here.monitor("rum alert", 'rum("*").rollup("count").last("5m") > 1')
    made = await here.monitor("composite", f"{there} || {later} || {kept_nowhere}")
    await here.at(1)
    assert await here.states(made) == {"*": "Alert"}
