"""Reductions of whole frames agree with those of one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.evaluation.reduce import data_age, data_ages, reduce_row, reduced_rows
from heeler.query.frame import Frame, Group

_ROWS = st.integers(1, 12).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=width, max_size=width),
        min_size=1,
        max_size=5,
    )
)


def frame(rows: list[list[float]]) -> Frame:
    values = np.array(rows)
    times = np.arange(values.shape[1], dtype=np.int64) * 20 + 1000
    return Frame(times, tuple(Group((f"host:{at}",)) for at in range(len(rows))), values, 20)


@given(_ROWS, st.sampled_from(["avg", "sum", "min", "max", "last", "percentile"]))
def test_frames_reduce_as_their_rows(rows: list[list[float]], aggregator: str) -> None:
    made = frame(rows)
    assert reduced_rows(made, aggregator) == [reduce_row(row, aggregator) for row in made.values]


@given(_ROWS, st.floats(1000, 2000))
def test_ages_are_those_of_rows(rows: list[list[float]], end: float) -> None:
    made = frame(rows)
    assert data_ages(made, end) == pytest.approx([data_age(made, row, end) for row in made.values])
