"""The graph in a monitor's mail: one group, its thresholds, lines between points rarer than buckets."""

from __future__ import annotations

import numpy as np

from heeler.monitors.notifications.graph import graph_of, threshold_markers, window_of
from heeler.monitors.queries.parser import MetricQuery, parse_monitor_query
from heeler.query.frame import Frame, Group

TIMES = np.arange(0, 600, 2, dtype=np.int64)


def test_the_groups_own_line_is_joined_between_its_points() -> None:
    heard = np.isin(TIMES, [100, 116, 130])
    values = np.vstack([np.where(heard, 950.0, np.nan), np.full(len(TIMES), 1.0)])
    frame = Frame(TIMES, (Group(("host:a",), "host:a"), Group(("host:b",), "host:b")), values, 2)
    query = parse_monitor_query("metric alert", "max(last_5m):avg:my_metric{*} by {host} > 800")
    assert isinstance(query, MetricQuery)
    markers = threshold_markers(query, {"thresholds": {"critical": 800, "warning": 500}})
    graph = graph_of(frame, query.expression, (0, 600), markers, "host:a")
    assert [item.name for item in graph.series] == ["host:a"]
    assert list(graph.times) == [100, 116, 130]
    assert np.isfinite(graph.series[0].values).all()
    assert [(marker.kind, marker.value) for marker in graph.markers] == [("alert", 800), ("warning", 500)]


def metric_query(text: str) -> MetricQuery:
    query = parse_monitor_query("query alert", text)
    assert isinstance(query, MetricQuery)
    return query


def test_an_outlier_is_shown_among_the_others_over_the_window_that_was_judged() -> None:
    groups = (Group(("host:a",), "host:a", outlier=True), Group(("host:b",), "host:b"))
    frame = Frame(TIMES, groups, np.ones((2, len(TIMES))), 2, notes=("Few points.",))
    graph = graph_of(frame, "t", (0, 600), (), "host:a")
    assert [(item.name, item.outlier) for item in graph.series] == [("host:a", True), ("host:b", False)]
    assert graph.notes == ("Few points.",)
    query = metric_query("avg(last_30m):outliers(avg:a{*} by {host}, 'DBSCAN', 3) > 0")
    assert threshold_markers(query, {}) == ()
    assert window_of(query, 10_000) == (8200, 10_000)


def test_the_picture_of_a_forecast_goes_as_far_ahead_as_the_monitor_looks() -> None:
    query = metric_query("max(next_1d):forecast(avg:disk{*}, 'linear', 1) >= 90")
    assert window_of(query, 100_000) == (13_600, 186_400)
    assert [marker.value for marker in threshold_markers(query, {})] == [90]
    edge = np.where(TIMES >= 400, 1.0, np.nan)[None, :]
    frame = Frame(TIMES, (Group(),), np.ones((1, len(TIMES))), 2, bands={"lower": edge, "upper": edge})
    assert graph_of(frame, "t", (0, 600), now=398).series[0].ahead == 400
