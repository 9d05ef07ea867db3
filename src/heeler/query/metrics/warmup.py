"""Compiles or loads :mod:`.kernels` in the background, by calling its loops with each column type that
occurs in queries."""

from __future__ import annotations

import logging
import threading
from types import ModuleType

import numpy as np

from heeler.query.metrics import jit
from heeler.query.metrics.packed_rows import Rows, build_fast
from heeler.query.metrics.time_aggregation import SeriesTable
from heeler.query.metrics.window import Buckets

log = logging.getLogger("heeler.query")

_lock = threading.Lock()


def warm_up() -> None:
    """Install the compiled loops; blocks while compiling (some seconds, once an installation). Never
    raises.
    """
    with _lock:
        if jit.compiled() is not None:
            return
        try:
            from heeler.query.metrics import kernels  # imports the compiler

            call_loops(kernels)
        except Exception:
            log.exception("The compiled aggregation is not available; that of numpy is used")
        else:
            jit.install(kernels)


def call_loops(fast: ModuleType) -> None:
    """Call each loop with each column type, which compiles it."""
    ids, times = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    table = SeriesTable(ids, Buckets(np.array([0, 60]), 60), "avg")
    ones = np.ones(1)
    bounds, places = np.array([0, 1]), np.zeros(1, np.int64)
    fast.reduce_groups(
        *table.cells, True, False, places, bounds, ones, ones, table.buckets.starts, 300, 0, 0, 0,
        np.full(1, -1), np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1), np.uint32),
        np.zeros((1, 1), np.bool_),
    )  # fmt: skip
    for divisors, counts in ((None, None), (times.astype(np.uint16), None), (None, times)):
        for value in (0.0, 0.5, 0.1):  # stored as int32, float32, float64
            rows = Rows(ids, times, np.array([value]), divisors, counts)
            for segment in build_fast(fast, [rows], ids, 0, 60, 60, 1, 1) or ():
                table.add_fast(fast, segment, 0, 60)
