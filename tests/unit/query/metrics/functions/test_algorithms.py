"""Anomalies, outliers, forecasts and trends on frames; ``analytics`` has the tests of the algorithms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Window
from tests.unit.query.frames import NAN, START, applied, asked, frame

WINDOW = Window(START, START + 3600, 60)


def wave(count: int = 240, seed: int = 1) -> np.ndarray:
    return 50 + np.random.default_rng(seed).normal(0, 1, count)


def history(query: str) -> int:
    """Seconds that a query reads before its window."""
    (read,) = plan((parse_one(query),), WINDOW).reads
    return WINDOW.start - read.window.start


def test_an_unusual_point_is_outside_of_the_band_and_usual_ones_are_within() -> None:
    line = wave()
    line[200] = 90
    found = applied("anomalies", frame(line), algorithm="basic", bounds=4)
    outside = (found.values < found.bands["lower"]) | (found.values > found.bands["upper"])
    assert outside[0, 200]
    assert outside[0, 60:].sum() <= 3
    assert (found.values == line).all()


def test_a_direction_opens_the_other_side_of_the_band() -> None:
    line = wave()
    line[150], line[200] = 10, 90
    for direction, high, low in (("above", True, False), ("below", False, True), ("both", True, True)):
        found = applied("anomalies", frame(line), algorithm="basic", bounds=4, direction=direction)
        outside = (found.values < found.bands["lower"]) | (found.values > found.bands["upper"])
        assert (bool(outside[0, 200]), bool(outside[0, 150])) == (high, low)


@pytest.mark.parametrize(
    "query",
    [
        "anomalies(avg:m{*}, 'psychic', 2)",
        "anomalies(avg:m{*}, 'agile', 2, direction='up')",
        "anomalies(avg:m{*}, 'agile', 2, seasonality='yearly')",
        "anomalies(avg:m{*}, 'agile', 2, timezone='Nowhere')",
        "forecast(avg:m{*}, 'magic', 1)",
        "forecast(avg:m{*}, 'linear', 1, history='soon')",
        "forecast(avg:m{*}, 'linear', 1, interval='soon')",
        "forecast(cumsum(avg:m{*}), 'linear', 1)",
        "forecast(anomalies(avg:m{*}, 'basic', 2), 'linear', 1)",
        "outliers(avg:m{*} by {host}, 'KMEANS', 2)",
    ],
)
def test_what_no_algorithm_takes_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        asked(query, *[wave(30).tolist()] * 3)


def test_seasonal_algorithms_read_seasons_before() -> None:
    day = 86400
    assert history("anomalies(avg:m{*}, 'agile', 2, seasonality='daily')") >= 3 * day
    assert history("anomalies(avg:m{*}, 'agile', 2, seasonality='weekly')") >= 21 * day
    assert 0 < history("anomalies(avg:m{*}, 'basic', 2)") < day
    assert history("avg:m{*}") == 0


@pytest.mark.parametrize(
    ("text", "seconds"), [("60m", 3600), ("2h", 7200), ("1d", 86400), ("1w", 604800), ("1mo", 2592000)]
)
def test_a_forecast_reads_the_history_that_it_is_given(text: str, seconds: int) -> None:
    assert history(f"forecast(avg:m{{*}}, 'linear', 1, history='{text}')") >= min(seconds, 7200)


def test_the_group_that_differs_is_marked() -> None:
    lines = [wave(60, seed) for seed in range(6)]
    lines[4] = lines[4] + 40
    for algorithm in ("DBSCAN", "MAD", "dbscan", "scaledDBSCAN", "scaledMAD"):
        found = applied("outliers", frame(*lines), algorithm=algorithm, tolerance=3)
        assert [group.outlier for group in found.groups] == [False] * 4 + [True, False]
        assert (found.values == np.array(lines)).all()


def test_two_groups_have_no_outlier() -> None:
    found = applied("outliers", frame([1.0] * 9, [100.0] * 9))
    assert not any(group.outlier for group in found.groups)


def test_a_straight_line_goes_on() -> None:
    line = np.arange(60.0) * 2 + 5
    ahead = np.full(20, NAN)
    found = applied("forecast", frame([*line, *ahead]), algorithm="linear", deviations=1)
    np.testing.assert_allclose(found.values[0, 60:], np.arange(60, 80) * 2 + 5, rtol=0.02)
    assert (found.values[0, :60] == line).all()
    assert (found.bands["lower"][0, 60:] <= found.values[0, 60:]).all()
    assert (found.bands["upper"][0, 60:] >= found.values[0, 60:]).all()
    assert np.isnan(found.bands["lower"][0, :60]).all()


def test_nothing_known_is_nothing_expected() -> None:
    found = applied("forecast", frame([NAN] * 10), algorithm="linear")
    assert np.isnan(found.values).all()
    assert applied("forecast", frame(), algorithm="linear").shape == (0, 0)


@pytest.mark.parametrize("name", ["trend_line", "robust_trend"])
def test_a_line_is_its_own_trend(name: str) -> None:
    line = np.arange(50.0) * -3 + 7
    np.testing.assert_allclose(applied(name, frame(line)).values[0], line, atol=1e-6)


def test_a_spike_tilts_one_trend_and_not_the_other() -> None:
    line = np.arange(50.0)
    line[-1] = 5000
    plain, robust = (applied(name, frame(line)).values[0] for name in ("trend_line", "robust_trend"))
    assert abs(robust[0]) < 1
    assert abs(plain[0]) > 50


def test_steps_have_equal_levels() -> None:
    line = np.repeat([10.0, 40.0, 20.0], 30)
    found = applied("piecewise_constant", frame(line)).values[0]
    np.testing.assert_allclose(found, line, atol=1e-9)


@pytest.mark.parametrize("name", ["trend_line", "robust_trend", "piecewise_constant"])
def test_a_line_of_one_point_is_left(name: str) -> None:
    found = applied(name, frame([NAN, 5, NAN], [NAN, NAN, NAN]))
    assert found.values[0, 1] == 5
    assert np.isnan(found.values[1]).all()


def test_notes_are_said_once() -> None:
    found: Frame = applied("anomalies", frame([1, 2], [3, 4]), algorithm="basic", bounds=2)
    assert len(set(found.notes)) == len(found.notes) == 1
    assert applied("anomalies", replace(found), algorithm="basic", bounds=2).notes == found.notes
