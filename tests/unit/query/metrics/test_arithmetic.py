"""``+ - * /`` between frames: missing values, times, groups, units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.frame import Frame
from heeler.query.metrics.arithmetic import Operand, align, combine
from tests.unit.query.frames import NAN, frame, values


def result(operator: str, left: Operand, right: Operand) -> list[list[float | None]]:
    found = combine(operator, left, right)
    assert isinstance(found, Frame)
    return values(found)


def test_numbers_alone() -> None:
    assert combine("+", 2, 3) == 5
    assert combine("-", 2, 3) == -1
    assert combine("*", 2, 3) == 6
    assert combine("/", 3, 2) == 1.5
    assert np.isnan(combine("/", 3, 0))


def test_a_number_meets_every_value() -> None:
    line = frame([2, NAN, 4])
    assert result("/", line, 2) == [[1, None, 2]]
    assert result("-", 10, line) == [[8, None, 6]]
    assert result("/", 8, frame([2, 0, 4])) == [[4, None, 2]]
    assert result("/", line, 0) == [[None, None, None]]


def test_a_missing_value_makes_the_result_missing() -> None:
    assert result("+", frame([1, NAN, 3, NAN]), frame([10, 20, NAN, NAN])) == [[11, None, None, None]]


def test_a_missing_count_is_zero_where_the_other_has_a_value() -> None:
    errors, hits = frame([1, NAN, NAN], zero_missing=True), frame([4, 5, NAN], zero_missing=True)
    assert result("/", errors, hits) == [[0.25, 0, None]]
    assert result("/", hits, errors) == [[4, None, None]]
    # Of a count beside a gauge only the count is zero.
    assert result("+", errors, frame([NAN, 5, NAN])) == [[None, 5, None]]


def test_what_two_counts_make_is_a_count_and_what_one_makes_is_none() -> None:
    count = frame([1], zero_missing=True)
    both, one = combine("+", count, count), combine("+", count, frame([1]))
    assert isinstance(both, Frame)
    assert isinstance(one, Frame)
    assert (both.zero_missing, one.zero_missing) == (True, False)


def test_groups_of_equal_tags_meet_in_any_order() -> None:
    left = frame([1], [2], [3], tags=["env:a,host:x", "env:b,host:y", "env:c,host:z"])
    right = frame([10], [20], tags=["host:y,env:b", "host:x,env:a"])
    found = combine("+", left, right)
    assert isinstance(found, Frame)
    assert {group.tags: row[0] for group, row in zip(found.groups, values(found), strict=True)} == {
        ("env:a", "host:x"): 21,
        ("env:b", "host:y"): 12,
    }


def test_a_line_without_groups_meets_every_group() -> None:
    total, parts = frame([10, 20], tags=[""]), frame([1, 2], [3, 4])
    for left, right, wanted in (
        (parts, total, [[0.1, 0.1], [0.3, 0.2]]),
        (total, parts, [[10, 10], [10 / 3, 5]]),
    ):
        found = combine("/", left, right)
        assert isinstance(found, Frame)
        assert values(found) == wanted
        assert [group.tags for group in found.groups] == [("host:0",), ("host:1",)]


def test_nothing_meets_nothing() -> None:
    assert result("+", frame([1, 2]), frame([1, 2], tags=["host:9"])) == []
    assert result("+", Frame(np.zeros(0, np.int64), (), np.zeros((0, 0)), 60), frame([1, 2], tags=[""])) == []


def test_only_shared_times_are_kept() -> None:
    minutes, fives = frame(list(range(11)), step=60), frame([1, 2, 3], step=300)
    left, right = align(minutes, fives)
    assert left.times.tolist() == right.times.tolist() == [minutes.times[0] + at for at in (0, 300, 600)]
    assert left.values.tolist() == [[0, 5, 10]]
    assert left.interval == right.interval == 300
    assert result("+", fives, minutes) == [[1, 7, 13]]


def test_units_follow_the_operation() -> None:
    def unit(operator: str, left: str, right: str) -> str:
        found = combine(operator, frame([1], unit=left), frame([1], unit=right))
        assert isinstance(found, Frame)
        return found.unit

    assert unit("+", "byte", "byte") == "byte"
    assert unit("/", "byte", "byte") == ""
    scaled = combine("*", frame([1], unit="byte"), 8)
    assert isinstance(scaled, Frame)
    assert scaled.unit == "byte"


def test_notes_of_both_are_kept_once() -> None:
    found = combine("+", frame([1], notes=("a", "b")), frame([1], notes=("b", "c")))
    assert isinstance(found, Frame)
    assert found.notes == ("a", "b", "c")


LINE = st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=4, max_size=4)


@pytest.mark.parametrize("operator", ["+", "*"])
@given(left=LINE, right=LINE, counts=st.booleans())
def test_sums_and_products_do_not_depend_on_the_order(
    operator: str, left: list[float], right: list[float], counts: bool
) -> None:
    one, two = frame(left, zero_missing=counts), frame(right, zero_missing=counts)
    assert result(operator, one, two) == result(operator, two, one)


@given(LINE, LINE)
def test_a_difference_is_taken_back_by_a_sum(left: list[float], right: list[float]) -> None:
    difference = combine("-", frame(left), frame(right))
    again = combine("+", difference, frame(right))
    assert isinstance(again, Frame)
    known = ~np.isnan(again.values[0])
    assert np.allclose(again.values[0][known], np.array(left)[known], atol=1e-6)
    assert known.tolist() == [a == a and b == b for a, b in zip(left, right, strict=True)]
