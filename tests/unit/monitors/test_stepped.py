"""Metric monitors minute by minute, over stored points: when each is told, and when it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from heeler.store.engine import Engine
from tests.unit.monitors.world import World, every, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def test_no_data_counts_from_the_last_point(here: World) -> None:
    here.points("st.nodata", {"host:a": every(range(10), 1.0)})
    made = await here.monitor(
        "metric alert", "avg(last_5m):avg:st.nodata{*} > 5", notify_no_data=True, no_data_timeframe=10
    )
    # The last point came at 9:30, so ten minutes are over at 19:30.
    assert await here.walk(made, range(1, 25)) == {20: "No Data"}


@pytest.mark.parametrize(
    ("options", "told", "state"),
    [
        ({}, {}, "OK"),
        ({"on_missing_data": "default"}, {}, "OK"),
        ({"on_missing_data": "show_no_data"}, {}, "No Data"),
        ({"on_missing_data": "show_and_notify_no_data"}, {7: "No Data"}, "No Data"),
        ({"on_missing_data": "resolve"}, {}, "OK"),
        ({"notify_no_data": True}, {13: "No Data"}, "No Data"),
    ],
)
async def test_missing_data_of_a_gauge(
    here: World, options: dict[str, Any], told: dict[int, str], state: str
) -> None:
    metric = f"st.missing.{len(str(options))}"
    here.points(metric, {"host:a": every(range(3), 1.0)})
    made = await here.monitor("metric alert", f"avg(last_5m):avg:{metric}{{*}} > 5", **options)
    # The last point came at 2:30; the window of minute 8 is the first without.
    expected = {minute + 1: kind for minute, kind in told.items()} if "on_missing_data" in options else told
    assert await here.walk(made, range(1, 16)) == expected
    assert await here.states(made) == {"*": state}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"on_missing_data": "default"}, {1: "Triggered", 8: "Recovered"}),
        ({"on_missing_data": "resolve"}, {1: "Triggered", 8: "Recovered"}),
        ({"on_missing_data": "show_no_data"}, {1: "Triggered"}),
        ({}, {1: "Triggered"}),
    ],
)
async def test_missing_data_of_a_count_in_alert(
    here: World, options: dict[str, Any], told: dict[int, str]
) -> None:
    metric = f"st.count.{len(str(options))}"
    here.points(metric, {"host:a": every(range(3), 9.0)}, "count", 60)
    made = await here.monitor("metric alert", f"sum(last_5m):sum:{metric}{{*}}.as_count() > 5", **options)
    assert await here.walk(made, range(1, 12)) == told


async def test_a_quiet_no_data_tells_no_recovery_but_an_alert_before_it_does(here: World) -> None:
    here.points("st.quiet", {"host:a": {0: 1.0, 1: 1.0, 12: 1.0}, "host:b": {0: 9.0, 1: 9.0, 12: 1.0}})
    made = await here.monitor(
        "metric alert", "avg(last_5m):avg:st.quiet{*} by {host} > 5", on_missing_data="show_no_data"
    )
    assert await here.walk(made, range(1, 15)) == {1: "host:b Triggered", 13: "host:b Recovered"}


async def test_a_full_window_is_waited_for_and_then_kept(here: World) -> None:
    here.points("st.full", {"host:a": every(range(4, 20), 9.0)})
    made = await here.monitor("metric alert", "avg(last_10m):avg:st.full{*} > 5", require_full_window=True)
    # From minute 14 on the window's first minute has data.
    assert await here.walk(made, range(1, 16)) == {14: "Triggered"}
    early = await here.monitor("metric alert", "avg(last_10m):avg:st.full{*} > 5")
    assert await here.walk(early, range(5, 7)) == {5: "Triggered"}


async def test_evaluation_delay_moves_the_window(here: World) -> None:
    here.points("st.delay", {"host:a": every(range(10), 1.0) | every(range(10, 20), 9.0)})
    made = await here.monitor("metric alert", "min(last_5m):avg:st.delay{*} > 5", evaluation_delay=300)
    assert await here.walk(made, range(1, 25)) == {20: "Triggered"}


async def test_new_groups_are_left_alone_at_first(here: World) -> None:
    here.points("st.new", {"host:a": every(range(20), 1.0), "host:b": every(range(8, 20), 9.0)})
    made = await here.monitor("metric alert", "avg(last_5m):avg:st.new{*} by {host} > 5", new_group_delay=300)
    assert await here.walk(made, range(1, 20)) == {14: "host:b Triggered"}


async def test_recovery_thresholds(here: World) -> None:
    values = dict(enumerate([95.0, 85.0, 81.0, 80.0, 75.0, 61.0, 60.0]))
    here.points("st.recover", {"host:a": values})
    made = await here.monitor(
        "metric alert",
        "max(last_1m):avg:st.recover{*} > 90",
        thresholds={"critical": 90, "warning": 70, "critical_recovery": 80, "warning_recovery": 60},
    )
    assert await here.walk(made, range(1, 8)) == {1: "Triggered", 4: "Warn", 7: "Recovered"}


@pytest.mark.parametrize(
    ("aggregator", "comparator", "minute"),
    [("max", ">", 4), ("min", ">", 6), ("avg", ">", 5), ("sum", ">", 4)],
)
async def test_time_aggregators(here: World, aggregator: str, comparator: str, minute: int) -> None:
    metric = f"st.aggregator.{aggregator}"
    here.points(metric, {"host:a": {0: 1.0, 1: 1.0, 2: 1.0, 3: 10.0, 4: 10.0, 5: 10.0}})
    made = await here.monitor("metric alert", f"{aggregator}(last_3m):avg:{metric}{{*}} {comparator} 6")
    assert await here.walk(made, range(3, 7)) == {minute: "Triggered"}


async def test_a_ratio_of_counts_is_one_of_totals(here: World) -> None:
    errors = {minute: float(minute + 1) for minute in range(5)}
    here.points("st.errors", {"host:a": errors}, "count", 60)
    here.points("st.total", {"host:a": every(range(20), 5.0), "host:b": every(range(20), 5.0)}, "count", 60)
    ratio = "sum:st.errors{*} by {host}.as_count() / sum:st.total{*} by {host}.as_count()"
    # 1..5 of 5 each: 15 / 25, where a sum of the minutes' ratios would be 3.
    high = await here.monitor("metric alert", f"sum(last_5m):{ratio} > 0.6")
    low = await here.monitor("metric alert", f"sum(last_5m):{ratio} >= 0.6")
    none = await here.monitor("metric alert", f"sum(last_5m):{ratio} < 0.01")
    assert await here.walk(high, range(5, 12)) == {}
    assert await here.told(low) == {5: "host:a Triggered", 6: "host:a Recovered"}
    # Where there are no errors, or no longer, their share is zero, not missing.
    assert await here.told(none) == {5: "host:b Triggered", 10: "host:a Triggered"}


async def test_changes(here: World) -> None:
    here.points("st.change", {"host:a": every(range(10), 10.0) | every(range(10, 20), 16.0)})
    by = await here.monitor("query alert", "change(avg(last_1m),5m_ago):avg:st.change{*} > 5")
    percent = await here.monitor("query alert", "pct_change(avg(last_1m),last_5m):avg:st.change{*} > 60")
    percent_at = await here.monitor("query alert", "pct_change(avg(last_1m),last_5m):avg:st.change{*} >= 60")
    assert await here.walk(by, range(6, 18)) == {11: "Triggered", 16: "Recovered"}
    assert await here.told(percent) == {}
    assert await here.told(percent_at) == {11: "Triggered", 16: "Recovered"}


async def test_outliers(here: World) -> None:
    usual = {f"host:{name}": every(range(40), 10.0 + place / 10) for place, name in enumerate("abcde")}
    odd = every(range(20), 10.2) | every(range(20, 40), 500.0)
    here.points("st.outlier", {**usual, "host:z": odd})
    made = await here.monitor(
        "query alert", "avg(last_10m):outliers(avg:st.outlier{*} by {host},'DBSCAN',3) > 0"
    )
    told = await here.walk(made, range(11, 35))
    assert list(told.values()) == ["host:z Triggered"]
    assert {name for name, state in (await here.states(made)).items() if state == "Alert"} == {"host:z"}


async def test_anomalies_alert_and_recover_by_their_windows(here: World) -> None:
    values = {minute: 50.0 + minute % 3 for minute in range(-600, 60)}
    values |= every(range(10, 18), 500.0)
    here.points("st.anomaly", {"host:a": values})
    made = await here.monitor(
        "query alert",
        "avg(last_1h):anomalies(avg:st.anomaly{*}, 'basic', 3, direction='above', interval=60, "
        "alert_window='last_5m') >= 1",
        thresholds={"critical": 1, "critical_recovery": 0},
        threshold_windows={"trigger_window": "last_5m", "recovery_window": "last_5m"},
    )
    told = await here.walk(made, range(9, 30))
    assert list(told.values()) == ["Triggered", "Recovered"]
    alert, recovered = told
    assert 14 <= alert <= 16
    assert 18 < recovered <= 24


async def test_anomalies_are_a_share_of_the_trigger_window_and_recover_by_their_own(here: World) -> None:
    values = {minute: 50.0 + minute % 60 + minute % 7 / 2 for minute in range(-420, 60)}
    values |= every(range(10, 25), 500.0)
    here.points("st.share", {"host:a": values})
    made = await here.monitor(
        "query alert",
        "avg(last_1h):anomalies(avg:st.share{*}, 'robust', 3, interval=60, alert_window='last_20m', "
        "seasonality='hourly') >= 0.5",
        thresholds={"critical": 0.5, "critical_recovery": 0},
        threshold_windows={"trigger_window": "last_20m", "recovery_window": "last_11m"},
    )
    alert, recovered = await here.walk(made, range(9, 45))
    # Ten of the twenty minutes before 20 are outside; the last of these leaves eleven minutes at 36.
    assert 19 <= alert <= 21
    assert 35 <= recovered <= 37


@pytest.mark.parametrize("window", ["next_1d", "last_1d"])
async def test_forecasts_alert_before_it_happens(here: World, window: str) -> None:
    metric = f"st.forecast.{window}"
    # 1 % each 10 minutes: 34 % at minute 0, 90 % in a little more than nine hours.
    filling = {minute: 34.0 + minute / 10 for minute in range(-300, 5, 5)}
    here.points(metric, {"device:a": filling, "device:b": dict.fromkeys(filling, 34.0)})
    made = await here.monitor(
        "query alert",
        f"max({window}):forecast(avg:{metric}{{*}} by {{device}}, 'linear', 1, history='5h') >= 90",
    )
    await here.at(1)
    assert not await here.problem(made)
    assert await here.told(made) == {1: "device:a Triggered"}
    assert await here.states(made) == {"device:a": "Alert", "device:b": "OK"}


async def test_renotification(here: World) -> None:
    here.points("st.again", {"host:a": every(range(20), 9.0)})
    made = await here.monitor(
        "metric alert", "avg(last_5m):avg:st.again{*} > 5", renotify_interval=3, renotify_occurrences=2
    )
    assert await here.walk(made, range(1, 15)) == {1: "Triggered", 4: "Renotify", 7: "Renotify"}


@pytest.mark.parametrize(
    ("statuses", "told"),
    [(["warn"], {1: "Warn", 4: "Renotify"}), (["ALERT"], {1: "Warn"}), (None, {1: "Warn"})],
)
async def test_renotified_statuses(here: World, statuses: list[str] | None, told: dict[int, str]) -> None:
    metric = f"st.statuses.{len(str(statuses))}"
    here.points(metric, {"host:a": every(range(20), 4.0)})
    made = await here.monitor(
        "metric alert", f"avg(last_5m):avg:{metric}{{*}} > 5", renotify_interval=3,
        renotify_statuses=statuses, thresholds={"critical": 5, "warning": 3},
    )  # fmt: skip
    assert await here.walk(made, range(1, 7)) == told


async def test_no_data_is_renotified_only_where_it_is_told(here: World) -> None:
    here.points("st.silent", {"host:a": {0: 9.0}})
    loud = await here.monitor(
        "metric alert", "avg(last_1m):avg:st.silent{*} > 5", renotify_interval=2,
        on_missing_data="show_and_notify_no_data",
    )  # fmt: skip
    quiet = await here.monitor(
        "metric alert", "avg(last_1m):avg:st.silent{*} > 5", renotify_interval=2,
        on_missing_data="show_no_data",
    )  # fmt: skip
    assert await here.walk(loud, range(1, 6)) == {1: "Triggered", 2: "No Data", 4: "Renotify"}
    assert await here.told(quiet) == {1: "Triggered"}


async def test_what_is_silent_resolves_once(here: World) -> None:
    here.points("st.resolve", {"host:a": {0: 9.0}})
    made = await here.monitor(
        "metric alert", "avg(last_5m):avg:st.resolve{*} > 5", timeout_h=1, notify_no_data=True,
        no_data_timeframe=20,
    )  # fmt: skip
    minutes = [1, 5, 10, 20, 21, 40, 60, 61, 62, 70, 80, 120]
    assert await here.walk(made, minutes) == {1: "Triggered", 21: "No Data", 61: "Recovered"}


async def test_groups_are_dropped_after_a_day(here: World) -> None:
    here.points("st.drop", {"host:a": every(range(3), 1.0), "host:b": {**every(range(3), 1.0), 1500: 1.0}})
    made = await here.monitor("metric alert", "avg(last_5m):avg:st.drop{*} by {host} > 5")
    await here.at(3)
    assert set(await here.states(made)) == {"host:a", "host:b"}
    await here.at(1501)
    assert set(await here.states(made)) == {"host:b"}


async def test_groups_are_named_by_their_tags_alone(here: World) -> None:
    here.points("st.scope", {"host:a env:prod": every(range(5), 9.0), "host:b env:dev": every(range(5), 9.0)})
    multi = await here.monitor("metric alert", "avg(last_5m):avg:st.scope{env:prod} by {host} > 5")
    simple = await here.monitor("metric alert", "avg(last_5m):avg:st.scope{env IN (prod,dev)} > 5")
    await here.at(5)
    assert await here.states(multi) == {"host:a": "Alert"}
    assert await here.states(simple) == {"*": "Alert"}
