"""Comparison and threshold at the end of a monitor query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.comparison import COMPARATORS, compared


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("avg(last_5m):avg:a{*} > 90", ("avg(last_5m):avg:a{*}", ">", 90)),
        ("a>=1", ("a", ">=", 1)),
        ("a <= -0.5", ("a", "<=", -0.5)),
        ("a == +1e3", ("a", "==", 1000)),
        ("a != .5", ("a", "!=", 0.5)),
        ("a < 5.", ("a", "<", 5)),
        (
            'logs("@a:>5").rollup("count").last("5m") > 7',
            ('logs("@a:>5").rollup("count").last("5m")', ">", 7),
        ),
        ("count(v: v>=100):m{*} > 1e-3", ("count(v: v>=100):m{*}", ">", 0.001)),
    ],
)
def test_the_last_comparison_counts(text: str, wanted: tuple[str, str, float]) -> None:
    assert compared(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a >",
        "> 5",
        "a > b",
        "a = 5",
        "a > 1.2.3",
        "a > .",
        "a > 5x",
        "a > 1e999",
        "a > ٥",
        "a > nan",
        "a > inf",
        "a > --1",
        "a > 5 5",
        "a => 5 >",
    ],
)
def test_what_compares_nothing_with_a_number(text: str) -> None:
    with pytest.raises(InvalidQuery):
        compared(text)


def test_a_threshold_that_is_a_query_is_named() -> None:
    with pytest.raises(InvalidQuery, match="compare with a number"):
        compared("a > threshold")


@given(st.sampled_from(COMPARATORS), st.floats(-1e30, 1e30), st.sampled_from(["", " ", "  "]))
def test_any_number_comes_back(comparator: str, number: float, blank: str) -> None:
    assert compared(f"avg:a{{*}}{blank}{comparator}{blank}{number!r}") == ("avg:a{*}", comparator, number)
