from __future__ import annotations

from heeler.dashboards.legacy import (
    dashboard_of_screenboard,
    dashboard_of_timeboard,
    screenboard_of_dashboard,
    timeboard_of_dashboard,
    widget_of_graph,
)
from heeler.dashboards.validate import problems

GRAPH = {
    "title": "Load",
    "definition": {
        "viz": "timeseries",
        "requests": [{"q": "avg:system.load.1{*}", "type": "area", "style": {"palette": "cool"}}],
        "events": ["deploys", {"q": "errors"}],
        "markers": [{"value": "y = 1", "type": "error dashed"}],
    },
}


def test_a_graph_becomes_a_widget() -> None:
    definition = widget_of_graph(GRAPH)["definition"]
    assert definition["type"] == "timeseries"
    assert definition["title"] == "Load"
    assert definition["requests"] == [
        {"q": "avg:system.load.1{*}", "display_type": "area", "style": {"palette": "cool"}}
    ]
    assert definition["events"] == [{"q": "deploys"}, {"q": "errors"}]


def test_a_definition_may_lack_its_viz() -> None:
    assert widget_of_graph({"definition": {"requests": []}})["definition"]["type"] == "timeseries"
    assert widget_of_graph({"definition": {"type": "toplist"}})["definition"]["type"] == "toplist"


def test_a_timeboard_survives_the_way_there_and_back() -> None:
    board = {"title": "t", "description": "d", "graphs": [GRAPH], "template_variables": [{"name": "host"}]}
    board["graphs"][0]["definition"]["events"] = [{"q": "deploys"}]  # type: ignore[index]
    dashboard = dashboard_of_timeboard({**board, "read_only": "True"})
    assert problems(dashboard) == []
    assert timeboard_of_dashboard(dashboard) == {**board, "read_only": True}


def test_a_group_is_opened_into_graphs() -> None:
    inner = {"definition": {"type": "toplist", "title": "a", "requests": []}}
    group = {"definition": {"type": "group", "layout_type": "ordered", "widgets": [inner]}}
    graphs = timeboard_of_dashboard({"title": "t", "widgets": [group]})["graphs"]
    assert graphs == [{"title": "a", "definition": {"viz": "toplist", "requests": []}}]


def test_a_screenboard_keeps_places_and_contents() -> None:
    board = {
        "board_title": "s",
        "widgets": [
            {"type": "note", "html": "hi", "x": 1, "y": 2, "width": 30, "height": 10, "title": False},
            {
                "type": "timeseries",
                "title": True,
                "title_text": "Load",
                "timeframe": "1h",
                "tile_def": {"viz": "timeseries", "requests": [{"q": "avg:system.load.1{*}"}]},
                "x": "3",
                "y": None,
            },
        ],
    }
    dashboard = dashboard_of_screenboard(board)
    assert problems(dashboard) == []
    note, graph = dashboard["widgets"]
    assert note["definition"] == {"type": "note", "content": "hi"}
    assert note["layout"] == {"x": 1, "y": 2, "width": 30, "height": 10}
    assert graph["definition"]["title"] == "Load"
    assert graph["definition"]["time"] == {"live_span": "1h"}
    assert graph["layout"] == {"x": 3, "y": 0, "width": 12, "height": 12}
    assert screenboard_of_dashboard(dashboard)["board_title"] == "s"


def test_requests_may_stand_beside_the_title_of_a_graph() -> None:
    graph = {"title": "Load", "viz": "toplist", "requests": [{"q": "avg:system.load.1{*}", "type": "bars"}]}
    assert widget_of_graph(graph)["definition"] == {
        "type": "toplist",
        "title": "Load",
        "requests": [{"q": "avg:system.load.1{*}", "display_type": "bars"}],
    }


def test_requests_of_a_screenboards_widget_may_stand_in_its_definition_or_beside_its_place() -> None:
    requests = [{"q": "avg:system.load.1{*}", "type": "area"}]
    place = {"x": 0, "y": 0, "width": 30, "height": 10}
    inside = {"type": "timeseries", "definition": {"viz": "timeseries", "requests": requests}, **place}
    beside = {"type": "timeseries", "requests": requests, **place}
    dashboard = dashboard_of_screenboard({"board_title": "s", "widgets": [inside, beside]})
    assert problems(dashboard) == []
    for widget in dashboard["widgets"]:
        assert widget["definition"] == {
            "type": "timeseries",
            "requests": [{"q": "avg:system.load.1{*}", "display_type": "area"}],
        }
