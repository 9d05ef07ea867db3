"""The work of every algorithm that a query may run is linear; milliseconds are in ``bench.analytics``."""

from __future__ import annotations

import numpy as np
import pytest
from bench.analytics import ALGORITHMS, GROUPED, POINTS, SERIES, series

from heeler.analytics.outliers import outliers
from tests.work import lines_run


def work(name: str, points: int) -> int:
    times, values = series(points, 0)
    return lines_run(lambda: ALGORITHMS[name](times, values))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_twice_the_points_are_at_most_twice_the_work(name: str) -> None:
    once, twice = (work(name, points) for points in (POINTS, 2 * POINTS))
    assert twice < 2.5 * once


@pytest.mark.parametrize("name", GROUPED)
def test_twice_the_members_are_at_most_twice_the_work(name: str) -> None:
    values = np.array([series(POINTS, seed)[1] for seed in range(2 * SERIES)])
    once, twice = (
        lines_run(lambda: outliers(values[:SERIES], name)),
        lines_run(lambda: outliers(values, name)),
    )
    assert twice < 2.5 * once
