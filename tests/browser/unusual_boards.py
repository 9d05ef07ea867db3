"""Dashboards that nobody publishes but somebody has: every type at every width, tiny tiles, endless texts,
odd layouts, fields that nobody knows. Made from a seed, so that a finding can be made again.

    python -m tests.browser.unusual_boards FOLDER

writes them as files for ``tests.browser.boards``.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

METRIC = "unusual.requests"
LONG = "a_tag_value_that_never_ends_" * 8
TITLES = (
    "Requests",
    "Requests of every service in every region of the world and more words until no panel is wide enough "
    * 3,
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4,
    "مرحبا بالعالم: عدد الطلبات في الثانية",
    "🚀🔥 requests 👩‍👩‍👧‍👦 per second 日本語のタイトル",
    "<b>not bold</b> & {{tag.value}} $host",
    "",
)
GROUPED = f"avg:{METRIC}{{*}} by {{host,service}}"
SEARCH = {
    "data_source": "logs",
    "name": "query1",
    "search": {"query": "source:unusual"},
    "indexes": ["*"],
    "compute": {"aggregation": "count"},
    "group_by": [{"facet": "service", "limit": 10, "sort": {"aggregation": "count", "order": "desc"}}],
    "storage": "hot",
}


def _metric(query: str = GROUPED, kind: str = "scalar", **formula: Any) -> Json:
    one = {"name": "query1", "data_source": "metrics", "query": query}
    if kind == "scalar":
        one["aggregator"] = "avg"
    return {"response_format": kind, "queries": [one], "formulas": [{"formula": "query1", **formula}]}


def _stream(source: str = "logs_stream", *columns: str) -> Json:
    fields = columns or ("status_line", "timestamp", "host", "service", "content", "@http.url")
    return {
        "response_format": "event_list",
        "query": {"data_source": source, "query_string": "source:unusual", "indexes": [], "storage": "hot"},
        "columns": [{"field": field, "width": "auto"} for field in fields],
    }


def _vega() -> Json:
    encoding = {"x": {"field": "host", "type": "nominal"}, "y": {"field": "query1", "type": "quantitative"}}
    return {"type": "vega-lite", "contents": {"mark": "bar", "encoding": encoding}}


def definitions() -> dict[str, Json]:
    """A definition of each widget type that the public schema or a published dashboard names."""
    table = _metric(f"avg:{METRIC}{{*}} by {{host}}")
    scatter = {**_metric(f"avg:{METRIC}{{*}} by {{host}}")}
    scatter["queries"] = [
        {**scatter["queries"][0], "name": name, "query": f"{how}:{METRIC}{{*}} by {{host}}"}
        for name, how in (("query1", "avg"), ("query2", "max"))
    ]
    scatter["formulas"] = [{"formula": "query1", "dimension": "x"}, {"formula": "query2", "dimension": "y"}]
    source = {"type": "timeseries", "requests": [_metric(f"avg:{METRIC}{{*}}", "timeseries")]}
    made: dict[str, Json] = {
        "timeseries": {
            "show_legend": True,
            "requests": [{**_metric(kind="timeseries"), "display_type": "line"}],
        },
        "query_value": {"autoscale": True, "precision": 2, "requests": [_metric(f"avg:{METRIC}{{*}}")]},
        "toplist": {"requests": [_metric()]},
        "query_table": {"requests": [table]},
        "sunburst": {"requests": [_metric()]},
        "treemap": {"requests": [_metric()]},
        "heatmap": {"requests": [{"q": GROUPED}]},
        "distribution": {"requests": [{"q": GROUPED}]},
        "scatterplot": {"requests": {"table": scatter}},
        "geomap": {
            "requests": [
                {
                    "response_format": "scalar",
                    "queries": [
                        {**SEARCH, "group_by": [{"facet": "@network.client.geoip.country.iso_code"}]}
                    ],
                    "formulas": [{"formula": "query1"}],
                }
            ],
            "style": {"palette": "hostmap_blues", "palette_flip": False},
            "view": {"focus": "WORLD"},
        },
        "hostmap": {"requests": {"fill": {"q": f"avg:{METRIC}{{*}} by {{host}}"}}},
        "change": {"requests": [{"q": f"avg:{METRIC}{{*}} by {{host}}", "compare_to": "hour_before"}]},
        "list_stream": {"requests": [_stream()]},
        "log_stream": {"query": "source:unusual", "columns": ["host", "service"], "indexes": []},
        "event_stream": {"query": "*", "event_size": "s"},
        "event_timeline": {"query": "*"},
        "check_status": {
            "check": "unusual.can_connect",
            "grouping": "cluster",
            "group_by": [],
            "tags": ["*"],
        },
        "manage_status": {"query": "", "display_format": "countsAndList"},
        "alert_graph": {"alert_id": "1", "viz_type": "timeseries"},
        "alert_value": {"alert_id": "1", "unit": "auto", "precision": 2},
        "slo": {
            "slo_id": "0" * 32,
            "view_type": "detail",
            "view_mode": "overall",
            "time_windows": ["7d", "30d", "90d"],
            "show_error_budget": True,
        },
        "slo_list": {
            "requests": [{"request_type": "slo_list", "query": {"query_string": "", "limit": 10}}],
        },
        "trace_service": {
            "env": "prod",
            "service": "shop",
            "span_name": "web.request",
            "show_hits": True,
            "show_errors": True,
            "show_latency": True,
            "show_breakdown": True,
            "show_distribution": True,
            "show_resource_list": True,
            "display_format": "three_column",
            "size_format": "large",
        },
        "servicemap": {"service": "shop", "filters": ["env:prod"]},
        "topology_map": {
            "requests": [
                {
                    "request_type": "topology",
                    "query": {"data_source": "service_map", "service": "shop", "filters": ["env:*"]},
                }
            ]
        },
        "flame_graph": {"requests": [{"request_type": "flame_graph", "query": {}}]},
        "funnel": {
            "requests": [
                {
                    "request_type": "funnel",
                    "query": {
                        "data_source": "logs",
                        "query_string": "source:unusual",
                        "steps": [
                            {"facet": "service", "value": "svc-a"},
                            {"facet": "service", "value": LONG},
                        ],
                    },
                }
            ]
        },
        "wildcard": {"requests": [table], "specification": _vega()},
        "heatgrid": {"requests": [_metric()]},
        "point_plot": {"requests": [_metric(kind="timeseries")]},
        "bar_chart": {"requests": [_metric()]},
        "split_group": {
            "source_widget_definition": source,
            "split_config": {
                "split_dimensions": [{"one_graph_per": "service"}],
                "limit": 12,
                "sort": {"order": "desc"},
            },
            "size": "md",
        },
        "note": {"content": f"# A heading\n\n- {TITLES[1]}\n- `{LONG}`\n\n| a | b |\n|-|-|\n| {LONG} | 1 |"},
        "free_text": {"text": TITLES[1][:90], "font_size": "auto"},
        "image": {"url": "/static/images/logos/unusual_large.svg", "sizing": "contain"},
        "iframe": {"url": "https://example.com/"},
        "run_workflow": {"workflow_id": "7f7f", "inputs": [{"name": "host", "value": LONG}]},
        "powerpack": {"powerpack_id": "00000000-0000-0000-0000-000000000000"},
        "custom": {"custom_widget_key": "x", "options": {}},
        "embedded_app": {"app_id": "00000000-0000-0000-0000-000000000000"},
        "cohort": {"requests": [{"request_type": "retention_grid", "query": {}}]},
        "retention_curve": {"requests": [{"request_type": "retention_curve", "query": {}}]},
        "sankey": {"requests": [{"request_type": "sankey", "query": {"data_source": "rum"}}]},
        "hologram_of_tomorrow": {"requests": [{"dimensions": 4}], "nested": {"deep": [1, {"x": None}]}},
    }
    return {kind: {"type": kind, **rest} for kind, rest in made.items()}


#: Types that have no title of their own.
UNTITLED = {"note", "free_text", "image", "iframe"}


def _named(definition: Json, title: str) -> Json:
    return definition if definition["type"] in UNTITLED else {**definition, "title": title}


def _board(title: str, widgets: list[Json], layout_type: str = "ordered", **rest: Any) -> Json:
    return {"title": f"Unusual: {title}", "layout_type": layout_type, "widgets": widgets, **rest}


def _at(definition: Json, x: int, y: int, width: int, height: int) -> Json:
    return {"definition": definition, "layout": {"x": x, "y": y, "width": width, "height": height}}


def _row(kinds: dict[str, Json], width: int, height: int, columns: int) -> list[Json]:
    """All kinds at one size, left to right."""
    a_row = max(1, columns // width)
    return [
        _at(
            _named(one, TITLES[place % len(TITLES)]),
            place % a_row * width,
            place // a_row * height,
            width,
            height,
        )
        for place, one in enumerate(kinds.values())
    ]


def in_groups() -> Iterator[Json]:
    """Every type as wide as its group, for groups of 1 to 12 columns."""
    kinds = definitions()
    for width in range(1, 13):
        inner = _row(kinds, width, 1 + width % 3, width)
        group = {"type": "group", "layout_type": "ordered", "title": TITLES[width % 6], "widgets": inner}
        high = max(one["layout"]["y"] + one["layout"]["height"] for one in inner) + 1
        other = {**group, "widgets": [], "title": "Empty", "background_color": "vivid_blue"}
        widgets = [_at(group, 0, 0, width, high)]
        if width < 12:
            widgets.append(_at(other, width, 0, 12 - width, 2))
        yield _board(f"groups of {width}", widgets, reflow_type="fixed")


def small() -> Iterator[Json]:
    """Every type in one column and one row, and in flat and narrow tiles."""
    for width, height in ((1, 1), (2, 1), (1, 3), (3, 2), (12, 1)):
        yield _board(
            f"tiles of {width} x {height}", _row(definitions(), width, height, 12), reflow_type="fixed"
        )


def many() -> Json:
    kinds = list(definitions().values())
    widgets = [
        _at(_named(kinds[i % len(kinds)], f"Widget {i}"), i % 6 * 2, i // 6 * 2, 2, 2) for i in range(200)
    ]
    return _board("200 widgets", widgets, reflow_type="fixed")


def placed_oddly(seed: int) -> Json:
    """Random layouts: overlapping, out of the grid, partly missing, with a break and groups."""
    chance = random.Random(seed)
    kinds = list(definitions().values())

    def place(columns: int) -> Json:
        return {
            "x": chance.randint(0, columns - 1),
            "y": chance.randint(0, 12),
            "width": chance.randint(1, columns + 1),
            "height": chance.randint(1, 5),
        }

    widgets: list[Json] = []
    for index in range(24):
        definition = _named(chance.choice(kinds), chance.choice(TITLES))
        layout = place(12)
        if chance.random() < 0.25:
            inner = [
                {"definition": _named(chance.choice(kinds), "Inner"), "layout": place(layout["width"])}
                for _ in range(chance.randint(0, 5))
            ]
            definition = {
                "type": "group",
                "layout_type": "ordered",
                "title": chance.choice(TITLES),
                "widgets": inner,
                "show_title": chance.random() < 0.8,
                **({"banner_img": "/static/images/banner.png"} if chance.random() < 0.3 else {}),
            }
        if index == 12 and seed % 2:
            layout["is_column_break"] = True
        widgets.append({"definition": definition, **({"layout": layout} if chance.random() < 0.8 else {})})
    return _board(f"odd layouts {seed}", widgets)


def free(seed: int) -> Json:
    """A screenboard; its own coordinates, boxes beside each other."""
    chance = random.Random(seed)
    widgets = []
    for place, one in enumerate(definitions().values()):
        width, height = chance.randint(3, 46), chance.randint(2, 15)
        widgets.append(
            _at(_named(one, TITLES[place % 7]), place % 4 * 48 - 2, place // 4 * 17 - 3, width, height)
        )
    return _board(f"free {seed}", widgets, "free")


def without_layouts() -> Json:
    kinds = definitions()
    group = {
        "type": "group",
        "layout_type": "ordered",
        "title": "G",
        "widgets": [{"definition": kinds["toplist"]}],
    }
    widgets = [{"definition": _named(one, "T")} for one in [*kinds.values(), group]]
    return _board("no layouts", widgets, reflow_type="auto")


def unknown_fields() -> Json:
    widgets = []
    for place, one in enumerate(definitions().values()):
        odd = {
            **one,
            "x_unknown": {"a": [1, 2, {"b": None}]},
            "legend_size": "0",
            "time": {},
            "custom_links": [],
        }
        widgets.append({**_at(_named(odd, "Odd"), place % 4 * 3, place // 4 * 2, 3, 2), "unknown": True})
    variables = [{"name": "host", "prefix": "host", "default": LONG}, {"name": "لغة", "prefix": "lang"}]
    return _board("unknown fields", widgets, template_variables=variables, something={"else": 1})


_RULES = [
    {"comparator": ">", "value": value, "palette": palette, **more}
    for value, palette, more in (
        (400, "white_on_red", {}),
        (300, "black_on_light_yellow", {}),
        (250, "custom_bg", {"custom_bg_color": "#7b2cbf"}),
        (200, "custom_text", {"custom_fg_color": "#2a9d8f"}),
        (0, "green_on_white", {}),
    )
]
_UNITS: tuple[Json, ...] = (
    {},
    {"unit": {"type": "canonical_unit", "unit_name": "byte", "per_unit_name": "second"}},
    {"unit": {"type": "canonical_unit", "unit_name": "nanosecond"}},
    {
        "unit": {"type": "canonical_unit", "unit_name": "byte"},
        "unit_scale": {"type": "canonical_unit", "unit_name": "tebibyte"},
    },
    {"unit": {"type": "custom_unit_label", "label": "longest_unit"}},
    {"unit": {"type": "canonical_unit", "unit_name": "no_such_unit"}},
)


def formatted() -> Iterator[Json]:
    """Every formatting option, a widget each."""
    graphs: list[Json] = []
    lines = _metric(kind="timeseries")
    for palette in (
        "dog_classic", "datadog16", "semantic", "cool", "warm", "purple", "orange", "gray", "grey", "red",
        "green", "blue", "dd20", "dogcat", "no_such_palette",
    ):  # fmt: skip
        for display in ("line", "area", "bars", "overlay"):
            style = {
                "palette": palette,
                "line_type": ("solid", "dashed", "dotted")[len(graphs) % 3],
                "line_width": ("thin", "normal", "thick")[len(graphs) % 3],
            }
            graphs.append(
                {
                    "type": "timeseries",
                    "title": f"{palette} {display}",
                    "show_legend": len(graphs) % 2 == 0,
                    "legend_layout": ("auto", "horizontal", "vertical")[len(graphs) % 3],
                    "legend_columns": ["avg", "min", "max", "value", "sum"],
                    "requests": [{**lines, "display_type": display, "style": style}],
                    "yaxis": {
                        "scale": ("linear", "log", "sqrt", "pow2")[len(graphs) % 4],
                        "min": ("auto", "0", "10", "x")[len(graphs) % 4],
                        "include_zero": len(graphs) % 2 == 0,
                        "label": ("", TITLES[1])[len(graphs) % 2],
                    },
                    "markers": [
                        {"value": "y = 200", "display_type": "error dashed", "label": TITLES[2]},
                        {"value": "150 < y < 250", "display_type": "warning bold"},
                        {"value": "y > nonsense", "display_type": "?"},
                    ],
                    "events": [{"q": "sources:unusual"}],
                }
            )
    yield _board("graphs", _row({str(i): one for i, one in enumerate(graphs)}, 3, 2, 12), reflow_type="fixed")
    values: list[Json] = []
    for unit in _UNITS:
        request = _metric(f"avg:{METRIC}{{*}}", number_format=unit, conditional_formats=_RULES)
        for precision in (0, 2, 10, None):
            values.append(
                {
                    "type": "query_value",
                    "requests": [request],
                    "precision": precision,
                    "autoscale": len(values) % 2 == 0,
                    "text_align": ("left", "center", "right")[len(values) % 3],
                    "timeseries_background": {"type": ("area", "bars")[len(values) % 2]},
                    **({"custom_unit": "custom unit!"} if precision == 10 else {}),
                }
            )
        table = _metric(number_format=unit, conditional_formats=_RULES)
        for mode in ("number", "bar", "trend"):
            cells = {
                **table,
                "formulas": [{**table["formulas"][0], "cell_display_mode": mode, "alias": LONG}],
            }
            values.append({"type": "query_table", "requests": [cells], "has_search_bar": "always"})
        stacked = {"display": {"type": "stacked", "legend": "inline"}, "scaling": "relative"}
        styles: tuple[Json, ...] = (stacked, {"palette": "datadog16"})
        values += [{"type": "toplist", "requests": [table], "style": style} for style in styles]
    yield _board("values", _row({str(i): one for i, one in enumerate(values)}, 2, 2, 12), reflow_type="fixed")
    texts: list[Json] = []
    for background in (
        "white", "blue", "purple", "pink", "orange", "yellow", "green", "gray", "vivid_blue", "vivid_purple",
        "vivid_pink", "vivid_orange", "vivid_yellow", "vivid_green", "transparent", "no_such_color",
    ):  # fmt: skip
        for size in ("12", "18", "48"):
            texts.append(
                {
                    "type": "note",
                    "content": f"### {background}\n[a link](https://example.com/{LONG}) and **{TITLES[3]}**",
                    "background_color": background,
                    "font_size": size,
                    "text_align": ("left", "center", "right")[len(texts) % 3],
                    "vertical_align": ("top", "center", "bottom")[len(texts) % 3],
                    "show_tick": True,
                    "tick_edge": ("left", "right", "top", "bottom")[len(texts) % 4],
                    "tick_pos": "50%",
                    "has_padding": len(texts) % 2 == 0,
                }
            )
        texts.append(
            {
                "type": "free_text",
                "text": TITLES[4],
                "color": "#4d4d4d",
                "font_size": ("auto", "72")[len(texts) % 2],
            }
        )
    yield _board("texts", _row({str(i): one for i, one in enumerate(texts)}, 2, 2, 12), reflow_type="fixed")


def boards() -> list[Json]:
    return [
        *in_groups(),
        *small(),
        many(),
        *(placed_oddly(seed) for seed in range(6)),
        *(free(seed) for seed in range(2)),
        without_layouts(),
        unknown_fields(),
        *formatted(),
    ]


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for board in boards():
        name = board["title"].removeprefix("Unusual: ").replace(" ", "_")
        (folder / f"{name}.json").write_text(json.dumps(board))


if __name__ == "__main__":
    main()
