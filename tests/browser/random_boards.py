"""Random dashboards that the public format allows, made of the models of ``datadog_api_client``: every type
of widget, every optional field, every older form of a request, in every layout. The seed makes a board again.

    python -m tests.browser.random_boards FOLDER FIRST COUNT

writes boards as files for ``tests.browser.boards``.
"""

from __future__ import annotations

import inspect
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple, unset
from datadog_api_client.v1.model.widget_definition import WidgetDefinition

from tests.browser.random_texts import CHOICES, FIELDS, LAYOUT_TITLES, SOURCES, spec

Json = dict[str, Any]
#: Types that hold other widgets are made apart.
_HOLDERS = {"GroupWidgetDefinition", "PowerpackWidgetDefinition"}
#: Keys of a request of which one says where its data come from.
_ORIGINS = {
    "q", "queries", "query", "apm_query", "apm_stats_query", "audit_query", "event_query", "log_query",
    "network_query", "process_query", "profile_metrics_query", "rum_query", "security_query",
}  # fmt: skip
#: Origins that most requests have.
_COMMON = ("queries", "queries", "queries", "q", "log_query")
_DEEPEST = 12
#: Types that most widgets of published dashboards have.
_USUAL = {"Timeseries", "QueryValue", "Toplist", "Table", "Note", "Sunburst", "ListStream", "Geomap"}


def widget_kinds() -> list[type[ModelNormal]]:
    """The models of all definitions that hold no other widgets."""
    found: list[type[ModelNormal]] = []
    for kind in WidgetDefinition._composed_schemas["oneOf"]:
        found += _alternatives(kind)
    return [kind for kind in found if kind.__name__ not in _HOLDERS]


def _alternatives(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, ModelComposed):
        inner = kind._composed_schemas["oneOf"]
        return [one for each in inner for one in _alternatives(each)]
    return [kind]


class Maker:
    """Values of the client's models. ``plenty`` is the probability of an optional field."""

    def __init__(self, seed: int, plenty: float = 0.5) -> None:
        self.chance = random.Random(seed)
        self.plenty = plenty

    def definition(self, kind: type[ModelNormal]) -> Json:
        made: Json = self._model(kind, 0)
        return made

    def _value(self, kind: Any, owner: str, key: str, depth: int, most: int = 3) -> Any:
        field = FIELDS.get((owner, key)) or FIELDS.get(("", key))
        if field is not None:
            return field(self.chance)
        if isinstance(kind, list):
            count = min(self.chance.choice((1, 1, 2, 3)), most)
            return [self._value(kind[0], owner, key, depth) for _ in range(count)]
        if isinstance(kind, dict):
            return {}
        if kind is bool:
            return self.chance.random() < 0.5
        if kind is int:
            return self.chance.randint(1, 10)
        if kind is float:
            return round(self.chance.uniform(0, 500), self.chance.choice((0, 2)))
        if kind is str:
            return self.chance.choice(CHOICES.get(key, LAYOUT_TITLES))
        if isinstance(kind, type) and issubclass(kind, ModelSimple):
            return self._simple(kind)
        if isinstance(kind, type) and issubclass(kind, ModelComposed):
            return self._one_of(kind, owner, key, depth)
        if isinstance(kind, type) and issubclass(kind, ModelNormal):
            return self._model(kind, depth + 1)
        return None

    def _simple(self, kind: Any) -> Any:
        allowed = getattr(kind, "allowed_values", None)
        if allowed:
            return self.chance.choice(sorted(allowed, key=str))
        return self._value(kind.openapi_types["value"][0], kind.__name__, "value", 0)

    def _one_of(self, kind: Any, owner: str, key: str, depth: int) -> Any:
        choices = kind._composed_schemas["oneOf"]
        usual = [one for one in choices if getattr(one, "__name__", "") in SOURCES]
        chosen = self.chance.choice(usual if usual and self.chance.random() < 0.8 else choices)
        return self._value(chosen, owner, key, depth)

    def _model(self, kind: Any, depth: int) -> Json:
        types = {key: given[0] for key, given in kind.openapi_types.items()}
        needed = {
            name
            for name, one in inspect.signature(kind.__init__).parameters.items()
            if one.default is not unset and one.kind is not inspect.Parameter.VAR_KEYWORD
        }
        plenty = self.plenty if depth < _DEEPEST else 0
        origins = [key for key in types if key in _ORIGINS and key not in needed]
        chosen = self._origin(origins) if kind.__name__.endswith("Request") else ""
        made: Json = {}
        for key, one in types.items():
            if key in origins and chosen:
                wanted = key == chosen
            else:
                wanted = key in needed or self.chance.random() < plenty
            if key in ("formulas", "response_format") and chosen and chosen != "queries":
                wanted = False
            if wanted:
                most = getattr(kind, "validations", {}).get(key, {}).get("max_items", 3)
                made[kind.attribute_map[key]] = self._value(one, kind.__name__, key, depth, most)
        return self._mended(kind.__name__, made)

    def _origin(self, origins: list[str]) -> str:
        common = [one for one in _COMMON if one in origins]
        if common and self.chance.random() < 0.75:
            return self.chance.choice(common)
        return self.chance.choice(origins) if origins else ""

    def _mended(self, name: str, made: Json) -> Json:
        """What holds between fields: queries have names, and formulas use them."""
        queries = made.get("queries")
        if isinstance(queries, list):
            for place, query in enumerate(queries):
                query["name"] = f"query{place + 1}"
            made["response_format"] = "scalar" if name in SCALAR else "timeseries"
            for formula in made.get("formulas") or []:
                formula["formula"] = self._formula(len(queries))
        if name == "SLOWidgetDefinition":
            made["view_type"] = "detail"
        if name == "WildcardWidgetDefinition":
            made["specification"] = spec(self.chance)
        return made

    def _formula(self, count: int) -> str:
        one, other = (f"query{self.chance.randint(1, count)}" for _ in range(2))
        return self.chance.choice(
            (
                one,
                one,
                f"{one} * 100 / {other}",
                f"abs({one})",
                f"default_zero({one})",
                f"min({one}, {other})",
            )
        )


SCALAR = {
    "QueryValueWidgetRequest", "ToplistWidgetRequest", "SunburstWidgetRequest", "TableWidgetRequest",
    "GeomapWidgetRequest", "TreeMapWidgetRequest", "ChangeWidgetRequest", "DistributionWidgetRequest",
    "ScatterplotTableRequest", "BarChartWidgetRequest", "HostMapWidgetScalarRequest",
}  # fmt: skip


class Board:
    """A board of random widgets; types of all kinds in turn, between those that are usual."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.maker = Maker(seed, self.chance.choice((0.15, 0.5, 0.9)))
        self.kinds = widget_kinds()
        self.common = [
            kind for kind in self.kinds if kind.__name__.removesuffix("WidgetDefinition") in _USUAL
        ]
        self.next = seed * 12

    def widget(self) -> Json:
        kind = self.chance.choice(self.common)
        if self.chance.random() < 0.6:
            self.next += 1
            kind = self.kinds[self.next % len(self.kinds)]
        made = self.maker.definition(kind)
        if "title" in made and self.chance.random() < 0.15:
            made["title"] = self.chance.choice(("", LAYOUT_TITLES[1]))
        return made

    def make(self) -> Json:
        layouts: tuple[Callable[[], Json], ...] = (
            self.fixed, self.fixed, self.grouped, self.grouped, self.auto, self.free, self.narrow_groups,
            self.unplaced, self.two_columns, self.tabbed,
        )  # fmt: skip
        board = layouts[self.seed % len(layouts)]()
        board["title"] = f"Random {self.seed}: {self.chance.choice(LAYOUT_TITLES)[:60]}"
        if self.chance.random() < 0.6:
            board |= self._variables()
        for name, value in (("description", "A *text*"), ("notify_list", []), ("is_read_only", False)):
            if self.chance.random() < 0.5:
                board[name] = self.chance.choice((value, None)) if name != "is_read_only" else value
        return board

    def _variables(self) -> Json:
        variables: list[Json] = [
            {"name": "host", "prefix": "host", "default": "*"},
            {"name": "svc", "prefix": "service", "defaults": ["*"], "available_values": ["shop", "cart"]},
            {"name": "usr", "prefix": "@usr.name", "default": "*", "available_values": []},
            {"name": "free", "prefix": None, "default": "*"},
        ][: self.chance.randint(1, 4)]
        preset = {"name": "One host", "template_variables": [{"name": "host", "values": ["board-0"]}]}
        return {"template_variables": variables, "template_variable_presets": [preset, {"name": "Empty"}]}

    def _placed(self, count: int, columns: int, y: int = 0) -> list[Json]:
        """Widgets in rows, left to right."""
        made: list[Json] = []
        x = 0
        while len(made) < count:
            height = self.chance.choice((1, 2, 2, 3, 4))
            x = 0
            while x < columns and len(made) < count:
                width = min(self.chance.choice((1, 2, 3, 4, 4, 6, 12)), columns - x)
                layout: Json = {"x": x, "y": y, "width": width, "height": height}
                made.append({"definition": self.widget(), "layout": layout})
                x += width
            y += height
        return made

    def _group(self, width: int, count: int) -> tuple[Json, int]:
        inner = self._placed(count, width)
        group: Json = {"type": "group", "layout_type": "ordered", "widgets": inner}
        for key, values in (
            ("title", LAYOUT_TITLES),
            ("background_color", ("vivid_blue", "vivid_yellow", "white", "gray", "purple", None)),
            ("show_title", (True, True, False)),
            ("title_align", ("left", "center", "right")),
            ("banner_img", ("/static/images/integration_dashboard/nginx_hero_1.png", None)),
        ):
            if self.chance.random() < 0.6:
                group[key] = self.chance.choice(values)
        height = 1 + max((one["layout"]["y"] + one["layout"]["height"] for one in inner), default=0)
        return group, height

    def fixed(self) -> Json:
        return {"layout_type": "ordered", "reflow_type": "fixed", "widgets": self._placed(14, 12)}

    def grouped(self) -> Json:
        widgets: list[Json] = []
        y = 0
        while len(widgets) < 6:
            left = self.chance.randint(1, 12)
            tallest = 0
            for x, width in ((0, left), (left, 12 - left)):
                if width:
                    group, height = self._group(width, self.chance.randint(0, 4))
                    layout = {"x": x, "y": y, "width": width, "height": height}
                    widgets.append({"definition": group, "layout": layout})
                    tallest = max(tallest, height)
            y += tallest
        return {
            "layout_type": "ordered",
            "reflow_type": self.chance.choice(("fixed", None)),
            "widgets": widgets,
        }

    def narrow_groups(self) -> Json:
        """Forty groups of one to three columns."""
        widgets: list[Json] = []
        for place in range(40):
            group, height = self._group(3 if place % 2 else 1 + place % 3, self.chance.choice((0, 0, 1)))
            layout = {"x": place % 4 * 3, "y": place // 4 * 5, "width": 3, "height": max(height, 1)}
            widgets.append({"definition": group, "layout": layout})
        return {"layout_type": "ordered", "reflow_type": "fixed", "widgets": widgets}

    def auto(self) -> Json:
        widgets: list[Json] = [{"definition": self.widget()} for _ in range(10)]
        group, _ = self._group(12, 3)
        for one in group["widgets"]:
            del one["layout"]
        return {"layout_type": "ordered", "reflow_type": "auto", "widgets": [*widgets, {"definition": group}]}

    def free(self) -> Json:
        widgets: list[Json] = []
        for place in range(14):
            layout = {
                "x": place % 3 * 50,
                "y": place // 3 * 25 - 2,
                "width": self.chance.randint(12, 47),
                "height": self.chance.randint(6, 24),
            }
            widgets.append({"definition": self.widget(), "layout": layout})
        return {"layout_type": "free", "widgets": widgets}

    def unplaced(self) -> Json:
        """Some have no layout, some stand on others, some reach out of the grid."""
        widgets = self._placed(12, 12)
        for one in widgets:
            fate = self.chance.random()
            if fate < 0.25:
                one["layout"] = None
            elif fate < 0.5:
                one["layout"]["x"] = self.chance.randint(0, 11)
                one["layout"]["width"] = self.chance.randint(1, 14)
            if self.chance.random() < 0.3:
                one["id"] = self.chance.randint(1, 10**15)
        return {"layout_type": "ordered", "widgets": widgets}

    def two_columns(self) -> Json:
        left, right = self._placed(6, 12), self._placed(6, 12)
        right[0]["layout"]["is_column_break"] = True
        return {"layout_type": "ordered", "reflow_type": "fixed", "widgets": [*left, *right]}

    def tabbed(self) -> Json:
        board = self.fixed()
        names = ("Overview", LAYOUT_TITLES[1][:100], "日本語")
        places = [f"@{place + 1}" for place in range(len(board["widgets"]))]
        board["tabs"] = [
            {"id": f"00000000-0000-4000-8000-00000000000{i}", "name": name, "widget_ids": places[i::3]}
            for i, name in enumerate(names)
        ]
        return board


def board(seed: int) -> Json:
    return Board(seed).make()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    first, count = int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        (folder / f"random_{seed:04}.json").write_text(json.dumps(board(seed)))


if __name__ == "__main__":
    main()
