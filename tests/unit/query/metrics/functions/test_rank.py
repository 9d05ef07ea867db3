"""The highest and lowest groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import FUNCTIONS
from tests.unit.query.frames import NAN, applied, asked, frame

#: By mean: c, b, a; by max: a; by min: c; by last: b; d has nothing.
LINES = frame([0, 9, 0], [3, 4, 5], [6, 5, 4], [NAN, NAN, NAN], tags=["g:a", "g:b", "g:c", "g:d"])


def ranked(count: int = 9, by: str = "mean", direction: str = "desc", offset: int = 0) -> str:
    found = applied("top_offset", LINES, count=count, by=by, dir=direction, offset=offset)
    return "".join(group.tags[0][-1] for group in found.groups)


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("mean", "cba"),
        ("avg", "cba"),
        ("max", "acb"),
        ("min", "cba"),
        ("sum", "cba"),
        ("last", "bca"),
        ("area", "cba"),
        ("l2norm", "acb"),
        ("norm", "acb"),
    ],
)
def test_the_highest_first(by: str, wanted: str) -> None:
    # l2norm: 9, the root of 50, the root of 77.
    assert ranked(by=by) == wanted
    assert ranked(2, by) == wanted[:2]


def test_the_lowest_first() -> None:
    assert ranked(by="mean", direction="asc") == "abc"
    assert ranked(1, "last", "asc") == "a"


def test_groups_without_values_are_never_among_them() -> None:
    assert "d" not in ranked(direction="asc") + ranked(direction="desc")


def test_the_first_are_left_out() -> None:
    assert ranked(1, offset=1) == "b"
    assert ranked(5, offset=3) == ""


def test_values_go_with_their_groups() -> None:
    found = applied("top", LINES, count=2, by="last", dir="desc")
    assert found.values.tolist() == [[3, 4, 5], [6, 5, 4]]


@pytest.mark.parametrize(
    ("count", "by", "direction", "offset"),
    [
        (0, "mean", "desc", 0),
        (-1, "mean", "desc", 0),
        (1, "median", "desc", 0),
        (1, "mean", "down", 0),
        (1, "mean", "asc", -1),
    ],
)
def test_what_cannot_be_ranked_is_refused(count: int, by: str, direction: str, offset: int) -> None:
    with pytest.raises(QueryError):
        ranked(count, by, direction, offset)


def test_a_number_of_groups_is_whole() -> None:
    assert len(asked("top(avg:m{*} by {host}, '1', 'max', 'desc')", [1, 2], [3, 4]).groups) == 1
    with pytest.raises(QueryError, match="whole number"):
        asked("top(avg:m{*} by {host}, 1.5, 'max', 'desc')", [1, 2], [3, 4])


def test_each_name_of_the_documentation_is_known() -> None:
    suffixes = ("", "_mean", "_min", "_max", "_last", "_area", "_l2norm")
    names = {
        f"{side}{count}{one}" for side in ("top", "bottom") for count in (5, 10, 15, 20) for one in suffixes
    }
    assert names <= set(FUNCTIONS)


def test_a_named_variant_is_top_with_its_arguments() -> None:
    many = frame(*[[float(place), 20.0 - place] for place in range(12)])
    names = [group.tags[0] for group in applied("bottom5_max", many).groups]
    assert names == ["host:10", "host:9", "host:11", "host:8", "host:7"]
    assert [group.tags[0] for group in applied("top10_last", many).groups] == [
        f"host:{place}" for place in range(10)
    ]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8), st.integers(1, 9))
def test_what_is_kept_is_at_least_what_is_not(numbers: list[int], count: int) -> None:
    lines = frame(*[[float(one)] for one in numbers])
    kept = sorted(applied("top", lines, count=count).values[:, 0].tolist())
    assert kept == sorted(map(float, numbers))[-count:]
