"""Series into groups: machine code gives what numpy gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.frame import Frame
from heeler.query.metrics import jit, kernels
from heeler.query.metrics.ast import Selector
from heeler.query.metrics.modifiers import Options
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.plan import Read, Scan
from heeler.query.metrics.series_aggregation import aggregate_series, effective, time_method
from heeler.query.metrics.series_index import Catalog
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets, Window

SERIES, BUCKETS = 6, 12


def catalog(rooms: list[int]) -> Catalog:
    """A series for each of ``rooms``, whose tag is ``room:NUMBER``; -1 has none."""
    count = len(rooms)
    tagged = [(row, room) for row, room in enumerate(rooms) if room >= 0]
    return Catalog(
        np.arange(count, dtype=np.uint64),
        ("gauge",) * count,
        np.array([0, 10, 15, 0, 1, 20][:count], np.int64),
        ("",) * count,
        ("room:0", "room:1", "room:2"),
        np.array([row for row, _ in tagged], np.int64),
        np.array([room for _, room in tagged], np.int64),
    )


def aggregated(
    fast: bool, text: str, options: Options, kind: str, rooms: list[int], main: np.ndarray, held: np.ndarray
) -> Frame:
    interval = 60
    edges = np.arange(BUCKETS + 1, dtype=np.int64) * interval + 6000
    known = catalog(rooms)
    table = SeriesTable(known.ids, Buckets(edges, interval), time_method(options, kind))
    table.place(0, np.where(held > 0, main, 0.0), held)
    selector = parse_one(text)
    assert isinstance(selector, Selector)
    window = Window(6000, 6000 + BUCKETS * interval, interval)
    everything = np.ones(len(rooms), np.bool_)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit, "_compiled", [kernels] if fast else [])
        buckets, method = table.buckets, table.method
        scan = Scan(known, everything, kind, "", effective(options, kind), buckets, method, 0, ())
        return aggregate_series(Read(selector, window), scan, table)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["avg", "sum", "min", "max", "count", "stddev"]),
    st.sampled_from(["{*}", "{*} by {room}"]),
    st.sampled_from(["", "avg", "sum", "min", "max", "count", "last"]),
    st.sampled_from([(False, False), (True, False), (False, True)]),
    st.sampled_from(["gauge", "count", "rate"]),
    st.lists(st.integers(-1, 2), min_size=1, max_size=SERIES),
    st.integers(0, 2**32 - 1),
)
def test_machine_code_gives_what_numpy_gives(
    space: str, scope: str, time: str, counted: tuple[bool, bool], kind: str, rooms: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = len(rooms), BUCKETS
    main = rng.normal(10, 5, shape).round(1)
    main[rng.random(shape) < 0.05] = np.nan
    held = np.where(rng.random(shape) < rng.choice([0.1, 0.5, 1.0]), rng.integers(1, 5, shape), 0).astype(
        float
    )
    options = Options(method=time or None, as_count=counted[0], as_rate=counted[1])
    text = f"{space}:m{scope}"
    found = aggregated(True, text, options, kind, rooms, main, held)
    plain = aggregated(False, text, options, kind, rooms, main, held)
    assert found.groups == plain.groups
    np.testing.assert_allclose(found.values, plain.values, rtol=1e-9, atol=1e-9)
