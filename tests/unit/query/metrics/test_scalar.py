"""Series to single numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.scalar import REDUCERS, reduce_frame, reduce_groups, reduce_values
from tests.unit.query.frames import NAN, frame

ROWS = np.array([[3, NAN, 4, 1], [NAN, NAN, NAN, NAN], [-2, NAN, NAN, NAN]])


@pytest.mark.parametrize(
    ("reducer", "wanted"),
    [
        ("avg", [8 / 3, NAN, -2]),
        ("mean", [8 / 3, NAN, -2]),
        ("min", [1, NAN, -2]),
        ("max", [4, NAN, -2]),
        ("sum", [8, NAN, -2]),
        ("last", [1, NAN, -2]),
        ("l2norm", [26**0.5, NAN, 2]),
        ("norm", [26**0.5, NAN, 2]),
        ("area", [480, NAN, -120]),
        ("percentile", [3.9, NAN, -2]),
    ],
)
def test_missing_values_are_left_out_and_empty_rows_stay_missing(reducer: str, wanted: list[float]) -> None:
    np.testing.assert_allclose(reduce_values(ROWS, reducer, 60), wanted)


@pytest.mark.parametrize("reducer", REDUCERS)
@pytest.mark.filterwarnings("error")
def test_no_columns_and_no_rows(reducer: str) -> None:
    assert np.isnan(reduce_values(np.zeros((2, 0)), reducer, 60)).tolist() == [True, True]
    assert reduce_values(np.zeros((0, 3)), reducer, 60).shape == (0,)
    assert np.isnan(reduce_values(np.full((1, 3), NAN), reducer, 60)).all()


def test_an_unknown_reducer_is_refused() -> None:
    with pytest.raises(QueryError, match="median"):
        reduce_values(ROWS, "median", 60)


def test_last_is_the_last_that_is_there() -> None:
    assert reduce_values(np.array([[1, 2, NAN], [5, NAN, NAN]]), "last", 1).tolist() == [2, 5]


def test_percentiles_of_distributions_come_from_what_is_merged() -> None:
    line = replace(frame([10, 20]), merge=lambda first, last: np.full((1, len(first)), 17.0))
    for reducer in ("avg", "mean", "percentile"):
        assert reduce_groups(line, reducer).tolist() == [17]
    assert reduce_groups(line, "max").tolist() == [20]
    assert reduce_groups(line, "sum").tolist() == [30]


def test_a_frame_of_numbers_stands_at_time_zero_and_has_the_length_of_the_window() -> None:
    found = reduce_frame(frame([1, 2, 3], [4, 5, 6], step=20, bands={"lower": np.zeros((2, 3))}), "avg")
    assert found.values.tolist() == [[2], [5]]
    assert found.times.tolist() == [0]
    assert found.interval == 60
    assert found.bands == {}


@given(st.lists(st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=5, max_size=5), max_size=4))
def test_a_reduction_lies_between_the_least_and_the_greatest(rows: list[list[float]]) -> None:
    table = np.array(rows, float).reshape(len(rows), 5)
    least, most = (reduce_values(table, one, 60) for one in ("min", "max"))
    for reducer in ("avg", "last", "percentile"):
        found = reduce_values(table, reducer, 60)
        known = ~np.isnan(found)
        assert (np.isnan(found) == np.isnan(least)).all()
        assert (found[known] >= least[known] - 1e-6).all()
        assert (found[known] <= most[known] + 1e-6).all()
