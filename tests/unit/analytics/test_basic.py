"""``basic``: lagging rolling quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from heeler.analytics.basic import BASIC_POINTS, MIN_POINTS, basic

NORMAL = np.random.default_rng(4).normal(100, 5, 2000)


def test_the_band_holds_what_it_promises() -> None:
    for bounds, share in ((1, 0.68), (2, 0.95), (3, 0.997)):
        band = basic(NORMAL, bounds)
        inside = (band.lower <= NORMAL) & (band.upper >= NORMAL)
        assert abs(inside[BASIC_POINTS:].mean() - share) < 0.06


def test_a_band_looks_back_alone() -> None:
    whole, part = basic(NORMAL, 2), basic(NORMAL[:500], 2)
    np.testing.assert_array_equal(whole.lower[:500], part.lower)
    changed = NORMAL.copy()
    changed[600:] = 0
    np.testing.assert_array_equal(basic(changed, 2).upper[:601], whole.upper[:601])


def test_a_level_that_changed_is_usual_after_the_window() -> None:
    line = np.concatenate([np.full(200, 10.0), np.full(200, 50.0)]) + np.random.default_rng(1).normal(
        0, 1, 400
    )
    band = basic(line, 3)
    assert band.upper[200] < 50
    assert band.lower[-1] > 30


@pytest.mark.parametrize("shift", [-1e6, 1000.5])
def test_a_constant_moves_the_band_and_changes_nothing_else(shift: float) -> None:
    one, two = basic(NORMAL[:300], 2), basic(NORMAL[:300] + shift, 2)
    np.testing.assert_allclose(two.lower - shift, one.lower, atol=abs(shift) * 1e-8)
    np.testing.assert_allclose(two.upper - shift, one.upper, atol=abs(shift) * 1e-8)


def test_a_skewed_metric_has_a_skewed_band() -> None:
    line = np.random.default_rng(2).exponential(10, 1000)
    band = basic(line, 2)
    assert (band.upper - band.expected)[-1] > 2 * (band.expected - band.lower)[-1]


def test_little_history_is_said() -> None:
    band = basic(np.array([1.0, 2.0, 3.0]), 2)
    assert np.isnan(band.lower).all()
    assert f"{MIN_POINTS + 1} points" in band.note
    assert basic(np.zeros(0), 2).note
    assert np.isnan(basic(np.full(9, np.nan), 2).upper).all()


def test_the_first_points_have_no_band_and_gaps_have_that_of_before() -> None:
    line = np.array([1.0, 2, 1, 2, np.nan, np.nan, 1])
    band = basic(line, 2)
    assert np.isnan(band.lower[:MIN_POINTS]).all()
    assert not np.isnan(band.lower[MIN_POINTS:]).any()
    assert band.lower[4] == band.lower[5] == band.lower[6]


@given(
    arrays.arrays(np.float64, st.integers(1, 60), elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))),
    st.floats(0.5, 6),
)
def test_the_middle_is_within_and_wider_bounds_hold_narrower_ones(line: np.ndarray, bounds: float) -> None:
    narrow, wide = basic(line, bounds), basic(line, bounds + 1)
    known = ~np.isnan(narrow.lower)
    assert (narrow.lower[known] <= narrow.expected[known]).all()
    assert (narrow.upper[known] >= narrow.expected[known]).all()
    assert (wide.lower[known] <= narrow.lower[known]).all()
    assert (wide.upper[known] >= narrow.upper[known]).all()
    assert len(narrow.lower) == len(line)
