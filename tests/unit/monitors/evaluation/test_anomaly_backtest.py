"""The past of an anomaly monitor from few queries is what evaluations at those times read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heeler.monitors.evaluation import anomaly_backtest
from heeler.monitors.evaluation.anomaly_backtest import anomaly_past
from heeler.monitors.evaluation.series_query import read_metric
from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query
from heeler.monitors.validation import checked_options
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world

WINDOWS = {"trigger_window": "last_10m", "recovery_window": "last_15m"}


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@pytest.mark.parametrize("most", [1_500, 100])
@pytest.mark.parametrize(
    "call",
    ["'basic', 2, interval=60", "'basic', 2, direction='above'", "'auto', 2, interval=60, direction='below'"],
)
async def test_readings_are_those_of_evaluations(
    here: World, monkeypatch: pytest.MonkeyPatch, call: str, most: int
) -> None:
    monkeypatch.setattr(anomaly_backtest, "MAX_POINTS", most)
    values = {minute: 50.0 + minute * 7 % 5 for minute in range(-500, 180)}
    values |= dict.fromkeys(range(120, 130), 5.0) | dict.fromkeys(range(150, 170), 95.0)
    here.points("abt.metric", {"host:a": values, "host:b": dict.fromkeys(range(-500, 100), 1.0)})
    query = parse_monitor_query(
        "query alert",
        f"avg(last_1h):anomalies(avg:abt.metric{{*}} by {{host}}, {call}, alert_window='last_10m') >= 0.5",
    )
    assert isinstance(query, MetricQuery)
    options = checked_options({"threshold_windows": WINDOWS}, query)
    times = [EPOCH + 60 * minute for minute in range(60, 180, 5)]
    found = await anomaly_past(here.services, query, options, times)
    for at in times:
        assert found[at] == await read_metric(here.services, query, options, float(at)), at - EPOCH
    assert max(reading.value or 0 for readings in found.values() for reading in readings.values()) > 0
