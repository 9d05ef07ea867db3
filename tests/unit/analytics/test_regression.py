from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics.array_tools import Floats
from heeler.analytics.regression import piecewise_constant, robust_trend, trend_line
from tests.unit.analytics.series import clock

TIMES = clock(1)
LINE = 5 + np.arange(len(TIMES)) * 0.25


def test_a_line_is_its_own_trend() -> None:
    np.testing.assert_allclose(trend_line(TIMES, LINE), LINE)
    np.testing.assert_allclose(robust_trend(TIMES, LINE), LINE)


def test_spikes_tilt_the_least_squares_line_but_hardly_the_robust_one() -> None:
    values = LINE + np.random.default_rng(1).normal(0, 0.5, len(LINE))
    values[-10:] += 300
    assert np.abs(robust_trend(TIMES, values) - LINE).max() < 1.5
    assert np.abs(trend_line(TIMES, values) - LINE).max() > 10


def test_steps_are_found_where_they_are() -> None:
    random = np.random.default_rng(2)
    values = np.concatenate([random.normal(level, 1, 100) for level in (0, 8, 2)])
    steps = piecewise_constant(values)
    levels = sorted(set(np.round(steps, 6)))
    assert len(levels) == 3
    assert set(np.flatnonzero(np.diff(steps))) <= {98, 99, 100, 198, 199, 200}


def test_noise_alone_has_no_steps() -> None:
    values = np.random.default_rng(3).normal(0, 1, 500)
    assert len(set(piecewise_constant(values))) == 1


@given(arrays(np.float64, st.integers(0, 50), elements=st.floats(allow_nan=True, allow_infinity=True)))
@settings(max_examples=100, deadline=None)
def test_any_values_keep_their_shape(values: Floats) -> None:
    with np.errstate(all="ignore"):
        steps = piecewise_constant(values)
        assert len(trend_line(TIMES[: len(values)], values)) == len(values)
        assert len(robust_trend(TIMES[: len(values)], values)) == len(values)
    assert len(steps) == len(values)
