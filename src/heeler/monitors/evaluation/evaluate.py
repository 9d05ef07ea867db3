"""Judges one monitor: query readings, state machine. What is to be said about it is composed in
:mod:`heeler.monitors.evaluation.composing`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.downtimes.store import effective
from heeler.monitors.evaluation.host_facts import HostFacts
from heeler.monitors.evaluation.muting import mutes_for
from heeler.monitors.evaluation.query_readers import read
from heeler.monitors.evaluation.result import (
    Moves,
    drop_muted_renotifications,
    ended_downtimes,
    step_groups,
)
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import GroupState
from heeler.monitors.log_restriction import reading_as_monitor
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.rules import Rule
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery, SloQuery
from heeler.store.engine import EngineError

ROUND_PICTURES, ROUND_PICTURE_SECONDS, ROUND_OPINIONS = 60, 2.5, 20
"""Maximum number of graphs, their total time, and anomaly monitors with a second opinion, in one round: in
a large outage, notifications take precedence over their illustration."""
IN_LOOP = 20
"""Maximum number of groups that are handled on the event loop; more are handled in a thread."""
DOWNTIME_SECONDS = 1.0
"""Seconds after which downtimes are read again for a notification."""


@dataclass(slots=True)
class Round:
    """State shared by the evaluations of one round."""

    services: Services
    downtimes: Sequence[Downtime] = ()
    rules: Sequence[Rule] = ()
    held_until: float = 0.0
    """Until when monitors waited for data that was late, UNIX seconds."""
    pictures: int = ROUND_PICTURES
    picture_seconds: float = ROUND_PICTURE_SECONDS
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held during rendering: there is one renderer."""
    awaiting: int = 0
    """Monitors that wait for the renderer."""
    composing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the thread that composes notifications: more threads would only slow down the event loop."""
    opinions: int = ROUND_OPINIONS
    readings: dict[tuple[Any, ...], asyncio.Future[Readings]] = field(default_factory=dict)
    """Readings by cache key, so that equal queries are read once a round."""
    hosts: HostFacts = field(init=False)
    downtimes_read: float = field(init=False)
    """When, UNIX seconds."""

    def __post_init__(self) -> None:
        self.hosts = HostFacts(self.services)
        self.downtimes_read = self.services.now()

    async def muted_meanwhile(self, judged: Judged) -> frozenset[str]:
        """The groups with transitions that are muted now, which may be long after they were judged."""
        now = self.services.now()
        if not 0 <= now - self.downtimes_read < DOWNTIME_SECONDS:
            self.downtimes_read = now
            async with self.services.database.session() as db:
                self.downtimes = await effective(db, now)
        mutes = mutes_for(judged.monitor, self.downtimes, judged.query, now)
        return frozenset(
            name for name, (state, move) in judged.moves.items() if mutes.covers(name, state, move)
        )


@dataclass(slots=True)
class Judged:
    """A monitor with the next states of its groups, before notifications are composed."""

    monitor: Monitor
    query: MonitorQuery
    now: float
    """The moment as of which it was judged, UNIX seconds."""
    before: Mapping[str, GroupState]
    after: dict[str, GroupState]
    moves: Moves
    muted: frozenset[str]


async def judge(
    here: Round, monitor: Monitor, query: MonitorQuery, before: Mapping[str, GroupState], now: float
) -> Judged:
    """Evaluate the monitor as of ``now``, UNIX seconds. ``before``: the states of the groups.

    Raises what reading raises: ``QueryError``, ``EngineError``, ``InvalidQuery``.
    """
    with reading_as_monitor(monitor.options):
        readings = await shared_readings(here, monitor, query, now)
    if len(before) + len(readings) > IN_LOOP:
        after, moves = await asyncio.to_thread(step_groups, before, readings, monitor, query, now)
    else:
        after, moves = step_groups(before, readings, monitor, query, now)
    mutes = mutes_for(monitor, here.downtimes, query, now)
    drop_muted_renotifications(before, after, moves, mutes)
    moves |= ended_downtimes(after, moves, mutes)
    muted = frozenset(name for name, (state, move) in moves.items() if mutes.covers(name, state, move))
    return Judged(monitor, query, now, before, after, moves, muted)


async def shared_readings(here: Round, monitor: Monitor, query: MonitorQuery, now: float) -> Readings:
    """Readings of the query, shared within a round by monitors with the same query."""
    key = _reading_key(monitor, query)
    if key is None:
        return await read(here.services, query, monitor.options, now)
    found = here.readings.get(key)
    if found is not None:
        return await asyncio.shield(found)
    mine = here.readings[key] = asyncio.get_running_loop().create_future()
    try:
        readings = await read(here.services, query, monitor.options, now)
    except BaseException as error:
        # Waiting callers get the exception; one without waiters is not reported as unretrieved.
        mine.set_exception(error if isinstance(error, Exception) else EngineError("the evaluation ended"))
        mine.exception()
        raise
    mine.set_result(readings)
    return readings


_RELEVANT = (
    "evaluation_delay", "require_full_window", "threshold_windows", "variables", "no_data_timeframe",
    "scheduling_options", "on_missing_data", "notify_no_data", "synthetics_check_id",
    "restriction_query",
)  # fmt: skip


def _reading_key(monitor: Monitor, query: MonitorQuery) -> tuple[Any, ...] | None:
    """Cache key of readings; None if they depend on the states of other monitors."""
    if isinstance(query, CompositeQuery):
        return None
    # Whether a burn rate can be reached at all depends on its threshold.
    comparator = "" if isinstance(query, SloQuery) else getattr(query, "comparator", "")
    text = monitor.query.rpartition(comparator)[0] if comparator else monitor.query
    options = monitor.options
    thresholds = () if comparator else (repr(options.get("thresholds")),)
    return (monitor.type, text, comparator[:1], *thresholds, *(repr(options.get(name)) for name in _RELEVANT))
