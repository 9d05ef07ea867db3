"""Made-up labeled series of ten kinds with random troubles, to see how detectors do on what they never saw.

Each is scored as a file of the Numenta Anomaly Benchmark: a labeled window about each trouble, a tenth of
the series in all. Nothing here was used to choose a parameter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.nab import Labeled, labeled
from heeler.analytics.array_tools import Floats, Integers

POINTS, STEP, MOST_TROUBLES = 4_032, 300, 3
Random = np.random.Generator


def _remembering(random: Random, memory: float) -> Floats:
    """Unit normal noise of which each value keeps ``memory`` of the one before."""
    shocks = random.normal(0, np.sqrt(1 - memory**2), POINTS)
    state = np.empty(POINTS)
    last = 0.0
    for index, shock in enumerate(shocks):
        last = memory * last + shock
        state[index] = last
    return state


def _batches(random: Random) -> Floats:
    each = np.arange(POINTS) % 12 == 0
    return 1 + 0.1 * random.normal(size=POINTS) + each * 3 * random.uniform(0.5, 1.5, POINTS)


def _weekdays(random: Random, times: Integers, day: Floats) -> Floats:
    weekend = times // 86_400 % 7 >= 5
    return 1 + np.maximum(day, 0) * np.where(weekend, 0.5, 1.0) + 0.05 * random.normal(size=POINTS)


Base = Callable[[Random, Integers, Floats], Floats]
BASES: dict[str, Base] = {
    "requests": lambda r, t, day: 1 + 0.3 * day + 0.05 * _remembering(r, r.uniform(0, 0.9)),
    "latency": lambda r, t, day: np.exp(
        0.3 * day + 0.5 * r.normal(size=POINTS) + 0.2 * _remembering(r, 0.95)
    ),
    "mentions": lambda r, t, day: r.negative_binomial(2, 2 / (2 + 8 * (1.2 + day))).astype(np.float64),
    "batches": lambda r, t, day: _batches(r),
    "walk": lambda r, t, day: 10 + 0.02 * np.cumsum(r.normal(size=POINTS)) + 0.1 * r.normal(size=POINTS),
    "errors": lambda r, t, day: r.poisson(0.15, POINTS).astype(np.float64),
    "idle cpu": lambda r, t, day: np.clip(0.02 + 0.01 * r.standard_t(3, POINTS), 0, 1),
    "weekdays": _weekdays,
    "temperature": lambda r, t, day: 5 + _remembering(r, 0.99),
    "percent": lambda r, t, day: np.round(50 + 3 * r.normal(size=POINTS) + 5 * day),
}
WHOLE = ("mentions", "errors", "percent")


def series(seed: int) -> Labeled:
    """One series; the kind is the last digit of ``seed``. Units are of any size."""
    random = np.random.default_rng(seed)
    times = 1_699_833_600 + np.arange(POINTS, dtype=np.int64) * STEP
    kind = list(BASES)[seed % len(BASES)]
    values = BASES[kind](random, times, np.sin(2 * np.pi * times / 86_400 + random.uniform(0, 6)))
    spots = _spots(random)
    reach = float(np.subtract(*np.quantile(values, (0.99, 0.01)))) or 1.0
    top = float(np.quantile(values, 0.99))
    for spot in spots:
        _trouble(random, values, spot, reach, top)
    if kind in WHOLE:
        values = np.maximum(np.round(values), 0)
    else:
        values *= 10 ** random.uniform(-2, 6)
    half = POINTS // 20 // max(len(spots), 1)
    edges = [(spot - half, min(spot + half, POINTS - 1)) for spot in spots]
    return labeled(f"{kind}/{seed}", times, values, edges)


def _spots(random: Random) -> list[int]:
    """Up to three places, far enough from each other and from the beginning."""
    wanted, found = int(random.integers(0, MOST_TROUBLES + 1)), list[int]()
    while len(found) < wanted:
        spot = int(random.integers(POINTS // 5, POINTS * 19 // 20))
        if all(abs(spot - other) > POINTS // 8 for other in found):
            found.append(spot)
    return sorted(found)


def _trouble(random: Random, values: Floats, spot: int, reach: float, top: float) -> None:
    """One of: spike, raised for a while, level shift, noise, stuck, more of the same, a ramp."""
    length = int(random.integers(3, 150))
    part = values[spot : spot + length]
    size = random.uniform(1, 3) * reach
    match int(random.integers(0, 7)):
        case 0:
            values[spot : spot + 3] = top + size
        case 1:
            part += size
        case 2:
            values[spot:] += random.uniform(0.7, 2) * reach
        case 3:
            part += random.normal(0, size / 2, len(part))
        case 4:
            values[spot : spot + max(length, 60)] = top + reach / 2
        case 5:
            part *= random.uniform(1.5, 3)
            part += reach / 2
        case _:
            part += np.linspace(0, size, len(part))
