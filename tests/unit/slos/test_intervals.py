"""Sets of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.slos.intervals import clipped, length, united, without

SOME = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8)


@given(SOME, st.integers(0, 50), st.integers(0, 50))
def test_agree_with_sets_of_seconds(given_intervals: list[tuple[int, int]], start: int, end: int) -> None:
    seconds = {one for a, b in given_intervals for one in range(a, b)}
    assert length(united(given_intervals)) == len(seconds)
    inside = {one for one in seconds if start <= one < end}
    assert length(clipped(given_intervals, start, end)) == len(inside)
    left = without(start, end, given_intervals)
    assert length(left) == max(end - start, 0) - len(inside)
    assert all(b > a for a, b in left)


def test_touching_intervals_are_one() -> None:
    assert united([(5, 9), (1, 5), (20, 20)]) == [(1, 9)]
