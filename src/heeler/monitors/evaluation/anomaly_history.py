"""Second opinion on anomaly alerts: whether the metric has behaved like that before.

Runs once at a trigger, for a few groups and in bounded time. On any error, and with too little history, it
returns nothing: an alert is never delayed beyond that time and never fails because of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from heeler.analytics.anomalies import zero_filled
from heeler.analytics.detectors import NEW, Opinion, opinion
from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.evaluation.series_query import group_name, trigger_seconds
from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA, OK, GroupState, Transition
from heeler.monitors.queries.parser import MetricQuery, MonitorQuery, keyword_text
from heeler.query.frame import Frame
from heeler.query.limits import MAX_POINTS
from heeler.query.metrics.printer import print_node
from heeler.query.thread_pool import pool_of

log = logging.getLogger("heeler.monitors")
#: Maximum number of groups examined at once, total time limit in seconds, and points of history.
MOST_GROUPS, SECONDS, POINTS = 10, 3.0, MAX_POINTS
#: In buckets: a short trigger window would be less than a bucket of five minutes.
_SHORT, _LONG, _LONG_FROM = 60, 300, 900

Moves = Mapping[str, tuple[GroupState, Transition]]


async def second_opinions(
    services: Services, query: MonitorQuery, options: Mapping[str, Any], moves: Moves, now: float
) -> dict[str, str]:
    """A sentence for each group that has just triggered and has sufficient history."""
    if not isinstance(query, MetricQuery) or query.anomalies is None:
        return {}
    names = [name for name, (_, move) in moves.items() if _triggered(move)][:MOST_GROUPS]
    if not names:
        return {}
    try:
        async with asyncio.timeout(SECONDS):
            return await _asked(services, query, options, names, now)
    except TimeoutError:
        log.info("The second opinion of %s took longer than %.0f s", query.expression, SECONDS)
    except Exception:
        log.exception("There is no second opinion of %s; the alert is sent without", query.expression)
    return {}


def _triggered(move: Transition) -> bool:
    """Whether a transition is a new trigger: from OK or unknown to a bad state, or from warn to alert;
    renotifications are not.
    """
    return move.after == ALERT != move.before or (move.after == "Warn" and move.before in (OK, NO_DATA))


async def _asked(
    services: Services, query: MetricQuery, options: Mapping[str, Any], names: Iterable[str], now: float
) -> dict[str, str]:
    call = query.anomalies
    if call is None or not call.arguments:
        return {}
    end = now - float(options.get("evaluation_delay") or 0)
    trigger = trigger_seconds(call, options)
    interval = _LONG if trigger >= _LONG_FROM else _SHORT
    text = print_node(call.arguments[0])
    answer = await service.query(services, text, end - POINTS * interval, end, interval=interval)
    zero = keyword_text(call, "count_default_zero").lower() == "true"
    pool = pool_of(services.engine)
    return await pool.run(_of_groups, answer.frames[0], frozenset(names), end, trigger, zero)


def _of_groups(frame: Frame, names: frozenset[str], end: float, trigger: int, zero: bool) -> dict[str, str]:
    whole = frame.times + frame.interval <= end
    times = frame.times[whole]
    found = {}
    for group, row in zip(frame.groups, frame.values, strict=True):
        name = group_name(group)
        if name in names:
            line = zero_filled(row[whole]) if zero and frame.zero_missing else row[whole]
            said = opinion(times.astype(np.int64), line, end - max(trigger, frame.interval) - frame.interval)
            if said is not None:
                found[name] = in_words(said)
    return found


def in_words(said: Opinion) -> str:
    """Text ``Second opinion: ...`` with the numbers, for display."""
    verdict = (
        "nothing new; the metric did the like before",
        "unusual; the metric seldom does the like",
        "new; the metric did nothing like it before",
    )[said.remarkable]
    return (
        f"Second opinion: {verdict} (the last {_span(said.seconds)}; "
        f"score {said.score:.1f}, worth telling from {NEW:g}; "
        f"novelty {said.novelty:.1f} bits, surprise {said.surprise:.1f})."
    )


def _span(seconds: int) -> str:
    days, hours = seconds / 86_400, seconds / 3_600
    return f"{days:.0f} days" if days >= 2 else f"{hours:.0f} hours"
