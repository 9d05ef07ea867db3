"""Anomaly algorithms ``robust`` and ``agile``: bands with daily and weekly seasonality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, held, median, trailing_windows, typical_step
from heeler.analytics.band import Band
from heeler.analytics.discrete import half_steps, rare_event_sd
from heeler.analytics.seasonal_matrix import DAY, HOUR, Folded, fold
from heeler.analytics.seasonal_profile import PARTS, SEASONS_NEEDED, error_spread, profiles

#: Minimum number of buckets of a season.
MIN_PHASES = 4
#: Number of points whose median deviation is the current level of ``agile``.
RECENT = 7
#: Tolerance of ``agile`` as a fraction of the value: it works on values, not on scale-free residuals.
OF_VALUE = 0.005
#: Latest values before a season that determine whether the metric is discrete.
STEPS_FROM = 512


def robust(times: Integers, values: Floats, bounds: float, period: int, timezone: str) -> Band:
    """Level (median of a season) + profile (median by phase); width by phase, wider while the level moves."""
    refusal = too_short(times, values, period)
    if refusal:
        return Band.none(len(values), refusal)
    level = slow_level(times, values, period)
    folded = fold(times, values - level, period, timezone)
    profile, spread = profiles(folded)
    half_season = max(1, round(period / typical_step(times) / 2))
    before = np.concatenate((np.full(min(half_season, len(level)), np.nan), level[:-half_season]))
    moved = np.nan_to_num(np.abs(level - before))
    expected = level + folded.unfold(profile)
    least, step = least_widths(values, folded)
    half = bounds * np.fmax(folded.unfold(spread), least) + step + moved + _smallest(expected)
    return _answer(expected, half, period)


def agile(times: Integers, values: Floats, bounds: float, period: int, timezone: str) -> Band:
    """Same phase of past seasons plus the recent deviation from it; width from the errors of that
    prediction.
    """
    refusal = too_short(times, values, period)
    if refusal:
        return Band.none(len(values), refusal)
    folded = fold(times, values, period, timezone)
    usual, _ = profiles(replace(folded, table=folded.table - own_levels(folded.table)[:, None]))
    usual_or_first = _first_seasons_by_themselves(usual)
    recent = _recent(values, usual_or_first, folded)
    errors = fold(times, values - folded.unfold(usual_or_first) - recent, period, timezone)
    expected = folded.unfold(usual) + recent
    least, step = least_widths(values, folded)
    deviation = np.hypot(np.fmax(errors.unfold(error_spread(errors)), least), OF_VALUE * np.abs(expected))
    return _answer(expected, bounds * deviation + step + _smallest(expected), period)


def too_short(times: Integers, values: Floats, period: int) -> str:
    """Why no seasonal band is possible; empty if it is."""
    season = _season_name(period)
    if not len(times) or np.isnan(values).all():
        return "There is no data in this window."
    step = typical_step(times)
    if period / step < MIN_PHASES:
        return f"Buckets of {step} s are too coarse for {season} seasonality: use {period // 12} s."
    first = int(times[np.argmax(~np.isnan(values))])
    have = (int(times[-1]) + step - first) / period
    if have <= SEASONS_NEEDED:
        return (
            f"Too little history for {season} seasonality: there are {have:.1f} of {SEASONS_NEEDED} seasons. "
            "Until then use a shorter seasonality or 'basic'."
        )
    return ""


def slow_level(times: Integers, values: Floats, period: int) -> Floats:
    """Median of the medians of a season's parts before each point: an anomaly of half a season cannot move
    it.

    Parts start at multiples of their length on the clock, so they do not move as time passes.
    """
    step = typical_step(times)
    size = max(1, round(period / step / PARTS))
    first = int(times[0] // step % size)
    count = -(-(first + len(values)) // size)
    padded = np.full(count * size, np.nan)
    padded[first : first + len(values)] = values
    parts = median(padded.reshape(count, size))
    levels = held(median(trailing_windows(parts, min(PARTS, count))))
    result: Floats = np.repeat(levels, size)[first : first + len(values)]
    return result


def _recent(values: Floats, usual: Floats, folded: Folded) -> Floats:
    """Median deviation of the last ``RECENT`` known values before each point from their expected values.

    Values, not buckets: a metric is often reported less often than it is queried. The expectation is that of
    the point's own season: after a level shift it changes from one season to the next. 0 if there are none.
    """
    known = ~np.isnan(values)
    places = np.append(np.flatnonzero(known), 0)
    back = (np.cumsum(known) - known)[:, None] - 1 - np.arange(RECENT)
    before = places[np.maximum(back, 0)]
    away = values[before] - usual[folded.row[:, None], folded.column[before]]
    result: Floats = np.nan_to_num(median(np.where(back >= 0, away, np.nan)))
    return result


def own_levels(table: Floats) -> Floats:
    """The level of each season, so that a season after a level shift has the same shape as those before.

    The first season is often partial: it is compared with the same part of the second.
    """
    levels = median(table)
    apart = median(table[0] - table[1]) if len(table) > 1 else np.array(np.nan)
    if not np.isnan(apart):
        levels[0] = levels[1] + apart
    result: Floats = np.nan_to_num(levels)
    return result


def _first_seasons_by_themselves(usual: Floats) -> Floats:
    """Errors of the first seasons, which have no past, relative to their own median."""
    filled = usual.copy()
    filled[:SEASONS_NEEDED] = usual[min(SEASONS_NEEDED, len(usual) - 1)]
    return filled


def least_widths(values: Floats, folded: Folded) -> tuple[Floats, Floats]:
    """Minimum deviation and half a step of a discrete metric, from the data before each season."""
    starts = np.searchsorted(folded.row, np.arange(len(folded.table)))
    present = np.append(values[~np.isnan(values)], np.nan)
    before = np.cumsum(~np.isnan(values)) - ~np.isnan(values)
    latest = before[np.minimum(starts, len(values) - 1)][:, None] - 1 - np.arange(STEPS_FROM)
    past = np.sort(np.where(latest >= 0, present[np.maximum(latest, 0)], np.nan), axis=1)
    counts = np.sum(~np.isnan(past), axis=1)
    return rare_event_sd(past, counts)[folded.row], half_steps(past, counts)[folded.row]


def _smallest(expected: Floats) -> Floats:
    """Tolerance for floating point rounding, so that a constant metric is not an anomaly of itself."""
    result: Floats = 1e-9 * np.abs(expected) + 1e-12
    return result


def _answer(expected: Floats, half_width: Floats, period: int) -> Band:
    known = ~np.isnan(expected) & ~np.isnan(half_width)
    expected = np.where(known, expected, np.nan)
    note = "" if known.any() else f"Too little data for {_season_name(period)} seasonality."
    return Band.around(expected, np.where(known, half_width, np.nan), note)


def _season_name(period: int) -> str:
    return {HOUR: "hourly", DAY: "daily"}.get(period, "weekly")
