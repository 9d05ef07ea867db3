"""Backtests agree with evaluations that really happened, and rolling reductions with plain ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.backtest import backtest, nearest_to_alert, rolling, supported
from heeler.monitors.evaluation.reduce import reduce_row
from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query
from heeler.monitors.validation import checked_options
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@given(
    st.lists(st.one_of(st.just(float("nan")), st.integers(-9, 9).map(float)), min_size=1, max_size=40),
    st.integers(1, 12),
    st.sampled_from(["avg", "sum", "min", "max", "last"]),
)
def test_rolling_reductions_agree_with_each_window(values: list[float], width: int, aggregator: str) -> None:
    width = min(width, len(values))
    found = rolling(np.array([values]), width, aggregator)[0]
    plain = [
        reduce_row(np.array(values[at : at + width]), aggregator) for at in range(len(values) - width + 1)
    ]
    expected = [np.nan if value is None else value for value in plain]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("aggregator", ["avg", "max", "sum"])
async def test_a_backtest_tells_what_evaluations_told(here: World, aggregator: str) -> None:
    metric = f"bt.{aggregator}"
    rng = np.random.default_rng(7)
    series = {
        f"host:{host}": {m: float(rng.integers(0, 9)) for m in range(120) if rng.random() > 0.1}
        for host in ("a", "b")
    }
    here.points(metric, series)
    limit = 20 if aggregator == "sum" else 5
    text = f"{aggregator}(last_5m):avg:{metric}{{*}} by {{host}} > {limit}"
    made = await here.monitor("metric alert", text, new_host_delay=0)
    told = await here.walk(made, range(10, 116))
    query = parse_monitor_query("metric alert", text)
    assert isinstance(query, MetricQuery)
    options = checked_options({"new_host_delay": 0}, query)
    found = await backtest(here.services, query, options, EPOCH + 9 * 60, EPOCH + 115 * 60)
    again: dict[int, list[str]] = {}
    for move in found.moves:
        again.setdefault(int(move.time - EPOCH) // 60, []).append(f"{move.group} {move.kind}")
    assert {minute: ", ".join(sorted(moves)) for minute, moves in again.items()} == told
    assert found.groups == 2
    assert found.notifications == len(found.moves) > 0
    assert 0 < found.seconds["Alert"] <= 106 * 60


@pytest.mark.parametrize("kind", ["change", "pct_change"])
async def test_a_backtest_of_a_change_tells_what_evaluations_told(here: World, kind: str) -> None:
    rng = np.random.default_rng(3)
    metric = f"bt.{kind}"
    series = {
        f"host:{host}": {m: float(rng.integers(1, 9)) for m in range(120) if m % 31} for host in ("a", "b")
    }
    here.points(metric, series)
    limit = 2 if kind == "change" else 40
    text = f"{kind}(avg(last_5m),last_15m):avg:{metric}{{*}} by {{host}} > {limit}"
    made = await here.monitor("query alert", text, new_host_delay=0)
    told = await here.walk(made, range(30, 100))
    query = supported(parse_monitor_query("query alert", text))
    options = checked_options({"new_host_delay": 0}, query)
    found = await backtest(here.services, query, options, EPOCH + 29 * 60, EPOCH + 99 * 60)
    again: dict[int, list[str]] = {}
    for move in found.moves:
        again.setdefault(int(move.time - EPOCH) // 60, []).append(f"{move.group} {move.kind}")
    assert {minute: ", ".join(sorted(moves)) for minute, moves in again.items()} == told
    assert len(told) > 2
    # The values that were compared: an alert is a value beyond the threshold at its time.
    alerts = [move for move in found.moves if move.kind == "Triggered"]
    for move in alerts:
        value = found.values[move.group][found.times.index(int(move.time))]
        assert value is not None
        assert value > limit


def test_of_many_values_those_nearest_to_an_alert_are_shown() -> None:
    times = range(60, 60 * 1001, 60)
    line = [float(place % 7) if place != 500 else 99.0 for place in range(1000)]
    line[:3] = [None, None, None]  # type: ignore[list-item]
    shown, found = nearest_to_alert(times, {"a": line, "none": [None] * 1000}, ">")
    assert len(shown) == len(found["a"]) <= 360
    assert max(value for value in found["a"] if value is not None) == 99
    assert found["a"][0] is None
    assert set(found["none"]) == {None}
    assert shown[-1] == times[-1]
    below = nearest_to_alert(times, {"a": line}, "<")[1]["a"]
    assert max(value for value in below if value is not None) < 99
    assert nearest_to_alert([], {"a": []}, ">") == ((), {"a": []})


def test_kinds_without_a_backtest_say_so() -> None:
    for text in (
        "avg(last_4h):anomalies(avg:a{*}, 'agile', 2) >= 1",
        "sum(current_1d):sum:a{*}.as_count() > 1",
    ):
        with pytest.raises(InvalidQuery, match="no backtest"):
            supported(parse_monitor_query("query alert", text))
    with pytest.raises(InvalidQuery, match="only metric monitors"):
        supported(parse_monitor_query("log alert", 'logs("x").last("5m") > 1'))
