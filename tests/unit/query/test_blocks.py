"""What is kept between queries never changes an answer, whatever is written in between."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from heeler.query.metrics import blocks, table
from heeler.query.metrics.run import Answer, run_query
from heeler.query.metrics.window import Buckets
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from tests.unit.query.store import Series, insert

START = 1_710_000_000 // 86400 * 86400
SECONDS = 14 * 3600
QUERIES = (
    "avg:{m}{{*}}.rollup(avg, 60)",
    "sum:{m}{{room:1}} by {{host}}.rollup(max, 300)",
    "max:{m}{{*}} by {{room}}.rollup(last, 1200)",
    "avg:{m}{{*}}.rollup(count, 3600)",
    "min:{m}{{host:b}}.rollup(sum, 90)",
)


def _written(rng: np.random.Generator) -> list[Series]:
    """Points anywhere in the window, often where there are some already, sometimes of a new series."""
    first = START + int(rng.integers(0, SECONDS - 3600))
    times = first + rng.integers(0, int(rng.choice([600, 3600, SECONDS - 7200])), 30) // 15 * 15
    points = {int(at): round(float(rng.normal()), 3) for at in times if at < START + SECONDS}
    return [Series([f"room:{rng.integers(0, 3)}"], list(points.items()), host=str(rng.choice(["a", "b"])))]


async def _write(engine: Engine, rollups: Rollups, metric: str, series: list[Series]) -> None:
    """As the writer does: the hours are marked before the points are there."""
    await rollups.announce({at // 3600 * 3600 for item in series for at, _ in item.points})
    insert(engine, metric, series)


def _same(one: Answer, other: Answer) -> None:
    assert one.frames[0].groups == other.frames[0].groups
    np.testing.assert_array_equal(one.frames[0].times, other.frames[0].times)
    np.testing.assert_allclose(one.frames[0].values, other.frames[0].values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
async def test_kept_blocks_never_change_an_answer(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "WORTH_KEEPING", 0)
    if seed % 2:
        table.prepare()
    rng, metric, used = np.random.default_rng(seed), f"kept.blocks{seed}", 0
    now = START + SECONDS + 7200
    rollups = Rollups(engine, now=lambda: now, quiet=0)
    rollups.load()
    await _write(engine, rollups, metric, [Series(["room:1"], [(START, 1.0)], host="a")])
    for _ in range(18):
        if rng.random() < 0.3:
            await _write(engine, rollups, metric, _written(rng))
        if rng.random() < 0.2:
            for hour in [hour for hour in rollups.due() if START <= hour < START + SECONDS][:3]:
                await rollups.roll(hour, asyncio.Lock())
        text = str(rng.choice(QUERIES)).format(m=metric)
        begin = START + int(rng.choice([0, 20, 3000, 3600]))
        end = START + SECONDS - int(rng.choice([0, 45, 1800, 3600]))
        kept = await run_query(engine, text, begin, end, now=now)
        _same(kept, await run_query(engine, text, begin, end, now=now, cached=False))
        used += any(reading.table == "kept" for reading in kept.trace.readings)
    assert used >= 3


async def test_a_write_of_the_hour_makes_its_block_outdated_and_no_other(engine: Engine) -> None:
    insert(engine, "kept.hours", [Series([], [(START + 3600 * hour, 1.0) for hour in range(4)], host="a")])

    async def asked() -> tuple[set[str], list[float]]:
        answer = await run_query(
            engine, "sum:kept.hours{*}.rollup(sum, 1800)", START, START + 4 * 3600, now=START + 86400
        )
        tables = {reading.table for reading in answer.trace.readings}
        return tables, np.nan_to_num(answer.frames[0].values[0, ::2]).tolist()

    assert (await asked())[1] == [1.0, 1.0, 1.0, 1.0]
    assert await asked() == ({"kept"}, [1.0, 1.0, 1.0, 1.0])
    insert(engine, "kept.hours", [Series([], [(START + 3600 + 15, 5.0)], host="a")])
    assert await asked() == ({"kept", "points"}, [1.0, 6.0, 1.0, 1.0])


async def test_no_more_is_kept_than_allowed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "KEPT_BYTES", 4000)
    insert(engine, "kept.few", [Series([], [(START + 3600 * hour, 1.0) for hour in range(12)], host="a")])
    for _ in range(2):
        answer = await run_query(
            engine, "sum:kept.few{*}.rollup(sum, 60)", START, START + 12 * 3600, now=START + 86400
        )
        assert np.nansum(answer.frames[0].values) == 12.0
    assert blocks.blocks_of(engine)._size <= 4000


def test_blocks_are_made_of_whole_buckets() -> None:
    def length(start: int, interval: int) -> int:
        return blocks.block_seconds(Buckets(np.arange(start, start + 10 * interval, interval), interval))

    assert [length(START, interval) for interval in (20, 60, 3600, 7200)] == [3600, 3600, 43200, 86400]
    assert length(START, 7) == length(START, 2400) == length(START + 10, 20) == 0
