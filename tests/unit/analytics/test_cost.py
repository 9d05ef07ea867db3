"""No algorithm that a query may run is slow: the aim is 5 ms for 1,000 points and 500 ms for 100 series."""

from __future__ import annotations

import numpy as np
import pytest
from bench.analytics import ALGORITHMS, GROUPED, MOST_MS, POINTS, SERIES, milliseconds, series

from heeler.analytics.outliers import outliers

#: Busy machines have cold caches.
PATIENCE = 2.0


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_thousand_points(name: str) -> None:
    times, values = series(POINTS, 0)
    assert milliseconds(lambda: ALGORITHMS[name](times, values), 7) < PATIENCE * MOST_MS


@pytest.mark.parametrize("name", GROUPED)
def test_a_hundred_members(name: str) -> None:
    values = np.array([series(POINTS, seed)[1] for seed in range(SERIES)])
    assert milliseconds(lambda: outliers(values, name)) < PATIENCE * MOST_MS * SERIES
