"""The Agent's sketch: a histogram with bins of constant relative width.

gamma is 1 + 2/128. A value v > 0 has the key ``round_half_even(ln v / ln gamma) + 1338``; negative values are
mirrored; values closer to 0 than 1e-9 have key 0. A bin's value is ``gamma ** (key - 1338)``, accurate to
about 0.8 percent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

GAMMA = 1.015625
LN_GAMMA = math.log(GAMMA)
BIAS = 1338
MAX_KEY = 32767
MAX_BINS = 4096
MAX_COUNT = 2**63 - 1
NORM_MIN = GAMMA ** (1 - BIAS)

Keys = npt.NDArray[np.int16]
Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A sketch. ``count``, ``sum``, ``min``, ``max`` are exact; ``keys`` ascend, each with its share of the
    count.

    ``resolution`` is the number of keys to a bin: more than one for bins from another mapping.
    """

    count: int
    sum: float
    min: float
    max: float
    keys: Keys
    counts: Counts
    resolution: int = 1


def keys_of(values: npt.NDArray[np.float64]) -> Keys:
    """The bin key of each value."""
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        raw = np.rint(np.log(size) / LN_GAMMA) + BIAS
    keys = np.where(size < NORM_MIN, 0, np.clip(raw, 1, MAX_KEY))
    return np.asarray(np.copysign(keys, values)).astype(np.int16)


def values_of(keys: npt.NDArray[np.integer[Any]], resolution: int = 1) -> npt.NDArray[np.float64]:
    """Representative value of each bin."""
    wide = keys.astype(np.float64)
    return np.where(keys == 0, 0.0, np.sign(wide) * GAMMA ** (np.abs(wide) / resolution - BIAS))


def of_values(values: Iterable[float]) -> Sketch:
    """The sketch of finite samples."""
    samples = np.fromiter(values, np.float64)
    if not len(samples):
        return EMPTY
    keys, counts = np.unique(keys_of(samples), return_counts=True)
    return Sketch(
        len(samples),
        float(samples.sum()),
        float(samples.min()),
        float(samples.max()),
        keys,
        counts.astype(np.uint32),
    )


def of_bins(
    keys: Iterable[int],
    counts: Iterable[int],
    *,
    count: int,
    total: float,
    low: float,
    high: float,
    resolution: int = 1,
) -> Sketch:
    """Sketch from received bins: entries of the same key are added."""
    raw_keys, raw_counts = np.fromiter(keys, np.int64), np.fromiter(counts, np.int64)
    unique, where = np.unique(np.clip(raw_keys, -MAX_KEY, MAX_KEY).astype(np.int16), return_inverse=True)
    sums = np.bincount(where, weights=raw_counts, minlength=len(unique))
    return Sketch(count, total, low, high, unique, np.clip(sums, 0, 2**32 - 1).astype(np.uint32), resolution)


def merge(sketches: Iterable[Sketch]) -> Sketch:
    """Merge ``sketches``, which have the same resolution."""
    parts = [one for one in sketches if one.count]
    if len(parts) < 2:
        return parts[0] if parts else EMPTY
    return of_bins(
        np.concatenate([one.keys for one in parts]),
        np.concatenate([one.counts for one in parts]),
        count=min(sum(one.count for one in parts), MAX_COUNT),
        total=float(np.sum([one.sum for one in parts])),
        low=min(one.min for one in parts),
        high=max(one.max for one in parts),
        resolution=parts[0].resolution,
    )


def quantile(sketch: Sketch, q: float) -> float:
    """The ``q`` quantile (0 to 1); NaN if empty. Interpolated within the bin, as in the Agent."""
    if not sketch.count:
        return math.nan
    if q <= 0:
        return sketch.min
    if q >= 1:
        return sketch.max
    rank = np.rint(q * (sketch.count - 1))
    reached = np.cumsum(sketch.counts.astype(np.float64))
    at = int(np.searchsorted(reached, rank, side="right"))
    if at >= len(reached):
        return sketch.max
    low = float(values_of(sketch.keys[at : at + 1], sketch.resolution)[0])
    high = low * GAMMA
    if at == 0:
        low = sketch.min
    weight = float((reached[at] - rank) / sketch.counts[at])
    return min(max(low * weight + high * (1 - weight), sketch.min), sketch.max)


EMPTY = Sketch(0, 0.0, math.inf, -math.inf, np.empty(0, np.int16), np.empty(0, np.uint32))
