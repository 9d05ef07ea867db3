"""Widget types and the fields that each requires."""

from __future__ import annotations

from collections.abc import Mapping

_REQUESTS = ("requests",)

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "alert_graph": ("alert_id", "viz_type"),
    "alert_value": ("alert_id",),
    "bar_chart": _REQUESTS,
    "change": _REQUESTS,
    "check_status": ("check", "grouping"),
    "cohort": _REQUESTS,
    "distribution": _REQUESTS,
    "event_stream": ("query",),
    "event_timeline": ("query",),
    "free_text": ("text",),
    "funnel": _REQUESTS,
    "geomap": ("requests", "style", "view"),
    "group": ("layout_type", "widgets"),
    "heatgrid": _REQUESTS,
    "heatmap": _REQUESTS,
    "hostmap": _REQUESTS,
    "iframe": ("url",),
    "image": ("url",),
    "list_stream": _REQUESTS,
    "manage_status": ("query",),
    "note": ("content",),
    "point_plot": _REQUESTS,
    "powerpack": ("powerpack_id",),
    "query_table": _REQUESTS,
    "query_value": _REQUESTS,
    "retention_curve": _REQUESTS,
    "run_workflow": ("workflow_id",),
    "sankey": _REQUESTS,
    "scatterplot": _REQUESTS,
    "servicemap": ("service", "filters"),
    "slo": ("view_type",),
    "slo_list": _REQUESTS,
    "split_group": ("source_widget_definition", "split_config", "size"),
    "sunburst": _REQUESTS,
    "timeseries": _REQUESTS,
    "toplist": _REQUESTS,
    "topology_map": _REQUESTS,
    "trace_service": ("env", "service", "span_name"),
    "treemap": _REQUESTS,
    "wildcard": ("requests", "specification"),
}
"""Required fields of the definition by widget type; types not listed here are stored without validation."""

QUERY_WIDGETS = frozenset(kind for kind, names in REQUIRED.items() if "requests" in names)
"""Widgets that display the results of their ``requests``."""

SINGLE_REQUEST = frozenset({"query_value"})
