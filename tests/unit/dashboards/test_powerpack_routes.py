from __future__ import annotations

from typing import Any

import pytest

from heeler.dashboards.powerpack_routes import problems

NOTE = {"definition": {"type": "note", "content": "a"}}
GROUP = {"definition": {"type": "group", "layout_type": "ordered", "widgets": [NOTE]}}


@pytest.mark.parametrize(
    ("attributes", "part"),
    [
        ({"name": "p", "group_widget": GROUP}, None),
        ({"group_widget": GROUP}, "'name'"),
        ({"name": "p"}, "{'group_widget': ['Missing data for required field.']}"),
        ({"name": "p", "group_widget": {}}, "'definition' is a required property"),
        (
            {"name": "p", "group_widget": {"definition": {**GROUP["definition"], "type": "group1"}}},
            "'group1' is not one of ['group']",
        ),
        ({"name": "p", "group_widget": GROUP, "tags": ["a"] * 9}, "at most 8"),
    ],
)
def test_problems(attributes: dict[str, Any], part: str | None) -> None:
    found = problems(attributes)
    assert found == [] if part is None else part in found[0]
