"""The five behaviors that the public documentation's pictures show, for each algorithm.

Metrics of two weeks at 5 minutes with a daily season; what happens, happens in the last days.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pytest

from heeler.analytics.anomalies import anomalies, zero_filled
from heeler.analytics.array_tools import Floats, Integers
from heeler.analytics.band import Band
from heeler.analytics.seasonal_matrix import Seasonality, local_times
from tests.unit.analytics.series import STEP, clock, daily

DAY, HOUR = 86_400 // STEP, 3_600 // STEP
TIMES = clock(14)
END = len(TIMES)
Algorithm = Literal["basic", "agile", "robust"]
SEASONS: tuple[Seasonality, ...] = ("weekly", "daily")


class Picture(NamedTuple):
    band: Band
    values: Floats
    width: Floats

    def outside(self, first: int, last: int) -> float:
        """Share of points outside, between two indices."""
        return float(self.band.outside(self.values)[first:last].mean())


def picture(values: Floats, algorithm: Algorithm, bounds: float = 3) -> Picture:
    band = anomalies(TIMES, values, algorithm, bounds, seasonality="daily")
    return Picture(band, values, band.upper - band.lower)


@pytest.mark.parametrize("algorithm", ["basic", "agile", "robust"])
def test_a_level_shift_is_seen_when_it_comes(algorithm: Algorithm) -> None:
    values = daily(TIMES)
    values[END - 2 * DAY :] += 80
    assert picture(values, algorithm).outside(END - 2 * DAY, END - 2 * DAY + 3) == 1


def test_agile_follows_a_level_shift_within_the_hour() -> None:
    values = daily(TIMES)
    at = END - DAY
    values[at:] += 80
    assert picture(values, "agile").outside(at + HOUR, at + 6 * HOUR) < 0.05


@pytest.mark.parametrize("hour", [0, 5, 12, 19])
def test_a_level_shift_has_no_echo_in_agile_on_the_days_after(hour: int) -> None:
    values = daily(TIMES)
    at = END - 7 * DAY + hour * HOUR
    values[at:] += 80
    out = anomalies(TIMES, values, "agile", 3, seasonality="daily").outside(values)
    three = out[2:] & out[1:-1] & out[:-2]
    assert three[at - 2 : at + 6].any()
    assert not three[at + HOUR :].any()


def test_basic_takes_a_level_shift_within_its_window_of_a_few_hours() -> None:
    values = daily(TIMES, swing=0)
    at = END - DAY
    values[at:] += 80
    found = picture(values, "basic")
    assert found.outside(at, at + 5) > 0.9
    assert found.outside(at + HOUR, at + 10 * HOUR) < 0.05


def test_robust_calls_a_level_shift_anomalous_for_hours_then_widens_and_takes_it() -> None:
    values = daily(TIMES)
    at = END - 3 * DAY
    values[at:] += 80
    found = picture(values, "robust")
    assert found.outside(at, at + DAY // 2 - HOUR) > 0.95
    assert found.width[at + DAY // 2 : at + DAY].max() > 3 * found.width[at - DAY : at].mean()
    assert found.outside(END - DAY, END) < 0.05
    assert found.width[END - DAY :].mean() < 1.5 * found.width[at - DAY : at].mean()


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_a_slow_trend_is_followed(algorithm: Algorithm) -> None:
    values = daily(TIMES) + np.arange(END) * (20 / DAY)
    assert picture(values, algorithm).outside(END - 4 * DAY, END) < 0.05


def test_basic_has_no_season_and_is_narrow_on_a_slope_which_it_leaves() -> None:
    values = daily(TIMES, swing=100, noise=0.5)
    assert picture(values, "basic", 2).outside(END - DAY, END) > picture(values, "robust", 2).outside(
        END - DAY, END
    )


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_a_season_that_changes_its_shape_is_seen_and_then_learned(algorithm: Algorithm) -> None:
    values = daily(TIMES, swing=40, noise=2)
    at = END - 7 * DAY
    later = TIMES[at:]
    values[at:] = 100 + 40 * np.sign(np.sin(4 * np.pi * later / 86_400))
    values[at:] += np.random.default_rng(5).normal(0, 2, len(later))
    found = picture(values, algorithm)
    assert found.outside(at, at + DAY) > (0.5 if algorithm == "robust" else 0.03)
    assert found.outside(END - DAY, END) < 0.05


def test_through_a_long_anomaly_robust_is_constant_and_agile_calls_the_return_anomalous() -> None:
    values = daily(TIMES)
    usual = picture(values.copy(), "robust")
    start, end = END - DAY, END - DAY + 5 * HOUR
    values[start:end] += 80
    robust, agile = picture(values, "robust"), picture(values, "agile")
    assert robust.outside(start, end) == 1
    assert np.abs(robust.band.expected - usual.band.expected)[start:end].max() < 5
    assert robust.width[start:end].max() < 1.5 * usual.width[start:end].max()
    assert robust.outside(end, END) < 0.05
    assert agile.outside(start + HOUR, end) < 0.1
    assert agile.outside(end, end + 3) == 1


def test_basic_takes_a_long_anomaly_for_normal() -> None:
    values = daily(TIMES, swing=0)
    start, end = END - DAY, END - DAY + 8 * HOUR
    values[start:end] += 80
    assert picture(values, "basic").outside(start + HOUR, end) < 0.05


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_a_past_anomaly_does_not_bend_or_widen_the_band(algorithm: Algorithm) -> None:
    clean = daily(TIMES)
    marred = clean.copy()
    marred[END - 2 * DAY : END - 2 * DAY + 4 * HOUR] += 200
    today = slice(END - DAY, END)
    one, other = picture(clean, algorithm), picture(marred, algorithm)
    assert np.abs(one.band.expected - other.band.expected)[today].max() < 6
    assert other.width[today].mean() < 1.3 * one.width[today].mean()


@pytest.mark.parametrize(("algorithm", "insensitive"), [("basic", True), ("robust", True), ("agile", False)])
def test_a_thousand_added_hides_a_shift_from_agile_alone(algorithm: Algorithm, insensitive: bool) -> None:
    near = daily(TIMES, swing=0, noise=1)
    near[END - HOUR :] += 15
    widths = [picture(near + more, algorithm).width[END - 2 * HOUR] for more in (0, 1_000)]
    assert (widths[1] < 1.01 * widths[0]) == insensitive
    shares = [picture(near + more, algorithm).outside(END - HOUR, END - HOUR + 3) for more in (0, 1_000)]
    assert (shares[0] == shares[1] == 1) == insensitive


def working_week(times: Integers, timezone: str = "UTC") -> Floats:
    """Busy on weekdays, quiet on Saturday and Sunday, by the clock of ``timezone``."""
    local = local_times(times, timezone)
    weekend = (local // 86_400 + 3) % 7 >= 5
    busy = np.maximum(np.sin(2 * np.pi * (local / 86_400 - 0.25)), 0) * np.where(weekend, 0.1, 1.0)
    values: Floats = 20 + 200 * busy + np.random.default_rng(8).normal(0, 3, len(times))
    return values


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_weekly_knows_the_weekend_and_daily_does_not(algorithm: Algorithm) -> None:
    times = clock(35, 900)
    values = working_week(times)
    saturday = slice(len(times) - 2 * 96, len(times) - 96)
    shares = {
        season: anomalies(times, values, algorithm, 3, seasonality=season).outside(values)[saturday].mean()
        for season in SEASONS
    }
    assert shares["weekly"] < 0.02
    assert shares["daily"] > 0.05
    assert algorithm == "agile" or shares["daily"] > 0.3


def test_weekly_sees_a_weekday_that_is_like_a_weekend() -> None:
    times = clock(35, 900)
    values = working_week(times)
    friday = slice(len(times) - 3 * 96, len(times) - 2 * 96)
    values[friday] = 20 + 20 * (values[friday] - 20) / 200
    noon = slice(friday.start + 40, friday.start + 56)
    assert anomalies(times, values, "robust", 3, seasonality="weekly").outside(values)[noon].all()


def test_weeks_follow_the_wall_clock_of_the_time_zone_over_daylight_saving() -> None:
    times = clock(42, 900, 1_709_510_400)  # 2024-03-04; Sydney changes on 2024-04-07
    values = working_week(times, "Australia/Sydney")
    after = times >= 1_712_419_200
    local, utc = (
        anomalies(times, values, "robust", 3, seasonality="weekly", timezone=zone).outside(values)[after]
        for zone in ("Australia/Sydney", "UTC")
    )
    assert local.mean() < 0.02
    assert utc.mean() > 3 * local.mean()


@pytest.mark.parametrize("algorithm", ["agile", "robust"])
def test_six_seasons_are_looked_at_and_no_more(algorithm: Algorithm) -> None:
    values = daily(TIMES)
    other = values.copy()
    other[: END - 8 * DAY] = daily(TIMES, level=900, swing=80)[: END - 8 * DAY]
    today = slice(END - DAY, END)
    assert np.abs(picture(values, algorithm).band.expected - picture(other, algorithm).band.expected)[
        today
    ].max() < (0.01 if algorithm == "robust" else 3)
    seventh = values.copy()
    seventh[END - 7 * DAY : END - 3 * DAY] += daily(TIMES, level=0, swing=40)[END - 7 * DAY : END - 3 * DAY]
    assert not np.allclose(
        picture(values, algorithm).band.expected[today], picture(seventh, algorithm).band.expected[today]
    )


@pytest.mark.parametrize("algorithm", ["basic", "agile", "robust"])
def test_a_count_that_stops_is_anomalous_where_nothing_counts_as_zero(algorithm: Algorithm) -> None:
    values = np.random.default_rng(2).poisson(40, END).astype(float)
    values[END - 6 :] = np.nan
    shares = [
        anomalies(TIMES, values, algorithm, 3, seasonality="daily", count_default_zero=zero)
        .outside(zero_filled(values) if zero else values)[END - 6 : END - 3]
        .mean()
        for zero in (True, False)
    ]
    assert shares == [1, 0]


def test_hourly_knows_a_job_of_each_hour_and_misses_it() -> None:
    times = clock(1, 60)
    values = 10 + np.random.default_rng(3).normal(0, 1, len(times))
    values[times % 3_600 < 300] += 50
    late = len(times) - 120
    values[late : late + 5] -= 50
    out = anomalies(times, values, "robust", 3, seasonality="hourly").outside(values)
    assert out[late : late + 5].all()
    assert out[late - 600 : late].mean() < 0.02
