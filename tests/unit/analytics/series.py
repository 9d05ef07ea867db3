"""Made-up metrics with known truth for the tests of analytics."""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats, Integers

MONDAY = 1_700_438_400
"""2023-11-20 00:00 UTC."""
STEP = 300


def clock(days: float, step: int = STEP, start: int = MONDAY) -> Integers:
    return start + np.arange(round(days * 86_400 / step), dtype=np.int64) * step


def daily(
    times: Integers, *, level: float = 100.0, swing: float = 20.0, noise: float = 3.0, seed: int = 1
) -> Floats:
    random = np.random.default_rng(seed)
    result: Floats = level + swing * np.sin(2 * np.pi * times / 86_400) + random.normal(0, noise, len(times))
    return result
