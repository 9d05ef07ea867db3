"""Metrics of whole steps and counts that are mostly zero."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.analytics.anomalies import anomalies
from heeler.analytics.array_tools import Floats
from heeler.analytics.discrete import at_home_at_zero, half_steps, rare_event_sd
from tests.unit.analytics.series import clock, daily

TIMES = clock(14)
DAY_POINTS = 288
ALL = ("basic", "agile", "robust")


def row(*values: float) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    ordered = np.sort(np.array([values]), axis=1)
    return ordered, np.sum(~np.isnan(ordered), axis=1)


def test_half_of_the_smallest_step_of_what_repeats() -> None:
    assert half_steps(*row(1, 1, 3, 3, 3, 4, 4, np.nan)) == 0.5
    assert half_steps(*row(0.1, 0.1, 0.1 + 1e-15, 0.3, 0.3, 0.3)) == pytest.approx(0.1)
    assert half_steps(*row(1.1, 2.7, 3.14, 4.2, 5.9)) == 0
    assert half_steps(*row(5, 5, 5, 5)) == 0
    assert half_steps(*row(np.nan, np.nan)) == 0


def test_rare_events_have_the_deviation_of_a_poisson_process() -> None:
    counts = np.random.default_rng(1).poisson(0.2, 4_000).astype(float)
    assert rare_event_sd(*row(*counts)) == pytest.approx(np.sqrt(0.2), rel=0.1)
    assert rare_event_sd(*row(*(10 * counts))) == pytest.approx(10 * np.sqrt(0.2), rel=0.1)
    assert rare_event_sd(*row(0, 0, 0, 0)) == 0
    assert rare_event_sd(*row(0, 0, 0, -1)) == 0
    assert rare_event_sd(*row(5, 6, 0, 7)) == 0


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.6, 3.0])
def test_counts_leave_the_band_no_more_often_than_normal_values_and_bursts_do(
    algorithm: str, rate: float
) -> None:
    outside, caught = [], 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        values = random.poisson(rate, len(TIMES)).astype(float)
        values[-50:-40] += random.poisson(8 + 4 * rate, 10)
        out = anomalies(TIMES, values, algorithm, 3, seasonality="daily").outside(values)
        outside.append(out[-7 * DAY_POINTS : -50].sum() / 7)
        caught += int(out[-50:-40].any())
    assert np.mean(outside) < 2.0
    assert caught == 4


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.parametrize("per_second", [1.0, 0.1])
def test_the_unit_of_a_count_does_not_matter(algorithm: str, per_second: float) -> None:
    values = np.random.default_rng(3).poisson(0.3, len(TIMES)).astype(float)
    one = anomalies(TIMES, values, algorithm, 2, seasonality="daily")
    other = anomalies(TIMES, values * per_second, algorithm, 2, seasonality="daily")
    np.testing.assert_allclose(other.upper, one.upper * per_second, atol=1e-9)


@pytest.mark.parametrize("algorithm", ALL)
def test_rounded_values_leave_the_band_as_seldom_as_what_they_were(algorithm: str) -> None:
    values = daily(TIMES, swing=0, noise=0.4)
    shares = [
        anomalies(TIMES, one, algorithm, 3, seasonality="daily").outside(one)[-7 * DAY_POINTS :].mean()
        for one in (values, np.round(values))
    ]
    assert shares[1] <= shares[0] + 0.002


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_rare_large_values_of_each_day_widen_the_band_and_one_bad_day_does_not(algorithm: str) -> None:
    random = np.random.default_rng(4)
    calm = random.normal(100, 3, len(TIMES))
    heavy = 100 + 3 * random.standard_t(2.2, len(TIMES))
    bad = calm.copy()
    bad[-2 * DAY_POINTS : -2 * DAY_POINTS + 96] += 80
    day = slice(len(TIMES) - DAY_POINTS, None)
    bands = [anomalies(TIMES, one, algorithm, 3, seasonality="daily") for one in (calm, heavy, bad)]
    width = [float((band.upper - band.lower)[day].mean()) for band in bands]
    assert width[1] > 1.5 * width[0]
    assert width[2] < 1.5 * width[0]


@pytest.mark.parametrize("algorithm", ALL)
def test_the_band_of_a_count_ends_at_zero_and_that_of_a_balance_does_not(algorithm: str) -> None:
    counts = np.random.default_rng(4).poisson(1.0, len(TIMES)).astype(float)
    band = anomalies(TIMES, counts, algorithm, 3, seasonality="daily").tail(DAY_POINTS)
    assert band.lower.min() == 0
    assert np.all(band.upper > band.lower)
    balance = counts - 1
    assert anomalies(TIMES, balance, algorithm, 3, seasonality="daily").tail(DAY_POINTS).lower.min() < -1
    fallen = counts.copy()
    fallen[-5:] = -3
    assert anomalies(TIMES, fallen, algorithm, 3, seasonality="daily").outside(fallen)[-5]


def test_what_was_never_below_zero_is_known_from_the_past_alone() -> None:
    zero = at_home_at_zero(np.array([5.0, 0.0, np.nan, 3.0, -1.0, 0.0, 0.0]))
    assert list(zero) == [False, False, True, True, True, False, False]
    assert not at_home_at_zero(np.array([])).any()
    assert not at_home_at_zero(np.append(np.arange(1.0, 300.0), [0.0, 1.0])).any()
