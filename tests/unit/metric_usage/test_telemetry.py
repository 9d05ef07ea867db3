"""Stored volume by hour and by group."""

from __future__ import annotations

import pytest

from heeler.metric_usage.telemetry import GROUPS, SIGNALS, by_hour, top
from heeler.store.engine import Engine

START = 1_600_000_000 // 3600 * 3600


@pytest.fixture(scope="module")
def points(engine: Engine) -> Engine:
    """Three points of two series in one hour and one in the next."""
    engine.execute_sync(
        "INSERT INTO points (metric, series, time, raw, scale) VALUES "
        f"('tele.m', 1, {START}, 1, 0), ('tele.m', 1, {START + 3599}, 1, 0), "
        f"('tele.m', 2, {START + 5}, 1, 0), ('tele.m', 1, {START + 3600}, 1, 0)"
    )
    return engine


async def test_hours_begin_and_end_where_they_are_said_to(points: Engine) -> None:
    assert await by_hour(points, "points", START, START + 7200) == {START: 3, START + 3600: 1}
    assert await by_hour(points, "series", START, START + 7200) == {START: 2, START + 3600: 1}
    assert await by_hour(points, "points", START, START + 3600) == {START: 3}
    assert await by_hour(points, "points", START, START) == {}


@pytest.mark.parametrize(("start", "end"), [(-(10**12), 0), (2**33, 2**34), (10**30, 10**31), (5, -5)])
@pytest.mark.parametrize("signal", SIGNALS)
async def test_times_that_the_engine_does_not_have_are_empty(
    engine: Engine, signal: str, start: int, end: int
) -> None:
    assert await by_hour(engine, signal, start, end) == {}


@pytest.mark.parametrize("key", ["", "team", "'", "\\", "{key:String}", "%", "x" * 200])
@pytest.mark.parametrize("group", GROUPS)
async def test_every_group_is_answered_for_every_key(points: Engine, group: str, key: str) -> None:
    found = await top(points, group, key, START, 2**40)
    assert [one for one in found if one.count <= 0] == []
    by_signal = {(one.signal, one.name): one.count for one in found}
    if group == "metric":
        assert by_signal["points", "tele.m"] == 4
        assert by_signal["series", "tele.m"] == 2
