"""The graph in a monitor's mail: one group, its thresholds, lines between points rarer than buckets."""

from __future__ import annotations

import numpy as np

from heeler.monitors.graph import graph_of, threshold_markers
from heeler.monitors.query import MetricQuery, parse_monitor_query
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
