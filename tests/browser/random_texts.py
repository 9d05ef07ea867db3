"""What the fields of random dashboards hold: queries, searches, colors, words."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Chance = random.Random
LAYOUT_TITLES = (
    "Requests",
    "Requests of every service in every region of the world, and more words than any panel is wide " * 3,
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3,
    "عدد الطلبات في الثانية",
    "🚀 requests 👩‍👩‍👧‍👦 日本語",
    "CPU of $host by {{tag}} & <i>more</i>",
    "a",
)
#: Models of queries that most requests have: their data are stored here.
SOURCES = {
    "FormulaAndFunctionMetricQueryDefinition",
    "FormulaAndFunctionEventQueryDefinition",
}
_PALETTES = (
    "dog_classic", "datadog16", "semantic", "cool", "warm", "purple", "orange", "gray", "grey", "red",
    "green", "blue", "classic", "hostmap_blues", "green_to_orange", "yellow_to_green", "YlOrRd", "Plasma", "",
    "unknown",
)  # fmt: skip
CHOICES: Mapping[str, Sequence[str]] = {
    "palette": _PALETTES,
    "title_size": ("16", "13", "0", "48"),
    "legend_size": ("0", "2", "auto", ""),
    "custom_unit": ("%", "req/s", "a long unit", "€"),
    "background_color": ("white", "vivid_blue", "yellow", "transparent", "#123456", "gray", "nothing"),
    "color": ("#4d4d4d", "red", "#f0f", "not a color"),
    "custom_bg_color": ("#7b2cbf", "#fff", "rgb(10, 20, 30)", ""),
    "custom_fg_color": ("#2a9d8f", "#000", ""),
    "font_size": ("14", "auto", "12", "36", "72"),
    "tick_pos": ("50%", "auto", "0"),
    "scale": ("linear", "log", "sqrt", "pow2"),
    "min": ("auto", "0", "10", "1e2", ""),
    "max": ("auto", "100", "500", "1e9", ""),
    "label": ("", "requests per second", "a label that is longer than the axis is high " * 2),
    "facet": ("service", "host", "@http.status_code", "@usr.name", "env"),
    "index": ("*", "main"),
    "storage": ("hot", "flex_tier"),
    "metric": ("@duration",),
    "focus": ("WORLD", "US", "DE", "EMEA", "XX"),
    "alert_id": ("1", "404"),
    "slo_id": ("0" * 32,),
    "env": ("prod", "*"),
    "service": ("shop", "service-a"),
    "span_name": ("web.request", "flask.request"),
    "operation_name": ("web.request",),
    "resource_name": ("GET /",),
    "stat": ("hits",),
    "check": ("random.can_connect",),
    "image_url": ("/static/images/a.png",),
    "banner_img": ("/static/images/integration_dashboard/nginx_hero_1.png",),
    "url": ("/static/images/logos/nginx_large.svg", "https://example.com/a.png"),
    "url_dark_theme": ("/static/images/logos/nginx_dark.svg",),
    "link": ("https://example.com/?host={{host.value}}", "/metric/explorer"),
    "global_time_target": ("0", "99.9"),
    "precision": ("2",),
    "unit": ("auto", "ms", "a_longer_unit"),
    "tags_execution": ("and", "or"),
    "one_graph_per": ("service", "host"),
    "tag_key": ("service",),
    "tag_filters": ("env:prod",),
    "column": ("host", "timestamp"),
    "powerpack_id": ("00000000-0000-0000-0000-000000000000",),
}
_GRAPHS = (
    "avg:random.requests{*}",
    "avg:random.requests{*} by {host}",
    "sum:random.requests{*} by {host,service}.as_count()",
    "sum:random.requests{$host} by {service}.as_rate()",
    "max:random.latency{*} by {service}.rollup(max, 300)",
    "top(avg:random.latency{*} by {host}, 10, 'mean', 'desc')",
    "avg:random.bytes{*} by {host} / 1024",
    "per_second(sum:random.bytes{*} by {service})",
    "ewma_5(avg:random.latency{*})",
    "default_zero(avg:random.nothing{*})",
    "avg:random.nothing{*} by {host}",
    "anomalies(avg:random.requests{*}, 'basic', 2)",
    "log10(sum:random.bytes{*} by {host})",
    "-1 * avg:random.requests{*} by {host}",
    "avg:random.requests{*} by {host}, avg:random.latency{*} by {host}",
    "cumsum(sum:random.requests{*})",
    "hour_before(avg:random.requests{*} by {service})",
)
_SEARCHES = (
    "*",
    "",
    "source:random",
    "service:service-a $host",
    "@http.status_code:>=400 status:error",
    "$free",
)


def metric_query(chance: Chance) -> str:
    return chance.choice(_GRAPHS)


def _single(chance: Chance) -> str:
    """Without a comma between two queries, which queries with a name may not have."""
    return chance.choice([one for one in _GRAPHS if "}, avg" not in one])


def _search(chance: Chance) -> str:
    return chance.choice(_SEARCHES)


def _marker(chance: Chance) -> str:
    return chance.choice(("y = 100", "y > 200", "50 < y < 150", "y < 0", "y = nonsense", "x = 3"))


def _content(chance: Chance) -> str:
    return chance.choice(
        (
            "# A heading\n\nText with **bold**, `code` and a [link](https://example.com).\n\n- one\n- two\n",
            "| a | b |\n|---|---|\n| 1 | " + "long " * 30 + " |\n",
            "![a picture](/static/images/a.png)\n\n<b>html</b> $host",
            "word " * 200,
            "```\n" + "a line of code that does not end " * 8 + "\n```",
            "",
            "x" * 300,
        )
    )


def _text(*values: str) -> Callable[[Chance], str]:
    return lambda chance: chance.choice(values)


def _number(low: int, high: int) -> Callable[[Chance], int]:
    return lambda chance: chance.randint(low, high)


def _listed(*values: str) -> Callable[[Chance], list[str]]:
    return lambda chance: chance.sample(values, chance.randint(1, len(values)))


def _columns(chance: Chance) -> list[dict[str, str]]:
    fields = ("status_line", "timestamp", "host", "service", "content", "@http.url", "@duration", "@usr.name")
    widths = ("auto", "compact", "full")
    return [
        {"field": field, "width": chance.choice(widths)}
        for field in chance.sample(fields, chance.randint(1, len(fields)))
    ]


def _steps(_: Chance) -> list[dict[str, str]]:
    return [{"facet": "service", "value": f"service-{one}"} for one in "abc"]


def _aggregation(chance: Chance) -> str:
    return chance.choice(("count", "count", "avg", "max", "pc95", "cardinality"))


def _computed(chance: Chance) -> dict[str, Any]:
    name = _aggregation(chance)
    return {"aggregation": name, **({"metric": "@duration"} if name != "count" else {})}


def _computed_before(chance: Chance) -> dict[str, Any]:
    name = _aggregation(chance)
    return {"aggregation": name, **({"facet": "@duration"} if name != "count" else {}), "interval": 60_000}


def _facets(chance: Chance) -> list[dict[str, Any]]:
    keys = chance.sample(("service", "host", "@http.status_code", "@usr.name"), chance.randint(0, 3))
    return [
        {
            "facet": key,
            "limit": chance.choice((5, 10, 100)),
            "sort": {"aggregation": "count", "order": "desc"},
        }
        for key in keys
    ]


def _countries(_: Chance) -> list[dict[str, Any]]:
    return [{"facet": "@network.client.geoip.country.iso_code", "limit": 50}]


def _unit(chance: Chance) -> dict[str, Any]:
    return chance.choice(
        (
            {"unit": {"type": "canonical_unit", "unit_name": "byte", "per_unit_name": "second"}},
            {"unit": {"type": "canonical_unit", "unit_name": "percent"}},
            {"unit": {"type": "canonical_unit", "unit_name": "millisecond"}},
            {"unit": {"type": "custom_unit_label", "label": "twelve chars"}},
            {
                "unit": {"type": "canonical_unit", "unit_name": "byte"},
                "unit_scale": {"type": "canonical_unit", "unit_name": "mebibyte"},
            },
        )
    )


def _groups(chance: Chance) -> list[str]:
    return chance.sample(("service", "host"), chance.randint(0, 2))


def spec(chance: Chance) -> dict[str, Any]:
    """A small Vega-Lite specification over the first query."""
    mark = chance.choice(("bar", "line", "point", {"type": "arc", "innerRadius": 20}))
    encoding = {
        "x": {"field": "host", "type": "nominal"},
        "y": {"field": "query1", "type": "quantitative"},
        "color": {"field": "service", "type": "nominal"},
    }
    return {"type": "vega-lite", "contents": {"mark": mark, "encoding": encoding}}


FIELDS: Mapping[tuple[str, str], Callable[[Chance], Any]] = {
    ("", "q"): metric_query,
    ("FormulaAndFunctionMetricQueryDefinition", "query"): _single,
    ("FormulaAndFunctionCloudCostQueryDefinition", "query"): _single,
    ("WidgetEvent", "q"): _search,
    ("", "query_string"): _search,
    ("LogQueryDefinitionSearch", "query"): _search,
    ("FormulaAndFunctionEventQueryDefinitionSearch", "query"): _search,
    ("LogStreamWidgetDefinition", "query"): _search,
    ("EventStreamWidgetDefinition", "query"): _search,
    ("EventTimelineWidgetDefinition", "query"): _search,
    ("MonitorSummaryWidgetDefinition", "query"): _text("", "status:alert", "tag:env:prod"),
    ("SLOListWidgetQuery", "query_string"): _text("", "env:prod"),
    ("EventQueryDefinition", "search"): _search,
    ("WidgetMarker", "value"): _marker,
    ("WidgetMarker", "display_type"): _text("error dashed", "warning bold", "ok solid", "info", "?"),
    ("WidgetMarker", "time"): _text("", "1y"),
    ("NoteWidgetDefinition", "content"): _content,
    ("FreeTextWidgetDefinition", "text"): _text("Text", "A longer text " * 10, "", "日本語"),
    ("IFrameWidgetDefinition", "url"): _text("https://example.com/", "http://example.com"),
    ("FormulaAndFunctionEventQueryDefinition", "compute"): _computed,
    ("FormulaAndFunctionEventQueryDefinition", "group_by"): _facets,
    ("FormulaAndFunctionEventQueryDefinition", "indexes"): _listed("*"),
    ("LogQueryDefinition", "compute"): _computed_before,
    ("LogQueryDefinition", "multi_compute"): lambda chance: [_computed_before(chance) for _ in range(2)],
    ("LogQueryDefinition", "group_by"): _facets,
    ("LogQueryDefinition", "index"): _text("*", "main"),
    ("LogStreamWidgetDefinition", "columns"): _listed("core_host", "core_service", "@duration", "tag_env"),
    ("", "columns"): _columns,
    ("ApmStatsQueryDefinition", "columns"): lambda chance: [
        {"name": name, "alias": "", "order": "desc", "cell_display_mode": chance.choice(("number", "bar"))}
        for name in ("hits", "errors", "latency_p95")
    ],
    ("FunnelQuery", "steps"): _steps,
    ("", "number_format"): _unit,
    ("ScatterplotWidgetFormula", "dimension"): _text("x", "y"),
    ("CheckStatusWidgetDefinition", "tags"): _listed("*", "env:prod"),
    ("CheckStatusWidgetDefinition", "group_by"): _groups,
    ("CheckStatusWidgetDefinition", "group"): _text("host:board-0", ""),
    ("HostMapWidgetDefinition", "group"): _groups,
    ("HostMapWidgetDefinition", "scope"): _listed("env:prod", "*"),
    ("HostMapWidgetDefinitionStyle", "fill_min"): _text("", "0", "100"),
    ("HostMapWidgetDefinitionStyle", "fill_max"): _text("", "500"),
    ("", "filter"): _text("env:prod", "*", "host:board-0, service:shop"),
    ("ScatterPlotWidgetDefinition", "color_by_groups"): _groups,
    ("TableWidgetRequest", "limit"): _number(1, 100),
    ("QueryValueWidgetDefinition", "precision"): _number(0, 10),
    ("WidgetFormulaLimit", "count"): _number(1, 100),
    ("WidgetSortBy", "count"): _number(1, 500),
    ("WidgetFormulaSort", "index"): _number(0, 1),
    ("WidgetGroupSort", "name"): _text("host", "service", "other"),
    ("WidgetNewFixedSpan", "_from"): _number(1_700_000_000, 1_700_003_600),
    ("WidgetNewFixedSpan", "to"): _number(1_700_003_601, 1_700_007_200),
    ("DistributionWidgetXAxis", "num_buckets"): _number(1, 60),
    ("HeatMapWidgetXAxis", "num_buckets"): _number(1, 60),
    ("WidgetFormulaStyle", "palette_index"): _number(0, 20),
    ("ProcessQueryDefinition", "metric"): _text("process.stat.cpu.total_pct"),
    ("ProcessQueryDefinition", "filter_by"): _listed("host:board-0"),
    ("FormulaAndFunctionProcessQueryDefinition", "metric"): _text("process.stat.cpu.total_pct"),
    ("FormulaAndFunctionProcessQueryDefinition", "text_filter"): _text("", "python"),
    ("FormulaAndFunctionProcessQueryDefinition", "tag_filters"): _listed("env:prod"),
    ("FormulaAndFunctionProcessQueryDefinition", "aggregator"): _text("avg", "max", "sum"),
    ("", "additional_query_filters"): _text("", "env:prod"),
    ("FormulaAndFunctionApmResourceStatsQueryDefinition", "group_by"): _listed("resource_name"),
    ("FormulaAndFunctionApmMetricsQueryDefinition", "group_by"): _listed("service"),
    ("FormulaAndFunctionApmMetricsQueryDefinition", "query_filter"): _text("env:prod", ""),
    ("ServiceMapWidgetDefinition", "filters"): _listed("env:prod", "datacenter:x"),
    ("", "cross_org_uuids"): _listed("8dee7c38-00cb-11ea-a77b-8b5a08d3b091"),
    ("TreeMapWidgetDefinition", "custom_links"): lambda chance: [
        {"label": "Go", "link": "https://example.com/{{service.value}}"},
        {"override_label": "logs", "is_hidden": True},
    ],
    ("SplitConfig", "static_splits"): lambda chance: [
        [{"tag_key": "service", "tag_values": ["shop"]}],
        [{"tag_key": "service", "tag_values": ["cart"]}],
    ],
}
