from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from heeler.monitors.evaluation import history_pruning
from heeler.monitors.evaluation.history_pruning import prune
from heeler.monitors.model import Monitor, MonitorStateChange, MonitorTransition
from tests.unit.notify.world import NOW, World, opened

DAY = 86_400


async def fill(world: World, days: list[float]) -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    async with world.services.database.session() as db:
        monitor = Monitor(type="metric alert", name="m", query="q", created=moment, modified=moment)
        db.add(monitor)
        await db.flush()
        for age in days:
            given = {
                "monitor_id": monitor.id, "group_name": "*", "before": "OK", "after": "Alert",
                "time": NOW - age * DAY,
            }  # fmt: skip
            db.add(MonitorTransition(kind="Triggered", **given))
            db.add(MonitorStateChange(**given))
            await db.flush()


async def left(world: World) -> list[float]:
    async with world.services.database.session() as db:
        times = [
            [round((NOW - time) / DAY) for time in await db.scalars(select(table.time).order_by(table.id))]
            for table in (MonitorTransition, MonitorStateChange)
        ]
    assert times[0] == times[1]
    return times[0]


@pytest.mark.parametrize(("retention", "kept"), [("450", [449, 96, 1]), ("30", [1]), ("96", [96, 1])])
async def test_history_is_kept_as_long_as_points_and_as_slos_look_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retention: str, kept: list[float]
) -> None:
    monkeypatch.setattr(history_pruning, "SLICE", 2)
    async with opened(tmp_path, HEELER_RETENTION_DAYS=retention) as world:
        await fill(world, [500, 460, 451, 449, 96, 1])
        await prune(world.services)
        assert await left(world) == kept


async def test_history_is_bounded_by_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_pruning, "SLICE", 3)
    async with opened(tmp_path) as world:
        await fill(world, [float(10 - number) for number in range(10)])
        assert await prune(world.services, most=4) == 12
        assert await left(world) == [4, 3, 2, 1]
