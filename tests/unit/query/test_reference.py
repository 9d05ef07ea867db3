"""Answers equal those of a slow, obvious evaluator in pandas, from points and from rollup tables."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pandas as pd
import pytest

from heeler.query.metrics.executor import run_query
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from tests.unit.query.store import Series, insert

#: Long before the times of other tests, so that their open hours do not hold back the rollups here.
START = 1_700_000_000 // 86400 * 86400
SECONDS = 12 * 3600


def _series(seed: int) -> list[Series]:
    rng = np.random.default_rng(seed)
    made = []
    for host, room in itertools.product("abc", ("red", "blue", None)):
        step = int(rng.choice([60, 90, 300]))
        times = START + np.arange(int(rng.integers(0, step)), SECONDS, step)
        times = times[rng.random(len(times)) > 0.2]
        tags = [f"room:{room}"] if room else []
        points = list(zip(times.tolist(), rng.normal(10, 5, len(times)).round(3).tolist(), strict=True))
        made.append(Series(tags, points, host=host))
    return made


def _expected(
    series: list[Series], time: str, space: str, key: str, interval: int, begin: int, end: int
) -> dict[str, dict[int, float]]:
    """Time aggregation of each series, linear interpolation over gaps of up to 300 s, then space."""
    groups: dict[str, list[pd.Series]] = {}
    shown = begin // interval * interval
    earlier = begin - 300 if interval <= 300 else begin
    starts = range(earlier // interval * interval, end, interval)
    for item in series:
        tags = dict(tag.split(":") for tag in [*item.tags, f"host:{item.host}"])
        within = {at: value for at, value in item.points if begin <= at < end or earlier <= at < shown}
        points = pd.Series(within, dtype=float)
        rolled = points.groupby(lambda at: at // interval * interval).agg("mean" if time == "avg" else time)
        groups.setdefault(f"{key}:{tags.get(key, 'N/A')}", []).append(rolled.reindex(starts))
    found = {name: _space(columns, space) for name, columns in groups.items()}
    return {name: {at: value for at, value in line.items() if at >= shown} for name, line in found.items()}


def _space(columns: list[pd.Series], space: str) -> dict[int, float]:
    raw = pd.concat(columns, axis=1)
    filled = pd.concat([_interpolated(column) for column in columns], axis=1) if len(columns) > 1 else raw
    found = getattr(filled, {"avg": "mean"}.get(space, space))(axis=1)
    return {int(at): float(found[at]) for at in raw.index if raw.loc[at].notna().any()}


def _interpolated(column: pd.Series) -> pd.Series:
    known = column.dropna()
    result = column.copy()
    for left, right in itertools.pairwise(known.index):
        if right - left <= 300:
            for at in column.index:
                if left < at < right:
                    share = (at - left) / (right - left)
                    result[at] = known[left] + (known[right] - known[left]) * share
    return result


async def _found(engine: Engine, query: str, begin: int, end: int) -> dict[str, dict[int, float]]:
    frame = (await run_query(engine, query, begin, end, now=START + 2 * 86400)).frames[0]
    return {
        group.scope: {int(at): float(v) for at, v in zip(frame.times, line, strict=True) if not np.isnan(v)}
        for group, line in zip(frame.groups, frame.values, strict=True)
    }


CASES = list(
    itertools.product(("avg", "sum", "max", "min", "count"), ("avg", "sum", "max"), (60, 300, 3600))
)[::4]


@pytest.mark.parametrize("rolled", [False, True], ids=["points", "rollups"])
async def test_answers_equal_the_reference(engine: Engine, rolled: bool) -> None:
    metric = f"ref.temperature.{rolled}".lower()
    series = _series(1)
    insert(engine, metric, series)
    if rolled:
        await _roll(engine)
    for number, (time, space, interval) in enumerate(CASES):
        key = ("room", "host")[number % 2]
        begin, end = START + 137 * number, START + SECONDS - 61 * number
        query = f"{space}:{metric}{{*}} by {{{key}}}.rollup({time}, {interval})"
        found = await _found(engine, query, begin, end)
        wanted = _expected(series, time, space, key, interval, begin, end)
        assert found.keys() == wanted.keys()
        for name, values in wanted.items():
            assert found[name] == pytest.approx(values, rel=1e-9), (query, name)


async def _roll(engine: Engine) -> None:
    rollups = Rollups(engine, now=lambda: START + 10 * 86400)
    hours = [START + hour * 3600 for hour in range(SECONDS // 3600)]
    await rollups.announce(hours)
    for hour in hours:
        await rollups.roll(hour, asyncio.Lock())


async def test_a_long_window_reads_the_hourly_table(engine: Engine) -> None:
    insert(engine, "ref.long", _series(2))
    await _roll(engine)
    answer = await run_query(
        engine, "avg:ref.long{*}.rollup(avg, 3600)", START + 600, START + SECONDS, now=START + 86400
    )
    assert [reading.table for reading in answer.trace.readings] == ["points", "points_1h"]
