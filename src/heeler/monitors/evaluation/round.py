"""Evaluation rounds: evaluates all due monitors concurrently, the most urgent first, and writes in
batches."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import select, update

from heeler.api.services import Services
from heeler.downtimes.store import effective
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.custom_schedule import is_scheduled
from heeler.monitors.evaluation.evaluate import Round, evaluate
from heeler.monitors.evaluation.lag import lag_of, notify_lag
from heeler.monitors.evaluation.result import Outcome
from heeler.monitors.evaluation.result_writer import write_events, write_outcomes
from heeler.monitors.evaluation.series_query import spans_read
from heeler.monitors.evaluation.state_machine import ALERT
from heeler.monitors.evaluation.state_store import States, load_states
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.rule_store import rules_of
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MetricQuery, MonitorQuery, parse_monitor_query
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.prefetch import prefetch
from heeler.store.engine import EngineError
from heeler.store.leases import MONITOR_PIECES, MONITORS
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.monitors")
CONCURRENCY = 6
"""Monitors evaluated concurrently: as many as the engine has workers."""
BATCH, BATCH_SECONDS = 200, 1.0
"""Maximum outcomes written in one transaction, and the maximum time that an outcome waits for others."""
BATCH_NOTICES, NOTICE_SECONDS = 500, 0.2
"""A batch with so many notifications is complete, and the maximum time that one waits: in a large outage the
first are sent while later monitors are evaluated."""

PREPARED = 500
"""Monitors whose points and states are read at once."""
FEW_METRICS = 10
"""Of fewer metrics, evaluations read for themselves."""
CLOCK_SKEW = 60.0
"""Seconds by which clocks of two servers on one database may differ."""

Due = tuple[Monitor, MonitorQuery]


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
        monitors = [one for one in await db.scalars(select(Monitor)) if lease_of(one.id) in tokens]
        downtimes = await effective(db, now)
        rules = await rules_of(db)
    due = await _due(services, monitors, now)
    lag = lag_of(services)
    lag.begin_round(now)
    here = Round(services, downtimes, rules)
    composite = [item for item in due if isinstance(item[1], CompositeQuery)]
    single = [item for item in due if not isinstance(item[1], CompositeQuery)]
    try:
        for some in (single, composite):
            await _evaluate_all(here, sorted(some, key=urgency), tokens)
    finally:
        lag.end_round(services.now(), len(due))
    await notify_lag(services)


def lease_of(monitor_id: int) -> str:
    """The lease under which a monitor is evaluated."""
    return MONITORS[monitor_id % MONITOR_PIECES]


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


def interval_of(query: MonitorQuery) -> float:
    """Seconds between evaluations: for windows from a day 600, from two days 1,800; 0 is each round."""
    window = getattr(query, "window", 0)
    return 0 if window < 86400 else 600 if window < 2 * 86400 else 1800


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
            await _note_problem(services, monitor, str(error))
    return found


def _is_over(interval: float, evaluated: float, now: float) -> bool:
    """Whether the interval since the last evaluation has passed. One in the future was before the clock was
    set back: the monitor does not wait for that time to come again."""
    return now - evaluated >= interval or evaluated > now + CLOCK_SKEW


async def _note_problem(services: Services, monitor: Monitor, problem: str) -> None:
    """Record why the monitor could not be evaluated; logged once while unchanged."""
    telemetry.count("heeler.monitors.failed")
    if monitor.problem == problem:
        return
    log.warning("Monitor %s (%s) could not be evaluated: %s", monitor.id, monitor.name, problem)
    async with services.database.session() as db:
        await db.execute(update(Monitor).where(Monitor.id == monitor.id).values(problem=problem))


async def _evaluate_all(here: Round, due: Sequence[Due], tokens: Mapping[str, int]) -> None:
    """Evaluates ``due`` with some at a time, and writes outcomes as they come."""
    queue: asyncio.Queue[Outcome | None] = asyncio.Queue(2 * BATCH)

    async def work(waiting: Iterator[Due], states: Mapping[int, States]) -> None:
        for monitor, query in waiting:
            outcome = await _evaluated(here, monitor, query, states.get(monitor.id))
            if outcome is not None:
                await queue.put(outcome)

    async def all_work() -> None:
        try:
            parts = [due[first : first + PREPARED] for first in range(0, len(due), PREPARED)]
            async with asyncio.TaskGroup() as tasks:
                # Data of the next part is read while this one is evaluated.
                ready = [tasks.create_task(_prepared(here.services, part)) for part in parts[:1]]
                for place, part in enumerate(parts):
                    states = await ready.pop()
                    ready = [
                        tasks.create_task(_prepared(here.services, later))
                        for later in parts[place + 1 : place + 2]
                    ]
                    waiting = iter(part)
                    async with asyncio.TaskGroup() as workers:
                        for _ in range(min(CONCURRENCY, len(part))):
                            workers.create_task(work(waiting, states))
        finally:
            await queue.put(None)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(all_work())
        tasks.create_task(_write_all(here.services, queue, tokens))


async def _prepared(services: Services, due: Sequence[Due]) -> dict[int, States]:
    """States of the monitors; also prefetches the data that they are about to read."""
    spans: dict[str, tuple[int, int]] = {}
    now = services.now()
    for monitor, query in due:
        if isinstance(query, MetricQuery):
            for metric, start, end in spans_read(query, monitor.options, now):
                first, last = spans.get(metric, (start, end))
                spans[metric] = min(start, first), max(end, last)
    if len(spans) >= FEW_METRICS:
        try:
            await prefetch(services.engine, spans)
        except (QueryError, EngineError) as error:  # each evaluation then reads for itself, or reports it
            telemetry.count("heeler.monitors.failed_prefetches")
            log.warning("The points that monitors look at could not be read at once: %s", error)
    async with services.database.session() as db:
        return await load_states(db, [monitor.id for monitor, _ in due])


async def _evaluated(
    here: Round, monitor: Monitor, query: MonitorQuery, before: States | None
) -> Outcome | None:
    """The outcome; None, with the reason recorded at the monitor, if it could not be evaluated."""
    try:
        outcome = await evaluate(here, monitor, query, before or {})
    except (InvalidQuery, QueryError, EngineError, ValueError) as error:
        await _note_problem(here.services, monitor, str(error))
        return None
    except Exception as error:
        log.exception("Monitor %s (%s) could not be evaluated", monitor.id, monitor.name)
        await _note_problem(here.services, monitor, f"{type(error).__name__}: {error}")
        return None
    lag_of(here.services).add(outcome.now - _expected(here.services, monitor, query))
    return outcome


def _expected(services: Services, monitor: Monitor, query: MonitorQuery) -> float:
    """Due time of the monitor, UNIX seconds."""
    every = max(services.settings.monitor_interval, interval_of(query))
    return (monitor.evaluated or monitor.created.timestamp()) + every


async def _write_all(
    services: Services, queue: asyncio.Queue[Outcome | None], tokens: Mapping[str, int]
) -> None:
    """Writes what comes until None comes, in batches; events in one write at the end."""
    loop, ended, told = asyncio.get_running_loop(), False, list[Outcome]()
    while not ended:
        batch: list[Outcome] = []
        notices, until = 0, math.inf
        while len(batch) < BATCH and notices < BATCH_NOTICES and not ended:
            try:
                item = await asyncio.wait_for(queue.get(), max(until - loop.time(), 0) if batch else None)
            except TimeoutError:
                break
            ended = item is None
            if item is not None:
                batch.append(item)
                notices += len(item.told)
                until = min(until, loop.time() + (NOTICE_SECONDS if item.told else BATCH_SECONDS))
        of_lease = [(lease_of(item.monitor_id), item) for item in batch]
        written = await write_outcomes(services, of_lease, tokens)
        told += [item for item in written if item.told]
    await write_events(services, told)
