"""Metrics made of other telemetry: nothing counted twice, nothing lost, nothing that stops the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from heeler.store import generated_metrics
from heeler.store.engine import Engine
from heeler.store.generated_metrics import DerivedMetrics
from heeler.store.writer import StoreFull, Writer

NOW = 1_750_000_000


class Clock:
    now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Failing:
    """A writer that fails as often as told."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.failures = 0

    async def write(self, tables: Mapping[str, Any]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreFull("full")
        await self._writer.write(tables)


class Bench:
    def __init__(self, engine: Engine, writer: Writer) -> None:
        self.engine, self.clock, self.writer = engine, Clock(), Failing(writer)
        self.metrics = DerivedMetrics(self.writer, self.clock, "logs", lambda: None)  # type: ignore[arg-type]

    def counts(self, metric: str) -> dict[int, float]:
        """Sums of the bucket of ten seconds, as the engine keeps them."""
        sql = (
            "SELECT intDiv(toUnixTimestamp(time), 10) * 10 AS b, sum(if(scale = 0, raw, raw / scale)) "
            "FROM points FINAL WHERE metric = {name:String} GROUP BY b ORDER BY b"
        )
        return {int(row[0]): float(row[1]) for row in self.engine.rows_sync(sql, {"name": metric})}

    def sketches(self, metric: str) -> tuple[int, float]:
        sql = "SELECT sum(count), sum(sum) FROM sketches FINAL WHERE metric = {name:String}"
        ((count, total),) = self.engine.rows_sync(sql, {"name": metric})
        return int(count), float(total)


@asynccontextmanager
async def bench(engine: Engine) -> AsyncIterator[Bench]:
    writer = Writer(engine, delay=0.001)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        try:
            yield Bench(engine, writer)
        finally:
            writer.close()


async def test_tags_that_are_one_series_are_counted_together(engine: Engine) -> None:
    async with bench(engine) as one:
        for tag in ("user:Bob", "user:bob", "user:BOB"):
            one.metrics.collect("gen.case", (tag,), NOW)
            one.metrics.collect("gen.case.size", (tag,), NOW, 2.0)
        await one.metrics.flush()
        assert one.counts("gen.case") == {NOW: 3.0}
        assert one.sketches("gen.case.size") == (3, 6.0)


async def test_a_bucket_flushed_many_times_keeps_every_count(engine: Engine) -> None:
    """Late records of two buckets come for minutes."""
    async with bench(engine) as one:
        for _ in range(25):
            one.metrics.collect("gen.late", (), NOW)
            one.metrics.collect("gen.late", (), NOW + 10)
            await one.metrics.flush()
            one.clock.now += 10
        assert one.counts("gen.late") == {NOW: 25.0, NOW + 10: 25.0}


async def test_counts_survive_a_store_that_is_away_for_minutes(engine: Engine) -> None:
    async with bench(engine) as one:
        one.writer.failures = 30
        for step in range(30):
            one.metrics.collect("gen.away", (), NOW + 10 * step)
            with pytest.raises(StoreFull):
                await one.metrics.flush()
            one.clock.now += 10
        await one.metrics.flush()
        assert one.counts("gen.away") == {NOW + 10 * step: 1.0 for step in range(30)}


async def test_one_record_with_too_many_tags_does_not_stop_the_others(engine: Engine) -> None:
    async with bench(engine) as one:
        one.metrics.collect("gen.other", (), NOW)
        one.metrics.collect("gen.many", tuple(f"tag:{n}" for n in range(5000)), NOW)
        one.metrics.collect("???", (), NOW)
        await one.metrics.flush()
        assert one.counts("gen.other") == {NOW: 1.0}
        assert one.counts("gen.many") == {}
        assert one.metrics.take() == {}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_numbers_that_are_none_do_not_spoil_a_distribution(engine: Engine, number: float) -> None:
    name = f"gen.finite.{'x' if number != number else 'p' if number > 0 else 'm'}"
    async with bench(engine) as one:
        one.metrics.collect(name, (), NOW, 1.5)
        one.metrics.collect(name, (), NOW, number)
        await one.metrics.flush()
        assert one.sketches(name) == (1, 1.5)


async def test_two_flushes_of_one_second_add_up(engine: Engine) -> None:
    async with bench(engine) as one:
        for _ in range(2):
            one.metrics.collect("gen.twice", (), NOW, 1.0)
            await one.metrics.flush()
        assert one.sketches("gen.twice") == (2, 2.0)


@pytest.mark.parametrize("time", [NOW - 1201, NOW + 601, float("nan"), float("inf"), -1.0])
async def test_times_far_away_are_ignored(engine: Engine, time: float) -> None:
    async with bench(engine) as one:
        one.metrics.collect("gen.far", (), time)
        assert one.metrics.take() == {}


async def test_what_is_collected_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_metrics, "MAX_SERIES", 3)
    monkeypatch.setattr(generated_metrics, "MAX_NUMBERS", 5)
    async with bench(engine) as one:
        for number in range(10):
            one.metrics.collect("gen.bound", (f"n:{number}",), NOW)
        for _ in range(10):
            one.metrics.collect("gen.bound", ("n:0",), NOW)
        found = one.metrics.take()
        assert [bucket.count for bucket in found.values()] == [11, 1, 1]
        for _ in range(10):
            one.metrics.collect("gen.bound", (), NOW, 1.0)
        (bucket,) = one.metrics.take().values()
        assert len(bucket.numbers) == 5
