"""The stages of a round: monitors are judged, their notifications composed, and both written in batches.

Judging comes first: while monitors are judged, composing takes the most urgent and leaves most of the time
to judging, so that an outage of many makes no other monitor late. What waits between the stages is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import update

from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.composing import compose
from heeler.monitors.evaluation.evaluate import Judged, Round, judge
from heeler.monitors.evaluation.lag import lag_of
from heeler.monitors.evaluation.result import Outcome
from heeler.monitors.evaluation.result_writer import events_of, write_events, write_outcomes
from heeler.monitors.evaluation.series_query import spans_read
from heeler.monitors.evaluation.state_machine import ALERT, OK
from heeler.monitors.evaluation.state_store import States, load_states
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MetricQuery, MonitorQuery
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.prefetch import prefetch
from heeler.query.metrics.read_ahead import ReadAhead, using
from heeler.store.engine import EngineError
from heeler.store.leases import MONITOR_PIECES, MONITORS
from heeler.store.self_metrics import telemetry
from heeler.wire.events.intake_payload import Event

log = logging.getLogger("heeler.monitors")
CONCURRENCY = 6
"""Monitors judged concurrently, and as many composed afterwards: as many as the engine has workers."""
COMPOSING_PAUSE, MAX_PAUSE_SECONDS = 9.0, 1.0
"""While monitors are judged, one composer works, and pauses for so many times what it took, which may be
waiting for a graph, and for so many seconds at most."""
MAX_GROUPS_WAITING = 200_000
"""Groups of the monitors that wait to be composed; with more, judging waits for composing."""
BATCH, BATCH_SECONDS = 200, 1.0
"""Maximum outcomes written in one transaction, and the maximum time that an outcome waits for others."""
BATCH_NOTICES, NOTICE_SECONDS = 500, 0.2
"""A batch with so many notifications is complete, and the maximum time that one waits: in a large outage the
first are sent while later monitors are evaluated."""
BATCH_EVENTS = 5_000
"""Events of notifications that are written at once."""
PREPARED = 500
"""Monitors whose points and states are read at once."""
MAX_AHEAD_SECONDS = 30.0
"""Age of what was read for many at once above which an evaluation reads for itself."""
FEW_METRICS = 10
"""Of fewer metrics, evaluations read for themselves."""

Due = tuple[Monitor, MonitorQuery]
_T = TypeVar("_T")


def lease_of(monitor_id: int) -> str:
    """The lease under which a monitor is evaluated."""
    return MONITORS[monitor_id % MONITOR_PIECES]


def interval_of(query: MonitorQuery) -> float:
    """Seconds between evaluations: for windows from a day 600, from two days 1,800; 0 is each round."""
    window = getattr(query, "window", 0)
    return 0 if window < 86400 else 600 if window < 2 * 86400 else 1800


def _expected(services: Services, monitor: Monitor, query: MonitorQuery) -> float:
    """Due time of the monitor, UNIX seconds."""
    every = max(services.settings.monitor_interval, interval_of(query))
    return (monitor.evaluated or monitor.created.timestamp()) + every


class Waiting:
    """Judged monitors with something to tell, the most urgent first; bounded by their groups."""

    def __init__(self, most: int = MAX_GROUPS_WAITING) -> None:
        self._most, self._heap, self._groups, self._count = most, list[tuple[int, int, int, Judged]](), 0, 0
        self._changed = asyncio.Condition()
        self.hurry = asyncio.Event()
        """Set when nothing more is judged for now: it is full, or all are judged."""
        self._closed = False

    async def put(self, judged: Judged) -> None:
        async with self._changed:
            while self._groups >= self._most:
                self.hurry.set()
                await self._changed.wait()
            self._count += 1
            heapq.heappush(self._heap, (*_rank(judged), self._count, judged))
            self._groups += len(judged.after)
            self._changed.notify_all()

    async def get(self) -> Judged | None:
        """The most urgent; None when all that were judged have been taken."""
        async with self._changed:
            while not self._heap:
                if self._closed:
                    return None
                await self._changed.wait()
            judged = heapq.heappop(self._heap)[-1]
            self._groups -= len(judged.after)
            if not self._closed and self._groups < self._most:
                self.hurry.clear()
            self._changed.notify_all()
            return judged

    async def close(self) -> None:
        async with self._changed:
            self._closed = True
            self.hurry.set()
            self._changed.notify_all()


def _rank(judged: Judged) -> tuple[int, int]:
    """Monitors that go into Alert first, then other bad states, recoveries last; each by priority."""
    afters = {move.after for _, move in judged.moves.values()}
    return (0 if ALERT in afters else 2 if afters <= {OK} else 1), judged.monitor.priority or 5


async def evaluate_all(here: Round, due: Sequence[Due], tokens: Mapping[str, int]) -> None:
    """Evaluate ``due``, in this order, and write what comes of it under the leases of ``tokens``."""
    queue: asyncio.Queue[Outcome | None] = asyncio.Queue(2 * BATCH)
    waiting = Waiting()

    async def judging(monitors: Iterator[Due], states: Mapping[int, States], ahead: ReadAhead | None) -> None:
        for monitor, query in monitors:
            judged = await _judged(here, monitor, query, states.get(monitor.id) or {}, ahead)
            if judged is None:
                continue
            if judged.moves:
                await waiting.put(judged)
            elif (outcome := await _safely(here, monitor, compose(here, judged))) is not None:
                await queue.put(outcome)

    async def all_judging() -> None:
        parts = [due[first : first + PREPARED] for first in range(0, len(due), PREPARED)]
        async with asyncio.TaskGroup() as tasks:
            # Data of the next part is read while this one is judged.
            ready = [tasks.create_task(_prepared(here.services, part)) for part in parts[:1]]
            for place, part in enumerate(parts):
                states, ahead = await ready.pop()
                ready = [
                    tasks.create_task(_prepared(here.services, later))
                    for later in parts[place + 1 : place + 2]
                ]
                monitors = iter(part)
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(CONCURRENCY, len(part))):
                        workers.create_task(judging(monitors, states, ahead))
        await waiting.close()

    async def stages() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(all_judging())
            alone = asyncio.Lock()
            for _ in range(CONCURRENCY):
                tasks.create_task(_composing(here, waiting, queue.put, alone))
        await queue.put(None)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stages())
        tasks.create_task(_write_all(here.services, queue, tokens))


async def _composing(
    here: Round, waiting: Waiting, put: Callable[[Outcome], Awaitable[None]], alone: asyncio.Lock
) -> None:
    """Compose what waits until all is composed: while monitors are judged, whoever holds ``alone``, after a
    first monitor each, so that the first notifications do not wait for a graph of another.
    """
    loop, first = asyncio.get_running_loop(), True
    while True:
        async with contextlib.nullcontext() if first or waiting.hurry.is_set() else alone:
            first = False
            judged = await waiting.get()
            if judged is None:
                return
            began = loop.time()
            outcome = await _safely(here, judged.monitor, compose(here, judged))
            took = loop.time() - began
            if outcome is not None:
                await put(outcome)
            if not waiting.hurry.is_set():
                pause = min(COMPOSING_PAUSE * took, MAX_PAUSE_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(waiting.hurry.wait(), pause)


async def _prepared(services: Services, due: Sequence[Due]) -> tuple[dict[int, States], ReadAhead | None]:
    """States of the monitors; also reads the data that they are about to look at, for all at once."""
    spans: dict[str, tuple[int, int]] = {}
    now = services.now()
    for monitor, query in due:
        if isinstance(query, MetricQuery):
            for metric, start, end in spans_read(query, monitor.options, now):
                first, last = spans.get(metric, (start, end))
                spans[metric] = min(start, first), max(end, last)
    ahead = None
    if len(spans) >= FEW_METRICS:
        await service.refresh_metadata(services, spans)
        try:
            ahead = await prefetch(services.engine, spans, now)
        except (QueryError, EngineError) as error:  # each evaluation then reads for itself, or reports it
            telemetry.count("heeler.monitors.failed_prefetches")
            log.warning("The points that monitors look at could not be read at once: %s", error)
    async with services.database.session() as db:
        return await load_states(db, [monitor.id for monitor, _ in due]), ahead


async def _judged(
    here: Round, monitor: Monitor, query: MonitorQuery, before: States, ahead: ReadAhead | None
) -> Judged | None:
    """Judge as of when its data was read, if that was for many at once and not long ago, else as of now."""
    now = here.services.now()
    fits = ahead is not None and isinstance(query, MetricQuery) and ahead.has(query.metrics)
    if ahead is None or not fits or not 0 <= now - ahead.now <= MAX_AHEAD_SECONDS:
        ahead = None
    with using(ahead):
        work = judge(here, monitor, query, before, now if ahead is None else ahead.now)
        judged = await _safely(here, monitor, work)
    if judged is not None:
        expected = max(_expected(here.services, monitor, query), here.held_until)
        lag_of(here.services).add(judged.now - expected)
    return judged


async def _safely(here: Round, monitor: Monitor, work: Awaitable[_T]) -> _T | None:
    """What ``work`` returns; None, with the reason recorded at the monitor, if it could not be done."""
    try:
        return await work
    except (InvalidQuery, QueryError, EngineError, ValueError) as error:
        await note_problem(here.services, monitor, str(error))
    except Exception as error:
        log.exception("Monitor %s (%s) could not be evaluated", monitor.id, monitor.name)
        await note_problem(here.services, monitor, f"{type(error).__name__}: {error}")
    return None


async def note_problem(services: Services, monitor: Monitor, problem: str) -> None:
    """Record why the monitor could not be evaluated; logged once while unchanged."""
    telemetry.count("heeler.monitors.failed")
    if monitor.problem == problem:
        return
    log.warning("Monitor %s (%s) could not be evaluated: %s", monitor.id, monitor.name, problem)
    async with services.database.session() as db:
        await db.execute(update(Monitor).where(Monitor.id == monitor.id).values(problem=problem))


async def _write_all(
    services: Services, queue: asyncio.Queue[Outcome | None], tokens: Mapping[str, int]
) -> None:
    """Write what comes until None comes, in batches; events apart, many in one write."""
    loop, ended, events = asyncio.get_running_loop(), False, list[Event]()
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
        try:
            written = await write_outcomes(services, of_lease, tokens)
        except Exception:
            await write_events(services, events)  # those of the batches before are told already
            raise
        for item in written:
            events += events_of(item)
        if len(events) >= BATCH_EVENTS or ended:
            await write_events(services, events)
            events = []
