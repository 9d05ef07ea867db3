from __future__ import annotations

import numpy as np

from heeler.analytics.smoothing import autosmooth, smoothing_window


def test_noise_goes_and_the_deviation_stays() -> None:
    values = np.random.default_rng(1).normal(0, 1, 600)
    values[300:340] += 8
    smooth = autosmooth(values)
    assert np.diff(smooth).std() < np.diff(values).std() / 3
    assert smooth[310:330].mean() > 5


def test_a_lone_spike_is_not_smoothed_away() -> None:
    values = np.zeros(200)
    values[100] = 50
    assert smoothing_window(values) == 1


def test_missing_points_stay_missing_and_short_series_stay_as_they_are() -> None:
    values = np.random.default_rng(2).normal(0, 1, 100)
    values[40:50] = np.nan
    assert list(np.flatnonzero(np.isnan(autosmooth(values)))) == list(range(40, 50))
    np.testing.assert_array_equal(autosmooth(values[:5]), values[:5])
