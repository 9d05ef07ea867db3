"""The detector without seasonality that anomaly monitors can judge by."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from bench import nab
from bench.anomalies import automatic
from bench.families import FAMILIES, PER_DAY, REACH
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics import auto
from heeler.analytics.anomalies import anomalies, history_needed, history_too_short
from heeler.analytics.array_tools import Floats
from tests.unit.analytics.series import clock, daily

TROUBLES = ["spike", "level shift", "trend", "changing season", "missing data", "counts", "bursts"]


@pytest.mark.parametrize("family", TROUBLES)
def test_trouble_is_told_soon(family: str) -> None:
    made = FAMILIES[family](np.random.default_rng(1))
    told = np.flatnonzero(automatic(made.times, made.values) >= 1)
    assert any(start <= at < start + REACH for start in made.starts for at in told)


def test_ordinary_days_are_quiet() -> None:
    alarms = 0
    for seed in range(5):
        made = FAMILIES["quiet"](np.random.default_rng(seed))
        alarms += int((automatic(made.times, made.values)[-7 * PER_DAY :] >= 1).sum())
    assert alarms <= 4


def test_no_point_sees_the_future() -> None:
    times = clock(10)
    values = daily(times)
    cut = len(values) * 2 // 3
    whole, part = auto.banded(times, values)[1], auto.banded(times[:cut], values[:cut])[1]
    np.testing.assert_array_equal(whole[:cut], part)


def test_unit_and_offset_do_not_matter() -> None:
    times = clock(10)
    values = daily(times)
    values[-30:] += 90
    plain, moved = (auto.detect(times, one).score for one in (values, (values + 1024) * 64))
    np.testing.assert_allclose(plain, moved, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("direction", "told"), [("both", True), ("above", True), ("below", False)])
def test_exactly_the_odd_points_are_outside_of_the_band(direction: str, told: bool) -> None:
    times = clock(10)
    values = daily(times)
    values[-30:] += 90
    band, ratio = auto.banded(times, values, 2.0, direction)  # type: ignore[arg-type]
    np.testing.assert_array_equal(band.outside(values), ratio >= 1)
    assert band.outside(values)[-30:].any() == told


def test_a_metric_that_stands_still_is_outside_within_its_range() -> None:
    times = clock(10)
    values = daily(times)
    values[-60:] = values[-60]
    outside = anomalies(times, values, "auto").outside(values)
    assert outside[-60:].any()
    assert not outside[-300:-60].any()


def test_higher_bounds_ask_for_more() -> None:
    times = clock(10)
    values = daily(times)
    usual, twice = auto.banded(times, values, 2.0)[1], auto.banded(times, values, 4.0)[1]
    np.testing.assert_allclose(usual, 2 * twice)


def test_little_history_has_a_note_and_no_band() -> None:
    times = clock(1)
    band = anomalies(times, daily(times), "auto")
    assert band.note == "anomalies(..., 'auto') needs 300 points of history; 'basic' needs 4."
    assert np.isnan(band.upper).all()
    assert history_too_short(times, "auto")
    assert not history_too_short(clock(2), "auto")
    assert history_needed("auto", interval=300) == 14 * 86_400


@given(arrays(np.float64, st.integers(0, 500), elements=st.floats(allow_nan=True, allow_infinity=True)))
@settings(max_examples=60, deadline=None)
def test_any_values_give_finite_scores_of_the_same_length(values: Floats) -> None:
    times = clock(3)[: len(values)]
    with np.errstate(all="ignore"):
        found = auto.detect(times, values)
        band = anomalies(times, values, "auto")
    assert len(found.score) == len(band.upper) == len(values)
    assert np.isfinite(found.score).all()


def test_the_labeled_series_are_answered_as_well_as_published() -> None:
    folder = os.environ.get("HEELER_NAB")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HEELER_NAB does not name the folder of labeled series")
    files = nab.load(Path(folder))
    scores = [automatic(file.times, file.values) for file in files]
    assert nab.score(files, scores, 1.0).points > 73
    assert nab.left_out(files, scores) > 72
