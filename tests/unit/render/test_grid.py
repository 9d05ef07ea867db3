"""Placement of widgets: the worked examples of the web app's layout, and that nothing overlaps."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest

from heeler.render.grid import Box, place_board, place_inner


def widget(text: str, kind: str = "timeseries", **more: Any) -> dict[str, Any]:
    x, y, width, height = (int(one) for one in text.split(","))
    layout = {"x": x, "y": y, "width": width, "height": height, **more}
    return {"definition": {"type": kind}, "layout": layout}


def board(text: str) -> list[dict[str, Any]]:
    """``x,y,w,h`` by spaces; a ``|`` before a widget breaks the column."""
    found = []
    broken = False
    for part in text.split():
        if part == "|":
            broken = True
            continue
        found.append(widget(part, **({"is_column_break": True} if broken else {})))
        broken = False
    return found


def text_of(boxes: list[Box]) -> str:
    return " ".join(f"{box.x},{box.y},{box.width},{box.height}" for box in boxes)


@pytest.mark.parametrize(
    ("given", "placed"),
    [
        ("0,0,6,2 6,0,3,2 9,0,3,2 0,2,12,3", "0,0,6,2 6,0,3,2 9,0,3,2 0,2,12,3"),
        ("0,0,12,4 0,4,12,5 | 0,9,12,6 0,15,12,3", "0,0,12,4 0,4,12,5 0,9,12,6 0,15,12,3"),
        (
            "0,0,12,4 0,4,12,5 | 0,0,12,6 0,6,6,3 6,6,6,3",
            "0,0,12,4 0,4,12,5 0,9,12,6 0,15,6,3 6,15,6,3",
        ),
        (
            "0,0,6,6 6,0,6,6 0,0,4,4 4,0,4,4 8,0,4,4 0,10,12,3",
            "0,0,6,6 6,0,6,6 0,6,4,4 4,6,4,4 8,6,4,4 0,10,12,3",
        ),
        ("0,0,12,4 | 0,0,6,3 6,0,6,3 0,7,12,2", "0,0,12,4 0,4,6,3 6,4,6,3 0,7,12,2"),
        ("0,0,8,3 6,1,6,2 0,4,12,2 0,6,14,1", "0,0,8,3 6,3,6,2 0,5,12,2 0,7,12,1"),
        ("0,8,12,3 0,0,6,4 6,0,6,4 0,4,12,4", "0,8,12,3 0,0,6,4 6,0,6,4 0,4,12,4"),
    ],
)
def test_the_worked_examples(given: str, placed: str) -> None:
    assert text_of(place_board(board(given))) == placed


def test_a_group_is_as_high_as_what_it_holds_and_pushes_what_is_below() -> None:
    inner = [widget("0,0,3,2"), widget("3,0,3,2"), widget("0,2,6,1")]
    group = widget("0,0,6,1", "group")
    group["definition"]["widgets"] = inner
    beside, below = widget("6,0,6,2"), widget("0,1,6,2")
    assert text_of(place_board([group, beside, below])) == "0,0,6,4 6,0,6,2 0,4,6,2"
    assert text_of(place_inner(group["definition"], 6)) == "0,0,3,2 3,0,3,2 0,2,6,1"


def test_widgets_without_layouts_stand_three_a_row() -> None:
    kinds = ["timeseries"] * 4 + ["group"] + ["query_value"]
    given: list[dict[str, Any]] = [{"definition": {"type": kind}} for kind in kinds]
    given[4]["definition"]["widgets"] = [{"definition": {"type": "timeseries"}}] * 2
    expected = "0,0,4,2 4,0,4,2 8,0,4,2 0,2,4,2 0,4,12,3 0,7,4,2"
    assert text_of(place_board(given)) == expected


@pytest.mark.parametrize("seed", range(20))
def test_no_two_widgets_of_any_board_overlap(seed: int) -> None:
    rng = random.Random(seed)
    given = [
        widget(f"{rng.randint(-2, 13)},{rng.randint(-1, 30)},{rng.randint(0, 14)},{rng.randint(0, 6)}")
        for _ in range(40)
    ]
    placed = place_board(given)
    assert not [pair for pair in combinations(placed, 2) if pair[0].overlaps(pair[1])]
    assert all(box.x >= 0 and box.x + box.width <= 12 and box.y >= 0 for box in placed)
