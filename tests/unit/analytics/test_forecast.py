from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics.array_tools import Floats
from heeler.analytics.forecast import forecast, history_needed
from heeler.analytics.seasonal_matrix import Seasonality
from tests.unit.analytics.series import STEP, clock, daily

TIMES = clock(7, 600)
AHEAD = TIMES[-1] + 600 * np.arange(1, 145)


def bent(at: float = 0.6, noise: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Flat, then rising by 1 an hour."""
    hours = (TIMES - TIMES[0]) / 3600
    turn = hours[-1] * at
    return 20 + np.maximum(hours - turn, 0) + np.random.default_rng(6).normal(0, noise, len(TIMES))


def test_the_default_line_follows_the_recent_trend_and_simple_all_of_it() -> None:
    truth = 20 + (AHEAD[-1] - TIMES[0]) / 3600 - (TIMES[-1] - TIMES[0]) / 3600 * 0.6
    default, simple = (
        forecast(TIMES, bent(), AHEAD, "linear", 2, model=model).expected[-1]
        for model in ("default", "simple")
    )
    assert abs(default - truth) < 3
    assert abs(simple - truth) > 10


def test_reactive_takes_what_is_new_and_default_takes_recent_noise_for_noise() -> None:
    values = bent()
    values[-20:] += np.linspace(0, 30, 20)
    quick, steady = (
        forecast(TIMES, values, AHEAD, "linear", 2, model=model).expected[-1]
        for model in ("reactive", "default")
    )
    assert quick > steady + 2


def test_spikes_do_not_tilt_the_line() -> None:
    values = bent(0.0)
    values[::50] += 500
    found = forecast(TIMES, values, AHEAD, "linear", 2, model="simple").expected[-1]
    assert abs(found - (20 + (AHEAD[-1] - TIMES[0]) / 3600)) < 2


def test_the_interval_holds_the_truth_and_grows() -> None:
    held = []
    for seed in range(10):
        noise = np.random.default_rng(seed).normal(0, 2, len(TIMES) + len(AHEAD))
        line = np.concatenate((TIMES, AHEAD)) / 3600.0 + noise
        band = forecast(TIMES, line[: len(TIMES)], AHEAD, "linear", 2, model="simple")
        held.append(1 - band.outside(line[len(TIMES) :]).mean())
        assert band.upper[-1] - band.lower[-1] > band.upper[0] - band.lower[0]
    assert 0.90 < np.mean(held) < 0.99


def test_a_season_goes_on_and_a_trend_with_it() -> None:
    times = clock(6)
    grows = 10 * times / 86_400
    values = daily(times, noise=1) + grows - grows[0]
    ahead = times[-1] + STEP * np.arange(1, 289)
    truth = 100 + 20 * np.sin(2 * np.pi * ahead / 86_400) + 10 * ahead / 86_400 - grows[0]
    band = forecast(times, values, ahead, "seasonal", 2, seasonality="daily")
    assert np.abs(band.expected - truth).mean() < 2.5


def test_seasons_without_trend_get_none() -> None:
    times = clock(6)
    ahead = times[-1] + STEP * np.arange(1, 289)
    band = forecast(times, daily(times), ahead, "seasonal", 2, seasonality="daily")
    assert np.abs(band.expected - daily(ahead, noise=0)).mean() < 1.5


def test_too_little_history_is_said() -> None:
    assert (
        "1.0 of 2 seasons"
        in forecast(clock(1), daily(clock(1)), AHEAD, "seasonal", 2, seasonality="daily").note
    )
    assert "3 points" in forecast(TIMES, np.full(len(TIMES), np.nan), AHEAD, "linear", 2).note


def test_errors_name_the_choices() -> None:
    values = bent()
    for bad, words in (
        ({"algorithm": "magic"}, "'linear' or 'seasonal'"),
        ({"algorithm": "linear", "model": "odd"}, "'reactive'"),
        ({"algorithm": "linear", "deviations": 0}, "above 0"),
        ({"algorithm": "linear", "seasonality": "odd"}, "'weekly'"),
    ):
        with pytest.raises(ValueError, match=words):
            forecast(TIMES, values, AHEAD, **bad)  # type: ignore[arg-type]


def test_history_that_is_needed() -> None:
    assert history_needed("linear") == 7 * 86_400
    assert history_needed("seasonal", "daily") == 6 * 86_400


@pytest.mark.parametrize("model", ["default", "simple", "reactive"])
def test_short_gappy_and_constant_series_give_an_answer(model: str) -> None:
    gappy = np.where(np.arange(12) % 3 == 0, 5.0, np.nan)
    band = forecast(TIMES[:12], gappy, AHEAD, "linear", 2, model=model)
    np.testing.assert_allclose(band.expected, 5.0)


anything = arrays(
    np.float64, st.integers(0, 300), elements=st.floats(-1e12, 1e12) | st.sampled_from([np.nan, np.inf])
)


@given(anything, st.sampled_from(["default", "simple", "reactive"]), st.sampled_from(["hourly", "daily"]))
@settings(max_examples=100, deadline=None)
def test_any_values_give_a_band_of_the_length_asked_for_in_order_or_a_reason(
    values: Floats, model: str, season: Seasonality
) -> None:
    times = clock(5, 600)[: len(values)]
    ahead = clock(6, 600)[-100:]
    for algorithm in ("linear", "seasonal"):
        band = forecast(times, values, ahead, algorithm, 2, model=model, seasonality=season)
        assert len(band.lower) == len(band.upper) == len(band.expected) == len(ahead)
        known = ~np.isnan(band.expected)
        assert (known.all() and not band.note) or (not known.any() and band.note)
        assert np.all(band.lower[known] <= band.upper[known])


@given(st.floats(1e-3, 1e6), st.floats(-1e3, 1e3), st.sampled_from(["linear", "seasonal"]))
@settings(max_examples=25, deadline=None)
def test_unit_and_offset_of_the_metric_are_those_of_its_forecast(
    unit: float, offset: float, algorithm: str
) -> None:
    times, values = clock(4, 600), daily(clock(4, 600), level=0)
    ahead = times[-1] + 600 * np.arange(1, 145)
    plain, moved = (
        forecast(times, one, ahead, algorithm, 2, seasonality="daily")
        for one in (values, (values + offset) * unit)
    )
    np.testing.assert_allclose(moved.expected, (plain.expected + offset) * unit, rtol=1e-6, atol=1e-6 * unit)
    np.testing.assert_allclose(
        moved.upper - moved.lower, (plain.upper - plain.lower) * unit, rtol=1e-5, atol=1e-6 * unit
    )


def test_the_default_line_of_a_metric_that_goes_up_and_down_is_not_its_last_hours() -> None:
    times = clock(3.25)
    ahead = times[-1] + STEP * np.arange(1, 289)
    found = forecast(times, daily(times), ahead, "linear", 2)
    assert np.abs(found.expected - 100).max() < 25


def test_a_level_shift_stays_and_a_spike_does_not() -> None:
    times = clock(5)
    ahead = times[-1] + STEP * np.arange(1, 145)
    shifted, spiked = daily(times), daily(times)
    shifted[-120:] += 60
    spiked[-12:] += 60
    usual, after_shift, after_spike = (
        forecast(times, values, ahead, "seasonal", 2, seasonality="daily").expected
        for values in (daily(times), shifted, spiked)
    )
    assert (after_shift - usual)[:60].mean() > 30
    assert abs((after_spike - usual)[36:].mean()) < 6


@pytest.mark.parametrize("trend", [0.0, 8.0])
def test_the_interval_of_a_season_holds_what_two_deviations_should(trend: float) -> None:
    held = []
    for seed in range(8):
        times = clock(5)
        values = daily(times, seed=seed) + trend * (times - times[0]) / 86_400
        past = slice(0, len(times) - 288)
        band = forecast(times[past], values[past], times[-288:], "seasonal", 2, seasonality="daily")
        held.append(1 - band.outside(values[-288:]).mean())
    assert 0.92 < np.mean(held) < 0.985


def test_half_a_day_after_a_shift_the_interval_holds_both_that_it_stays_and_that_it_ends() -> None:
    times = clock(5)
    ahead = times[-1] + STEP * np.arange(1, 145)
    values = daily(times)
    values[-144:] += 60
    band = forecast(times, values, ahead, "seasonal", 2, seasonality="daily")
    usual = daily(ahead, noise=0)
    later = slice(72, None)
    assert np.all(band.lower[later] < usual[later] + 6)
    assert np.all(band.upper[later] > usual[later] + 54)


@pytest.mark.parametrize("algorithm", ["seasonal", "linear"])
def test_the_interval_of_a_skewed_metric_is_skewed_and_holds_what_it_should(algorithm: str) -> None:
    held = []
    for seed in range(6):
        times = clock(6)
        values = np.exp(np.random.default_rng(seed).normal(2, 0.7, len(times)))
        past = slice(0, len(times) - 288)
        band = forecast(times[past], values[past], times[-288:], algorithm, 2, seasonality="daily")
        held.append(1 - band.outside(values[-288:]).mean())
        assert np.all(band.upper - band.expected > 1.3 * (band.expected - band.lower))
    assert 0.91 < np.mean(held) < 0.98


def test_a_line_through_errors_that_last_is_less_sure() -> None:
    shocks = np.random.default_rng(3).normal(0, 1, len(TIMES))
    lasting = np.convolve(shocks, 0.95 ** np.arange(200))[: len(TIMES)]
    lasting /= lasting.std()
    sure, unsure = (
        forecast(TIMES, values, AHEAD, "linear", 2, model="simple") for values in (shocks, lasting)
    )
    grows = [band.upper[-1] - band.lower[-1] for band in (sure, unsure)]
    assert grows[1] > 1.05 * grows[0]


def test_a_few_points_do_not_pretend_to_know() -> None:
    few, many = TIMES[-5:], TIMES[-50:]
    noise = np.random.default_rng(4).normal(0, 1, 50)
    widths = [
        (band.upper - band.lower)[0]
        for band in (
            forecast(few, noise[-5:], AHEAD, "linear", 2),
            forecast(many, noise, AHEAD, "linear", 2, model="simple"),
        )
    ]
    assert widths[0] > widths[1]
    minutes = TIMES[-1] + 60 * np.arange(5)
    week = minutes[-1] + 3_600 * np.arange(1, 169)
    band = forecast(minutes, noise[:5], week, "linear", 2)
    assert np.isnan(band.expected).all()
    assert "300 s tell nothing of 604800 s ahead" in band.note


def test_a_lone_point_of_long_ago_is_no_season() -> None:
    times = clock(5)
    values = daily(times)
    values[1 : -int(0.2 * 288)] = np.nan
    band = forecast(times, values, AHEAD, "seasonal", 2, seasonality="daily")
    assert np.isnan(band.expected).all()
    assert "1.0 of 2 seasons" in band.note
    by_day = daily(times)
    by_day[times % 86_400 < 43_200] = np.nan
    assert not forecast(times, by_day, AHEAD, "seasonal", 2, seasonality="daily").note
