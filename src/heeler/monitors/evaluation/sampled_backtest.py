"""Backtest of a monitor of any type that reads stored data: readings at sampled times of the past.

Unlike :mod:`.backtest`, which computes all minutes of a plain metric monitor at once, each sample is read as
an evaluation would have read it at that time. The number of samples depends on how long one takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.anomaly_backtest import anomaly_past
from heeler.monitors.evaluation.backtest import (
    MAX_GROUPS,
    MAX_SECONDS,
    MAX_TRANSITIONS,
    MINUTE,
    Backtest,
    Move,
    nearest_to_alert,
)
from heeler.monitors.evaluation.event_query import absent
from heeler.monitors.evaluation.query_readers import read
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA, WARN, GroupState, step
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import (
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    MonitorQuery,
    ProcessQuery,
    SearchQuery,
    SloQuery,
    is_grouped,
)
from heeler.monitors.validation import policy_of, thresholds_of
from heeler.query.thread_pool import pool_of

BUDGET_SECONDS = 6.0
"""Time limit of all readings."""
MOST_MOMENTS, FEWEST_MOMENTS = 288, 12
_TOGETHER = 3
_WORST = {ALERT: 3, WARN: 2, NO_DATA: 1}


def check_sampled(query: MonitorQuery) -> None:
    """Raise :class:`InvalidQuery` for a type whose past is not stored."""
    if isinstance(query, CheckQuery | CompositeQuery):
        raise InvalidQuery(
            "there is no backtest of service checks and composites: only their latest state is stored"
        )
    if not isinstance(query, MetricQuery | SearchQuery | ProcessQuery | FormulaQuery | SloQuery):
        raise InvalidQuery("there is no backtest of this kind of monitor")


def moments(start: float, end: float, count: int) -> list[int]:
    """At most ``count`` evenly spaced whole minutes up to ``end``, UNIX seconds."""
    last = int(end) // MINUTE * MINUTE
    first = max(int(start), last - MAX_SECONDS)
    every = max(-(-(last - first) // (count * MINUTE)), 1) * MINUTE
    return list(range(last - (last - first) // every * every, last + 1, every))[-count:]


async def sampled_backtest(
    services: Services,
    query: MonitorQuery,
    options: Mapping[str, Any],
    start: float,
    end: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Backtest:
    """Evaluate at sampled times of (``start``, ``end``], at most a week. Raises what reading raises."""
    check_sampled(query)
    if isinstance(query, MetricQuery) and query.anomalies is not None:
        times = moments(start, end, MOST_MOMENTS)
        found = await anomaly_past(services, query, options, times)
        return await pool_of(services.engine).run(_walk, query, options, times, found)
    began = clock()
    last = int(end) // MINUTE * MINUTE
    newest = await read(services, query, options, float(last))
    took = max(clock() - began, 0.001)
    count = int(min(max(BUDGET_SECONDS * _TOGETHER / took, FEWEST_MOMENTS), MOST_MOMENTS))
    times = moments(start, end, count)
    found = {last: newest}
    waiting = iter([at for at in times if at != last])

    async def work() -> None:
        for at in waiting:
            found[at] = await read(services, query, options, float(at))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_TOGETHER):
            tasks.create_task(work())
    return await pool_of(services.engine).run(_walk, query, options, times, found)


def _walk(
    query: MonitorQuery, options: Mapping[str, Any], times: list[int], found: Mapping[int, Readings]
) -> Backtest:
    """Run the state machine of each group over its readings."""
    every = times[1] - times[0] if len(times) > 1 else MINUTE
    thresholds = thresholds_of(query, options)
    policy = replace(policy_of(query, options), every_evaluation=False, new_group_delay=0, new_host_delay=0)
    names = sorted({name for at in times for name in found[at]}) if is_grouped(query) else ["*"]
    missing = absent(query, options)
    states = {name: GroupState() for name in names[:MAX_GROUPS]}
    moves: list[Move] = []
    seconds = {ALERT: 0.0, WARN: 0.0, NO_DATA: 0.0}
    for at in times:
        for name, before in states.items():
            reading = found[at].get(name, missing)
            states[name], move = step(before, reading, thresholds, policy, float(at))
            if move is not None:
                value = None if move.without_data else states[name].value
                moves.append(Move(name, move.kind, move.before, move.after, float(at), value))
        worst = max(
            (state.status for state in states.values()), key=lambda one: _WORST.get(one, 0), default=""
        )
        if worst in seconds and at != times[0]:
            seconds[worst] += every
    lines = {name: [found[at].get(name, missing).value for at in times] for name in states}
    return Backtest(
        tuple(moves[:MAX_TRANSITIONS]), len(moves), len(names), len(states), seconds, every,
        *nearest_to_alert(times, lines, thresholds.comparator),
    )  # fmt: skip


def leaves_of(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """Leaf exceptions of a nested exception group."""
    found: list[Exception] = []
    for error in group.exceptions:
        found += leaves_of(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
