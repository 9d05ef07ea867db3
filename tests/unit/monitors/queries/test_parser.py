"""Windows of metric monitors: the past, and for forecasts the future."""

from __future__ import annotations

import pytest

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import MetricQuery, ProcessQuery, is_grouped, parse_monitor_query


def test_forecast_windows_lie_ahead() -> None:
    query = parse_monitor_query("query alert", "max(next_1w):forecast(avg:disk.used{*}, 'linear', 1) >= 90")
    assert isinstance(query, MetricQuery)
    assert query.ahead
    assert query.window == 7 * 86400


def test_only_forecasts_look_ahead() -> None:
    with pytest.raises(InvalidQuery, match="it takes forecast"):
        parse_monitor_query("query alert", "max(next_1w):avg:disk.used{*} >= 90")


def test_the_time_aggregator_percentile_takes_percentiles_alone() -> None:
    found = parse_monitor_query("metric alert", "percentile(last_5m):p95:trace.web{*} > 1")
    assert isinstance(found, MetricQuery)
    assert found.aggregator == "percentile"
    with pytest.raises(InvalidQuery, match="takes percentiles"):
        parse_monitor_query("metric alert", "percentile(last_5m):avg:trace.web{*} > 1")


def test_live_processes_are_counted() -> None:
    query = parse_monitor_query(
        "process alert",
        'processes("java kafka").over("env:prod","role:db").by("host").rollup("count").last("10m") < 2',
    )
    assert query == ProcessQuery("java kafka", ("env:prod", "role:db"), ("host",), 600, "<", 2.0)
    assert is_grouped(query)
    everything = parse_monitor_query("process alert", 'processes("*").over("*").by("*").last("5m") > 500')
    assert everything == ProcessQuery("", (), (), 300, ">", 500.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('logs("a").last("5m") > 1', "expected processes"),
        ('processes("a").rollup("avg", "cpu").last("5m") > 1', "unknown rollup"),
        ('processes("a").rollup("count") > 1', "time window is missing"),
        ('processes("a").last("2d") > 1', "1m to 1d"),
        ('processes("(a").last("5m") > 1', "not closed"),
        ('processes("a").index("main").last("5m") > 1', "no .index"),
    ],
)
def test_queries_of_processes_that_are_wrong_say_why(text: str, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message):
        parse_monitor_query("process alert", text)
