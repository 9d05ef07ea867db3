"""Differences, rates and running sums."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.query.frames import NAN, applied, frame, values

#: A counter that is reset, with a point missing.
COUNTER = [10, 16, NAN, 28, 4, 4]


def test_growth_is_by_seconds_since_the_last_point_and_not_across_a_reset() -> None:
    line = frame(COUNTER, step=60)
    assert values(applied("per_second", line)) == [[None, 0.1, None, 0.1, None, 0]]
    assert values(applied("per_minute", line)) == [[None, 6, None, 6, None, 0]]
    assert values(applied("per_hour", line)) == [[None, 360, None, 360, None, 0]]


def test_derivative_and_rate_may_be_negative() -> None:
    for name in ("derivative", "rate"):
        assert values(applied(name, frame(COUNTER))) == [[None, 0.1, None, 0.1, -0.4, 0]]


def test_diff_may_be_negative_and_monotonic_diff_is_growth_alone() -> None:
    assert values(applied("diff", frame(COUNTER))) == [[None, 6, None, 12, -24, 0]]
    assert values(applied("monotonic_diff", frame(COUNTER))) == [[None, 6, None, 12, None, None]]


def test_each_group_by_itself() -> None:
    assert values(applied("diff", frame([1, 2, 4], [NAN, 5, 1]))) == [[None, 1, 2], [None, None, -4]]


def test_seconds_between_points_are_one_line_over_all_groups() -> None:
    found = applied("dt", frame([1, NAN, NAN, 1], [NAN, 1, NAN, NAN], step=20))
    assert values(found) == [[None, 20, None, 40]]
    assert [group.tags for group in found.groups] == [()]


def test_no_groups_no_points() -> None:
    assert values(applied("dt", frame())) == [[]]
    for name in ("per_second", "derivative", "diff", "monotonic_diff", "cumsum", "integral"):
        assert applied(name, frame()).shape == (0, 0)


def test_throughput_is_by_the_buckets_seconds() -> None:
    assert values(applied("throughput", frame([120, NAN, 0], step=60))) == [[2, None, 0]]


def test_throughput_of_calendar_buckets_is_by_the_seconds_of_each() -> None:
    # January, February and March of 2023: of 31, 28 and 31 days.
    line = frame([31, 28, 31], step=86400)
    line = type(line)(
        np.array([1672531200, 1675209600, 1677628800]), line.groups, line.values * 86400, interval=30 * 86400
    )
    assert np.allclose(applied("throughput", line).values[0, :2], [1, 1])


def test_running_sum_passes_over_missing_values() -> None:
    assert values(applied("cumsum", frame([1, NAN, 2, -5]))) == [[1, None, 3, -2]]


def test_area_under_the_line_is_value_times_seconds_since_the_point_before() -> None:
    assert values(applied("integral", frame([5, 2, NAN, 3], step=10))) == [[0, 20, None, 80]]


NUMBERS = st.lists(st.one_of(st.just(NAN), st.integers(-(10**6), 10**6).map(float)), min_size=1, max_size=20)


@given(NUMBERS)
def test_differences_add_up_to_the_whole_change(line: list[float]) -> None:
    known = [one for one in line if not math.isnan(one)]
    found = applied("diff", frame(line)).values[0]
    assert np.nansum(found) == (known[-1] - known[0] if known else 0)
    assert np.count_nonzero(~np.isnan(found)) == max(0, len(known) - 1)


@given(NUMBERS)
def test_growth_is_the_differences_that_are_not_negative(line: list[float]) -> None:
    known = [one for one in line if not math.isnan(one)]
    grown = [two - one for one, two in itertools.pairwise(known) if two > one]
    found = applied("monotonic_diff", frame(line)).values[0]
    assert found[~np.isnan(found)].tolist() == grown


@given(NUMBERS)
def test_the_running_sum_ends_with_the_sum(line: list[float]) -> None:
    found = applied("cumsum", frame(line)).values[0]
    known = ~np.isnan(line)
    assert (np.isnan(found) == ~known).all()
    if known.any():
        assert found[known][-1] == sum(np.array(line)[known])
