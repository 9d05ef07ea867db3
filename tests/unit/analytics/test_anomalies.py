"""Anomaly bands behave as the public documentation's pictures say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics.anomalies import (
    algorithm_name,
    anomalies,
    history_needed,
    history_too_short,
    zero_filled,
)
from heeler.analytics.array_tools import Floats
from heeler.analytics.band import Direction
from heeler.analytics.seasonal import own_levels
from heeler.analytics.seasonal_matrix import Seasonality
from tests.unit.analytics.series import STEP, clock, daily

DAY_POINTS = 86_400 // STEP
SEASONAL = ("agile", "robust")
ALL = ("basic", *SEASONAL)

series = arrays(
    np.float64, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
)


@given(series, st.sampled_from(ALL), st.sampled_from(["hourly", "daily", "weekly"]))
@settings(max_examples=150, deadline=None)
def test_any_values_give_a_band_of_the_same_length_in_order(
    values: Floats, algorithm: str, season: str
) -> None:
    times = clock(10, 600)[: len(values)]
    with np.errstate(all="ignore"):
        band = anomalies(times, values, algorithm, 2, seasonality=season)  # type: ignore[arg-type]
    assert len(band.lower) == len(band.upper) == len(band.expected) == len(values)
    known = ~np.isnan(band.lower)
    assert np.array_equal(known, ~np.isnan(band.upper))
    assert np.all(band.lower[known] <= band.upper[known])
    assert known.any() or band.note


@pytest.mark.parametrize("algorithm", ALL)
def test_a_band_of_two_deviations_holds_most_points(algorithm: str) -> None:
    times = clock(12)
    values = daily(times, swing=0 if algorithm == "basic" else 20)
    band = anomalies(times, values, algorithm, 2, seasonality="daily").tail(DAY_POINTS)
    outside = band.outside(values[-DAY_POINTS:]).mean()
    assert 0.005 < outside < 0.10


@pytest.mark.parametrize("algorithm", ALL)
def test_wider_bounds_give_a_wider_band(algorithm: str) -> None:
    times = clock(5)
    values = daily(times)
    two, three = (
        anomalies(times, values, algorithm, bounds, seasonality="daily").tail(100) for bounds in (2, 3)
    )
    assert np.all(three.upper > two.upper)
    assert np.all(three.lower < two.lower)


@pytest.mark.parametrize("algorithm", ALL)
def test_no_point_sees_the_future(algorithm: str) -> None:
    times = clock(6)
    values = daily(times)
    cut = len(values) - 200
    whole = anomalies(times, values, algorithm, 2, seasonality="daily")
    part = anomalies(times[:cut], values[:cut], algorithm, 2, seasonality="daily")
    np.testing.assert_allclose(part.upper, whole.upper[:cut], rtol=1e-9)
    np.testing.assert_allclose(part.lower, whole.lower[:cut], rtol=1e-9)


def test_basic_draws_a_band_soon_after_a_metric_first_appears() -> None:
    times = clock(1, 15)[:20]
    values = np.full(20, np.nan)
    values[4:] = daily(times, swing=0)[4:]
    band = anomalies(times, values, "basic", 2)
    assert np.isnan(band.upper[:7]).all()
    assert not np.isnan(band.upper[7:]).any()
    assert not band.note


@pytest.mark.parametrize("algorithm", ["basic", "robust"])
def test_adding_a_constant_changes_nothing_but_the_position(algorithm: str) -> None:
    times = clock(5)
    values = daily(times)
    near = anomalies(times, values, algorithm, 2, seasonality="daily")
    far = anomalies(times, values + 1000, algorithm, 2, seasonality="daily")
    np.testing.assert_allclose(near.upper + 1000, far.upper, rtol=1e-6)


def test_agile_is_not_scale_insensitive() -> None:
    times = clock(5)
    values = daily(times)
    widths = [
        np.nanmean(band.upper - band.lower)
        for band in (anomalies(times, values + more, "agile", 2, seasonality="daily") for more in (0, 10_000))
    ]
    assert widths[1] > 1.5 * widths[0]


def test_a_level_shift_is_taken_by_agile_in_minutes_and_by_robust_not_in_hours() -> None:
    times = clock(8)
    values = daily(times)
    values[-DAY_POINTS // 3 :] += 60
    end = slice(len(values) - DAY_POINTS // 4, None)
    quick = anomalies(times, values, "agile", 3, seasonality="daily").outside(values)[end].mean()
    slow = anomalies(times, values, "robust", 3, seasonality="daily").outside(values)[end].mean()
    assert quick < 0.1
    assert slow > 0.9


def test_robust_widens_after_a_shift_and_then_takes_it() -> None:
    times = clock(10)
    values = daily(times)
    values[-2 * DAY_POINTS :] += 60
    band = anomalies(times, values, "robust", 3, seasonality="daily")
    width = band.upper - band.lower
    before, during = width[-3 * DAY_POINTS : -2 * DAY_POINTS].mean(), width[-DAY_POINTS:].max()
    assert during > 3 * before
    assert band.outside(values)[-DAY_POINTS // 4 :].mean() < 0.1


def test_after_an_hour_long_anomaly_agile_calls_the_return_anomalous_and_robust_does_not() -> None:
    times = clock(8)
    values = daily(times)
    values[-36:-24] += 80
    back = slice(len(values) - 24, len(values) - 21)
    assert anomalies(times, values, "agile", 3, seasonality="daily").outside(values)[back].all()
    assert not anomalies(times, values, "robust", 3, seasonality="daily").outside(values)[back].any()


@pytest.mark.parametrize("algorithm", SEASONAL)
def test_an_old_anomaly_does_not_bend_the_band_of_today(algorithm: str) -> None:
    times = clock(7)
    clean = daily(times)
    spiked = clean.copy()
    spiked[-DAY_POINTS - 40 : -DAY_POINTS - 20] += 500
    bands = [
        anomalies(times, values, algorithm, 2, seasonality="daily").tail(60) for values in (clean, spiked)
    ]
    assert np.abs(bands[0].expected - bands[1].expected).max() < 5


@pytest.mark.parametrize("algorithm", SEASONAL)
def test_a_missing_peak_is_an_anomaly_though_the_value_is_ordinary(algorithm: str) -> None:
    times = clock(9)
    values = daily(times, swing=50)
    noon = slice(len(values) - DAY_POINTS + 60, len(values) - DAY_POINTS + 84)
    values[noon] = 100.0
    assert anomalies(times, values, algorithm, 3, seasonality="daily").outside(values)[noon][0]


@pytest.mark.parametrize("algorithm", SEASONAL)
def test_too_little_history_is_said_and_nothing_is_drawn(algorithm: str) -> None:
    times = clock(2.5)
    band = anomalies(times, daily(times), algorithm, 2, seasonality="daily")
    assert np.isnan(band.upper).all()
    assert "2.5 of 3 seasons" in band.note
    assert history_too_short(times, algorithm, "daily")
    assert not history_too_short(clock(3.5), algorithm, "daily")
    assert (
        "too coarse"
        in anomalies(clock(9, 43_200), daily(clock(9, 43_200)), algorithm, 2, seasonality="daily").note
    )


def test_no_data_is_said() -> None:
    times = clock(1)
    assert "no data" in anomalies(times, np.full(len(times), np.nan), "robust", 2).note
    assert "no data" in anomalies(times[:0], np.empty(0), "basic", 2).note


def test_daily_seasons_follow_the_wall_clock_over_a_change_of_daylight_saving() -> None:
    start = 1_711_324_800 - 5 * 86_400  # 2024-03-25 minus five days; Paris changes on 2024-03-31
    times = clock(12, 600, start)
    offset = np.where(times >= 1_711_846_800, 7_200, 3_600)
    local = times + offset
    values = np.where(local % 86_400 // 3_600 == 9, 50.0, 5.0) + np.random.default_rng(3).normal(
        0, 0.5, len(times)
    )
    after = times >= 1_711_846_800 + 4 * 3_600
    share = {
        zone: anomalies(times, values, "robust", 4, seasonality="daily", timezone=zone)
        .outside(values)[after]
        .sum()
        for zone in ("Europe/Paris", "UTC")
    }
    assert share["Europe/Paris"] < share["UTC"] / 3


def test_direction_chooses_the_side() -> None:
    times = clock(1, 60)[:200]
    values = np.random.default_rng(2).normal(10, 1, 200)
    values[150], values[160] = 100, -100
    band, values = anomalies(times, values, "basic", 4).tail(150), values[50:]
    assert list(np.flatnonzero(band.outside(values, "above"))) == [100]
    assert list(np.flatnonzero(band.outside(values, "below"))) == [110]
    assert list(np.flatnonzero(band.outside(values, "both"))) == [100, 110]


def test_missing_counts_are_zeros_only_after_the_first_point() -> None:
    filled = zero_filled(np.array([np.nan, 3, np.nan, 5]))
    np.testing.assert_array_equal(filled, [np.nan, 3, 0, 5])


def test_a_constant_is_no_anomaly_of_itself() -> None:
    times = clock(6)
    values = np.full(len(times), 0.1) + 0.2
    for algorithm in ALL:
        assert not anomalies(times, values, algorithm, 2, seasonality="daily").outside(values).any()


def test_errors_name_the_choices() -> None:
    times, values = clock(1), np.ones(DAY_POINTS)
    with pytest.raises(ValueError, match="'basic', 'agile', 'robust' or 'auto'"):
        anomalies(times, values, "clever", 2)
    with pytest.raises(ValueError, match="above 0"):
        anomalies(times, values, "basic", 0)
    with pytest.raises(ValueError, match="'hourly', 'daily' or 'weekly'"):
        anomalies(times, values, "agile", 2, seasonality="yearly")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="IANA"):
        anomalies(clock(5), daily(clock(5)), "agile", 2, seasonality="daily", timezone="Mars/Olympus")
    assert algorithm_name("Adaptive") == "agile"


def test_history_that_is_needed() -> None:
    assert history_needed("basic", interval=60) == 7_200
    assert history_needed("basic", interval=1) == 3_600
    assert history_needed("robust", "daily") == 6 * 86_400


def test_empty_buckets_between_values_do_not_shorten_what_basic_looks_back_over() -> None:
    values = np.random.default_rng(9).normal(10, 1, 100)
    sparse = np.full(1_500, np.nan)
    sparse[::15] = values
    dense = anomalies(clock(1, 60)[:100], values, "basic", 2)
    wide = anomalies(clock(1, 60)[0] + np.arange(1_500), sparse, "basic", 2)
    np.testing.assert_allclose(wide.upper[::15], dense.upper)


@pytest.mark.parametrize("direction", ["above", "below"])
def test_a_one_sided_band_marks_what_its_direction_counts_and_keeps_the_other_edge_elsewhere(
    direction: Direction,
) -> None:
    times = clock(1, 60)[:200]
    values = np.random.default_rng(2).normal(10, 1, 200)
    values[150], values[160] = 100, -100
    values[170] = np.nan
    band = anomalies(times, values, "basic", 3)
    open_band = band.one_sided(values, direction)
    np.testing.assert_array_equal(open_band.outside(values), band.outside(values, direction))
    kept = ~band.outside(values)
    np.testing.assert_array_equal(open_band.lower[kept], band.lower[kept])
    np.testing.assert_array_equal(open_band.upper[kept], band.upper[kept])
    assert band.one_sided(values, "both") is band


@given(
    st.floats(1e-3, 1e6),
    st.floats(-100, 100),
    st.sampled_from(["basic", "robust"]),
    st.sampled_from(["hourly", "daily"]),
)
@settings(max_examples=25, deadline=None)
def test_unit_and_offset_move_the_band_and_change_nothing_else(
    unit: float, offset: float, algorithm: str, season: Seasonality
) -> None:
    times = clock(5, 600)
    values = daily(times, level=0)
    plain = anomalies(times, values, algorithm, 2, seasonality=season)
    moved = anomalies(times, (values + offset) * unit, algorithm, 2, seasonality=season)
    np.testing.assert_allclose(moved.upper, (plain.upper + offset) * unit, rtol=1e-6, atol=1e-6 * unit)
    np.testing.assert_allclose(moved.lower, (plain.lower + offset) * unit, rtol=1e-6, atol=1e-6 * unit)


@pytest.mark.parametrize("algorithm", SEASONAL)
@pytest.mark.parametrize("missing", [0.5, 0.8])
def test_a_metric_that_comes_seldom_keeps_an_honest_band(algorithm: str, missing: float) -> None:
    inside = []
    for seed in range(3):
        times = clock(7)
        values = daily(times, seed=seed)
        values[np.random.default_rng(seed).random(len(times)) < missing] = np.nan
        band = anomalies(times, values, algorithm, 2, seasonality="daily").tail(4 * DAY_POINTS)
        recent = values[-4 * DAY_POINTS :]
        assert not np.isnan(band.upper).any()
        inside.append(1 - band.outside(recent)[~np.isnan(recent)].mean())
    assert 0.92 < np.mean(inside) < 0.995


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.parametrize(("bounds", "least", "most"), [(2, 0.94, 0.97), (3, 0.994, 0.9993)])
def test_bounds_hold_the_share_of_normal_noise_that_they_promise(
    algorithm: str, bounds: float, least: float, most: float
) -> None:
    inside = []
    for seed in range(6):
        times = clock(10)
        values = daily(times, swing=0, seed=seed)
        band = anomalies(times, values, algorithm, bounds, seasonality="daily").tail(6 * DAY_POINTS)
        inside.append(1 - band.outside(values[-6 * DAY_POINTS :]).mean())
    assert least < np.mean(inside) < most


@pytest.mark.parametrize("algorithm", SEASONAL)
@pytest.mark.parametrize("seed", range(3))
def test_spikes_at_no_fixed_hour_make_no_towers_of_the_band(algorithm: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    times = clock(14)
    values = 10 + random.normal(0, 1, len(times))
    for at in random.integers(0, len(times) - 2, 3 * 14):
        values[at : at + 2] += random.uniform(40, 60)
    band = anomalies(times, values, algorithm, 3, seasonality="daily").tail(5 * DAY_POINTS)
    assert (band.upper - band.lower).max() < 4 * np.ptp(values)


def test_a_first_season_of_which_there_is_but_a_part_is_set_beside_the_second() -> None:
    table = np.array([[np.nan, np.nan, 5.0, 6.0], [11.0, 12.0, 13.0, 14.0], [1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_allclose(own_levels(table), [12.5 - 8, 12.5, 2.5])
    alone = np.array([[7.0, 9.0], [np.nan, np.nan]])
    np.testing.assert_allclose(own_levels(alone), [8, 0])
