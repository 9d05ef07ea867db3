"""Interpolation and aggregation in space."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.modifiers import Fill
from heeler.query.metrics.space_aggregation import differences, interpolate, predecessors, reduce_space
from tests.unit.query.frames import NAN

TIMES = np.array([0, 60, 120, 180, 240])


def listed(table: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(one) else float(one) for one in row] for row in table]


@pytest.mark.parametrize(
    ("fill", "wanted"),
    [
        (Fill("linear", 300), [None, 2, 4, 6, None]),
        (Fill("linear", 60), [None, 2, None, 6, None]),
        (Fill("linear", 120), [None, 2, 4, 6, None]),
        (Fill("linear", 0), [None, 2, 4, 6, None]),
        (Fill("last", 60), [None, 2, 2, 6, 6]),
        (Fill("zero", 0), [0, 2, 0, 6, 0]),
        (Fill("zero", 60), [None, 2, 0, 6, 0]),
        (Fill("constant", 0, 9), [9, 2, 9, 6, 9]),
        (Fill("null", 0), [None, 2, None, 6, None]),
    ],
)
def test_gaps(fill: Fill, wanted: list[float | None]) -> None:
    assert listed(interpolate(np.array([[NAN, 2, NAN, 6, NAN]]), TIMES, fill)) == [wanted]


def test_a_line_goes_by_time_and_not_by_buckets() -> None:
    times = np.array([0, 10, 100])
    assert listed(interpolate(np.array([[0, NAN, 100]]), times, Fill("linear"))) == [[0, 10, 100]]


def test_a_longer_gap_is_left_as_a_whole() -> None:
    row = np.array([[1, NAN, NAN, NAN, 5]])
    assert listed(interpolate(row, TIMES, Fill("linear", 239))) == [[1, None, None, None, 5]]
    assert listed(interpolate(row, TIMES, Fill("linear", 240))) == [[1, 2, 3, 4, 5]]
    assert listed(interpolate(row, TIMES, Fill("last", 120))) == [[1, 1, 1, None, 5]]


def test_nothing_to_fill() -> None:
    assert interpolate(np.zeros((0, 5)), TIMES, Fill("linear")).shape == (0, 5)
    assert listed(interpolate(np.full((1, 5), NAN), TIMES, Fill("last", 0))) == [[None] * 5]


def test_the_value_before() -> None:
    table = np.array([[1, NAN, 5, 2], [NAN, NAN, NAN, 3]])
    assert predecessors(table).tolist() == [[-1, 0, 0, 2], [-1, -1, -1, -1]]
    assert listed(differences(table)) == [[None, None, 4, -3], [None, None, None, None]]
    assert predecessors(np.zeros((2, 0))).shape == (2, 0)


TABLE = np.array([[1, NAN, 3], [5, NAN, NAN], [9, 4, NAN]])


def reduced(
    method: str, rows: list[int], groups: list[int], count: int, weights: np.ndarray | None = None
) -> list[list[float | None]]:
    return listed(
        reduce_space(TABLE, np.array(rows, np.int64), np.array(groups, np.int64), count, method, weights)
    )


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("avg", [[3, None, 3], [9, 4, None]]),
        ("sum", [[6, None, 3], [9, 4, None]]),
        ("min", [[1, None, 3], [9, 4, None]]),
        ("max", [[5, None, 3], [9, 4, None]]),
        ("count", [[2, None, 1], [1, 1, None]]),
        ("stddev", [[2, None, 0], [0, 0, None]]),
    ],
)
def test_series_into_groups(method: str, wanted: list[list[float | None]]) -> None:
    assert reduced(method, [0, 1, 2], [0, 0, 1], 2) == wanted
    assert reduced(method, [2, 1, 0], [1, 0, 0], 2) == wanted


def test_a_series_of_several_values_of_a_tag_is_in_each_group() -> None:
    assert reduced("sum", [0, 0, 1], [0, 1, 1], 2) == [[1, None, 3], [6, None, 3]]


@pytest.mark.parametrize("method", ["avg", "sum", "min", "max", "count", "stddev"])
def test_a_group_without_series_has_nothing(method: str) -> None:
    assert reduced(method, [0, 2], [0, 2], 3)[1] == [None, None, None]
    assert reduced(method, [0, 2], [0, 1], 3)[2] == [None, None, None]
    assert reduced(method, [], [], 2) == [[None] * 3] * 2


def test_weights_count_a_series_by_how_long_it_was_there() -> None:
    weights = np.array([[1, 1, 1], [0.5, 1, 1], [1, 1, 1]])
    assert reduced("avg", [0, 1], [0, 0], 1, weights) == [[3.5 / 1.5, None, 3]]
    assert reduced("sum", [0, 1], [0, 0], 1, weights) == [[3.5, None, 3]]


@pytest.mark.parametrize("level", [0, 8e9, 1.7e12, -4e15])
def test_the_deviation_does_not_depend_on_the_level(level: float) -> None:
    table = level + np.array([[1.0], [3.0], [5.0], [7.0]])
    rows = np.arange(4)
    assert reduce_space(table, rows, np.array([0, 0, 1, 1]), 2, "stddev").tolist() == [[1], [1]]
    assert reduce_space(table, rows, np.zeros(4, np.int64), 1, "stddev")[0, 0] == pytest.approx(5**0.5)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.one_of(st.just(NAN), st.floats(-1e3, 1e3))), min_size=1, max_size=12
    ),
    st.sampled_from(["avg", "sum", "min", "max", "count", "stddev"]),
)
def test_as_python_computes_it(series: list[tuple[int, float]], method: str) -> None:
    table = np.array([[value] for _, value in series])
    groups = np.array([group for group, _ in series])
    found = reduce_space(table, np.arange(len(series)), groups, 4, method)
    compute = {
        "avg": statistics.fmean,
        "sum": sum,
        "min": min,
        "max": max,
        "count": len,
        "stddev": statistics.pstdev,
    }[method]
    for group in range(4):
        members = [value for one, value in series if one == group and value == value]
        wanted = float(compute(members)) if members else NAN
        np.testing.assert_allclose(found[group, 0], wanted, rtol=1e-9, atol=1e-7)
