"""Context detector: novelty of the current behavior of a metric relative to its own past, in bits.

Several views of the metric (the value, its means and spreads over a few lengths) are quantized into a few
levels. The current level of a view, alone or together with its predecessor or with the hour of the day, is a
*situation*. A situation that occurs for the first time is novel; its information in bits is -log2 of the
past share of new situations of that kind. Bits of all kinds are averaged: a jump, a drop, a gap, a missing
peak and a new rhythm are each novel in other kinds, and a metric that is constantly new soon scores low.

The method is our own. It needs no model of the metric and no parameter for each metric, and it is causal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heeler.analytics.alert_dedup import deduplicated
from heeler.analytics.array_tools import Floats, Integers, Mask, continued, trailing_mean

#: Points of the learning phase.
LEARNED = 100
#: Levels are recomputed from all the past each time that it has grown by this factor.
GROWTH = 1.25
#: Numbers of levels into which the past's range is divided. Finer ones find more on the labeled series at
#: hand and less on kinds of series that were left out.
LEVELS = (4, 6, 10, 16)
#: Levels in the past's range, and as many below and above it.
_ALPHABETS = 3 * np.array(LEVELS, dtype=np.int64)
#: Points of the trailing means and spreads, by name of the view.
MEANS = {"mean 6": 6, "mean 12": 12, "mean 24": 24, "mean 48": 48}
SPREADS = {"spread 12": 12, "spread 24": 24, "spread 48": 48}
#: Parts of the day.
PHASES = 24
#: Days before kinds with the part of the day count: with fewer, an hour has hardly any past.
PHASE_DAYS = 3
#: Prior weight against the first few new situations of a kind, in points.
PRIOR = 22.0
#: Alert threshold in mean bits over all kinds, used alone.
THRESHOLD = 1.37
#: Scores below this fraction of the threshold start no quiet period.
MINOR = 0.4


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of situation: levels of ``views`` at ``lags`` points back, optionally with the part of the
    day.
    """

    views: tuple[str, ...]
    lags: tuple[int, ...]
    by_phase: bool = False


KINDS = (
    Kind(("value",), (0,)),
    *(Kind(("value", "value"), (0, lag)) for lag in (1, 2, 3, 4, 8)),
    Kind(("value", "value", "value"), (0, 1, 2)),
    Kind(("value", "value", "value"), (0, 2, 4)),
    *(Kind((view,), (0,)) for view in (*MEANS, *SPREADS)),
    *(Kind((f"mean {points}", f"mean {points}"), (0, points)) for points in (6, 12, 24)),
    Kind(("spread 12", "value"), (0, 0)),
    Kind(("spread 24", "mean 12"), (0, 0)),
    Kind(("spread 48", "mean 48"), (0, 0)),
    *(
        Kind((view,), (0,), by_phase=True)
        for view in ("value", "mean 6", "mean 12", "mean 24", "spread 24", "spread 48")
    ),
)
#: Additional weight of the kinds that include the part of the day: a missing daily peak is ordinary to all
#: other kinds.
BY_PHASE = 0.35


@dataclass(frozen=True, slots=True)
class News:
    """``bits``: float64 [n], mean bits over all kinds. ``alerts``: bool [n], where an alert is due."""

    bits: Floats
    alerts: Mask


def detect(times: Integers, values: Floats, threshold: float = THRESHOLD) -> News:
    """Novelty in one series: ``times`` int64 [n] UNIX seconds, ``values`` float64 [n].

    The score of a point depends only on it and on earlier points.
    """
    bits = novelty(times, values)
    quiet = deduplicated(bits, MINOR * threshold)
    return News(bits, quiet >= threshold)


def novelty(times: Integers, values: Floats) -> Floats:
    """Mean bits over all kinds of situation, float64 [n]; 0 during the learning phase and for missing
    values.
    """
    if len(values) <= LEARNED or not np.isfinite(values).any():
        return np.zeros(len(values))
    filled, missing = continued(values)
    views = views_of(filled)
    phase = times % 86_400 * PHASES // 86_400
    by_phase = np.array([kind.by_phase for kind in KINDS])
    early = times < times[0] + PHASE_DAYS * 86_400
    bits = _bits(_new_situations(views, phase)).sum(axis=0)
    bits[:, missing] = 0.0
    bits[np.ix_(by_phase, early)] = 0.0
    result: Floats = np.maximum(bits.mean(axis=0), BY_PHASE * bits[by_phase].mean(axis=0)) / len(LEVELS)
    return result


def views_of(values: Floats) -> dict[str, Floats]:
    """The value, its trailing means, and the logarithms of its trailing standard deviations."""
    shifted = values - values[0]
    squares = shifted * shifted
    noise = 1e-3 * float(np.std(shifted[:LEARNED])) + 1e-12
    views = {"value": values}
    for name, points in MEANS.items():
        views[name] = trailing_mean(shifted, points)
    for name, points in SPREADS.items():
        mean = trailing_mean(shifted, points)
        views[name] = np.log(np.sqrt(np.maximum(trailing_mean(squares, points) - mean * mean, 0.0)) + noise)
    return views


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Stretches of points that share the levels computed from earlier values."""
    start = LEARNED
    while start < length:
        end = min(length, max(start + 1, int(start * GROWTH)))
        yield start, end
        start = end


def _new_situations(views: dict[str, Floats], phase: Integers) -> Floats:
    """1 where a situation of a kind is new for a number of levels, else 0: float64 [levels, kinds, n]."""
    length = len(phase)
    new = np.zeros((len(LEVELS), len(KINDS), length))
    places, total = _places()
    first_seen = np.empty(total, dtype=np.int64)
    for start, end in _spans(length):
        symbols = {name: _symbols(view[:end], start) for name, view in views.items()}
        points = np.arange(end)
        backwards = np.tile(points[::-1], len(LEVELS))
        for row, kind in enumerate(KINDS):
            situation = places[row][:, None] + _situations(kind, symbols, phase[:end])
            # Written backwards, so that the first point of each situation remains.
            first_seen[situation[:, ::-1].ravel()] = backwards
            new[:, row, start:end] = first_seen[situation[:, start:]] == points[start:]
    return new


def _places() -> tuple[list[Integers], int]:
    """Offset of the situations of each kind in one table, by levels; and the size of that table."""
    sizes = [_ALPHABETS ** len(kind.views) * (PHASES if kind.by_phase else 1) for kind in KINDS]
    ends = np.cumsum(np.concatenate(sizes)).reshape(len(KINDS), len(LEVELS))
    return list(ends - np.array(sizes)), int(ends[-1, -1])


def _symbols(view: Floats, start: int) -> Integers:
    """Quantize ``view`` by its range before ``start``, with as many levels below and above that range.

    int64 [levels, n].
    """
    low, high = float(view[:start].min()), float(view[:start].max())
    levels = np.array(LEVELS)[:, None]
    width = (high - low) / levels if high > low else np.full_like(levels, max(abs(low) * 0.05, 1e-9), float)
    level = np.clip(np.floor((view - low) / width), -levels, 2 * levels - 1)
    result: Integers = level.astype(np.int64) + levels
    return result


def _situations(kind: Kind, symbols: dict[str, Integers], phase: Integers) -> Integers:
    """Identifier of each situation: int64 [levels, n]."""
    code = np.broadcast_to(phase if kind.by_phase else np.int64(0), (len(LEVELS), len(phase)))
    for view, lag in zip(kind.views, kind.lags, strict=True):
        now = symbols[view]
        then = now if lag == 0 else np.concatenate((np.zeros_like(now[:, :lag]), now[:, :-lag]), axis=1)
        code = code * _ALPHABETS[:, None] + then
    return code


def _bits(new: Floats) -> Floats:
    """-log2 of the share of earlier points that were new, for each new point, along the last axis."""
    before = np.cumsum(new, axis=-1) - new
    points = np.maximum(np.arange(new.shape[-1]) - LEARNED, 0)
    result: Floats = new * np.maximum(0.0, -np.log2((before + 1) / (points + PRIOR)))
    return result
