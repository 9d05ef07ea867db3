"""The context detector: what is news to it and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from bench import nab
from bench.anomalies import context
from bench.families import FAMILIES, PER_DAY, REACH
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heeler.analytics import context_detector
from heeler.analytics.array_tools import Floats
from tests.unit.analytics.series import clock, daily


@pytest.mark.parametrize(
    "family", ["spike", "level shift", "trend", "changing season", "missing data", "counts", "bursts"]
)
def test_trouble_is_told_soon(family: str) -> None:
    made = FAMILIES[family](np.random.default_rng(1))
    told = np.flatnonzero(context_detector.detect(made.times, made.values).alerts)
    assert any(start <= at < start + REACH for start in made.starts for at in told)


def test_ordinary_days_are_quiet() -> None:
    alarms = 0
    for seed in range(5):
        made = FAMILIES["quiet"](np.random.default_rng(seed))
        alarms += int(context_detector.detect(made.times, made.values).alerts[-7 * PER_DAY :].sum())
    assert alarms <= 7


def test_the_same_news_is_told_once() -> None:
    times = clock(10)
    values = daily(times)
    values[-200:] += 100
    assert context_detector.detect(times, values).alerts[-200:-100].sum() <= 3


def test_no_point_sees_the_future() -> None:
    times = clock(10)
    values = daily(times)
    cut = len(values) * 2 // 3
    np.testing.assert_array_equal(
        context_detector.novelty(times, values)[:cut], context_detector.novelty(times[:cut], values[:cut])
    )


def test_a_constant_and_the_learning_are_quiet() -> None:
    times = clock(3)
    assert not context_detector.detect(times, np.full(len(times), 7.0)).alerts.any()
    assert not context_detector.novelty(times, daily(times))[: context_detector.LEARNED].any()


@given(arrays(np.float64, st.integers(0, 400), elements=st.floats(allow_nan=True, allow_infinity=True)))
@settings(max_examples=60, deadline=None)
def test_any_values_give_bits_of_the_same_length(values: Floats) -> None:
    with np.errstate(all="ignore"):
        news = context_detector.detect(clock(3)[: len(values)], values)
    assert len(news.bits) == len(news.alerts) == len(values)
    assert np.isfinite(news.bits).all()


def test_differences_next_to_nothing_are_no_error() -> None:
    values = np.zeros(150)
    values[3], values[120] = 5e-324, 1e100
    with np.errstate(all="ignore"):
        assert np.isfinite(context_detector.novelty(clock(3)[:150], values)).all()


def test_the_labeled_series_are_answered_as_well_as_published() -> None:
    folder = os.environ.get("HEELER_NAB")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HEELER_NAB does not name the folder of labeled series")
    files = nab.load(Path(folder))
    scores = [context(file.times, file.values) for file in files]
    assert nab.score(files, scores, context_detector.THRESHOLD).points > 70


def test_the_scorer_gives_100_to_perfection_and_0_to_silence() -> None:
    times = clock(4)
    window, worth = nab._judge(len(times), [(700, 800)])
    file = nab.Labeled("made", times, daily(times), window, worth, 172)
    perfect = np.zeros(len(times))
    perfect[700] = 1.0
    assert nab.score([file], [perfect]).points == pytest.approx(100, abs=0.5)
    assert nab.score([file], [np.zeros(len(times))], 0.5).points == 0
    late = np.zeros(len(times))
    late[300] = 1.0
    assert nab.score([file], [late], 0.5).points == pytest.approx(-5.5, abs=0.1)
