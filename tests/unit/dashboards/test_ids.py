from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from heeler.dashboards.ids import dashboard_url, new_dashboard_id, slug, with_tab_ids, with_widget_ids


@given(st.integers())
def test_ids_look_like_those_of_the_field(seed: int) -> None:
    assert re.fullmatch(r"[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}", new_dashboard_id(random.Random(seed)))


@given(st.text())
def test_a_slug_can_stand_in_an_address(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", slug(title)[:99].strip("-"))


def test_an_address_is_readable() -> None:
    assert (
        dashboard_url("abc-def-ghi", "my_metric Visualization")
        == "/dashboard/abc-def-ghi/mymetric-visualization"
    )


def test_every_widget_gets_an_id_of_its_own_and_given_ones_stay() -> None:
    note = {"definition": {"type": "note", "content": ""}}
    group = {
        "id": 7,
        "definition": {"type": "group", "widgets": [note, {**note, "id": 7}, {**note, "id": 8}]},
    }
    outer, last = with_widget_ids([group, note], random.Random(1))
    inner = outer["definition"]["widgets"]
    assert (outer["id"], inner[2]["id"]) == (7, 8)
    ids = [outer["id"], last["id"], *(widget["id"] for widget in inner)]
    assert len(set(ids)) == 5
    assert "id" not in note


def test_tabs_name_their_widgets_by_id() -> None:
    widgets = [{"id": 11}, {"id": 12}]
    tabs = [{"name": "a", "widget_ids": ["@2", 11]}, {"id": "own", "name": "b", "widget_ids": ["12"]}]
    first, second = with_tab_ids(tabs, widgets, random.Random(1))
    assert first["widget_ids"] == [12, 11]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first["id"])
    assert second == {"id": "own", "name": "b", "widget_ids": [12]}
