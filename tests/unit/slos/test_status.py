"""SLOs over the real engine and real evaluations of monitors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from heeler.slos.definition import apply_slo
from heeler.slos.model import Slo, SloCorrection
from heeler.slos.routes import handlers
from heeler.slos.status import SloStatus, status_of
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world

MOMENT = datetime.fromtimestamp(EPOCH, UTC)
assert handlers  # registers the reader of alerts


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def made(here: World, **given: Any) -> Slo:
    slo = Slo(id=uuid4().hex, tags=[], thresholds=[], created=MOMENT, modified=MOMENT)
    apply_slo(slo, {"name": "it", "thresholds": [{"timeframe": "7d", "target": 99.9}], **given})
    async with here.services.database.session() as db:
        db.add(slo)
    return slo


async def correct(here: World, slo: Slo, start: int, end: int) -> None:
    """Minutes."""
    item = SloCorrection(
        id=str(uuid4()), slo_id=slo.id, category="Deployment", start=EPOCH + 60.0 * start,
        end=EPOCH + 60.0 * end, created=MOMENT,
    )  # fmt: skip
    async with here.services.database.session() as db:
        db.add(item)


async def status(here: World, slo: Slo, start: int, end: int, **given: Any) -> SloStatus:
    return await status_of(here.services, slo, EPOCH + 60 * start, EPOCH + 60 * end, **given)


async def test_events_by_group_without_corrected_ones(here: World) -> None:
    minutes = range(120)
    here.points(
        "slo.good",
        {"env:a": {m: 9.0 if 30 <= m < 40 else 10.0 for m in minutes}, "env:b": dict.fromkeys(minutes, 5.0)},
        "count",
        60,
    )
    here.points(
        "slo.all", {"env:a": dict.fromkeys(minutes, 10.0), "env:b": dict.fromkeys(minutes, 5.0)}, "count", 60
    )
    slo = await made(here, type="metric", query={
        "numerator": "sum:slo.good{*} by {env}", "denominator": "sum:slo.all{*} by {env}.as_count()",
    })  # fmt: skip
    found = await status(here, slo, 0, 120)
    assert (float(found.tally.bad), float(found.tally.total)) == (10, 1800)
    assert {item.name: float(item.tally.bad) for item in found.members} == {"env:a": 10, "env:b": 0}
    await correct(here, slo, 35, 60)
    found = await status(here, slo, 0, 120)
    assert (float(found.tally.bad), float(found.tally.total)) == (5, 1800 - 25 * 15)
    plain = await status(here, slo, 0, 120, apply_corrections=False)
    assert float(plain.tally.bad) == 10
    seconds = await status_of(here.services, slo, EPOCH + 61, EPOCH + 60 * 35 + 7, apply_corrections=False)
    assert (float(seconds.tally.bad), float(seconds.tally.total)) == (5, 34 * 15)


async def test_good_and_bad_formulas(here: World) -> None:
    here.points("slo.ok", {"": dict.fromkeys(range(60), 100.0)}, "count", 60)
    here.points("slo.ko", {"": dict.fromkeys(range(0, 60, 10), 1.0)}, "count", 60)
    slo = await made(here, type="metric", sli_specification={"count": {
        "good_events_formula": {"formula": "a"}, "bad_events_formula": {"formula": "b + b"},
        "queries": [
            {"data_source": "metrics", "name": "a", "query": "sum:slo.ok{*}"},
            {"data_source": "metrics", "name": "b", "query": "sum:slo.ko{*}"},
        ],
    }})  # fmt: skip
    found = await status(here, slo, 0, 60)
    assert (float(found.tally.bad), float(found.tally.total)) == (12, 6012)


async def test_without_events_there_is_no_data(here: World) -> None:
    slo = await made(
        here, type="metric", query={"numerator": "sum:slo.none{*}", "denominator": "sum:slo.none{*}"}
    )
    found = await status(here, slo, 0, 60)
    assert found.sli is None
    assert found.errors[0][0] == "ZERO_VALUED_DENOMINATOR"


async def test_slices_of_a_latency(here: World) -> None:
    here.points("slo.latency", {"env:a": {m: 2.0 if 20 <= m < 30 else 0.1 for m in range(100)}})
    slo = await made(here, type="time_slice", sli_specification={"time_slice": {
        "comparator": "<", "threshold": 1, "query_interval_seconds": 300,
        "query": {"formulas": [{"formula": "q"}], "queries": [
            {"data_source": "metrics", "name": "q", "query": "avg:slo.latency{*} by {env}"},
        ]},
    }})  # fmt: skip
    found = await status(here, slo, 0, 120)
    assert (found.tally.bad, found.tally.total) == (600, 7200)
    await correct(here, slo, 20, 25)
    assert (await status(here, slo, 0, 120)).tally.bad == 300


async def test_uptime_of_a_monitor_and_of_its_groups(here: World) -> None:
    here.points("slo.up", {
        "host:a": {m: 9.0 if 10 <= m < 20 else 1.0 for m in range(61)},
        "host:b": {m: 9.0 if 15 <= m < 25 else 1.0 for m in range(61)},
    })  # fmt: skip
    monitor = await here.monitor("metric alert", "max(last_1m):max:slo.up{*} by {host} > 5")
    for minute in range(1, 61):
        await here.at(minute)
    slo = await made(here, type="monitor", monitor_ids=[monitor])
    found = await status(here, slo, 1, 61)
    assert found.tally.bad == 15 * 60
    assert found.tally.total == 60 * 60
    assert {item.name: item.tally.bad for item in found.members} == {"host:a": 600, "host:b": 600}
    assert [code for _, code in found.history] == [0, 1, 0]
    one = await made(here, type="monitor", monitor_ids=[monitor], groups=["host:b"])
    assert (await status(here, one, 1, 61)).tally.bad == 600


async def test_burn_rate_and_budget_alerts(here: World) -> None:
    good = {m: 990.0 if m >= 56 else 1000.0 for m in range(120)}
    here.points("slo.burn.good", {"": good}, "count", 60)
    here.points("slo.burn.all", {"": dict.fromkeys(range(120), 1000.0)}, "count", 60)
    slo = await made(here, type="metric", query={
        "numerator": "sum:slo.burn.good{*}", "denominator": "sum:slo.burn.all{*}",
    })  # fmt: skip
    windows = f'burn_rate("{slo.id}").over("7d").long_window("1h").short_window("5m")'
    fires = await here.monitor("slo alert", f"{windows} > 8")
    holds = await here.monitor("slo alert", f"{windows} > 11")
    budget = await here.monitor("slo alert", f'error_budget("{slo.id}").over("7d") > 75')
    absurd = await here.monitor("slo alert", f"{windows} > 1001")
    await here.at(60)
    assert [await here.states(one) for one in (fires, holds, budget)] == [{"*": "OK"}] * 3
    await here.at(110)
    assert await here.states(fires) == {"*": "Alert"}
    assert await here.states(holds) == {"*": "OK"}
    assert await here.states(budget) == {"*": "Alert"}
    assert "no burn rate can be more than 1000" in await here.problem(absurd)
