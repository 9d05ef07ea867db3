"""Rollups where several servers write to one store and one of them rolls up."""

from __future__ import annotations

import pytest

from heeler.store.arrow_tables import PointRows
from heeler.store.engine import Engine
from heeler.store.rollup import complete_until
from heeler.store.shared_rollups import SharedRollups
from tests.unit.store.test_rollup import HOUR, read, rows


@pytest.fixture(autouse=True)
async def no_hours_of_other_tests(engine: Engine) -> None:
    await engine.execute("TRUNCATE TABLE rollup_hours")


async def _put(engine: Engine, server: SharedRollups, part: PointRows) -> None:
    await server.before_points([part])
    await engine.insert("points", PointRows.combine([part]))
    await server.after_points([part])


async def _roll_all(server: SharedRollups) -> int:
    due = await server.find_due()
    for hour, version in due:
        await server.roll_marked(hour, version)
    return len(due)


class Clock:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


async def test_one_server_rolls_up_what_others_write_also_when_it_comes_late(engine: Engine) -> None:
    # The clocks of the two differ by half a minute, each way once.
    for name, ahead in (("shared.a", 30.0), ("shared.b", -30.0)):
        await engine.execute("TRUNCATE TABLE rollup_hours")
        clock = Clock(HOUR + 1800.0)
        rolling = SharedRollups(engine, now=clock, quiet=0)
        writing = SharedRollups(engine, now=lambda clock=clock, ahead=ahead: clock() + ahead)  # type: ignore[misc]
        await _put(engine, writing, rows(name, [(HOUR, 1.0), (HOUR + 15, 3.0)]))
        await _put(engine, rolling, rows(name, [(HOUR + 30, 5.0)]))
        assert await _roll_all(rolling) == 0, "the hour is open"
        clock.at = HOUR + 3700.0
        assert await _roll_all(rolling) == 1
        assert await read(engine, "points_1h", name) == [(HOUR, 3, 9.0, 1.0, 5.0, 5.0)]
        assert complete_until(engine, clock()) == HOUR + 3600
        # The writer knew the hour as marked: it is marked again, since it was rolled up meanwhile.
        await _put(engine, writing, rows(name, [(HOUR + 45, 7.0)]))
        assert complete_until(engine, clock()) == HOUR
        assert await _roll_all(rolling) == 1
        assert await read(engine, "points_1h", name) == [(HOUR, 4, 16.0, 1.0, 7.0, 7.0)]
        assert await _roll_all(rolling) == 0


async def test_an_insert_that_ends_after_its_hour_was_rolled_up_marks_it_again(engine: Engine) -> None:
    clock = Clock(HOUR + 3590.0)
    writing, rolling = SharedRollups(engine, now=clock), SharedRollups(engine, now=clock, quiet=0)
    late = rows("shared.c", [(HOUR + 3580, 1.0)])
    await writing.before_points([late])
    clock.at = HOUR + 3700.0
    assert await _roll_all(rolling) == 1  # without the rows that are still on their way
    await engine.insert("points", PointRows.combine([late]))
    await writing.after_points([late])
    assert complete_until(engine, clock()) == HOUR
    assert await _roll_all(rolling) == 1
    assert await read(engine, "points_1h", "shared.c") == [(HOUR, 1, 1.0, 1.0, 1.0, 1.0)]


async def test_a_mark_that_comes_while_the_hour_is_rolled_up_outlives_it(engine: Engine) -> None:
    clock = Clock(HOUR + 3700.0)
    writing, rolling = SharedRollups(engine, now=clock), SharedRollups(engine, now=clock, quiet=0)
    await _put(engine, writing, rows("shared.d", [(HOUR, 1.0)]))
    ((hour, version),) = await rolling.find_due()
    await _put(engine, writing, rows("shared.d", [(HOUR + 15, 2.0)]))
    await rolling.roll_marked(hour, version)
    assert complete_until(engine, clock()) == HOUR, "the later mark stands"
    assert await _roll_all(rolling) == 1
    assert await read(engine, "points_1h", "shared.d") == [(HOUR, 2, 3.0, 1.0, 2.0, 2.0)]


async def test_an_hour_that_is_still_written_to_waits_to_be_quiet(engine: Engine) -> None:
    clock = Clock(HOUR + 3700.0)
    writing, rolling = SharedRollups(engine, now=clock), SharedRollups(engine, now=clock, quiet=60)
    await _put(engine, writing, rows("shared.e", [(HOUR, 1.0)]))
    assert await rolling.find_due() == []
    clock.at += 50
    await _put(engine, writing, rows("shared.e", [(HOUR + 15, 2.0)]))
    clock.at += 20
    assert await rolling.find_due() == []
    clock.at += 61
    assert [hour for hour, _ in await rolling.find_due()] == [HOUR]
