"""The score of surprise: what is told, what is not, and that neither time, unit nor gaps deceive it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from bench import held_out, nab
from bench.anomalies import surprising
from bench.families import FAMILIES, PER_DAY, REACH
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics import anomaly_score
from heeler.analytics.array_tools import Floats
from tests.unit.analytics.series import clock, daily


@pytest.mark.parametrize(
    "family", ["spike", "level shift", "trend", "changing season", "missing data", "counts", "bursts"]
)
def test_trouble_is_told_soon(family: str) -> None:
    made = FAMILIES[family](np.random.default_rng(1))
    told = np.flatnonzero(anomaly_score.detect(made.times, made.values).alerts)
    assert any(start <= at < start + REACH for start in made.starts for at in told)


def test_ordinary_days_and_hourly_bursts_are_quiet() -> None:
    for family in ("quiet", "bursts"):
        for seed in range(5):
            made = FAMILIES[family](np.random.default_rng(seed))
            told = anomaly_score.detect(made.times, made.values).alerts
            first = made.starts[0] if made.starts else len(told)
            assert told[PER_DAY * 14 : first].sum() <= 1


def test_trouble_that_lasts_is_told_once() -> None:
    times = clock(10)
    values = daily(times)
    values[-2 * PER_DAY :] += 100
    told = np.flatnonzero(anomaly_score.detect(times, values).alerts[-2 * PER_DAY :])
    assert told[0] == 0
    assert (told < 12).sum() <= 5
    assert (told >= 12).sum() <= 1


def test_each_view_sees_its_trouble() -> None:
    """A stuck sensor and a missing peak have ordinary values."""
    times = clock(10)
    stuck = daily(times)
    stuck[-60:] = stuck[-61]
    assert anomaly_score.detect(times, stuck).alerts[-60:].any()
    missing = daily(times, swing=50)
    missing[-PER_DAY + 40 : -PER_DAY + 110] = 100
    assert anomaly_score.detect(times, missing).alerts[-PER_DAY + 40 : -PER_DAY + 110].any()


@given(st.integers(101, 1_500), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_no_point_sees_the_future(cut: int, seed: int) -> None:
    made = held_out.series(seed)
    whole = anomaly_score.surprise(made.times[:1_500], made.values[:1_500])
    part = anomaly_score.surprise(made.times[:cut], made.values[:cut])
    np.testing.assert_array_equal(part, whole[:cut])


@given(st.floats(1e-6, 1e9), st.floats(-1e3, 1e3), st.sampled_from(["spike", "missing data", "bursts"]))
@settings(max_examples=20, deadline=None)
def test_unit_and_offset_do_not_matter(unit: float, offset: float, family: str) -> None:
    made = FAMILIES[family](np.random.default_rng(2))
    values = made.values[-9 * PER_DAY :]
    plain = anomaly_score.surprise(made.times[-9 * PER_DAY :], values)
    moved = anomaly_score.surprise(made.times[-9 * PER_DAY :], (values + offset) * unit)
    np.testing.assert_allclose(moved, plain, rtol=1e-3, atol=1e-5)


@given(arrays(np.float64, st.integers(0, 400), elements=st.floats(allow_nan=True, allow_infinity=True)))
@settings(max_examples=60, deadline=None)
def test_any_values_give_scores_of_the_same_length(values: Floats) -> None:
    found = anomaly_score.detect(clock(3)[: len(values)], values)
    assert len(found.score) == len(found.alerts) == len(values)
    assert np.isfinite(found.score).all()
    assert (found.score >= 0).all()
    assert not found.score[~np.isfinite(values)].any()


def test_a_constant_one_point_and_the_learning_are_quiet() -> None:
    times = clock(3)
    assert not anomaly_score.detect(times, np.full(len(times), 7.0)).alerts.any()
    assert not anomaly_score.surprise(times, daily(times))[: anomaly_score.LEARNED].any()
    assert not anomaly_score.detect(times[:1], np.ones(1)).alerts.any()


def test_the_first_change_of_a_constant_is_told() -> None:
    times = clock(3)
    values = np.full(len(times), 7.0)
    values[500:] = 8.0
    assert list(np.flatnonzero(anomaly_score.detect(times, values).alerts)) == [500]


def test_series_that_it_was_not_made_for_are_answered_well() -> None:
    files = [held_out.series(seed) for seed in range(500, 510)]
    scores = [surprising(file.times, file.values) for file in files]
    assert nab.score(files, scores, anomaly_score.THRESHOLD).points > 70


def test_the_labeled_series_are_answered_as_well_as_published() -> None:
    folder = os.environ.get("HEELER_NAB")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HEELER_NAB does not name the folder of labeled series")
    files = nab.load(Path(folder))
    scores = [surprising(file.times, file.values) for file in files]
    assert nab.score(files, scores, anomaly_score.THRESHOLD).points > 64
    assert nab.left_out(files, scores) > 62
