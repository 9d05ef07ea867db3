"""Evaluation rounds: finds the monitors that are due, and evaluates the most urgent first."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import select

from heeler.api.services import Services
from heeler.downtimes.store import effective
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.composite_states import ready_composites
from heeler.monitors.evaluation.custom_schedule import is_scheduled
from heeler.monitors.evaluation.evaluate import Round
from heeler.monitors.evaluation.holding import Holding
from heeler.monitors.evaluation.lag import lag_of, notify_lag
from heeler.monitors.evaluation.pipeline import Due, evaluate_all, interval_of, lease_of, note_problem
from heeler.monitors.evaluation.state_machine import ALERT
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.rule_store import rules_of
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery, parse_monitor_query
from heeler.store.leases import MONITORS
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.monitors")
CLOCK_SKEW = 60.0
"""Seconds by which clocks of two servers on one database may differ."""


async def evaluate_forever(services: Services) -> None:
    """Background task of evaluation, for the server's lifetime; a failing monitor does not affect others.

    A round starts each interval; after a longer one the next starts at once.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time() + services.settings.monitor_interval
    while True:
        await asyncio.sleep(max(begin - loop.time(), 0.05))
        begin = loop.time() + services.settings.monitor_interval
        try:
            await evaluate_due(services)
        except Exception:
            telemetry.count("heeler.monitors.failed_rounds")
            log.exception("Monitors could not be read; trying again at the next interval")


async def evaluate_due(services: Services) -> None:
    """Evaluates every monitor that is due, composites after what they refer to.

    Of several servers each evaluates the monitors whose leases it holds, and writes nothing of those it lost
    meanwhile.
    """
    now = services.now()
    tokens = {name: token for name in MONITORS if (token := services.leases.token(name)) is not None}
    if not tokens:
        return
    with services.leases.working(tokens):
        await _evaluate_held(services, now, tokens)


async def _evaluate_held(services: Services, now: float, tokens: Mapping[str, int]) -> None:
    async with services.database.session() as db:
        everyone = list(await db.scalars(select(Monitor)))
        downtimes = await effective(db, now)
        rules = await rules_of(db)
    holding = services.part(Holding)
    last = max((one.evaluated for one in everyone), default=0.0)
    holding.look(now, last, services.settings.monitor_interval)
    monitors = [one for one in everyone if lease_of(one.id) in tokens]
    due = holding.let_through(await _due(services, monitors, now), now)
    lag = lag_of(services)
    lag.begin_round(now)
    here = Round(services, downtimes, rules, held_until=holding.until)
    single = [item for item in due if not isinstance(item[1], CompositeQuery)]
    try:
        await evaluate_all(here, sorted(single, key=urgency), tokens)
        await evaluate_all(here, sorted(await _composites(services, due), key=urgency), tokens)
    finally:
        lag.end_round(services.now(), len(due))
    await notify_lag(services)


async def _composites(services: Services, due: Sequence[Due]) -> list[Due]:
    """The composites that are due, without those that have an operand which is still to be judged."""
    queries = {monitor.id: query for monitor, query in due if isinstance(query, CompositeQuery)}
    if not queries:
        return []
    async with services.database.session() as db:
        ready = await ready_composites(db, queries, services.now())
    return [item for item in due if item[0].id in ready]


def urgency(item: Due) -> tuple[int, int, float, int]:
    """Sort key: monitors in Alert first, then by priority (1 is high, none is like 5), then by waiting
    time.
    """
    monitor = item[0]
    return monitor.overall_state != ALERT, monitor.priority or 5, monitor.evaluated, monitor.id


#: The options that a query is parsed with.
_PARSED_WITH = ("variables", "synthetics_check_id")


@lru_cache(maxsize=20_000)
def _parsed(kind: str, text: str, options: str) -> MonitorQuery:
    return parse_monitor_query(kind, text, json.loads(options) if options else None)


def parsed_query(monitor: Monitor) -> MonitorQuery:
    """The monitor's query, cached by text. Raises :class:`InvalidQuery`."""
    options = {name: monitor.options[name] for name in _PARSED_WITH if monitor.options.get(name)}
    return _parsed(monitor.type, monitor.query, json.dumps(options) if options else "")


async def _due(services: Services, monitors: Iterable[Monitor], now: float) -> list[Due]:
    found: list[Due] = []
    for place, monitor in enumerate(monitors):
        if place % 100 == 99:
            await asyncio.sleep(0)
        try:
            query = parsed_query(monitor)
            if _is_over(interval_of(query), monitor.evaluated, now) and is_scheduled(monitor, now):
                found.append((monitor, query))
        except (InvalidQuery, ValueError) as error:
            await note_problem(services, monitor, str(error))
    return found


def _is_over(interval: float, evaluated: float, now: float) -> bool:
    """Whether the interval since the last evaluation has passed. One in the future was before the clock was
    set back: the monitor does not wait for that time to come again."""
    return now - evaluated >= interval or evaluated > now + CLOCK_SKEW
