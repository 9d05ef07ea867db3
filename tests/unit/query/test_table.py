"""Rows to buckets: machine code and numpy agree, and what may hold a point twice is found out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.metrics import kernel, table
from heeler.query.metrics.table import SeriesTable
from heeler.query.metrics.window import Buckets

START, STOP = 7200 - 600, 7200 + 4200
Row = tuple[int, int, float]

_rows = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(START - 100, STOP + 100), st.floats(-1e6, 1e6) | st.just(float("nan"))
    ),
    unique_by=lambda row: row[:2],
    max_size=60,
)
_methods = st.sampled_from(["avg", "sum", "count", "min", "max", "last"])


def arrow(rows: list[Row], weights: list[int] | None = None) -> pa.Table:
    columns = {
        "series": pa.array([row[0] for row in rows], pa.uint64()),
        "t": pa.array([row[1] for row in rows], pa.uint32()),
        "value": pa.array([row[2] for row in rows], pa.float64()),
    }
    return pa.table(columns | ({} if weights is None else {"count": pa.array(weights, pa.uint32())}))


def by_key(rows: list[Row]) -> list[Row]:
    """In the order of the table ``points``."""
    return sorted(rows, key=lambda row: (row[1] // 3600, row[0], row[1]))


def empty(method: str, interval: int) -> SeriesTable:
    edges = np.arange(START // interval * interval, STOP + interval, interval)
    return SeriesTable(np.array([1, 2, 4], np.uint64), Buckets(edges, interval), method)


@settings(deadline=None, max_examples=150)
@given(_rows, _methods, st.sampled_from([20, 60, 300, 3600, 7200]), st.booleans())
def test_machine_code_gives_what_numpy_gives(
    rows: list[Row], method: str, interval: int, weighted: bool
) -> None:
    ordered = by_key(rows)
    given_rows = arrow(ordered, [row[1] % 5 + 1 for row in ordered] if weighted else None)
    plain, fast = empty(method, interval), empty(method, interval)
    assert plain._add_plainly(given_rows, START, STOP)
    assert fast._add_fast(kernel, given_rows, START, STOP)
    np.testing.assert_allclose(fast.values, plain.values, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(fast.points, plain.points)


@settings(deadline=None, max_examples=150)
@given(_rows, st.sampled_from(["avg", "sum", "count", "min", "max"]), st.randoms(use_true_random=False))
def test_parts_in_any_order_are_the_same_or_refused(rows: list[Row], method: str, random: object) -> None:
    parts: list[list[Row]] = [[], [], []]
    for row in rows:
        parts[random.randrange(3)].append(row)  # type: ignore[attr-defined]
    mixed = pa.concat_tables([arrow(by_key(part)) for part in parts])
    whole, found = empty(method, 60), empty(method, 60)
    assert whole._add_plainly(arrow(by_key(rows)), START, STOP)
    if found._add_fast(kernel, mixed, START, STOP):
        np.testing.assert_allclose(found.values, whole.values, rtol=1e-9, atol=1e-6)


@settings(deadline=None)
@given(_rows.filter(bool), st.data())
def test_a_point_that_comes_twice_is_never_counted_twice(rows: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(rows))
    within = again[0] in (1, 2, 4) and START <= again[1] < STOP
    for twice in (by_key([*rows, again]), [*by_key(rows), again]):
        assert empty("sum", 60)._add_fast(kernel, arrow(twice), START, STOP) is not within
    assert empty("sum", 60)._add_plainly(arrow(by_key([*rows, again])), START, STOP) is not within


def test_without_the_compiler_numpy_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_machine", [])
    plain = empty("avg", 60)
    assert not plain.takes_runs
    assert plain.add(arrow([(1, 7200, 1.0), (1, 7215, 3.0)]), START, STOP)
    assert np.nanmax(plain.values) == 2.0
    table.prepare()
    assert empty("avg", 60).takes_runs
    assert not empty("last", 60).takes_runs, "which is the last is a matter of order"
