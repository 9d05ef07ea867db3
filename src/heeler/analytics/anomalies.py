"""``anomalies(query, algorithm, bounds, ...)``: the band of expected values (gray on graphs).

Three algorithms with the public documentation's names and behavior; the formulas are our own
(``docs/analytics.md``):

- ``basic``: lagging rolling quantiles; no seasonality; a band from the fourth point on.
- ``agile``: same time in past seasons plus the recent deviation from it; follows a level shift within
  minutes.
- ``robust``: seasonal-trend decomposition by medians; stable during long anomalies, slow to adapt to a level
  shift;
- ``auto``: our own detector without seasonality (:mod:`heeler.analytics.auto`), with a band for display.

All are causal: the band at point i depends only on earlier points.
"""

from __future__ import annotations

from heeler.analytics import auto
from heeler.analytics.array_tools import Floats, Integers, finite, typical_step
from heeler.analytics.band import Band
from heeler.analytics.basic import BASIC_POINTS, BASIC_SECONDS, basic
from heeler.analytics.discrete import at_home_at_zero
from heeler.analytics.seasonal import agile, robust
from heeler.analytics.seasonal_matrix import DAY, HOUR, PERIODS, WEEK, Seasonality
from heeler.analytics.seasonal_profile import SEASONS_NEEDED, SEASONS_USED

__all__ = ["DAY", "HOUR", "WEEK", "algorithm_name", "anomalies", "history_needed", "history_too_short"]

ALGORITHMS = ("basic", "agile", "robust", "auto")
_ALIASES = {"adaptive": "agile"}


def algorithm_name(name: str) -> str:
    """Canonical algorithm of ``name``, case-insensitive; ``adaptive`` is the old name of ``agile``.

    Raises ``ValueError`` naming the choices.
    """
    lowered = name.lower()
    found = _ALIASES.get(lowered, lowered)
    if found not in ALGORITHMS:
        raise ValueError(
            f"Unknown anomaly algorithm '{name}': expected 'basic', 'agile', 'robust' or 'auto'."
        )
    return found


def anomalies(
    times: Integers,
    values: Floats,
    algorithm: str,
    bounds: float = 2.0,
    *,
    seasonality: Seasonality = "weekly",
    timezone: str = "UTC",
    count_default_zero: bool = False,
) -> Band:
    """Compute the band of one series.

    ``times``: int64 [n], UNIX seconds, ascending, evenly spaced; ``values``: float64 [n]. Pass the history
    required by :func:`history_needed` before the window of interest and trim the result with ``Band.tail``.
    ``bounds``: the half width in standard deviations. ``timezone``: where days and weeks start (IANA name).
    ``count_default_zero``: missing points after the first are zeros (counts and rates that nobody submitted).

    Raises ``ValueError`` for invalid parameters.
    """
    name = algorithm_name(algorithm)
    if not bounds > 0:
        raise ValueError(f"The bounds of anomalies() must be above 0, not {bounds}.")
    if seasonality not in PERIODS:
        raise ValueError(f"Unknown seasonality '{seasonality}': expected 'hourly', 'daily' or 'weekly'.")
    known = finite(values)
    if count_default_zero:
        known = zero_filled(known)
    if name == "basic":
        band = basic(known, bounds)
    elif name == "auto":
        return auto.banded(times, known, bounds)[0]
    else:
        fit = agile if name == "agile" else robust
        band = fit(times, known, bounds, PERIODS[seasonality], timezone)
    return band.at_least_zero(at_home_at_zero(known))


def zero_filled(values: Floats) -> Floats:
    """Replace missing points after the first value by 0."""
    filled = values.copy()
    missing = filled != filled
    if not missing.all():
        missing[: int((~missing).argmax())] = False
        filled[missing] = 0.0
    return filled


def history_needed(algorithm: str, seasonality: Seasonality = "weekly", interval: int = 60) -> int:
    """Seconds of data to fetch before the window of interest, for buckets of ``interval`` seconds.

    ``basic`` looks back over 120 values, at least an hour; ``agile`` and ``robust`` over six seasons;
    ``auto`` over 4,032 values (14 days of 5 minutes).
    """
    name = algorithm_name(algorithm)
    if name == "basic":
        return max(BASIC_POINTS * interval, BASIC_SECONDS)
    if name == "auto":
        return auto.HISTORY_POINTS * interval
    return SEASONS_USED * PERIODS[seasonality]


def history_too_short(times: Integers, algorithm: str, seasonality: Seasonality = "weekly") -> bool:
    """Whether ``times`` span too little for a band."""
    name = algorithm_name(algorithm)
    if name in ("basic", "auto"):
        return len(times) < (4 if name == "basic" else auto.NEEDED)
    span = int(times[-1] - times[0]) + typical_step(times) if len(times) else 0
    return span <= SEASONS_NEEDED * PERIODS[seasonality]
