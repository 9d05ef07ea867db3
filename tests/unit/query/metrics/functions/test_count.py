"""Counting and excluding groups; filling what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Window
from tests.unit.query.frames import NAN, START, applied, asked, frame, values

INF = float("inf")
LINES = st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=12)


def test_only_finite_values_other_than_zero_are_counted() -> None:
    lines = frame([1, 0, NAN, INF], [-2, 0, 5, 3], [NAN, NAN, 7, 0], unit="byte")
    for name in ("count_nonzero", "count_nonzero_finite"):
        counted = applied(name, lines)
        assert values(counted) == [[2, 0, 2, 1]]
        assert [group.tags for group in counted.groups] == [()]
        assert counted.unit == ""
    assert values(applied("count_not_null", lines)) == [[2, 2, 2, 2]]


def test_a_bucket_without_values_counts_zero_groups() -> None:
    assert values(applied("count_not_null", frame([NAN, 1]))) == [[0, 1]]


def test_groups_with_any_missing_tag_are_left_out() -> None:
    # The documentation's example: 3 x 4 groups, of which 2 x 3 have both tags.
    tags = [
        f"account:{one},region:{two}" for one in ("prod", "build", "N/A") for two in ("us", "eu", "ap", "N/A")
    ]
    found = applied("exclude_null", frame(*([[1.0]] * 12), tags=tags))
    assert len(found.groups) == 6
    assert not [tag for group in found.groups for tag in group.tags if "N/A" in tag]


def test_points_that_are_missing_are_no_reason_to_exclude_a_group() -> None:
    assert values(applied("exclude_null", frame([NAN, NAN], tags=["env:prod"]))) == [[None, None]]
    assert len(applied("exclude_null", frame([1], tags=[""])).groups) == 1
    assert len(applied("exclude_null", frame([1], tags=["path:N/A/b"])).groups) == 1


def test_zeros_stand_for_a_gauge_only_after_five_minutes() -> None:
    line = frame([NAN, 8, NAN, NAN, NAN, NAN, NAN, NAN, 3], step=60)
    assert values(applied("default_zero", line, window=_window(9))) == [[0, 8, 8, 8, 8, 8, 8, 0, 3]]


def test_a_count_is_zero_where_it_is_missing() -> None:
    line = frame([NAN, 8, NAN], zero_missing=True)
    assert values(applied("default_zero", line, window=_window(3))) == [[0, 8, 0]]
    assert values(applied("default_zero", frame([4, NAN], type="count"), window=_window(2))) == [[4, 0]]


def test_nothing_at_all_is_one_line_of_zeros() -> None:
    found = asked("default_zero(sum:m{*})", [NAN, NAN, NAN])
    assert values(found) == [[0, 0, 0]]
    none = applied("default_zero", frame(), window=_window(4))
    assert values(none) == [[0, 0, 0, 0]]
    assert none.times.tolist() == [START + 60 * place for place in range(4)]


def test_a_gauge_is_carried_into_the_window() -> None:
    (read,) = plan((parse_one("default_zero(avg:m{*})"),), _window(3)).reads
    assert read.window.start == START - 300


@given(LINES)
def test_no_value_is_missing_after_default_zero_and_none_is_changed(line: list[float]) -> None:
    filled = applied("default_zero", frame(line), window=_window(len(line))).values[0]
    assert not np.isnan(filled).any()
    assert [one for one, was in zip(filled, line, strict=True) if was == was] == [
        was for was in line if was == was
    ]


@pytest.mark.parametrize(
    ("method", "limit", "wanted"),
    [
        ("last", 120, [None, 2, 2, 2, None, 8]),
        ("last", 0, [None, 2, 2, 2, 2, 8]),
        ("linear", 0, [None, 2, 3.5, 5, 6.5, 8]),
        ("linear", 120, [None, 2, None, None, None, 8]),
        ("zero", 0, [0, 2, 0, 0, 0, 8]),
        ("zero", 60, [None, 2, 0, None, None, 8]),
        ("null", 0, [None, 2, None, None, None, 8]),
        ("7", 0, [7, 2, 7, 7, 7, 8]),
        ("7", 60, [None, 2, 7, None, None, 8]),
        ("-1.5", -1, [-1.5, 2, -1.5, -1.5, -1.5, 8]),
    ],
)
def test_gaps_are_filled(method: str, limit: int, wanted: list[float | None]) -> None:
    line = frame([NAN, 2, NAN, NAN, NAN, 8])
    arguments = {} if limit < 0 else {"limit": limit}
    assert values(applied("fill", line, method=method, **arguments)) == [wanted]


@pytest.mark.parametrize("number", ["1234567", "0.12345678901", "1e-3", "-4294967297"])
def test_a_number_fills_as_it_is_written(number: str) -> None:
    assert values(asked(f"fill(avg:m{{*}}, {number})", [NAN, 1])) == [[float(number), 1]]
    assert values(asked(f"fill(avg:m{{*}}, '{number}')", [NAN, 1])) == [[float(number), 1]]


@pytest.mark.parametrize(
    "text",
    [
        "fill(avg:m{*}, 'cubic')",
        "fill(avg:m{*}, 'nan')",
        "fill(avg:m{*}, 'inf')",
        "fill(avg:m{*}, 'last', -5)",
    ],
)
def test_what_cannot_fill_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        asked(text, [1, 2])


@given(LINES, st.sampled_from(["linear", "last", "zero", "null", "3"]), st.integers(0, 600))
def test_filling_changes_no_value(line: list[float], method: str, limit: int) -> None:
    filled = applied("fill", frame(line), method=method, limit=limit).values[0]
    known = ~np.isnan(line)
    assert (filled[known] == np.array(line)[known]).all()


def _window(buckets: int) -> Window:
    return Window(START, START + 60 * buckets, 60)


def test_filling_keeps_groups_without_values() -> None:
    assert isinstance(applied("fill", frame(), method="zero"), Frame)
