"""``anomalies(query, 'auto', bounds)``: one detector without seasonality and parameters of the metric.

The score joins two ways of being odd: :mod:`heeler.analytics.context_detector` (has the metric been in this
situation before?) and :mod:`heeler.analytics.anomaly_score` (how far is it from where it was, relative to how
far it usually gets?). Either alone fits some kinds of metrics; the weighted geometric mean of both is high
only if neither calls the point ordinary. 1 is where an alert is due.

Choices were made by series whose category had no part in them (``docs/analytics.md``). All steps are causal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heeler.analytics import anomaly_score, context_detector
from heeler.analytics.alert_dedup import deduplicated
from heeler.analytics.array_tools import Floats, Integers, Mask
from heeler.analytics.band import Band, Direction
from heeler.analytics.basic import basic

#: Weight of the surprise; the novelty has the rest.
SURPRISE_WEIGHT = 0.3
#: Surprise above this counts as this.
MOST_SURPRISE = 4.0
#: Novelty (bits) and surprise that together give a score of 1.
BITS, SURPRISE = 1.22, 0.95
#: Scores below this start no quiet period.
MINOR = 0.5
#: Bounds at which an alert is due from a score of 1; twice the bounds need twice the score.
USUAL_BOUNDS = 2.0
#: Minimum number of known values, and number of points of history that are examined.
NEEDED, HISTORY_POINTS = 300, 4_032
#: Deviations of the lagging quantile band that is shown.
_SHOWN = 3.0


@dataclass(frozen=True, slots=True)
class Detection:
    """``novelty`` (bits), ``surprise`` and the joint ``score`` of each point: float64 [n]."""

    novelty: Floats
    surprise: Floats
    score: Floats


def detect(times: Integers, values: Floats) -> Detection:
    """Score one series: ``times`` int64 [n] UNIX seconds, evenly spaced, ``values`` float64 [n], NaN if
    missing. The score of a point depends only on it and on earlier points.
    """
    novelty, surprise = context_detector.novelty(times, values), anomaly_score.surprise(times, values)
    return Detection(novelty, surprise, joined(novelty, surprise))


def joined(novelty: Floats, surprise: Floats) -> Floats:
    """Weighted geometric mean of ``novelty`` and ``surprise``, relative to what is worth an alert."""
    known = np.minimum(surprise, MOST_SURPRISE) / SURPRISE
    result: Floats = known**SURPRISE_WEIGHT * (novelty / BITS) ** (1 - SURPRISE_WEIGHT)
    return result


def quiet(score: Floats) -> Floats:
    """``score`` at the points where an alert is due, 0 elsewhere."""
    return deduplicated(score, MINOR)


def banded(
    times: Integers, values: Floats, bounds: float = USUAL_BOUNDS, direction: Direction = "both"
) -> tuple[Band, Floats]:
    """The band to show, and the score of each point relative to what ``bounds`` ask for (float64 [n]).

    The band is the lagging one of ``basic``, moved so that exactly the points with 1 or more are outside:
    an ordinary value is within, and an odd one that is within the usual range (a metric that stands still)
    is not.
    """
    if int(np.isfinite(values).sum()) < NEEDED:
        note = f"anomalies(..., 'auto') needs {NEEDED} points of history; 'basic' needs 4."
        return Band.none(len(values), note), np.zeros(len(values))
    shown = basic(values, _SHOWN)
    ratio = detect(times, values).score * (USUAL_BOUNDS / bounds)
    with np.errstate(invalid="ignore"):
        above = ~(values < shown.expected)
    if direction != "both":
        ratio = np.where(above == (direction == "above"), ratio, 0.0)
    return _around(shown, values, ratio >= 1, above), ratio


def _around(shown: Band, values: Floats, odd: Mask, above: Mask) -> Band:
    """``shown``, with the ``odd`` values outside and all others inside."""
    lower, upper = np.fmin(shown.lower, values), np.fmax(shown.upper, values)
    over, under = odd & above, odd & ~above
    upper = np.where(over, np.fmin(shown.upper, np.nextafter(values, -np.inf)), upper)
    lower = np.where(under, np.fmax(shown.lower, np.nextafter(values, np.inf)), lower)
    return Band(np.minimum(lower, upper), np.maximum(lower, upper), shown.expected, shown.note)
