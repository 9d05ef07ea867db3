"""Values are stored as whole numbers only where that loses nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from heeler.store.arrow_tables import PointRows, whole_numbers
from heeler.store.engine import Engine

divisors = st.sampled_from([0, 1, 10, 15, 100, 65535])
counts = st.integers(-(2**53), 2**53)
divided = st.tuples(counts, divisors).map(lambda pair: (pair[0] / (pair[1] or 1), pair[1]))
anything = st.tuples(st.floats(allow_nan=False, allow_infinity=False), divisors)


@given(st.lists(divided | anything, max_size=20))
def test_the_division_gives_back_the_same_bits(pairs: list[tuple[float, int]]) -> None:
    values = np.array([value for value, _ in pairs], np.float64)
    raw, scale = whole_numbers(values, np.array([divisor for _, divisor in pairs], np.uint16))
    back = np.where(scale == 0, raw, raw / np.where(scale == 0, 1, scale))
    assert back.tobytes() == values.tobytes()


def test_rates_and_percentages_become_whole() -> None:
    raw, scale = whole_numbers(
        np.array([7 / 15, 12.34, 3.0, 0.1 + 0.2]), np.array([15, 100, 0, 100], np.uint16)
    )
    assert raw.tolist() == [7.0, 1234.0, 3.0, 0.1 + 0.2]
    assert scale.tolist() == [15, 100, 0, 0]


def test_the_engine_divides_as_numpy_does(engine: Engine) -> None:
    rng = np.random.default_rng(3)
    size = 20_000
    divisor = rng.choice(np.array([0, 10, 15, 60, 100, 3600], np.uint16), size)
    values = rng.integers(0, 2**31, size) / np.maximum(divisor, 1)
    times = 1_790_000_000 + np.arange(size)
    part = PointRows(
        ["rows.exact"], np.zeros(size, np.int32), np.full(size, 5, np.uint64), times, values, divisor
    )
    engine.insert_sync("points", PointRows.combine([part]))
    sql = "SELECT value FROM points WHERE metric = 'rows.exact' ORDER BY time"
    found: pa.Table = engine.fetch_sync(sql)
    assert found.column("value").to_numpy().tobytes() == values.tobytes()
