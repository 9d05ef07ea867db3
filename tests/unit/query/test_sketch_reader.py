"""Sketches merged in any way are the sketch of all samples; answers of merged rows are those of one row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.metrics.ast import Threshold
from heeler.query.metrics.distributions import _ranked, _ranked_densely, aggregate
from heeler.query.metrics.sketch_reader import Sketches
from heeler.wire.metrics.sketch import Sketch, merge, of_values

samples = st.lists(
    st.one_of(st.just(0.0), st.floats(-1e12, 1e12), st.floats(-1e-6, 1e-6), st.integers(-9, 9).map(float)),
    max_size=40,
)
AGGREGATORS: tuple[str | Threshold, ...] = (
    *("avg", "sum", "min", "max", "count", "stddev", "p0", "p50", "p99.9", "p100"),
    Threshold(">=", 1.0),
    Threshold("<", -2.0),
)


def _equal(one: Sketch, two: Sketch, scale: float) -> None:
    assert one.keys.tolist() == two.keys.tolist()
    assert one.counts.tolist() == two.counts.tolist()
    assert (one.count, one.min, one.max) == (two.count, two.min, two.max)
    assert one.sum == pytest.approx(two.sum, rel=1e-9, abs=1e-12 * scale)


@given(st.lists(samples, max_size=6))
@settings(max_examples=200, deadline=None)
def test_merging_sketches_is_the_sketch_of_the_merged_samples(parts: list[list[float]]) -> None:
    every = [value for part in parts for value in part]
    scale = sum(map(abs, every))
    whole = of_values(every)
    _equal(merge(of_values(part) for part in parts), whole, scale)
    halves = merge([merge(of_values(part) for part in parts[::2]), merge(map(of_values, parts[1::2]))])
    _equal(halves, whole, scale)


def _rows(sketches: list[Sketch]) -> Sketches:
    return Sketches(
        np.arange(len(sketches)),
        np.arange(len(sketches)),
        *(
            np.array([getattr(one, name) for one in sketches], np.float64)
            for name in ("count", "sum", "min", "max")
        ),
        np.concatenate([one.keys for one in sketches]),
        np.concatenate([one.counts for one in sketches]).astype(np.float64),
        np.cumsum([0, *(len(one.keys) for one in sketches)]),
    )


@given(st.lists(samples.filter(bool), min_size=1, max_size=6), st.sampled_from(AGGREGATORS))
@settings(max_examples=200, deadline=None)
def test_a_query_over_many_sketches_answers_as_over_their_merged_one(
    parts: list[list[float]], aggregator: str | Threshold
) -> None:
    many = _rows([of_values(part) for part in parts])
    one = _rows([of_values([value for part in parts for value in part])])
    found = aggregate(many, np.arange(len(parts)), np.zeros(len(parts), np.int64), 1, aggregator)
    wanted = aggregate(one, np.zeros(1, np.int64), np.zeros(1, np.int64), 1, aggregator)
    scale = max(abs(value) for part in parts for value in part)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9 * max(scale, 1e-9))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-20, 20), st.integers(1, 9)), min_size=1, max_size=60),
    st.sampled_from([0.0, 0.25, 0.5, 0.99, 1.0]),
)
@settings(max_examples=200, deadline=None)
def test_both_ways_to_find_a_rank_agree(bins: list[tuple[int, int, int]], share: float) -> None:
    cell, key, weight = (np.array(column) for column in zip(*bins, strict=True))
    one = _ranked(key, cell, weight.astype(np.float64), 6, share)
    two = _ranked_densely(key, cell, weight.astype(np.float64), 6, share)
    assert [part.tolist() for part in one] == [part.tolist() for part in two]


def test_rows_of_different_resolution_merge() -> None:
    whole, fine = of_values([1.0, 2.0]), of_values([3.0, 4.0])
    many = _rows([whole, fine])
    finer = Sketches(
        many.series, many.times, many.count, many.sum, many.min, many.max, many.keys.astype(np.int32) * 8,
        many.counts, many.bounds, 8,
    )  # fmt: skip
    places, cells = np.arange(2), np.zeros(2, np.int64)
    for which in ("p0", "p34", "p67", "p100", "stddev"):
        assert aggregate(finer, places, cells, 1, which) == pytest.approx(
            aggregate(many, places, cells, 1, which)
        )
