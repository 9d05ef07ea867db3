"""Widget definitions, new and old, as what is to be drawn."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.render.model import Marker, Pen
from heeler.snapshots.definition import DefinitionError, read, read_json, read_marker


def test_old_grammar() -> None:
    found = read_json('{"viz": "toplist", "requests": [{"q": "top(avg:a{*}, 5, \'mean\', \'desc\')"}]}')
    assert found.kind == "toplist"
    assert found.requests[0].text.startswith("top(")


def test_formulas_are_named_by_alias_or_by_their_query() -> None:
    found = read({
        "type": "timeseries",
        "title": "t",
        "yaxis": {"min": "0", "max": "auto"},
        "requests": [{
            "display_type": "bars",
            "queries": [
                {"name": "a", "query": "avg:x{*}"},
                {"name": "b", "search": {"query": "status:error"}},
            ],
            "formulas": [{"formula": "a"}, {"formula": "b"}, {"formula": "a / b", "alias": "share"}],
        }],
    })  # fmt: skip
    assert found.requests[0].names == ("avg:x{*}", "status:error", "share")
    assert found.requests[0].style == "bars"
    assert found.left.bounds == (0.0, None)


@pytest.mark.parametrize(
    ("text", "scale"),
    [("log", "log"), ("sqrt", 0.5), ("pow2", 2.0), ("pow0.5", 0.5), ("pow0", "linear"), ("pow", "linear")],
)
def test_scales_and_the_axis_at_the_right(text: str, scale: object) -> None:
    found = read({"right_yaxis": {"scale": text}, "requests": [{"q": "a{*}", "on_right_yaxis": True}]})
    assert found.requests[0].right
    assert found.right.scale == scale
    assert found.left.scale == "linear"


def test_styles_of_lines() -> None:
    style = {"palette": "warm", "line_type": "dashed", "line_width": "thick"}
    plain, drawn = read({"requests": [{"q": "a{*}"}, {"q": "b{*}", "style": style}]}).requests
    assert plain.pen == Pen()
    assert drawn.pen == Pen("warm", "6 4", 2.5)


def test_queries_alone_are_their_own_formulas() -> None:
    found = read({"requests": [{"queries": [{"name": "a", "query": "x{*}"}, {"query": "y{*}"}]}]})
    assert found.requests[0].formulas == ("a", "query2")


@pytest.mark.parametrize(
    ("given", "marker"),
    [
        ({"value": "y = 5", "display_type": "error dashed", "label": " hot "}, Marker(5.0, "alert", "hot")),
        ({"value": "y > -2.5e3"}, Marker(-2500.0, "info")),
        ({"value": "50 < y < 90", "display_type": "warning"}, Marker(50.0, "warning", "", 90.0)),
        ({"value": "nonsense"}, None),
    ],
)
def test_markers(given: dict[str, Any], marker: Marker | None) -> None:
    assert read_marker(given) == marker


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "object"),
        ({"type": "hostmap"}, "hostmap"),
        ({"requests": []}, "no requests"),
        ({"requests": [{"apm_query": {}}]}, "neither"),
        ({"requests": ["x"]}, "requests[0]"),
    ],
)
def test_what_cannot_be_drawn_says_why(given: Any, reason: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read(given)
    assert reason in str(caught.value)
