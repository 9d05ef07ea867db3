from __future__ import annotations

import numpy as np
import pytest

from heeler.analytics.forecast import forecast, history_needed
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
