"""Functions of each value by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.query.frames import NAN, applied, asked, frame, values

INF = float("inf")


@pytest.mark.parametrize(
    ("name", "arguments", "given_values", "wanted"),
    [
        ("abs", {}, [-2, 0, 3, NAN], [2, 0, 3, None]),
        ("log2", {}, [8, 1, 0, -8, NAN], [3, 0, None, None, None]),
        ("log10", {}, [1000, 0.1, 0, -1], [3, -1, None, None]),
        ("round", {}, [1.4, 1.6, -1.6, NAN], [1, 2, -2, None]),
        ("round", {"digits": 2}, [1.234, 5.678], [1.23, 5.68]),
        ("round", {"digits": -2}, [1234, 1250, 1260], [1200, 1200, 1300]),
        ("floor", {}, [1.9, -1.1, 2], [1, -2, 2]),
        ("ceil", {}, [1.1, -1.9, 2], [2, -1, 2]),
        ("clamp_min", {"threshold": 2}, [1, 2, 3, NAN], [2, 2, 3, None]),
        ("clamp_max", {"threshold": 2}, [1, 2, 3, NAN], [1, 2, 2, None]),
        ("cutoff_min", {"threshold": 2}, [1, 2, 3, NAN], [None, 2, 3, None]),
        ("cutoff_max", {"threshold": 2}, [1, 2, 3, NAN], [1, 2, None, None]),
        ("is_greater", {"threshold": 2}, [1, 2, 3, NAN], [0, 0, 1, None]),
        ("is_less", {"threshold": 2}, [1, 2, 3, NAN], [1, 0, 0, None]),
        ("is_between", {"low": 2, "high": 3}, [1, 2, 3, 4, NAN], [0, 1, 1, 0, None]),
    ],
)
def test_values(
    name: str, arguments: dict[str, Any], given_values: list[float], wanted: list[float | None]
) -> None:
    assert values(applied(name, frame(given_values), **arguments)) == [wanted]


@pytest.mark.parametrize("digits", [16, 20, 300, 10**6])
def test_more_decimals_than_a_number_has_leave_it(digits: int) -> None:
    numbers = [123456789.123, 5e9, -0.1, 1e300]
    assert values(applied("round", frame(numbers), digits=digits)) == [numbers]


@pytest.mark.parametrize("digits", [-20, -300, -(10**6)])
def test_rounding_to_more_than_the_number_is_zero(digits: int) -> None:
    assert values(applied("round", frame([4e15, -3]), digits=digits)) == [[0, 0]]


def test_infinite_values_stay_so() -> None:
    assert values(applied("round", frame([INF, -INF]), digits=2)) == [[INF, -INF]]


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_rounding_is_within_half_a_step(value: float, digits: int) -> None:
    (found,) = applied("round", frame([value]), digits=digits).values[0]
    assert abs(found - value) <= 0.5000001 * 10.0**-digits + abs(value) * 1e-15


def test_the_least_and_greatest_of_several() -> None:
    assert values(asked("minimum(avg:m{*}, 3, 5)", [1, 4, 9])) == [[1, 3, 3]]
    assert values(asked("maximum(avg:m{*}, 3, 5)", [1, 4, 9])) == [[5, 5, 9]]
    assert values(asked("min(avg:m{*}, 3)", [1, 4])) == [[1, 3]]
    assert values(asked("max(avg:m{*}, 3)", [1, 4])) == [[3, 4]]


def test_where_one_has_nothing_the_other_decides() -> None:
    left, right = frame([1, NAN, NAN]), frame([5, 2, NAN])
    assert values(applied("minimum", left, right)) == [[1, 2, None]]
    assert values(applied("maximum", left, right)) == [[5, 2, None]]


def test_one_alone_is_itself() -> None:
    assert values(applied("maximum", frame([1, NAN]))) == [[1, None]]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=10), st.floats(-1e9, 1e9))
def test_clamped_values_are_on_one_side(line: list[float], threshold: float) -> None:
    assert (applied("clamp_min", frame(line), threshold=threshold).values >= threshold).all()
    assert (applied("clamp_max", frame(line), threshold=threshold).values <= threshold).all()
    kept = applied("cutoff_min", frame(line), threshold=threshold).values[0]
    assert sorted(kept[~np.isnan(kept)]) == sorted(one for one in line if not one < threshold)


@given(st.floats(1e-300, 1e300))
def test_logarithms(value: float) -> None:
    assert applied("log10", frame([value])).values[0, 0] == pytest.approx(math.log10(value), abs=1e-9)
    assert applied("log2", frame([value])).values[0, 0] == pytest.approx(math.log2(value), abs=1e-9)
