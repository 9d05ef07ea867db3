"""Which gaps of a line are silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.render.gaps import OUTAGE, joined


def shown(times: list[int], *heard: list[int]) -> list[int]:
    return joined(np.array(times, np.int64), [np.array(one, np.int64) for one in heard]).tolist()


def test_buckets_between_points_that_are_rarer_are_left_out() -> None:
    assert shown([0, 20, 40, 60, 80, 100, 120], [0, 60, 120]) == [0, 60, 120]


def test_a_bucket_that_any_line_has_stays() -> None:
    assert shown([0, 20, 40, 60], [0, 60], [40]) == [0, 40, 60]


@pytest.mark.parametrize(("silence", "stays"), [(OUTAGE, False), (OUTAGE + 60, True)])
def test_a_long_silence_stays(silence: int, stays: bool) -> None:
    times = list(range(0, silence + 60, 60))
    assert shown(times, [0, silence]) == (times if stays else [0, silence])


def test_before_the_first_and_after_the_last_point() -> None:
    assert shown([0, 60, 120, 180], [60]) == [60]


def test_nothing_is_heard() -> None:
    assert shown([0, 60]) == [0, 60]
    assert shown([0, 60], []) == [0, 60]
    assert shown([], [0]) == []


@given(st.sets(st.integers(0, 40), max_size=15), st.integers(1, 200))
def test_no_point_is_left_out_and_none_is_made_up(places: set[int], step: int) -> None:
    times = [step * place for place in range(41)]
    heard = [step * place for place in sorted(places)]
    found = shown(times, heard)
    assert set(heard) <= set(found) <= set(times)
    assert found == sorted(found)
