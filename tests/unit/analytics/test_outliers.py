from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from heeler.analytics.array_tools import Floats
from heeler.analytics.outliers import outliers


def members(count: int = 20, points: int = 60, seed: int = 1) -> Floats:
    result: Floats = 50 + np.random.default_rng(seed).normal(0, 1, (count, points))
    return result


@pytest.mark.parametrize("algorithm", ["DBSCAN", "dbscan", "MAD", "scaledDBSCAN", "scaledMAD"])
def test_the_one_that_is_different_is_found(algorithm: str) -> None:
    values = members()
    values[7] += 30
    assert list(np.flatnonzero(outliers(values, algorithm, 2.0).mask)) == [7]


@pytest.mark.parametrize("algorithm", ["DBSCAN", "MAD", "scaledDBSCAN", "scaledMAD"])
def test_members_that_are_alike_are_no_outliers(algorithm: str) -> None:
    assert not outliers(members(), algorithm, 3.0).mask.any()
    assert not outliers(np.full((5, 10), 3.0), algorithm, 1.0).mask.any()


def test_scaled_forgives_small_differences_at_a_high_level() -> None:
    values = 10_000 + np.random.default_rng(4).normal(0, 1, (10, 30))
    values[2] += 30
    for plain, scaled in (("DBSCAN", "scaledDBSCAN"), ("MAD", "scaledMAD")):
        assert outliers(values, plain, 3).mask[2]
        assert not outliers(values, scaled, 3).mask.any()


def test_the_largest_cluster_is_the_normal_one() -> None:
    values = members(10)
    values[:3] += 40
    assert list(np.flatnonzero(outliers(values, "DBSCAN", 2).mask)) == [0, 1, 2]


def test_dbscan_reacts_to_a_lag_in_time_and_mad_does_not() -> None:
    phase = np.linspace(0, 12, 120)
    values = np.sin(phase) * 10 + np.random.default_rng(5).normal(0, 0.1, (8, 120))
    values[3] = np.sin(phase - 1) * 10
    assert outliers(values, "DBSCAN", 3).mask[3]
    assert not outliers(values, "MAD", 3).mask[3]


def test_percentage_of_far_points_decides_for_mad() -> None:
    values = members()
    values[4, :15] += 30
    assert outliers(values, "MAD", 4, 20).mask[4]
    assert not outliers(values, "MAD", 4, 30).mask[4]


def test_a_member_without_points_is_no_outlier_and_three_are_needed() -> None:
    values = members(4)
    values[1] = np.nan
    assert not outliers(values, "DBSCAN", 3).mask[1]
    values[2] = np.nan
    found = outliers(values, "DBSCAN", 3)
    assert not found.mask.any()
    assert "3 groups" in found.note


def test_errors_name_the_choices() -> None:
    with pytest.raises(ValueError, match="'scaledMAD'"):
        outliers(members(), "kmeans")
    with pytest.raises(ValueError, match="above 0"):
        outliers(members(), "MAD", -1)


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(allow_nan=True)),
    st.sampled_from(["DBSCAN", "MAD", "scaledDBSCAN", "scaledMAD"]),
)
@settings(max_examples=100, deadline=None)
def test_any_values_give_one_answer_a_member(values: Floats, algorithm: str) -> None:
    with np.errstate(all="ignore"):
        found = outliers(values, algorithm, 2.0)
    assert found.mask.shape == (len(values),)


ALGORITHMS = ["DBSCAN", "MAD", "scaledDBSCAN", "scaledMAD"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("seed", range(4))
def test_more_tolerance_never_calls_out_more_of_one_crowd(algorithm: str, seed: int) -> None:
    values = members(seed=seed)
    values[3] += 4
    values[8] += 9
    values[11] -= 25
    found = [
        frozenset(np.flatnonzero(outliers(values, algorithm, tolerance).mask))
        for tolerance in (0.33, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 50.0)
    ]
    counts = [len(one) for one in found]
    assert counts == sorted(counts, reverse=True)
    assert all(later <= earlier for earlier, later in pairwise(found))
    assert not found[-1]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_unit_never_matters_and_offset_matters_to_the_scaled_alone(algorithm: str) -> None:
    values = members()
    values[5] += 6
    plain = outliers(values, algorithm, 2.0).mask
    for unit in (1e-6, 1e9):
        np.testing.assert_array_equal(outliers(values * unit, algorithm, 2.0).mask, plain)
    moved = outliers(values + 1e5, algorithm, 2.0).mask
    if algorithm.startswith("scaled"):
        assert not moved.any()
    else:
        np.testing.assert_array_equal(moved, plain)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("missing", [0.3, 0.9])
def test_gaps_neither_hide_an_outlier_nor_make_one(algorithm: str, missing: float) -> None:
    values = members(12, 240)
    gaps = np.random.default_rng(2).random(240) < missing
    values[2] += 12
    values[2, gaps] = np.nan
    values[6, gaps[::-1]] = np.nan
    assert list(np.flatnonzero(outliers(values, algorithm, 2.0).mask)) == [2]


def test_a_member_that_has_just_come_is_judged_by_what_there_is_of_it() -> None:
    values = members(10, 200)
    values[1, :190] = np.nan
    values[4, :190] = np.nan
    values[4] += 20
    for algorithm in ALGORITHMS:
        assert list(np.flatnonzero(outliers(values, algorithm, 3.0).mask)) == [4]


def test_one_of_three_is_found_and_two_against_two_are_decided_by_the_median() -> None:
    three = np.repeat([[10.0], [11.0], [30.0]], 20, axis=1)
    assert list(outliers(three, "DBSCAN", 3).mask) == [False, False, True]
    even = np.repeat([[10.0], [20.0], [30.0]], 20, axis=1)
    assert not outliers(even, "DBSCAN", 3).mask.any()
