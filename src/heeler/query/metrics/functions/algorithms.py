"""Functions that apply ``heeler.analytics`` to frames: anomalies, outliers, forecasts and trends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np

from heeler.analytics import anomalies as anomaly
from heeler.analytics import anomaly_score, auto, regression
from heeler.analytics import forecast as forecasting
from heeler.analytics import outliers as outlying
from heeler.analytics.band import Direction
from heeler.query import budget
from heeler.query.frame import Frame, Times, Values
from heeler.query.limits import MAX_BUCKETS
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions.registry import function
from heeler.query.metrics.window import LADDER, Window

_CPU = "avg:system.cpu.user{*}"
_DURATIONS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 30 * 86400}
#: Above this number of series, anomaly scores are not computed.
_MOST_SURPRISES = 20
#: Buckets that ``auto`` examines at least, in seconds; the alert window from which they are long.
_AUTO_SHORT, _AUTO_LONG, _AUTO_LONG_FROM = 60, 300, 900
#: Maximum number of series that ``auto`` examines: each costs tens of milliseconds.
_MOST_AUTO = 100
_BY_HOST = "avg:system.cpu.user{*} by {host}"


def _zone(name: str) -> str:
    return "UTC" if name.lower() == "utc" else name


def _seconds(text: str, default: int) -> int:
    """Parse ``60``, ``60m``, ``12h``, ``1w``, ``1mo`` as seconds."""
    if not text:
        return default
    number = text.rstrip("smhdwo")
    try:
        return max(1, int(float(number) * _DURATIONS[text[len(number) :]]))
    except (ValueError, OverflowError, KeyError):
        raise QueryError(f"Expected a duration such as 60, 15m or 1w, not {text!r}") from None


def _with_history(window: Window, arguments: dict[str, Any]) -> Window:
    algorithm, seasonality = arguments["algorithm"].lower(), arguments.get("seasonality", "weekly")
    interval = int(arguments.get("interval", 0)) or window.interval
    if algorithm == "auto":
        interval = max(interval, _auto_interval(str(arguments.get("alert_window", ""))))
        window = replace(window, interval=max(window.interval, interval))
    _check_season(seasonality, arguments.get("timezone", "UTC"))
    try:
        history = anomaly.history_needed(algorithm, cast(Any, seasonality), interval)
    except ValueError as error:
        raise QueryError(str(error)) from None
    # The series and its band share their buckets; more of the shortest would add no information.
    least = (window.end - window.start + history) // MAX_BUCKETS
    longer = next((step for step in LADDER if step > least), LADDER[-1])
    return replace(window.extended(history), interval=max(window.interval, longer))


def _auto_interval(alert_window: str) -> int:
    """Shortest buckets, in seconds, that ``auto`` examines: its history is a number of points, and should
    span days where the alert can wait."""
    short = 0 < _seconds(alert_window.removeprefix("last_"), 0) < _AUTO_LONG_FROM
    return _AUTO_SHORT if short else _AUTO_LONG


def _check_season(name: str, zone: str) -> None:
    if name not in ("hourly", "daily", "weekly"):
        raise QueryError(f"The seasonality is hourly, daily or weekly, not {name!r}")
    try:
        ZoneInfo(_zone(zone))
    except (OSError, ValueError, KeyError):
        raise QueryError(f"Unknown time zone {zone!r}; write for example 'Europe/Paris'") from None


@function(
    "Algorithms",
    "The expression with the band of what is usual: basic (recent past), agile or robust (seasons), auto.",
    f"anomalies({_CPU}, 'agile', 2, direction='both', seasonality='daily')",
    window=_with_history,
    over_time=True,
)
def anomalies(
    q: Frame,
    algorithm: str,
    bounds: float = 2.0,
    *,
    direction: str = "both",
    alert_window: str = "",
    interval: int = 0,
    count_default_zero: str = "false",
    seasonality: str = "weekly",
    timezone: str = "UTC",
) -> Frame:
    if direction not in ("both", "above", "below"):
        raise QueryError(f"The direction is both, above or below, not {direction!r}")
    zero = count_default_zero.lower() == "true" and q.zero_missing
    if anomaly.algorithm_name(algorithm) == "auto":
        return _scored(q, bounds, cast(Any, direction), zero)

    def band(times: Times, line: Values) -> Any:
        found = anomaly.anomalies(
            times,
            line,
            algorithm,
            bounds,
            seasonality=cast(Any, seasonality),
            timezone=_zone(timezone),
            count_default_zero=zero,
        )
        return found.one_sided(line, cast(Any, direction))

    return _surprising(_banded(q, band), zero)


def _scored(q: Frame, bounds: float, direction: Direction, zero: bool) -> Frame:
    """Band and ``score`` of ``auto``: 1 is where an alert is due."""
    if len(q.groups) > _MOST_AUTO:
        raise QueryError(f"anomalies(..., 'auto') takes at most {_MOST_AUTO} series, not {len(q.groups)}")
    if not bounds > 0:
        raise QueryError(f"The bounds of anomalies() must be above 0, not {bounds}.")
    bands = {name: np.full_like(q.values, np.nan) for name in ("lower", "upper", "score")}
    notes = list(q.notes)
    for row, line in enumerate(budget.each(q.values)):
        known = anomaly.zero_filled(line) if zero else line
        band, bands["score"][row] = auto.banded(q.times, known, bounds, direction)
        bands["lower"][row], bands["upper"][row] = band.lower, band.upper
        if band.note and band.note not in notes:
            notes.append(band.note)
    return replace(q, bands=bands, notes=tuple(notes))


def _surprising(q: Frame, zero: bool) -> Frame:
    """Add anomaly scores beside the band, for a limited number of series."""
    if not 0 < len(q.groups) <= _MOST_SURPRISES:
        return q
    lines = [
        anomaly_score.surprise(q.times, anomaly.zero_filled(line) if zero else line)
        for line in budget.each(q.values)
    ]
    return replace(q, bands={**q.bands, "surprise": np.array(lines)})


def _banded(q: Frame, make: Callable[[Times, Values], Any]) -> Frame:
    bands = {"lower": np.full_like(q.values, np.nan), "upper": np.full_like(q.values, np.nan)}
    notes = list(q.notes)
    for row, line in enumerate(budget.each(q.values)):
        try:
            band = make(q.times, line)
        except ValueError as error:
            raise QueryError(str(error)) from None
        bands["lower"][row], bands["upper"][row] = band.lower, band.upper
        if band.note and band.note not in notes:
            notes.append(band.note)
    return replace(q, bands=bands, notes=tuple(notes))


@function(
    "Algorithms",
    "The groups that differ from the rest, marked: DBSCAN, MAD, scaledDBSCAN or scaledMAD.",
    f"outliers({_BY_HOST}, 'DBSCAN', 3)",
    over_time=True,
)
def outliers(q: Frame, algorithm: str = "DBSCAN", tolerance: float = 3.0, percentage: float = 20.0) -> Frame:
    try:
        found = outlying.outliers(q.values, algorithm, tolerance, percentage)
    except ValueError as error:
        raise QueryError(str(error)) from None
    groups = tuple(
        replace(group, outlier=bool(marked)) for group, marked in zip(q.groups, found.mask, strict=True)
    )
    notes = (*q.notes, found.note) if found.note else q.notes
    return replace(q, groups=groups, notes=notes)


def _before_forecast(window: Window, arguments: dict[str, Any]) -> Window:
    algorithm, seasonality = arguments["algorithm"].lower(), arguments.get("seasonality", "weekly")
    _check_season(seasonality, arguments.get("timezone", "UTC"))
    _seconds(arguments.get("interval", ""), 0)
    history = _seconds(arguments.get("history", ""), 7 * 86400)
    try:
        needed = forecasting.history_needed(algorithm, cast(Any, seasonality), history)
    except ValueError as error:
        raise QueryError(str(error)) from None
    return window.extended(needed)


@function(
    "Algorithms",
    "What is to be expected after the last point, with its band: linear or seasonal.",
    "forecast(avg:system.disk.in_use{*}, 'linear', 1, history='1w', model='default')",
    window=_before_forecast,
    over_time=True,
    refuses=(
        "anomalies", "cumsum", "integral", "outliers", "piecewise_constant", "robust_trend", "trend_line",
    ),
)  # fmt: skip
def forecast(
    q: Frame,
    algorithm: str,
    deviations: float = 1.0,
    *,
    interval: str = "",
    history: str = "1w",
    model: str = "default",
    seasonality: str = "weekly",
    timezone: str = "UTC",
) -> Frame:
    known = ~np.isnan(q.values).all(axis=0) if q.groups else np.zeros(len(q.times), np.bool_)
    last = int(np.flatnonzero(known)[-1]) + 1 if known.any() else 0
    ahead = q.times[last:]

    def band(times: Times, line: Values) -> Any:
        return forecasting.forecast(
            times[:last],
            line[:last],
            ahead,
            algorithm,
            deviations,
            model=model,
            seasonality=cast(Any, seasonality),
            timezone=_zone(timezone),
        )

    return _ahead(q, last, band)


def _ahead(q: Frame, last: int, make: Callable[[Times, Values], Any]) -> Frame:
    values = q.values.copy()
    bands = {"lower": np.full_like(values, np.nan), "upper": np.full_like(values, np.nan)}
    notes = list(q.notes)
    if last == 0:
        return q
    for row, line in enumerate(budget.each(q.values)):
        try:
            band = make(q.times, line)
        except ValueError as error:
            raise QueryError(str(error)) from None
        values[row, last:] = band.expected
        bands["lower"][row, last:], bands["upper"][row, last:] = band.lower, band.upper
        if band.note and band.note not in notes:
            notes.append(band.note)
    return replace(q.with_values(values), bands=bands, notes=tuple(notes))


def _lines(q: Frame, make: Callable[[Values], Values]) -> Frame:
    lines = [make(line) if np.isfinite(line).sum() > 1 else line for line in budget.each(q.values)]
    return q.with_values(np.array(lines).reshape(q.values.shape))


@function("Regression", "The straight line that fits best.", f"trend_line({_CPU})", over_time=True)
def trend_line(q: Frame) -> Frame:
    return _lines(q, lambda line: regression.trend_line(q.times, line))


@function("Regression", "A straight line that spikes do not tilt.", f"robust_trend({_CPU})", over_time=True)
def robust_trend(q: Frame) -> Frame:
    return _lines(q, lambda line: regression.robust_trend(q.times, line))


@function("Regression", "The line as steps of equal level.", f"piecewise_constant({_CPU})", over_time=True)
def piecewise_constant(q: Frame) -> Frame:
    return _lines(q, regression.piecewise_constant)
