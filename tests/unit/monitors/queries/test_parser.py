"""Windows of metric monitors: the past, and for forecasts the future."""

from __future__ import annotations

import pytest

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query


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
