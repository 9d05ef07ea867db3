"""Made-up metrics with known anomalies, one family for each kind of trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from heeler.analytics.array_tools import Floats, Integers

STEP, DAYS = 300, 28
PER_DAY = 86_400 // STEP
#: The anomaly is looked for from its start on for this many points.
REACH = PER_DAY // 2


@dataclass(frozen=True, slots=True)
class Made:
    """A series and the first points of its anomalies; everything else is normal."""

    times: Integers
    values: Floats
    starts: tuple[int, ...]


Family = Callable[[np.random.Generator], Made]


def _base(random: np.random.Generator, swing: float = 20.0) -> tuple[Integers, Floats]:
    times = 1_699_833_600 + np.arange(DAYS * PER_DAY, dtype=np.int64) * STEP
    day = np.sin(2 * np.pi * times / 86_400 + random.uniform(0, 6))
    weekend = np.where(times // 86_400 % 7 >= 5, 0.6, 1.0)
    return times, 100 + swing * day * weekend + random.normal(0, 3, len(times))


def _place(random: np.random.Generator) -> int:
    return int(random.integers(22 * PER_DAY, 26 * PER_DAY))


def quiet(random: np.random.Generator) -> Made:
    times, values = _base(random)
    return Made(times, values, ())


def spike(random: np.random.Generator) -> Made:
    times, values = _base(random)
    at = _place(random)
    values[at : at + 3] += 60
    return Made(times, values, (at,))


def level_shift(random: np.random.Generator) -> Made:
    times, values = _base(random)
    at = _place(random)
    values[at:] += 40
    return Made(times, values, (at,))


def trend(random: np.random.Generator) -> Made:
    """A slow rise all along is normal; that it becomes twenty times as steep is not."""
    times, values = _base(random)
    at = _place(random)
    values += np.arange(len(values)) * 0.005
    values[at:] += np.arange(len(values) - at) * 0.5
    return Made(times, values, (at,))


def changing_season(random: np.random.Generator) -> Made:
    """The daily swing grows slowly, which is normal; one day's peak is missing, which is not."""
    times, values = _base(random, 0)
    at = int(random.integers(22, 26)) * PER_DAY + PER_DAY // 4
    growth = np.linspace(1, 1.5, len(values))
    season = np.maximum(np.sin(2 * np.pi * (times / 86_400 - 0.25)), 0)
    season[at : at + PER_DAY // 2] = 0
    return Made(times, values + 40 * growth * season, (at,))


def missing_data(random: np.random.Generator) -> Made:
    """A third of the points is missing, and an outage of hours, which is normal; then a drop."""
    times, values = _base(random)
    at = _place(random)
    values[at : at + 24] -= 50
    gone = random.random(len(values)) < 0.33
    gone[18 * PER_DAY : 18 * PER_DAY + 40] = True
    return Made(times, np.where(gone, np.nan, values), (at,))


def counts(random: np.random.Generator) -> Made:
    """Errors a minute: mostly zero."""
    times, _ = _base(random)
    at = _place(random)
    values = random.poisson(0.2, len(times)).astype(np.float64)
    values[at : at + 12] += random.poisson(8, 12)
    return Made(times, values, (at,))


def bursts(random: np.random.Generator) -> Made:
    """A short burst each hour is normal; twice as high and long is not."""
    times, values = _base(random, 0)
    values += np.where(np.arange(len(values)) % 12 == 0, 50.0, 0.0)
    at = _place(random)
    values[at : at + 10] += 110
    return Made(times, values, (at,))


FAMILIES: dict[str, Family] = {
    "quiet": quiet,
    "spike": spike,
    "level shift": level_shift,
    "trend": trend,
    "changing season": changing_season,
    "missing data": missing_data,
    "counts": counts,
    "bursts": bursts,
}
