"""Lines of a picture: joined between rare points, open where nothing came for minutes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from heeler.query.frame import Frame, Group
from heeler.render.model import Graph, Pen, QueryValue, Style
from heeler.snapshots.definition import Definition, GraphRequest
from heeler.snapshots.draw import Line, draw, end_of, graph_of
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, world

TIMES = np.arange(0, 1200, 10, dtype=np.int64)


def drawn(heard: list[int], style: Style = "line") -> list[int]:
    """The times of a picture of points at ``heard``."""
    values = np.where(np.isin(TIMES, heard), 1.0, np.nan)
    line = Line("a", Frame(TIMES, (Group(),), values[None, :], 10), 0, GraphRequest("a", style=style))
    graph = graph_of(Definition("timeseries", "t", (GraphRequest("a"),)), [line], 0, 1200)
    assert len(graph.series[0].values) == len(graph.times)
    return [int(time) for time in graph.times]


def test_points_rarer_than_buckets_are_joined() -> None:
    assert drawn([100, 150, 190, 240]) == [100, 150, 190, 240]


def test_an_outage_stays_a_hole() -> None:
    times = drawn([100, 500])
    assert times[0] == 100
    assert times[-1] == 500
    assert len(times) > 2


def test_bars_keep_every_bucket() -> None:
    assert drawn([100, 150], "bars") == [int(time) for time in TIMES]


def test_nothing_at_all() -> None:
    assert drawn([]) == [int(time) for time in TIMES]


async def test_formulas_over_logs_look_at_other_times(engine: Engine, tmp_path: Path) -> None:
    count = {"data_source": "logs", "search": {"query": "service:snap-shift"}, "compute": {}}
    queries = ({**count, "name": "lines"},)
    formulas = ("hour_before(lines)", "lines")
    request = (GraphRequest(queries=queries, formulas=formulas, names=formulas, style="bars"),)
    async with world(engine, tmp_path) as here:
        here.logs("snap-shift", [(1.5, "info", {}), (61.5, "info", {"n": 1}), (61.6, "info", {"n": 2})])
        window = EPOCH + 3600.0, EPOCH + 7200.0
        number = await draw(here.services, Definition("query_value", "", request), *window)
        graph = await draw(here.services, Definition("timeseries", "", request), *window)
    assert isinstance(number, QueryValue)
    assert number.value == 1
    assert isinstance(graph, Graph)
    assert [np.nansum(series.values) for series in graph.series] == [1, 2]


def test_outliers_and_forecasts_are_marked() -> None:
    groups = (Group(("host:a",), "host:a", outlier=True), Group(("host:b",), "host:b"))
    values = np.ones((2, len(TIMES)))
    edge = np.where(TIMES >= 800, values, np.nan)
    frame = Frame(TIMES, groups, values, 10, bands={"lower": edge, "upper": edge})
    lines = [Line("a", frame, 0), Line("b", frame, 1)]
    graph = graph_of(Definition("timeseries", "t", (GraphRequest("a"),)), lines, 0, 1200, 795)
    assert [item.outlier for item in graph.series] == [True, False]
    assert [item.ahead for item in graph.series] == [800, 800]
    assert (
        graph_of(Definition("timeseries", "t", (GraphRequest("a"),)), lines, 0, 1200).series[0].ahead is None
    )


def test_only_graphs_of_forecasts_go_on_beyond_now() -> None:
    request = GraphRequest(
        queries=({"name": "a", "query": "avg:disk{*}"},), formulas=("forecast(a, 'linear', 1)",), names=("a",)
    )
    assert end_of(Definition("timeseries", "t", (request,)), 0, 3600, 3600) == 5400
    assert end_of(Definition("query_value", "t", (request,)), 0, 3600, 3600) == 3600
    assert end_of(Definition("timeseries", "t", (GraphRequest("avg:disk{*}"),)), 0, 3600, 3600) == 3600


def test_usual_colors_go_on_over_requests_and_other_palettes_begin_anew() -> None:
    frame = Frame(TIMES, (Group(),), np.ones((1, len(TIMES))), 10)
    warm = GraphRequest("b", pen=Pen("warm", "6 4", 2.5))
    lines = [
        Line("a", frame, 0, GraphRequest("a")),
        Line("b", frame, 0, warm),
        Line("c", frame, 0, GraphRequest("c")),
    ]
    graph = graph_of(Definition("timeseries", "t", ()), lines, 0, 1200)
    assert [item.pen.place for item in graph.series] == [0, 0, 2]
    assert graph.series[1].pen == Pen("warm", "6 4", 2.5, 0)
