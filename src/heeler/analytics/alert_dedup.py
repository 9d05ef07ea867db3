"""Deduplication of alerts: one alert for one episode."""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import Floats

#: After an alert, this many points are suppressed unless the score is ``LOUDER`` times as high.
REST, LOUDER = 100, 1.2


def deduplicated(
    scores: Floats, minor: float, rest: int = REST, louder: float = LOUDER, lasting: float = np.inf
) -> Floats:
    """Return ``scores`` without repeated alerts; a score of 0 is no alert.

    After a score above ``minor``, further alerts are suppressed for ``rest`` points unless the score is
    ``louder`` times as high. The quiet period restarts with each point that still has ``lasting`` times the
    score.
    """
    alerted = np.zeros(len(scores))
    last, until = 0.0, -1
    for point in np.flatnonzero(scores > 0).tolist():
        if point > until:
            last = 0.0
        score = float(scores[point])
        if last == 0.0 or score > last * louder:
            alerted[point] = score
            if score > minor:
                last, until = score, point + rest
        elif score > lasting * last:
            until = point + rest
    return alerted
