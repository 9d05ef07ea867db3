"""What is kept between queries never changes an answer, whatever is written in between."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from heeler.query.metrics import row_cache, warmup
from heeler.query.metrics.executor import Answer, run_query
from heeler.query.metrics.packed_rows import Rows
from heeler.store import write_tracker
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
async def test_what_is_kept_never_changes_an_answer(engine: Engine, seed: int) -> None:
    if seed % 2:
        warmup.warm_up()
    rng, metric, used = np.random.default_rng(seed), f"kept.random{seed}", 0
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
        found = await run_query(engine, text, begin, end, now=now)
        _same(found, await run_query(engine, text, begin, end, now=now, cached="nothing"))
        used += any(reading.cached for reading in found.trace.readings)
    assert used >= 3


async def asked(engine: Engine, metric: str, scope: str = "*") -> tuple[set[str], list[float]]:
    """Whether rows were read, or kept, and what each of four hours sums up to."""
    answer = await run_query(
        engine,
        f"sum:{metric}{{{scope}}}.rollup(sum, 1800)",
        START,
        START + 4 * 3600,
        now=START + 86400,
        cached="rows",
    )
    readings = answer.trace.readings
    assert {reading.table for reading in readings} == {"points"}
    read, held = any(reading.rows for reading in readings), any(reading.cached for reading in readings)
    return {name for name, there in (("read", read), ("kept", held)) if there}, np.nan_to_num(
        answer.frames[0].values[0, ::2]
    ).tolist()


def hourly(value: float, host: str = "a", offset: int = 0) -> list[Series]:
    return [Series([], [(START + 3600 * hour + offset, value) for hour in range(4)], host=host)]


async def test_what_is_written_is_seen_without_reading_again(engine: Engine) -> None:
    insert(engine, "kept.follow", hourly(1.0))
    assert await asked(engine, "kept.follow") == ({"read"}, [1.0, 1.0, 1.0, 1.0])
    insert(engine, "kept.follow", [Series([], [(START + 3600 + 15, 5.0)], host="a")])
    assert await asked(engine, "kept.follow") == ({"kept"}, [1.0, 6.0, 1.0, 1.0])
    insert(engine, "kept.follow", [Series([], [(START + 3600 + 15, 7.0), (START + 3600 + 5, 1.0)], host="a")])
    insert(engine, "kept.follow", hourly(2.0, host="b"))
    assert await asked(engine, "kept.follow") == ({"kept"}, [3.0, 11.0, 3.0, 3.0]), "later points win"


async def test_who_was_left_behind_reads_only_the_hours_that_changed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(engine, "kept.behind", hourly(1.0))
    await asked(engine, "kept.behind")
    monkeypatch.setattr(write_tracker, "WAITING_ROWS", 0)
    insert(engine, "kept.behind", [Series([], [(START + 3600 + 15, 5.0)], host="a")])
    assert await asked(engine, "kept.behind") == ({"kept", "read"}, [1.0, 6.0, 1.0, 1.0])


async def test_a_statement_that_may_change_anything_has_all_read_again(engine: Engine) -> None:
    insert(engine, "kept.command", hourly(1.0))
    await asked(engine, "kept.command")
    engine.execute_sync("ALTER TABLE points DELETE WHERE metric = 'kept.command' SETTINGS mutations_sync = 1")
    answer = await run_query(engine, "sum:kept.command{*}", START, START + 4 * 3600, now=START + 86400)
    assert not answer.frames[0].groups


async def test_series_are_added_to_what_is_kept_of_others(engine: Engine) -> None:
    for host in "abcdefghi":
        insert(engine, "kept.few", hourly(float(ord(host) - 96), host))
    assert await asked(engine, "kept.few", "host:a") == ({"read"}, [1.0] * 4)
    assert await asked(engine, "kept.few", "host:b") == ({"kept", "read"}, [2.0] * 4)
    insert(engine, "kept.few", hourly(10.0, "a", 60))
    insert(engine, "kept.few", hourly(100.0, "c", 60))
    assert await asked(engine, "kept.few", "host IN (a, b)") == ({"kept"}, [13.0] * 4)
    assert await asked(engine, "kept.few") == ({"read"}, [155.0] * 4)
    assert await asked(engine, "kept.few", "host:c") == ({"kept"}, [103.0] * 4)


async def test_no_more_is_kept_than_allowed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    all_kept = row_cache.row_cache_of(engine)
    monkeypatch.setattr(all_kept, "most", all_kept.size + 20_000)
    for number in range(3):
        insert(engine, f"kept.little{number}", hourly(1.0))
        for _ in range(2):
            assert (await asked(engine, f"kept.little{number}"))[1] == [1.0] * 4
        assert all_kept.size <= all_kept.most
    monkeypatch.setattr(all_kept, "most", 100)
    assert await asked(engine, "kept.little2") == ({"read"}, [1.0] * 4), "too much to be kept passes by"


def test_rows_that_are_not_later_are_put_where_they_belong() -> None:
    rng = np.random.default_rng(5)
    piece = row_cache.Piece(3600, None, [], 0)
    stored: dict[tuple[int, int], float] = {}
    for turn in range(40):
        times = (
            rng.integers(0, 3600, 30)
            if turn % 5 == 0
            else np.sort(rng.integers(90 * turn, 90 * turn + 90, 30))
        )
        series = rng.integers(1, 5, 30)
        values = rng.normal(size=30)
        stored |= dict(zip(zip(series.tolist(), times.tolist(), strict=True), values.tolist(), strict=True))
        rows = Rows(series.astype(np.uint64), times.astype(np.uint32), values)
        row_cache.extend(piece, [rows], 0, 3600, 1)
        assert len(piece.segments) <= row_cache.MOST_SEGMENTS
    found = [item.rows() for item in piece.segments]
    series = np.concatenate([item.series for item in found]).tolist()
    times = np.concatenate([item.times for item in found]).tolist()
    values = np.concatenate([item.values for item in found]).tolist()
    assert len(series) == len(stored)
    assert dict(zip(zip(series, times, strict=True), values, strict=True)) == stored


async def test_many_questions_at_once_are_answered_right(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_kept = row_cache.row_cache_of(engine)
    monkeypatch.setattr(all_kept, "most", all_kept.size + 30_000)  # they drop each other's rows all the time
    metrics = [f"kept.crowd{number}" for number in range(6)]
    for number, metric in enumerate(metrics):
        insert(engine, metric, [item for host in "abc" for item in hourly(float(number), host)])

    async def ask(turn: int) -> None:
        number = turn % len(metrics)
        scope = ("*", "host:a", "host:b")[turn % 3]
        _, values = await asked(engine, metrics[number], scope)
        assert values == [number * (3.0 if scope == "*" else 1.0)] * 4

    for _ in range(5):
        await asyncio.gather(*(ask(turn) for turn in range(40)))
        insert(engine, metrics[0], hourly(0.0))
    assert all_kept.size <= all_kept.most
