"""Readings of metric monitors: what a window comes to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heeler.monitors.evaluation.series_query import read_metric
from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world
from tests.unit.query.store import Series, insert


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@pytest.mark.parametrize("aggregator", ["avg", "percentile"])
async def test_a_percentile_of_a_window_is_that_of_all_its_samples(here: World, aggregator: str) -> None:
    metric = f"read.{aggregator}"
    samples = [(EPOCH + 60 * at, [1.0] * 100 if at < 40 else [100.0] * 2) for at in range(50)]
    insert(here.services.engine, metric, [Series([], type="distribution", samples=samples, host="a")])
    for expression, expected in ((f"p95:{metric}{{*}}", 1.0), (f"default_zero(p95:{metric}{{*}}) * 3", 3.0)):
        query = parse_monitor_query("metric alert", f"{aggregator}(last_50m):{expression} > 5")
        assert isinstance(query, MetricQuery)
        readings = await read_metric(here.services, query, {}, EPOCH + 3000)
        assert readings["*"].value == pytest.approx(expected, rel=0.01)
