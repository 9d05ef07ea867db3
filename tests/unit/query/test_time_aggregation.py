"""Rows to segments to buckets: machine code and numpy do what an obvious loop does; no point counts twice."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.metrics import jit, kernels, warmup
from heeler.query.metrics.packed_rows import Rows, Segment, build, merge
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets

START, STOP = 7200 - 600, 7200 + 4200
Row = tuple[int, int, float]
Cell = tuple[int, int]

_rows = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(START - 100, STOP + 100), st.floats(-1e6, 1e6) | st.just(float("nan"))
    ),
    unique_by=lambda row: row[:2],
    max_size=60,
)
_methods = st.sampled_from(["avg", "sum", "count", "min", "max", "last"])


def rows_of(rows: list[Row], weighted: bool = False, divided: bool = False) -> Rows:
    """Columns of ``rows``; ``weighted`` and ``divided`` by numbers that follow from the time."""
    numbers = np.array([row[1] % 5 + 1 for row in rows])
    return Rows(
        np.array([row[0] for row in rows], np.uint64),
        np.array([row[1] for row in rows], np.uint32),
        np.array([row[2] for row in rows], np.float64),
        numbers.astype(np.uint16) if divided else None,
        numbers.astype(np.uint32) if weighted and not divided else None,
    )


def built(fast: bool, parts: list[Rows], ids: list[int] | None = None) -> list[Segment] | None:
    """Segments of an hour each, by machine code or by numpy."""
    wanted = None if ids is None else np.array(ids, np.uint64)
    first = START // 3600 * 3600
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit, "_compiled", [kernels] if fast else [])
        return build(parts, wanted, first, STOP, 3600, 1)


def filled(fast: bool, method: str, interval: int, segments: list[Segment]) -> SeriesTable:
    table = empty(method, interval)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit, "_compiled", [kernels] if fast else [])
        for segment in segments:
            table.add(segment, START, STOP)
    return table


def empty(method: str, interval: int) -> SeriesTable:
    edges = np.arange(START // interval * interval, STOP + interval, interval)
    return SeriesTable(np.array([1, 2, 4], np.uint64), Buckets(edges, interval), method)


def obvious(rows: list[Row], method: str, interval: int, weighted: bool, divided: bool) -> dict[Cell, float]:
    """The value of each series and bucket, one point after another."""
    cells: dict[Cell, list[tuple[float, int]]] = {}
    for series, at, value in sorted(rows):
        if series in (1, 2, 4) and START <= at < STOP:
            number = at % 5 + 1
            held = cells.setdefault((series, at // interval * interval), [])
            held.append((value / number if divided else value, number if weighted and not divided else 1))
    return {cell: _aggregate(method, held) for cell, held in cells.items()}


def _aggregate(method: str, held: list[tuple[float, int]]) -> float:
    values, count = [value for value, _ in held], sum(number for _, number in held)
    if method in ("min", "max"):
        known = [value for value in values if value == value]
        return (min if method == "min" else max)(known) if known else float("nan")
    return {"sum": sum(values), "avg": sum(values) / count, "count": count, "last": values[-1]}[method]


@settings(deadline=None, max_examples=200)
@given(
    _rows,
    _methods,
    st.sampled_from([20, 60, 300, 3600, 7200]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_cells_hold_what_an_obvious_loop_gives(
    rows: list[Row], method: str, interval: int, weighted: bool, divided: bool, fast: bool, random: Random
) -> None:
    parts: list[list[Row]] = [[], [], []]
    for row in rows:
        parts[random.randrange(3)].append(row)
    given_parts = [rows_of(sorted(part), weighted, divided) for part in parts]
    segments = built(fast, given_parts, random.choice([None, [1, 2, 4]]))
    assert segments is not None
    table = filled(fast, method, interval, segments)
    expected = obvious(rows, method, interval, weighted, divided)
    found = {
        (int(series), int(start)): table.values[row, column]
        for row, series in enumerate(table.wanted)
        for column, start in enumerate(table.buckets.starts)
        if table.points[row, column]
    }
    assert found.keys() == expected.keys()
    np.testing.assert_allclose(
        [found[cell] for cell in found], [expected[cell] for cell in found], rtol=1e-9, atol=1e-6
    )


@settings(deadline=None)
@given(_rows.filter(bool), st.booleans(), st.data())
def test_a_point_that_comes_twice_is_found_out_and_the_later_one_kept(
    rows: list[Row], fast: bool, data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(rows))
    later = (again[0], again[1], 17.0)
    within = START // 3600 * 3600 <= again[1] < STOP
    parts = [rows_of(sorted(rows)), rows_of([later])]
    assert (built(fast, parts) is None) is within
    if within:
        merged = merge(parts, None, START // 3600 * 3600, STOP, 1)
        at = np.flatnonzero((merged.rows().series == again[0]) & (merged.rows().times == again[1]))
        assert merged.rows().values[at].tolist() == [17.0]
        assert len(merged) == sum(START // 3600 * 3600 <= row[1] < STOP for row in rows)


@pytest.mark.parametrize(
    ("values", "divisors", "kind"),
    [
        ([1.0, -3.0, 2e9], None, np.int32),
        ([1.0, 0.5, 2.0**40], None, np.float32),
        ([1.0, 0.1, float("nan")], None, np.float64),
        ([7.0, 12345.0, 3.0], [100, 100, 100], np.int32),
        ([7.0, 12345.0, 3.0], [100, 0, 100], np.float64),
        ([float("inf"), -0.5, 1.0], None, np.float32),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_values_are_packed_without_loss(
    values: list[float], divisors: list[int] | None, kind: type, fast: bool
) -> None:
    count = np.arange(3, dtype=np.uint32)
    rows = Rows(
        np.zeros(3, np.uint64), count + START, np.array(values),
        None if divisors is None else np.array(divisors, np.uint16),
    )  # fmt: skip
    segments = built(fast, [rows])
    assert segments is not None
    expected = np.array(values) / np.array([item or 1 for item in divisors or [1, 1, 1]])
    assert segments[0].values.dtype == kind
    np.testing.assert_array_equal(segments[0].rows().values, expected)


def test_machine_code_is_loaded_once() -> None:
    warmup.warm_up()
    assert jit.compiled() is kernels
