"""Conversion of histograms to sketches: explicit bounds, and OpenTelemetry's exponential histograms.

A bucket has the number of values between two bounds. They are spread evenly between them, as Datadog's Agent
does, at :data:`PLACES` values at most; then count, sum, minimum and maximum are set to those of the
histogram.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from heeler.wire.metrics import sketch
from heeler.wire.metrics.sketch import Sketch

PLACES = 512
#: Buckets narrower than this ratio of their bounds are one value: a bin of the sketch is 1.6 percent wide.
_NARROW = 1.03
_MOST = 2**53

Buckets = Sequence[tuple[float, float, int]]
"""Lower bound, upper bound, count."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Summary fields of a histogram; None if absent."""

    count: int
    sum: float | None = None
    min: float | None = None
    max: float | None = None


def explicit_buckets(bounds: Sequence[float], counts: Sequence[int]) -> Buckets:
    """Buckets from ``len(bounds) + 1`` counts, nonzero ones only. An open bucket is placed at its only bound,
    and one that starts at zero at its upper bound.
    """
    edges = [-math.inf, *bounds, math.inf]
    found = []
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        if count <= 0:
            continue
        if low == -math.inf or (low == 0 and high < math.inf):
            low = high
        if high == math.inf:
            high = low
        found.append((low, high, count) if math.isfinite(low) else (0.0, 0.0, count))
    return found


def exponential_buckets(
    scale: int, zero: int, positive: Mapping[int, int], negative: Mapping[int, int]
) -> Buckets:
    """Buckets by index: index *i* holds values above ``base ** i`` up to ``base ** (i + 1)``, with base ``2
    ** (2 ** -scale)``.
    """
    step = math.log(2) * 2.0**-scale
    found = [(0.0, 0.0, zero)] if zero > 0 else []
    for sign, buckets in ((-1.0, negative), (1.0, positive)):
        for index, count in buckets.items():
            if count > 0:
                ends = sorted(sign * _power(step * place) for place in (index, index + 1))
                found.append((ends[0], ends[1], count))
    return found


def _power(logarithm: float) -> float:
    return math.exp(min(max(logarithm, -700.0), 700.0))


def of_buckets(buckets: Buckets, totals: Totals) -> Sketch:
    """Sketch of a histogram; without values in its buckets, from ``totals`` alone."""
    if totals.count <= 0:
        return sketch.EMPTY
    places, weights = _placed(buckets)
    if not len(places):
        low = totals.min if totals.min is not None else _mean(totals)
        places = np.linspace(low, totals.max if totals.max is not None else low, min(totals.count, PLACES))
        weights = _shares(totals.count, len(places))
    keys = sketch.keys_of(places)
    low, high = float(places.min()), float(places.max())
    return sketch.of_bins(
        keys.tolist(),
        weights.tolist(),
        count=min(totals.count, _MOST),
        total=totals.sum if totals.sum is not None else float((places * weights).sum()),
        low=low if totals.min is None else totals.min,
        high=high if totals.max is None else totals.max,
    )


def _mean(totals: Totals) -> float:
    return (totals.sum or 0.0) / totals.count


def _placed(buckets: Buckets) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    places: list[npt.NDArray[np.float64]] = []
    weights: list[npt.NDArray[np.int64]] = []
    for low, high, count in buckets:
        number = 1 if _is_narrow(low, high) else min(count, PLACES)
        places.append(low + (high - low) * ((np.arange(number) + 0.5) / number))
        weights.append(_shares(min(count, _MOST), number))
    if not places:
        return np.empty(0), np.empty(0, np.int64)
    return np.concatenate(places), np.concatenate(weights)


def _is_narrow(low: float, high: float) -> bool:
    return low == high or (low * high > 0 and max(low / high, high / low) <= _NARROW)


def _shares(count: int, number: int) -> npt.NDArray[np.int64]:
    """Split ``count`` into ``number`` integers that differ by at most one."""
    edges = np.arange(number + 1, dtype=np.float64) * (count / number)
    return np.diff(np.rint(edges)).astype(np.int64)


def clamped(found: Sketch, low: float, high: float) -> Sketch:
    """``found`` with its minimum and maximum clipped to bounds."""
    return replace(found, min=max(found.min, low), max=min(found.max, high))


def downscaled(buckets: Mapping[int, int], levels: int) -> dict[int, int]:
    """Exponential buckets at a scale lower by ``levels``: each level merges two buckets."""
    found: dict[int, int] = {}
    for index, count in buckets.items():
        place = index >> levels
        found[place] = found.get(place, 0) + count
    return found


def total(buckets: Iterable[int]) -> int:
    return sum(max(count, 0) for count in buckets)
