"""Made-up metrics of further kinds, each with a normal life and one trouble, for what bands promise.

Where :mod:`bench.families` asks whether a trouble is found, these ask as well whether what is normal stays
inside: ``bounds`` of 2 promise 95.4 % of it, 3 promise 99.7 %. Kinds differ from those of
:mod:`bench.held_out` in what makes real metrics awkward: weekends, ends of a scale, few values, memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, Mask

STEP, DAYS = 300, 28
PER_DAY = 86_400 // STEP
POINTS = DAYS * PER_DAY
#: Days at the end that are judged, and where in them the trouble begins.
JUDGED = 7
Random = np.random.Generator
TIMES: Integers = 1_699_833_600 + np.arange(POINTS, dtype=np.int64) * STEP


@dataclass(frozen=True, slots=True)
class Life:
    """``values`` with a trouble from ``start`` for ``length`` points; ``normal``: points to be inside."""

    times: Integers
    values: Floats
    start: int
    length: int
    normal: Mask


def _hour(times: Integers = TIMES) -> Floats:
    result: Floats = times % 86_400 / 3_600
    return result


def _weekend() -> Mask:
    result: Mask = (TIMES // 86_400 + 3) % 7 >= 5
    return result


def _day(random: Random) -> Floats:
    result: Floats = np.sin(2 * np.pi * TIMES / 86_400 + random.uniform(0, 6))
    return result


def _remembering(random: Random, memory: float) -> Floats:
    """Unit normal noise of which each value keeps ``memory`` of the one before."""
    shocks = random.normal(0, np.sqrt(1 - memory**2), POINTS)
    kept = memory ** np.arange(min(POINTS, int(8 / (1 - memory)) + 1))
    result: Floats = np.convolve(shocks, kept)[:POINTS]
    return result


def plain(random: Random) -> Floats:
    """Noise about a level: the case for which bounds are defined."""
    return random.normal(50, 2, POINTS)


def daily(random: Random) -> Floats:
    return 100 + 30 * _day(random) + random.normal(0, 3, POINTS)


def weekdays(random: Random) -> Floats:
    """Office hours on weekdays, next to nothing at weekends."""
    busy = np.exp(-(((_hour() - 13) / 3.5) ** 2)) * np.where(_weekend(), 0.1, 1.0)
    return 20 + 200 * busy * random.normal(1, 0.05, POINTS) + random.normal(0, 3, POINTS)


def memory(random: Random) -> Floats:
    """A day and noise that lasts an hour or so."""
    return 100 + 20 * _day(random) + 5 * _remembering(random, 0.9)


def wander(random: Random) -> Floats:
    """No season; drifts about for half a day."""
    return 500 + 40 * _remembering(random, 0.99) + random.normal(0, 3, POINTS)


def heavy_tails(random: Random) -> Floats:
    return 100 + 10 * _day(random) + 3 * random.standard_t(3, POINTS)


def multiplicative(random: Random) -> Floats:
    """Latency: noise of a fifth of a level that is three times as high by day."""
    return np.exp(3 + 0.55 * _day(random) + random.normal(0, 0.2, POINTS))


def growing(random: Random) -> Floats:
    """A level that doubles in the four weeks, and its day with it."""
    rise = np.linspace(1, 2, POINTS)
    return rise * (100 + 30 * _day(random) + random.normal(0, 3, POINTS))


def percent(random: Random) -> Floats:
    """A gauge that is full for hours each day: what is above 100 is cut."""
    return np.clip(90 + 15 * _day(random) + random.normal(0, 3, POINTS), 0, 100)


def counts(random: Random) -> Floats:
    return random.poisson(40 * (1 + 0.6 * _day(random))).astype(np.float64)


def night_zero(random: Random) -> Floats:
    """Orders: a few by day, none at night."""
    rate = np.where((_hour() > 7) & (_hour() < 22), 4.0, 0.02)
    return random.poisson(rate).astype(np.float64)


def rare(random: Random) -> Floats:
    """Errors: mostly none, now and then some together."""
    return random.negative_binomial(0.1, 0.25, POINTS).astype(np.float64)


def queue(random: Random) -> Floats:
    """Skewed, never below zero, zero half of the time."""
    return np.maximum(random.gamma(1.0, 6.0, POINTS) - 4, 0)


def sawtooth(random: Random) -> Floats:
    """A disk that fills and is cleaned every day and a half or so: a season that no clock has."""
    values, used = np.empty(POINTS), 30.0
    for index, step in enumerate(random.uniform(0.05, 0.15, POINTS)):
        used = 30.0 if used > 75 else used + step
        values[index] = used
    return values


def configured(random: Random) -> Floats:
    """Replicas: constant, changed by people each few days."""
    values = np.empty(POINTS)
    edges = np.sort(random.integers(PER_DAY, 20 * PER_DAY, 5))
    for start, end in zip((0, *edges), (*edges, POINTS), strict=True):
        values[start:end] = random.integers(4, 12)
    return values


def constant(random: Random) -> Floats:
    return np.full(POINTS, 5.0)


def batches(random: Random) -> Floats:
    """Three jobs a day at whatever minute, ten minutes each."""
    values = 10 + random.normal(0, 1, POINTS)
    for at in random.integers(0, POINTS - 3, 3 * DAYS):
        values[at : at + 2] += random.uniform(40, 60)
    return values


def gaps(random: Random) -> Floats:
    """Half of the points are missing, at night all."""
    values = daily(random)
    values[(random.random(POINTS) < 0.5) | (_hour() < 5)] = np.nan
    return values


def seldom(random: Random) -> Floats:
    """Reported about each 25 minutes, asked for each 5."""
    values = daily(random)
    values[random.random(POINTS) < 0.8] = np.nan
    return values


def shifted(random: Random) -> Floats:
    """A level that has been another for ten days."""
    values = daily(random)
    values[-10 * PER_DAY - int(random.integers(0, PER_DAY)) :] += 60
    return values


def large(random: Random) -> Floats:
    """Bytes: a level that is a hundred times its movements."""
    return 8e9 + 5e7 * _day(random) + random.normal(0, 1e7, POINTS)


#: Normal lives, and what is done to their values for how many points.
Trouble = Callable[[Floats], Floats]
LIVES: dict[str, tuple[Callable[[Random], Floats], Trouble, int]] = {
    "noise about a level": (plain, lambda v: v + 16, 3),
    "day": (daily, lambda v: v * 0 + 100, 72),
    "weekdays": (weekdays, lambda v: v * 0.3, 24),
    "day, noise with memory": (memory, lambda v: v + 40, 6),
    "wanders": (wander, lambda v: v + 150, 6),
    "heavy tails": (heavy_tails, lambda v: v + 50, 6),
    "multiplicative": (multiplicative, lambda v: v * 4, 6),
    "grows, day with it": (growing, lambda v: v * 1.5, 6),
    "percent, often full": (percent, lambda v: v * 0.5, 6),
    "counts by day": (counts, lambda v: v * 2.5 + 20, 6),
    "orders, none at night": (night_zero, lambda v: v * 3 + 9, 6),
    "errors, mostly none": (rare, lambda v: v + 15, 6),
    "queue": (queue, lambda v: v + 80, 6),
    "disk, filled and cleaned": (sawtooth, lambda v: v * 0 + 98, 6),
    "configured by people": (configured, lambda v: v * 0, 6),
    "constant": (constant, lambda v: v + 1, 6),
    "batches at no fixed hour": (batches, lambda v: v + 60, 18),
    "half missing": (gaps, lambda v: v + 50, 12),
    "a fifth reported": (seldom, lambda v: v + 50, 30),
    "shifted ten days ago": (shifted, lambda v: v - 60, 6),
    "bytes": (large, lambda v: v * 0.97, 6),
}


def life(name: str, seed: int) -> Life:
    """One life of a kind. The trouble is in the last week, on a weekday between 12 and 16 o'clock."""
    make, change, length = LIVES[name]
    random = np.random.default_rng([seed, sum(name.encode())])
    values = make(random)
    usable = np.flatnonzero(
        ~_weekend() & (_hour() >= 12) & (_hour() < 16) & (TIMES[-1] - 5 * 86_400 <= TIMES)
    )
    start = int(random.choice(usable))
    values[start : start + length] = change(values[start : start + length])
    normal = ~np.isnan(values)
    normal[: POINTS - JUDGED * PER_DAY] = False
    # What comes after a trouble is judged by itself: agile calls the return anomalous by design.
    normal[start : start + length + PER_DAY // 4] = False
    return Life(TIMES, values, start, length, normal)
