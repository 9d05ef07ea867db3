from __future__ import annotations

from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.monitors.monitor_templates import checked_template, filled

DEFINITION: dict[str, Any] = {
    "type": "query alert",
    "name": "Load of $host.value in $env",
    "query": "avg(last_5m):avg:system.load.1{$env,$host} by {host} > 5",
    "options": {"thresholds": {"critical": 5}},
}
VARIABLES = [{"name": "env", "tag_key": "env", "defaults": ["prod"]}, {"name": "host", "tag_key": "host"}]
GOOD = {"title": "T", "tags": [], "monitor_definition": DEFINITION, "template_variables": VARIABLES}


def test_variables_are_filled_as_on_dashboards() -> None:
    made = filled(DEFINITION, VARIABLES, {"env": "dev", "host": "*"})
    assert made["query"] == "avg(last_5m):avg:system.load.1{env:dev,*} by {host} > 5"
    assert made["name"] == "Load of * in env:dev"
    assert made["options"] == {"thresholds": {"critical": 5}}


def test_longer_names_are_not_cut() -> None:
    variables = [{"name": "e"}, {"name": "env"}]
    assert filled({"name": "$env $e $envs"}, variables, {"e": "1", "env": "2"}) == {"name": "2 1 $envs"}


def test_a_good_template_is_stored_as_given() -> None:
    assert checked_template(GOOD)["monitor_definition"] == DEFINITION


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"monitor_definition": {}},
        {"monitor_definition": {**DEFINITION, "query": "no query"}},
        {"tags": None},
        {"template_variables": [{"name": "a b"}]},
        {"template_variables": [{"name": "a"}, {"name": "a"}]},
        {"template_variables": [{"name": "a", "defaults": "b"}]},
        {"template_variables": [{"name": "a", "color": "b"}]},
    ],
)
def test_what_makes_no_monitor_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        checked_template({**GOOD, **change})
