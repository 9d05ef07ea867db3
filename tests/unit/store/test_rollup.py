from __future__ import annotations

import asyncio

import numpy as np
import pyarrow as pa
import pytest

from heeler.store.arrow_tables import PointRows
from heeler.store.engine import Engine, EngineError
from heeler.store.rollup import Rollups, complete_until

HOUR = 1_790_001_600 // 3600 * 3600


@pytest.fixture(autouse=True)
async def no_hours_of_other_tests(engine: Engine) -> None:
    """Tests of a process share the engine, and every open hour holds the watermark back."""
    await engine.execute("TRUNCATE TABLE rollup_hours")


def rows(name: str, points: list[tuple[int, float]]) -> PointRows:
    count = len(points)
    times, values = np.array([time for time, _ in points]), np.array([value for _, value in points])
    ids, divisors = np.full(count, 7, np.uint64), np.full(count, 100, np.uint16)
    return PointRows([name], np.zeros(count, np.int32), ids, times, values, divisors)


async def put(engine: Engine, rollups: Rollups, part: PointRows) -> None:
    await rollups.before_points([part])
    await engine.insert("points", PointRows.combine([part]))


async def read(engine: Engine, table: str, name: str) -> list[tuple[object, ...]]:
    columns = "toUInt32(time), count, sum, min, max, last"
    sql = f"SELECT {columns} FROM {table} FINAL WHERE metric = {{name:String}} ORDER BY time"
    return [tuple(row) for row in await engine.rows(sql, {"name": name})]


async def test_rollups_follow_from_points_whatever_comes_late_or_twice(engine: Engine) -> None:
    now, lock = HOUR + 1800.0, asyncio.Lock()
    rollups = Rollups(engine, now=lambda: now)
    await put(engine, rollups, rows("roll.a", [(HOUR, 1.0), (HOUR + 15, 3.0), (HOUR + 300, 5.0)]))
    assert rollups.due() == []
    assert rollups.complete_until() == HOUR
    now = HOUR + 3700.0
    assert rollups.due() == [HOUR]
    await rollups.roll(HOUR, lock)
    assert rollups.complete_until() == HOUR + 3600 == complete_until(engine, now)
    assert await read(engine, "points_5m", "roll.a") == [
        (HOUR, 2, 4.0, 1.0, 3.0, 3.0),
        (HOUR + 300, 1, 5.0, 5.0, 5.0, 5.0),
    ]
    assert await read(engine, "points_1h", "roll.a") == [(HOUR, 3, 9.0, 1.0, 5.0, 5.0)]

    await put(
        engine, rollups, rows("roll.a", [(HOUR, 2.0), (HOUR + 600, 7.0)])
    )  # a correction and a late one
    assert complete_until(engine, now) == HOUR
    restarted = Rollups(engine, now=lambda: now)
    restarted.load()
    assert restarted.complete_until() == HOUR
    assert restarted.due() == [HOUR]
    await restarted.roll(HOUR, lock)
    assert await read(engine, "points_1h", "roll.a") == [(HOUR, 4, 17.0, 2.0, 7.0, 7.0)]
    assert restarted.due() == []


async def test_points_after_a_mark_that_failed_but_was_stored_are_announced(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, lock = HOUR + 18_300.0, asyncio.Lock()
    rollups = Rollups(engine, now=lambda: now, quiet=0)
    await put(engine, rollups, rows("roll.unsure", [(HOUR + 14_400, 1.0)]))
    insert = engine.insert

    async def stored_and_failed(table: str, part: pa.Table) -> None:
        await insert(table, part)
        raise EngineError("The connection was lost")

    monkeypatch.setattr(engine, "insert", stored_and_failed)
    with pytest.raises(EngineError):
        await rollups.roll(HOUR + 14_400, lock)
    monkeypatch.undo()
    await put(engine, rollups, rows("roll.unsure", [(HOUR + 14_415, 2.0)]))
    restarted = Rollups(engine, now=lambda: now, quiet=0)
    restarted.load()
    assert restarted.due() == [HOUR + 14_400], "without the second mark it would be taken for rolled up"


async def test_points_that_come_while_an_hour_is_rolled_up_mark_it_again(engine: Engine) -> None:
    now, lock = HOUR + 7400.0, asyncio.Lock()
    rollups = Rollups(engine, now=lambda: now)
    await put(engine, rollups, rows("roll.b", [(HOUR + 3600, 1.0)]))
    now += 100
    rolling = asyncio.ensure_future(rollups.roll(HOUR + 3600, lock))
    await asyncio.sleep(0)
    assert rollups.complete_until() == HOUR + 3600
    await put(engine, rollups, rows("roll.b", [(HOUR + 3615, 2.0)]))
    await rolling
    assert rollups.complete_until() == HOUR + 3600
    assert complete_until(engine, now) == HOUR + 3600
    now += 100
    await rollups.roll(HOUR + 3600, lock)
    assert await read(engine, "points_1h", "roll.b") == [(HOUR + 3600, 2, 3.0, 1.0, 2.0, 2.0)]
    assert complete_until(engine, now) == int(now) // 3600 * 3600
