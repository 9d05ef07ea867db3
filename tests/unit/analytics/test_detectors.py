"""The second opinion on the end of a series."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.analytics.array_tools import Floats
from heeler.analytics.detectors import NEEDED, opinion
from tests.unit.analytics.series import STEP, clock, daily

TIMES = clock(5)
SINCE = float(TIMES[-4])


def remarkable(values: Floats) -> int:
    said = opinion(TIMES, values, SINCE)
    assert said is not None
    return said.remarkable


@pytest.mark.parametrize("seed", range(5))
def test_an_ordinary_end_is_nothing_new_and_a_fall_is(seed: int) -> None:
    values = daily(TIMES, seed=seed)
    assert remarkable(values) == 0
    values[-4:] -= 120
    assert remarkable(values) == 2


def test_what_happens_each_few_hours_is_nothing_new() -> None:
    values = daily(TIMES)
    values[np.arange(len(values)) % 50 < 4] += 100
    values[-4:] = daily(TIMES)[-4:] + 100
    assert remarkable(values) == 0


def test_nothing_is_said_of_too_little_history_or_of_no_values() -> None:
    values = daily(TIMES)
    values[: -NEEDED // 2] = np.nan
    assert opinion(TIMES, values, SINCE) is None
    gone = daily(TIMES)
    gone[-4:] = np.nan
    assert opinion(TIMES, gone, SINCE) is None
    assert opinion(TIMES[:0], values[:0], SINCE) is None


def test_history_is_counted_from_the_first_value() -> None:
    values = daily(TIMES)
    values[:500] = np.nan
    said = opinion(TIMES, values, SINCE)
    assert said is not None
    assert said.seconds == (len(TIMES) - 4 - 500) * STEP
