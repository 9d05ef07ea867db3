"""Stored volume by hour."""

from __future__ import annotations

import pytest

from heeler.metric_usage.telemetry import SIGNALS, by_hour
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
