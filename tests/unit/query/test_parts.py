"""A window that is aggregated part by part gives what it gives as a whole, and holds a part's memory."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.query import budget
from heeler.query.budget import Budget, QueryMemoryBusy, admitted, hold, limited
from heeler.query.metrics import fetch, point_reader
from heeler.query.metrics.executor import Answer, Caching, run_query
from heeler.query.metrics.warmup import warm_up
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000 // 86400 * 86400
HOURS = 30
QUERIES = (
    "avg:m{*}", "sum:m{*} by {room}", "min:m{*} by {host}", "max:m{room:a}", "count:m{*} by {room}",
    "sum:c{*}.as_count()", "sum:c{*}.as_rate()", "avg:m{*}.rollup(max, 420)", "avg:m{*}.rollup(sum, 3600)",
    "timeshift(avg:m{*} by {room}, -5000)", "anomalies(avg:m{*} by {room}, 'basic', 2)",
    "derivative(avg:m{*})", "avg:m{*} by {room}.fill(linear)", "diff(sum:m{*} by {host})", "stddev:m{*}",
)  # fmt: skip
VARIANTS: tuple[tuple[int, Caching], ...] = ((28, "nothing"), (11, "rows"), (28, "rows"))


def _insert(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    for number in range(7):
        tags = [f"room:{'ab'[number % 2]}", *(["room:c"] if number == 3 else [])]
        times = np.flatnonzero(rng.random(HOURS * 60) < (0.02 if number == 0 else 0.7)) * 60
        points = [(NOW - HOURS * 3600 + int(at) + number * 7, float(rng.integers(0, 90))) for at in times]
        insert(engine, "m", [Series(tags, points, f"h{number}")])
        insert(engine, "c", [Series(tags, points, f"h{number}", "count", 60)])


async def _answers(
    engine: Engine, cells: int, monkeypatch: pytest.MonkeyPatch
) -> dict[tuple[str, int, Caching], Answer]:
    monkeypatch.setattr(fetch, "PART_CELLS", cells)
    return {
        (text, hours, cached): await run_query(
            engine, text, NOW - hours * 3600 + 130, NOW - 777, now=NOW, interval=120, cached=cached
        )
        for text in QUERIES
        for hours, cached in VARIANTS
    }


async def test_parts_give_what_the_whole_gives(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    _insert(engine)
    tables: list[int] = []
    read = point_reader.Reader.read

    def counting(self: point_reader.Reader, *arguments: object) -> object:
        tables.append(1)
        return read(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(point_reader.Reader, "read", counting)
    whole = await _answers(engine, 10**9, monkeypatch)
    once = len(tables)
    parts = await _answers(engine, 60, monkeypatch)
    assert len(tables) > 5 * once
    for text, answer in whole.items():
        for left, right in zip(answer.frames, parts[text].frames, strict=True):
            assert left.groups == right.groups, text
            assert np.array_equal(left.times, right.times), text
            np.testing.assert_allclose(left.values, right.values, rtol=1e-9, err_msg=text)
            assert np.isfinite(left.values).any(), text


async def test_a_part_is_held_at_a_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    _insert(engine)
    monkeypatch.setattr(fetch, "PART_CELLS", 60)
    held: list[int] = []
    monkeypatch.setattr(budget._Total, "add", lambda _, nbytes: held.append(nbytes) or 0)
    await run_query(engine, "avg:m{*}", NOW - 28 * 3600, NOW, now=NOW, interval=120, cached="nothing")
    buckets = 28 * 30
    assert fetch.PART_BYTES * 60 in held
    assert max(held) <= 20 * buckets  # of one group, not of seven series
    assert sum(held) == 0


def test_tables_that_are_dropped_are_released() -> None:
    before = budget.total.held
    with limited(Budget(nbytes=100)):
        for _ in range(5):
            with budget.held(90):
                assert budget.total.held == before + 90
        hold(90)
    assert budget.total.held == before


def test_queries_of_the_api_leave_a_part_of_the_memory_to_monitors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget.limits, "MAX_TOTAL_BYTES", 100)
    monkeypatch.setattr(budget.limits, "MAX_API_BYTES", 75)
    before = budget.total.held
    token = admitted.set(True)
    with limited(Budget()):
        hold(70)
        with limited(Budget()), pytest.raises(QueryMemoryBusy):
            hold(20)
        admitted.reset(token)
        with limited(Budget()):
            hold(20)
            with limited(Budget()), pytest.raises(QueryMemoryBusy):
                hold(20)
    assert budget.total.held == before
