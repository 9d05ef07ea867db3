from __future__ import annotations

from typing import Any

import pytest

from heeler.dashboards.presets import PRESETS
from heeler.dashboards.validate import problems
from tests.browser import random_boards

NOTE = {"definition": {"type": "note", "content": "hello"}}
PLACE = {"x": 0, "y": 0, "width": 4, "height": 2}


def board(**changes: Any) -> dict[str, Any]:
    return {"title": "t", "layout_type": "ordered", "widgets": [NOTE], **changes}


def test_a_plain_dashboard_is_fine() -> None:
    assert problems(board()) == []


def test_what_is_not_known_is_kept() -> None:
    unknown = {"definition": {"type": "hologram", "depth": 3}}
    assert problems(board(widgets=[unknown], mood="sunny", pause_auto_refresh=False)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": None}, "'title' is a required property"),
        ({"title": 7}, "Invalid 'title': 7. Expected a string"),
        ({"layout_type": "grid"}, "Invalid 'layout_type': 'grid'. Expected 'ordered' or 'free'"),
        ({"widgets": None}, "'widgets' is a required property"),
        ({"widgets": {}}, "'widgets' must be a list"),
        ({"widgets": [{}]}, "widgets[0]: 'definition' is a required property"),
        ({"widgets": ["x"]}, "widgets[0]: 'definition' is a required property"),
        ({"widgets": [{"definition": {}}]}, "widgets[0].definition: 'type' is a required property"),
        (
            {"widgets": [{"definition": {"type": "note"}}]},
            "widgets[0].definition: a note widget needs 'content'",
        ),
        (
            {"widgets": [{"definition": {"type": "timeseries", "requests": []}}]},
            "widgets[0].definition: Minimum length of parameter 'requests' should be 1",
        ),
        (
            {"widgets": [{"definition": {"type": "toplist", "requests": ["avg:x{*}"]}}]},
            "widgets[0].definition.requests[0] must be an object",
        ),
        (
            {"widgets": [{"definition": {"type": "query_value", "requests": [{}, {}]}}]},
            "widgets[0].definition: a query_value widget has one request, not 2",
        ),
        (
            {"widgets": [{"definition": {"type": "group", "layout_type": "ordered", "widgets": [{}]}}]},
            "widgets[0].definition.widgets[0]: 'definition' is a required property",
        ),
        ({"layout_type": "free"}, "widgets[0]: 'layout' is a required property"),
        ({"reflow_type": "fixed"}, "widgets[0]: 'layout' is a required property"),
        (
            {"widgets": [{**NOTE, "layout": {**PLACE, "x": "left"}}]},
            "widgets[0].layout: 'x' must be a number",
        ),
        (
            {"widgets": [{**NOTE, "layout": PLACE}], "reflow_type": "auto"},
            "widgets[0]: a dashboard of reflow_type 'auto' must not have a 'layout'",
        ),
        ({"tags": ["env:prod"]}, "Invalid tag format. Valid tag keys are: team."),
        ({"template_variables": [{"name": "a"}, {"name": "a"}]}, "'template_variables' is invalid"),
        ({"template_variables": [{}]}, "'template_variables' is invalid"),
        (
            {"template_variables": [{"name": "a", "defaults": []}]},
            "Minimum length of parameter 'defaults' should be 1",
        ),
        (
            {"template_variables": [{"name": "a", "defaults": [""]}]},
            "Invalid 'defaults'. Expected strings that are not empty",
        ),
        (
            {
                "template_variable_presets": [
                    {"name": "p", "template_variables": [{"name": "a", "value": "x", "values": ["x"]}]}
                ]
            },
            "template_variable_presets[0]: a variable has either 'value' or 'values'",
        ),
        (
            {"tabs": [{"name": "t", "widget_ids": ["@2"]}]},
            "tabs[0]: invalid widget id '@2'. The dashboard has 1 widgets",
        ),
        ({"tabs": [{"name": "", "widget_ids": []}]}, "tabs[0]: invalid 'name'. Expected 1 to 100 characters"),
        (
            {"tabs": [{"name": "t", "widget_ids": ["first"]}]},
            "tabs[0]: invalid widget id 'first'. Expected a number or '@' and a position",
        ),
    ],
)
def test_each_problem_is_named_with_its_place(changes: dict[str, Any], message: str) -> None:
    assert problems(board(**changes)) == [message]


GROUP = {"definition": {"type": "group", "layout_type": "ordered", "widgets": [NOTE]}}
STREAM = {"query": {"data_source": "logs_stream", "query_string": ""}, "columns": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"widgets": [GROUP, {**NOTE, "layout": PLACE}], "reflow_type": "fixed"},
        {"widgets": [{"definition": {"type": "list_stream", "requests": [STREAM, STREAM]}}]},
        {
            "widgets": [
                {
                    "definition": {
                        "type": "hostmap",
                        "requests": {
                            "request_type": "infrastructure_hostmap",
                            "node_type": "host",
                            "enrichments": [],
                        },
                    }
                }
            ]
        },
        {"tabs": [{"id": "7", "name": "t", "widget_ids": ["@1", 5]}]},
    ],
    ids=["empty title", "group without layout", "two streams", "newer hostmap", "tabs"],
)
def test_what_is_published_is_accepted(changes: dict[str, Any]) -> None:
    assert problems(board(**changes)) == []


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_our_own_dashboards_are_valid(preset: Any) -> None:
    assert problems(preset.body) == []


@pytest.mark.parametrize("seed", range(20))
def test_what_the_public_models_allow_is_accepted(seed: int) -> None:
    assert problems(random_boards.board(seed)) == []
