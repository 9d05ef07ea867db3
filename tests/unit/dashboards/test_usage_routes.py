from __future__ import annotations

from heeler.dashboards.usage_routes import popularity, widget_counts


def test_popularity_is_in_fifths_of_the_most_viewed() -> None:
    assert popularity({"a": 100, "b": 41, "c": 1, "d": 0}) == {"a": 5, "b": 3, "c": 1}
    assert popularity({}) == {}


def test_widgets_are_counted_also_inside_of_groups() -> None:
    note = {"definition": {"type": "note"}}
    group = {"definition": {"type": "group", "widgets": [note, note]}}
    assert widget_counts([note, group]) == {"note": 3, "group": 1}
