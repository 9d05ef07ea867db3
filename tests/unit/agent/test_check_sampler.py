"""The check sampler's rules with a clock of our own."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.aggregation.check_sampler import STATE_SECONDS, CheckSampler, MetricType, make_context
from heeler.agent.aggregation.histogram import HistogramSettings, summarize

CONTEXT = make_context("m", ["b", "a", "a"], "h")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sampler(clock: Clock) -> CheckSampler:
    return CheckSampler(HistogramSettings(), clock)


def values(sampler: CheckSampler) -> list[float]:
    sampler.commit()
    return [series.points[0][1] for series in sampler.flush()[0]]


def test_tags_are_sorted_and_each_once() -> None:
    assert CONTEXT.tags == ("a", "b")


def test_a_gauge_is_sent_only_for_runs_that_set_it(sampler: CheckSampler) -> None:
    sampler.add(MetricType.GAUGE, CONTEXT, 1)
    sampler.add(MetricType.GAUGE, CONTEXT, 2)
    assert values(sampler) == [2]
    assert values(sampler) == []


def test_rate_over_two_runs_and_nothing_for_a_fall(sampler: CheckSampler, clock: Clock) -> None:
    sampler.add(MetricType.RATE, CONTEXT, 10)
    assert values(sampler) == []
    clock.now += 10
    sampler.add(MetricType.RATE, CONTEXT, 30)
    assert values(sampler) == [2.0]
    clock.now += 10
    sampler.add(MetricType.RATE, CONTEXT, 5)
    assert values(sampler) == []
    clock.now += 5
    sampler.add(MetricType.RATE, CONTEXT, 10)
    assert values(sampler) == [1.0]


def test_two_samples_at_one_moment_make_no_rate(sampler: CheckSampler) -> None:
    sampler.add(MetricType.RATE, CONTEXT, 1)
    sampler.add(MetricType.RATE, CONTEXT, 2)
    assert values(sampler) == []


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_monotonic_count_is_the_sum_of_increases(samples: list[int]) -> None:
    sampler = CheckSampler(HistogramSettings(), Clock())
    total = 0.0
    for sample in samples:
        sampler.add(MetricType.MONOTONIC_COUNT, CONTEXT, sample)
        total += sum(values(sampler))
    assert total == sum(max(b - a, 0) for a, b in pairwise(samples))


def test_monotonic_count_can_flush_its_first_value(sampler: CheckSampler) -> None:
    sampler.add(MetricType.MONOTONIC_COUNT, CONTEXT, 7, flush_first_value=True)
    assert values(sampler) == [7]
    sampler.add(MetricType.MONOTONIC_COUNT, CONTEXT, 3, flush_first_value=True)
    assert values(sampler) == [3]


def test_state_of_rates_is_forgotten_after_25_hours(sampler: CheckSampler, clock: Clock) -> None:
    sampler.add(MetricType.MONOTONIC_COUNT, CONTEXT, 1)
    sampler.commit()
    clock.now += STATE_SECONDS + 1
    sampler.commit()
    sampler.add(MetricType.MONOTONIC_COUNT, CONTEXT, 5)
    assert values(sampler) == []


def test_monotonic_buckets_become_a_sketch_of_their_increase(sampler: CheckSampler) -> None:
    sampler.add_bucket(CONTEXT, 10, 1.0, 2.0, monotonic=True)
    sampler.add_bucket(CONTEXT, 25, 1.0, 2.0, monotonic=True)
    sampler.add_bucket(CONTEXT, 3, 5.0, math.inf, monotonic=False)
    sampler.commit()
    ((_, sketch),) = sampler.flush()[1][0].points
    assert sketch.count == 18
    assert 1.0 <= sketch.lowest <= sketch.highest == 5.0


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(1, 50)), min_size=1, max_size=40))
def test_histogram_numbers_are_ordered(samples: list[tuple[float, int]]) -> None:
    settings = HistogramSettings(("min", "max", "median", "avg", "count"), (50, 95))
    found = dict(summarize(samples, settings))
    assert found["min"] <= found["median"] <= found["max"]
    assert found["median"] <= found["95percentile"] <= found["max"]
    assert found["min"] - 1e-6 <= found["avg"] <= found["max"] + 1e-6
    assert found["count"] == sum(weight for _, weight in samples)
