"""Backtest of a metric monitor: evaluates it over a past window, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from msgspec.structs import replace as changed
from numpy.typing import NDArray

from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.series_query import group_name
from heeler.monitors.evaluation.state_machine import (
    ALERT,
    NO_DATA,
    WARN,
    GroupState,
    Policy,
    Reading,
    Thresholds,
    step,
)
from heeler.monitors.queries.parser import MetricQuery, MonitorQuery
from heeler.monitors.validation import policy_of, thresholds_of
from heeler.query.limits import MAX_POINTS
from heeler.query.thread_pool import pool_of

MINUTE = 60
MAX_SECONDS = 7 * 86_400
"""Maximum length of the window."""
MAX_GROUPS, MAX_TRANSITIONS, MAX_VALUES = 20, 500, 360
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Move:
    """A notification that would have been sent; ``time`` in UNIX seconds."""

    group: str
    kind: str
    before: str
    after: str
    time: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """``moves`` in order of time, at most 500 of ``notifications``; ``seconds`` in which any group was in
    each state.

    ``groups`` were found, of which the first 20 were evaluated.
    """

    moves: tuple[Move, ...]
    notifications: int
    groups: int
    evaluated: int
    seconds: Mapping[str, float]
    step: int = 60
    """Seconds between evaluations."""
    times: tuple[int, ...] = ()
    """When the values of ``values`` were evaluated, UNIX seconds; at most :data:`MAX_VALUES`."""
    values: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    """What the monitor compared with its thresholds, by group that was evaluated; of several evaluations the
    one nearest to an alert."""


def is_plain(query: MonitorQuery) -> bool:
    """Whether all minutes can be computed at once."""
    try:
        supported(query)
    except InvalidQuery:
        return False
    return True


def supported(query: MonitorQuery) -> MetricQuery:
    """Raise :class:`InvalidQuery` for a type without backtest."""
    if not isinstance(query, MetricQuery):
        raise InvalidQuery("only metric monitors have a backtest")
    if query.anomalies is not None or query.is_call("outliers") or query.ahead or query.cumulative:
        raise InvalidQuery("there is no backtest of anomalies, outliers, forecasts and cumulative windows")
    return query


async def backtest(
    services: Services, query: MetricQuery, options: Mapping[str, Any], start: float, end: float
) -> Backtest:
    """Evaluate each minute of (``start``, ``end``], UNIX seconds; only the last week of longer windows.

    Values are those of minutes, so that windows match the monitor's to within a minute. Raises
    ``QueryError``.
    """
    last = int(end) // MINUTE * MINUTE
    first = max(int(start), last - MAX_SECONDS) // MINUTE * MINUTE
    delay = int(options.get("evaluation_delay") or 0) // MINUTE * MINUTE
    shift = query.shift // MINUTE * MINUTE if query.change else 0
    begin = first - query.window - delay - shift
    names, values = await _minutes(services, query.expression, begin, last - delay)
    width = max(query.window // MINUTE, 1)
    return await pool_of(services.engine).run(
        _evaluated, query, options, names, values, (width, shift // MINUTE, first)
    )


async def _minutes(services: Services, text: str, start: int, end: int) -> tuple[list[str], Matrix]:
    """Values by group and minute of [``start``, ``end``)."""
    count = (end - start) // MINUTE
    lines: dict[str, Matrix] = {}
    for at in range(0, count, MAX_POINTS):
        some = min(MAX_POINTS, count - at)
        first = start + at * MINUTE
        answer = await service.query(services, text, first, first + some * MINUTE, interval=MINUTE)
        frame = answer.frames[0]
        for group, row in zip(frame.groups, frame.values, strict=True):
            line = lines.setdefault(group_name(group), np.full(count, np.nan))
            places = (frame.times.astype(np.int64) - start) // MINUTE
            inside = (places >= at) & (places < at + some)
            line[places[inside]] = row[inside]
    names = sorted(lines)
    return names, np.array([lines[name] for name in names]) if names else np.empty((0, count))


def rolling(values: Matrix, width: int, aggregator: str) -> Matrix:
    """Rolling reduction over ``width`` columns, NaN if none is finite; O(n) for sums, O(n log width) for
    extremes.
    """
    finite = np.isfinite(values)
    if aggregator in ("min", "max"):
        return _extreme(
            np.where(finite, values, np.inf if aggregator == "min" else -np.inf), width, aggregator
        )
    if aggregator == "last":
        return _latest(values, finite, width)
    zeros = np.zeros((len(values), 1))
    sums = np.concatenate([zeros, np.where(finite, values, 0.0).cumsum(axis=1)], axis=1)
    counts = np.concatenate([zeros, finite.cumsum(axis=1)], axis=1)
    total, number = sums[:, width:] - sums[:, :-width], counts[:, width:] - counts[:, :-width]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, total if aggregator == "sum" else total / number, np.nan)


def _extreme(values: Matrix, width: int, aggregator: str) -> Matrix:
    reduce = np.minimum if aggregator == "min" else np.maximum
    level, size = values, 1
    while size * 2 <= width:
        level, size = reduce(level[:, : level.shape[1] - size], level[:, size:]), size * 2
    count = values.shape[1] - width + 1
    found = reduce(level[:, :count], level[:, width - size : width - size + count])
    return np.where(np.isfinite(found), found, np.nan)


def _latest(values: Matrix, finite: NDArray[np.bool_], width: int) -> Matrix:
    columns = np.arange(values.shape[1])
    places = np.maximum.accumulate(np.where(finite, columns, -1), axis=1)[:, width - 1 :]
    found = np.take_along_axis(values, np.maximum(places, 0), axis=1)
    return np.where(places > columns[width - 1 :] - width, found, np.nan)


def _evaluated(
    query: MetricQuery,
    options: Mapping[str, Any],
    names: list[str],
    values: Matrix,
    place: tuple[int, int, int],
) -> Backtest:
    """``place``: minutes of the window, minutes to what a change is compared with, the first evaluation."""
    width, shift, first = place
    rolled = rolling(values, width, query.aggregator)
    if query.change:
        now, then = rolled[:, shift:], rolled[:, : rolled.shape[1] - shift]
        with np.errstate(invalid="ignore", divide="ignore"):
            rolled = now - then if query.change == "change" else (now - then) / np.abs(then) * 100
        rolled = np.where(np.isfinite(rolled), rolled, np.nan)
    return _walk(query, options, names, rolled, first)


def nearest_to_alert(
    times: Sequence[int], lines: Mapping[str, Sequence[float | None]], comparator: str
) -> tuple[tuple[int, ...], dict[str, list[float | None]]]:
    """At most :data:`MAX_VALUES` of the values of each line: of those next to one another the largest, where
    an alert is above its threshold, else the smallest."""
    size = -(-len(times) // MAX_VALUES) or 1
    choose = min if comparator in ("<", "<=") else max
    found: dict[str, list[float | None]] = {}
    for name, line in lines.items():
        parts = (
            [value for value in line[at : at + size] if value is not None] for at in range(0, len(line), size)
        )
        found[name] = [choose(part) if part else None for part in parts]
    return tuple(times[min(at + size, len(times)) - 1] for at in range(0, len(times), size)), found


def _walk(
    query: MetricQuery, options: Mapping[str, Any], names: list[str], values: Matrix, first: int
) -> Backtest:
    """Run the state machine of each group over its values; column 0 is the evaluation at ``first``."""
    thresholds, policy = thresholds_of(query, options), policy_of(query, options)
    policy = replace(policy, every_evaluation=False)
    moves: list[Move] = []
    worst = np.zeros(max(values.shape[1] - 1, 0), np.int8)
    for name, row in list(zip(names, values, strict=True))[:MAX_GROUPS]:
        own, codes = _group(name, row.tolist(), thresholds, policy, first)
        moves += own
        worst = np.maximum(worst, codes)
    moves.sort(key=lambda move: (move.time, move.group))
    seconds = {state: float((worst == code).sum() * MINUTE) for state, code in _CODES.items()}
    times = range(first + MINUTE, first + values.shape[1] * MINUTE, MINUTE)
    lines = {
        name: [None if value != value else value for value in row]
        for name, row in zip(names[:MAX_GROUPS], values[:MAX_GROUPS, 1:].tolist(), strict=True)
    }
    return Backtest(
        tuple(moves[:MAX_TRANSITIONS]), len(moves), len(names), len(lines), seconds, MINUTE,
        *nearest_to_alert(times, lines, query.comparator),
    )  # fmt: skip


_CODES = {NO_DATA: 1, WARN: 2, ALERT: 3}


def _group(
    name: str, row: list[float], thresholds: Thresholds, policy: Policy, first: int
) -> tuple[list[Move], NDArray[np.int8]]:
    state, moves = GroupState(), []
    codes = np.zeros(max(len(row) - 1, 0), np.int8)
    for place, value in enumerate(row[1:]):
        now = float(first + (place + 1) * MINUTE)
        known = state.last_data
        state, move = step(state, Reading(None if value != value else value), thresholds, policy, now)
        if value != value:
            state = changed(state, last_data=known)
        codes[place] = _CODES.get(state.status, 0)
        if move is not None:
            shown = None if move.without_data else state.value
            moves.append(Move(name, move.kind, move.before, move.after, now, shown))
    return moves, codes
