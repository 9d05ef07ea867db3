"""Conversion of timeboards and screenboards, which older scripts send, to dashboards and back.

A timeboard's graph ``{title, definition: {viz, requests, ...}}`` is a widget whose definition has ``viz`` as
its ``type``; a screenboard's widget has its position and type at the top level and its queries in
``tile_def``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

_TYPE_OF_VIZ = {"table": "query_table", "process": "query_table"}
_VIZ_OF_TYPE = {"query_table": "table"}
_PLACE = ("x", "y", "width", "height")
_SCREEN_DROPPED = frozenset(
    {*_PLACE, "type", "definition", "requests", "board_id", "isShared", "generated_title"}
)
_SCREEN_NAMES = {
    "board_title": "title",
    "description": "description",
    "template_variables": "template_variables",
    "read_only": "is_read_only",
}
_SCREEN_WIDGET_NAMES = {
    "html": "content",
    "bgcolor": "background_color",
    "timeframe": None,
    "tile_def": None,
    "title_text": None,
    "title": None,
    "legend": "show_legend",
    "sizing": "sizing",
}


def as_flag(value: Any) -> bool:
    """Parse a boolean; old scripts send ``"True"`` for true."""
    return value.strip().lower() in ("true", "1", "yes") if isinstance(value, str) else bool(value)


def dashboard_of_timeboard(timeboard: Mapping[str, Any]) -> Object:
    """Convert a timeboard to a dashboard with the same graphs."""
    return {
        "title": timeboard.get("title"),
        "description": timeboard.get("description"),
        "layout_type": "ordered",
        **({"is_read_only": True} if as_flag(timeboard.get("read_only")) else {}),
        "template_variables": timeboard.get("template_variables") or None,
        "widgets": [widget_of_graph(graph) for graph in timeboard.get("graphs") or []],
    }


def widget_of_graph(graph: Mapping[str, Any]) -> Object:
    """Convert a timeboard's graph to a widget; older ones have their requests beside the title."""
    given = graph.get("definition")
    beside = {name: value for name, value in graph.items() if name not in ("title", "definition", "id")}
    definition = {**beside, **given} if isinstance(given, dict) else beside
    viz = definition.pop("viz", None) or definition.pop("type", None) or "timeseries"
    definition.pop("type", None)
    if isinstance(definition.get("requests"), list):
        definition["requests"] = [_request(request) for request in definition["requests"]]
    if isinstance(definition.get("events"), list):
        definition["events"] = [
            {"q": event} if isinstance(event, str) else event for event in definition["events"]
        ]
    title = {"title": graph["title"]} if graph.get("title") is not None else {}
    return {
        "definition": {
            "type": _TYPE_OF_VIZ.get(viz, viz) if isinstance(viz, str) else viz,
            **title,
            **definition,
        }
    }


def _request(request: Any) -> Any:
    if not isinstance(request, dict):
        return request
    converted = dict(request)
    display = converted.pop("type", None)
    stacked = converted.pop("stacked", None)
    if display is not None or stacked is not None:
        converted["display_type"] = "area" if as_flag(stacked) and display in (None, "line") else display
    return converted


def timeboard_of_dashboard(dashboard: Mapping[str, Any]) -> Object:
    """Closest timeboard to a dashboard: groups are flattened, positions are lost."""
    return {
        "title": dashboard.get("title"),
        "description": dashboard.get("description") or "",
        "graphs": [graph for widget in dashboard.get("widgets") or [] for graph in _graphs(widget)],
        "template_variables": dashboard.get("template_variables"),
        "read_only": bool(dashboard.get("is_read_only")),
    }


def _graphs(widget: Mapping[str, Any]) -> list[Object]:
    definition = dict(widget["definition"])
    if definition.get("type") == "group":
        return [graph for inner in definition.get("widgets") or [] for graph in _graphs(inner)]
    kind = definition.pop("type")
    title = definition.pop("title", "")
    if isinstance(definition.get("requests"), list):
        definition["requests"] = [_old_request(request) for request in definition["requests"]]
    return [{"title": title, "definition": {"viz": _VIZ_OF_TYPE.get(kind, kind), **definition}}]


def _old_request(request: Any) -> Any:
    if not isinstance(request, dict) or "display_type" not in request:
        return request
    return {
        **{key: value for key, value in request.items() if key != "display_type"},
        "type": request["display_type"],
    }


def dashboard_of_screenboard(screenboard: Mapping[str, Any]) -> Object:
    """Convert a screenboard to a dashboard with the same widgets and positions."""
    dashboard: Object = {
        new: screenboard[old] for old, new in _SCREEN_NAMES.items() if screenboard.get(old) is not None
    }
    if not as_flag(screenboard.get("read_only")):
        dashboard.pop("is_read_only", None)
    else:
        dashboard["is_read_only"] = True
    dashboard["layout_type"] = "free"
    dashboard["widgets"] = [_widget_of_screen(widget) for widget in screenboard.get("widgets") or []]
    return dashboard


def _widget_of_screen(widget: Mapping[str, Any]) -> Object:
    """Convert a screenboard's widget; its requests are in ``tile_def``, in ``definition`` or at the top
    level.
    """
    tile = _tile(widget)
    definition: Object = {}
    for name, value in widget.items():
        new_name = _SCREEN_WIDGET_NAMES.get(name, name)
        if name not in _SCREEN_DROPPED and new_name is not None:
            definition[new_name] = value
    kind = str(widget.get("type") or tile.get("viz") or "timeseries")
    if tile:
        graph = widget_of_graph({"definition": {**tile, "viz": tile.get("viz") or kind}})["definition"]
        kind = str(graph.pop("type"))
        definition |= graph
    title = widget.get("title_text") or (widget["title"] if isinstance(widget.get("title"), str) else None)
    if title:
        definition["title"] = title
    if isinstance(widget.get("timeframe"), str):
        definition["time"] = {"live_span": widget["timeframe"]}
    layout = {name: _number(widget.get(name), 12 if name in ("width", "height") else 0) for name in _PLACE}
    return {"definition": {"type": kind, **definition}, "layout": layout}


def _tile(widget: Mapping[str, Any]) -> Object:
    """Definition of a widget in timeboard format; empty for texts and images."""
    for name in ("tile_def", "definition"):
        if isinstance(widget.get(name), dict):
            return dict(widget[name])
    return {"requests": widget["requests"]} if isinstance(widget.get("requests"), list) else {}


def _number(value: Any, default: int) -> int | float:
    try:
        return max(0, value if isinstance(value, int | float) else float(value))
    except (TypeError, ValueError):
        return default


def screenboard_of_dashboard(dashboard: Mapping[str, Any]) -> Object:
    """Closest screenboard to a dashboard."""
    return {
        "board_title": dashboard.get("title"),
        "description": dashboard.get("description"),
        "read_only": bool(dashboard.get("is_read_only")),
        "template_variables": dashboard.get("template_variables"),
        "widgets": [
            {**(widget.get("layout") or {}), **widget["definition"]}
            for widget in dashboard.get("widgets") or []
        ],
    }
