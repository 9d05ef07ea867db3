"""``forecast(query, algorithm, deviations, ...)``: predicted values of a metric, with an interval."""

from __future__ import annotations

import numpy as np

from heeler.analytics.array_tools import (
    MAD_TO_SD,
    Floats,
    Integers,
    circular_mean,
    finite,
    interpolated_circle,
    mad_sd,
    median,
    typical_step,
)
from heeler.analytics.band import Band
from heeler.analytics.regression import theil_sen
from heeler.analytics.seasonal_matrix import PERIODS, Folded, Seasonality, fold, local_times

MODELS = ("default", "simple", "reactive")
#: Whole seasons that a seasonal forecast needs, and the maximum number used.
SEASONS_NEEDED, SEASONS_USED = 2, 6
#: Damping of the trend for each further season: long-term trends are seldom linear.
DAMPING = 0.9
#: Parts of a season; a departure of more than ``FAR`` deviations fades over ``LASTS`` times its duration,
#: otherwise within a part.
PARTS, FAR, LASTS = 24, 2.0, 1.0
#: Minimum number of points for a line, and number of points of the history used to find its recent trend.
POINTS_NEEDED, SEARCH_POINTS = 3, 60
#: Horizon limit of a line, as a multiple of the history.
MOST_AHEAD = 150
#: Last tenths of the history that both lines must predict, and the ratio of errors below which the recent
#: line is preferred to the line through all.
TRIALS, BETTER = (1, 2, 3, 4), 0.8
#: Central share of past errors from which the interval is scaled, separately for each side, and its distance
#: from the mean of a normal distribution in standard deviations.
HELD, SD_OF_HELD = 0.9, 1.645
#: A season with data in less than half as many parts as the fullest one is ignored.
_WHOLE = 0.5


def forecast(
    times: Integers,
    values: Floats,
    ahead: Integers,
    algorithm: str,
    deviations: float = 2.0,
    *,
    model: str = "default",
    seasonality: Seasonality = "weekly",
    timezone: str = "UTC",
) -> Band:
    """The band at ``ahead`` (UNIX seconds after ``times``), from ``values`` at ``times``.

    ``algorithm``: ``linear`` or ``seasonal``. ``model`` of a line: ``simple`` fits all the history,
    ``default`` its most recent trend, ``reactive`` its last tenth. ``deviations``: half width in standard
    deviations of the error. Raises ``ValueError`` for invalid parameters.
    """
    if algorithm.lower() not in ("linear", "seasonal"):
        raise ValueError(f"Unknown forecast algorithm '{algorithm}': expected 'linear' or 'seasonal'.")
    if model.lower() not in MODELS:
        raise ValueError(f"Unknown forecast model '{model}': expected 'default', 'simple' or 'reactive'.")
    if seasonality not in PERIODS:
        raise ValueError(f"Unknown seasonality '{seasonality}': expected 'hourly', 'daily' or 'weekly'.")
    if not deviations > 0:
        raise ValueError(f"The deviations of forecast() must be above 0, not {deviations}.")
    known = finite(values)
    if int(np.sum(~np.isnan(known))) < POINTS_NEEDED:
        return Band.none(len(ahead), f"Too little history: a forecast needs {POINTS_NEEDED} points.")
    end = int(np.flatnonzero(~np.isnan(known))[-1]) + 1
    times, known = times[:end], known[:end]
    if algorithm.lower() == "linear":
        return linear(times, known, ahead, deviations, model.lower())
    return seasonal(times, known, ahead, deviations, PERIODS[seasonality], timezone)


def history_needed(algorithm: str, seasonality: Seasonality = "weekly", history: int = 7 * 86_400) -> int:
    """Seconds of data to fetch: ``history`` (the function's own parameter, a week) or six seasons."""
    return history if algorithm.lower() == "linear" else SEASONS_USED * PERIODS[seasonality]


def linear(times: Integers, values: Floats, ahead: Integers, deviations: float, model: str) -> Band:
    """Theil-Sen line; the band is the prediction interval of a regression line with robust deviations.

    The confidence depends on the number of independent errors: of a first-order autoregressive process with
    coefficient r there are (1 - r) / (1 + r) as many as points.
    """
    x = (times - times[-1]).astype(np.float64)
    known = np.flatnonzero(~np.isnan(values))
    span = -x[known[0]] + typical_step(times)
    if len(ahead) and ahead[-1] - times[-1] > MOST_AHEAD * span:
        return Band.none(
            len(ahead), f"Too little history: {span:.0f} s tell nothing of {ahead[-1] - times[-1]} s ahead."
        )
    start = trend_start(x, values, model)
    x, y = x[start:], values[start:]
    slope, intercept = theil_sen(x, y)
    used, errors = x[~np.isnan(y)], (y - intercept - slope * x)[~np.isnan(y)]
    few = 1 + 2 / max(len(used) - 2, 1)
    below, above = (few * side for side in sides(errors))
    spread = float(np.sum((used - used.mean()) ** 2)) or 1.0
    to = (ahead - times[-1]).astype(np.float64)
    unsure = (1 / len(used) + (to - used.mean()) ** 2 / spread) * _points_an_error(errors)
    grows = deviations * np.sqrt(1 + unsure)
    expected = intercept + slope * to
    return Band(expected - below * grows, expected + above * grows, expected)


def sides(errors: Floats) -> tuple[float, float]:
    """Standard deviations below and above 0 of ``errors`` (no NaN), from the central share ``HELD`` of them.

    For normal errors both are the standard deviation; a skewed metric keeps a skewed interval, and large
    errors widen it if they are more than a few percent. 0 for no errors.
    """
    if not errors.size:
        return 0.0, 0.0
    low, high = np.quantile(errors, ((1 - HELD) / 2, (1 + HELD) / 2)) / SD_OF_HELD
    return max(-float(low), 0.0), max(float(high), 0.0)


def _points_an_error(errors: Floats) -> float:
    """Number of points per independent error: (1 + r) / (1 - r) for the lag-1 autocorrelation r."""
    away = errors - errors.mean()
    size = float(away @ away)
    carried = float(away[1:] @ away[:-1]) / size if size > 0 else 0.0
    carried = min(max(carried, 0.0), 0.999)
    return min((1 + carried) / (1 - carried), max(len(errors) / 2, 1.0))


def trend_start(x: Floats, values: Floats, model: str) -> int:
    """Index of the first point that the line is fitted to."""
    known = np.flatnonzero(~np.isnan(values))
    if model == "simple" or len(known) < 2 * POINTS_NEEDED:
        return int(known[0])
    if model == "reactive":
        return int(known[-max(POINTS_NEEDED, len(known) // 10)])
    return _recent_trend(x, values, known) if _recent_is_better(x, values, known) else int(known[0])


def _recent_is_better(x: Floats, values: Floats, known: Integers) -> bool:
    """Whether the recent trend predicted the last tenths at least as well as a line through all points.

    The slope of an oscillating metric is soon wrong; that of a new trend is right.
    """
    recent = simple = 0.0
    for tenths in TRIALS:
        past, after = known[: len(known) * (10 - tenths) // 10], known[len(known) * (10 - tenths) // 10 :]
        if len(past) < 2 * POINTS_NEEDED:
            continue
        inside = past[past >= _recent_trend(x, values, past)]
        for_recent, for_simple = (theil_sen(x[one], values[one], SEARCH_POINTS) for one in (inside, past))
        recent += _missed(x[after], values[after], for_recent)
        simple += _missed(x[after], values[after], for_simple)
    return simple > BETTER * recent


def _missed(x: Floats, values: Floats, line: tuple[float, float]) -> float:
    """Mean absolute error of a line with the given slope and intercept."""
    return float(np.mean(np.abs(values - line[1] - line[0] * x)))


def _recent_trend(x: Floats, values: Floats, known: Integers) -> int:
    """Extend the last fifth backwards by tenths while the next tenth still lies on the line through it."""
    block = max(POINTS_NEEDED, len(known) // 10)
    start = max(0, len(known) - 2 * block)
    while start > 0:
        inside, before = known[start:], known[max(0, start - block) : start]
        slope, intercept = theil_sen(x[inside], values[inside], SEARCH_POINTS)
        noise = mad_sd(values[inside] - intercept - slope * x[inside])
        reach = abs(slope) * float(x[inside[-1]] - x[inside[0]])
        missed = abs(float(np.median(values[before] - intercept - slope * x[before])))
        if missed > 2 * noise + 0.1 * reach + 1e-9 * abs(intercept):
            break
        start = max(0, start - block)
    return int(known[start])


def seasonal(
    times: Integers, values: Floats, ahead: Integers, deviations: float, period: int, timezone: str
) -> Band:
    """Profile of past seasons + level of the last one + damped trend between seasons, corrected by the last
    points.
    """
    have = seasons_there(times, values, period)
    if have < SEASONS_NEEDED:
        return Band.none(
            len(ahead),
            f"Too little history for a seasonal forecast: there are {have:.1f} of {SEASONS_NEEDED} seasons.",
        )
    recent = times >= times[-1] - SEASONS_USED * period
    times, values = times[recent], values[recent]
    folded = fold(times, values, period, timezone)
    phases = folded.table.shape[1]
    age = (times - times[-1]) / period
    trend = season_trend(values, folded)
    flat = values - trend * age
    table = fold(times, flat, period, timezone).table
    profile = _profile(table)
    errors = flat - folded.unfold(np.broadcast_to(profile, folded.table.shape))
    last_season = errors[times > times[-1] - period]
    level = float(np.nan_to_num(median(last_season)))
    noise = mad_sd(errors - level) or mad_sd(errors)
    now, lasted = recent_departure(errors - level, max(3, phases // PARTS), noise)
    fades = max(1 / PARTS, LASTS * lasted * (times[-1] - times[0]) / period)
    column = local_times(ahead, timezone) % period * phases // period
    seasons = (ahead - times[-1]) / period
    damped = trend * DAMPING * (1 - DAMPING**seasons) / (1 - DAMPING)
    stays = np.exp(-np.maximum(seasons, 0) / fades)
    expected = profile[column] + level + damped + now * stays
    own, step = future_errors(table)
    # The departure continues or ends: with this probability, the expected value is the mean, and this its
    # variance.
    more = step**2 * np.maximum(seasons, 0) + now**2 * stays * (1 - stays)
    below, above = (deviations * np.sqrt(side**2 + more) for side in own)
    return Band(expected - below, expected + above, expected)


def seasons_there(times: Integers, values: Floats, period: int) -> float:
    """Number of seasons that the known values span; while few, at most those with sufficient data.

    A single old point is not a season.
    """
    known = ~np.isnan(values)
    span = float(times[-1] - times[int(np.argmax(known))] + typical_step(times)) / period
    age = (times[-1] - times[known]) // period
    parts = np.unique(age * PARTS + times[known] % period * PARTS // period)
    filled = np.bincount(parts // PARTS)
    whole = int(np.sum(filled >= _WHOLE * filled.max()))
    return min(span, float(whole)) if whole < SEASONS_NEEDED else span


def future_errors(table: Floats) -> tuple[tuple[float, float], float]:
    """Standard deviations, below and above, of a value of a future season about its level, and of the change
    of level to it.

    Each season is predicted by the median of all the others (cross-validation): a profile fits its own
    seasons too well. For few level changes the deviation is widened as by Student's distribution.
    """
    rows = [row for row in range(len(table)) if not np.isnan(table[row]).all()]
    away = np.full_like(table, np.nan)
    for row in rows if len(rows) > 1 else ():
        away[row] = table[row] - median(table[[other for other in rows if other != row]], axis=0)
    levels = median(away[rows])
    steps = np.diff(levels[~np.isnan(levels)])
    errors = away[rows] - levels[:, None]
    own = sides(errors[~np.isnan(errors)])
    usual = (
        (1 + 2 / max(len(steps), 1)) * MAD_TO_SD * float(median(np.abs(steps))) if len(steps) else max(own)
    )
    return own, usual


def recent_departure(errors: Floats, size: int, noise: float) -> tuple[float, float]:
    """Median of the last ``size`` errors, and for which share of the history errors have been that far out.

    Errors are taken in runs of ``size``; the share is that of the last uninterrupted runs far from 0. A
    deviation that has lasted long is expected to continue: a level shift stays, a spike does not.
    """
    whole = len(errors) // size
    parts = median(errors[len(errors) - whole * size :].reshape(whole, size)) if whole else errors[:0]
    now = float(np.nan_to_num(parts[-1])) if whole else 0.0
    out = parts * np.sign(now) > FAR * noise
    run = int(np.argmin(out[::-1])) if not out.all() else whole
    return now, run / max(whole, 1)


def season_trend(values: Floats, folded: Folded) -> float:
    """Change from one season to the next: the median over phases of differences between neighboring seasons.

    0 if it is within the noise of such differences.
    """
    steps = np.diff(folded.table, axis=0)
    known = steps[~np.isnan(steps)]
    if not known.size:
        return 0.0
    change = float(np.median(known))
    per_season = median(steps, axis=1)
    agree = per_season[~np.isnan(per_season)]
    return change if bool(np.all(np.sign(agree) == np.sign(change))) and len(agree) >= 2 else 0.0


def _profile(table: Floats) -> Floats:
    """Median by phase, lightly smoothed when seasons are few and phases many."""
    profile = interpolated_circle(median(table, axis=0))
    width = len(profile) // 144
    return circular_mean(profile, width) if width >= 3 else profile
