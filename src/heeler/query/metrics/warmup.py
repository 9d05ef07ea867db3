"""Calls the loops of :mod:`.kernels` once with each kind of column that queries give them: compiles all."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from heeler.query.metrics.segment import Rows, build_fast
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets


def rehearse(fast: ModuleType) -> None:
    ids, times = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    table = SeriesTable(ids, Buckets(np.array([0, 60]), 60), "avg")
    ones = np.ones(1)
    bounds, places = np.array([0, 1]), np.zeros(1, np.int64)
    fast.reduce_groups(
        *table.cells, True, False, places, bounds, ones, ones, table.buckets.starts, 300, 0,
        np.zeros((1, 1)), np.zeros((1, 1)),
    )  # fmt: skip
    for divisors, counts in ((None, None), (times.astype(np.uint16), None), (None, times)):
        for value in (0.0, 0.5, 0.1):  # kept as int32, float32, float64
            rows = Rows(ids, times, np.array([value]), divisors, counts)
            for segment in build_fast(fast, [rows], ids, 0, 60, 60, 1, 1) or ():
                table.add_fast(fast, segment, 0, 60)
