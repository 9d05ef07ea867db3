"""Evaluates one monitor: query readings, state machine, notifications of transitions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.monitors.evaluation.anomaly_history import second_opinions
from heeler.monitors.evaluation.composite_states import operand_values
from heeler.monitors.evaluation.host_facts import HostFacts, host_of
from heeler.monitors.evaluation.log_samples import log_samples
from heeler.monitors.evaluation.muting import fixed_tags, group_tags, mutes_for
from heeler.monitors.evaluation.query_readers import read
from heeler.monitors.evaluation.result import Moves, Outcome, ended_downtimes, state_changes, step_groups
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import ALERT, WARN, GroupState, Transition
from heeler.monitors.log_restriction import reading_as_monitor
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.graph import Drawable, monitor_picture
from heeler.monitors.notifications.notification import Occasion, Told, tell
from heeler.monitors.notifications.notify_by import Telling, tellings
from heeler.monitors.notifications.rules import Rule
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery, SloQuery
from heeler.monitors.validation import thresholds_of
from heeler.store.engine import EngineError
from heeler.store.self_metrics import telemetry

MAX_PICTURES = 20
"""Maximum number of graphs in the notifications of one monitor in one round."""
SHARED_PICTURE_SECONDS = 0.5
"""Time after which a monitor leaves the renderer to others that wait for it."""
ROUND_PICTURES, ROUND_PICTURE_SECONDS, ROUND_OPINIONS = 60, 2.5, 20
"""Maximum number of graphs, their total time, and anomaly monitors with a second opinion, in one round: in
a large outage, notifications take precedence over their illustration."""
_IN_LOOP = 20
"""Maximum number of groups whose notifications are composed on the event loop; more are composed in a
thread."""


@dataclass(slots=True)
class Round:
    """State shared by the evaluations of one round."""

    services: Services
    downtimes: Sequence[Downtime] = ()
    rules: Sequence[Rule] = ()
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

    def __post_init__(self) -> None:
        self.hosts = HostFacts(self.services)


async def evaluate(
    here: Round, monitor: Monitor, query: MonitorQuery, before: Mapping[str, GroupState]
) -> Outcome:
    """Evaluate the monitor as of now. ``before``: the states of the groups.

    Raises what reading raises: ``QueryError``, ``EngineError``, ``InvalidQuery``.
    """
    with reading_as_monitor(monitor.options):
        return await _evaluate(here, monitor, query, before)


async def _evaluate(
    here: Round, monitor: Monitor, query: MonitorQuery, before: Mapping[str, GroupState]
) -> Outcome:
    services = here.services
    now = services.now()
    readings = await shared_readings(here, monitor, query, now)
    if len(before) + len(readings) > _IN_LOOP:
        after, moves = await asyncio.to_thread(step_groups, before, readings, monitor, query, now)
    else:
        after, moves = step_groups(before, readings, monitor, query, now)
    mutes = mutes_for(monitor, here.downtimes, query, now)
    moves |= ended_downtimes(after, moves, mutes)
    opinions: dict[str, str] = {}
    if moves and here.opinions > 0:
        opinions = await second_opinions(services, query, monitor.options, moves, now)
        here.opinions -= bool(opinions)
    muted = frozenset(name for name, (state, move) in moves.items() if mutes.covers(name, state, move))
    told = await _notifications(here, monitor, query, (before, after, moves), opinions, now) if moves else []
    return Outcome(
        monitor_id=monitor.id,
        before=monitor.evaluated,
        modified=monitor.modified,
        now=now,
        overall_before=monitor.overall_state,
        after=after,
        moves=moves,
        changes=state_changes(before, after, moves, resolves=bool(monitor.options.get("timeout_h"))),
        muted=muted,
        told=told,
        opinions=opinions,
        draft=monitor.draft_status == "draft",
    )


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


def notify_by(options: Mapping[str, Any]) -> Sequence[str]:
    """Tags that group notifications; ``groupby_simple_monitor`` is the older form of ``*``."""
    return options.get("notify_by") or (("*",) if options.get("groupby_simple_monitor") else ())


Stepped = tuple[Mapping[str, GroupState], Mapping[str, GroupState], Moves]


async def _notifications(
    here: Round,
    monitor: Monitor,
    query: MonitorQuery,
    stepped: Stepped,
    opinions: Mapping[str, str],
    now: float,
) -> list[tuple[Telling, Told]]:
    """Notifications for groups with transitions; large ones are composed off the event loop."""
    before, after, moves = stepped
    found = tellings(moves, before, after, notify_by(monitor.options))
    await here.hosts.look_up(host_of(group_tags(query, item.name)) for item in found)
    pictures = await _pictures(here, monitor, query, found, now)
    values = (
        await operand_values(here.services, query, [item.name for item in found])
        if isinstance(query, CompositeQuery)
        else {}
    )
    samples = {
        item.name: await log_samples(here.services, query, monitor.options, item.name, now)
        for item in found[:MAX_PICTURES]
        if item.move.after in (ALERT, WARN)
    }
    facts = _Facts(here, monitor, query, opinions, now, pictures, values, samples)
    if len(found) > _IN_LOOP:
        async with here.composing:
            return await asyncio.to_thread(facts.compose, found)
    return facts.compose(found)


async def _pictures(
    here: Round, monitor: Monitor, query: MonitorQuery, found: Sequence[Telling], now: float
) -> dict[str, bytes]:
    if not isinstance(query, Drawable) or monitor.draft_status == "draft":
        return {}
    if "@" not in monitor.message and not here.rules:
        return {}
    drawn: dict[str, bytes] = {}
    here.awaiting += 1
    async with here.drawing:
        here.awaiting -= 1
        kept = here.picture_seconds - SHARED_PICTURE_SECONDS
        for telling in found[:MAX_PICTURES]:
            if here.pictures <= 0 or here.picture_seconds <= 0:
                break
            if here.awaiting and here.picture_seconds <= kept:
                break
            here.pictures -= 1
            picture = await _drawn(
                here, monitor_picture(here.services, query, monitor.options, telling.name, now)
            )
            if picture is not None:
                drawn[telling.name] = picture
    return drawn


async def _drawn(here: Round, drawing: Coroutine[Any, Any, bytes | None]) -> bytes | None:
    """The graph, unless it takes longer than the round's remaining time for graphs, others wait for the
    renderer, or it is replaced.
    """
    loop = asyncio.get_running_loop()
    began, task = loop.time(), loop.create_task(drawing)
    try:
        soon = min(SHARED_PICTURE_SECONDS, here.picture_seconds)
        done, _ = await asyncio.wait({task}, timeout=soon)
        if not done and not here.awaiting:
            done, _ = await asyncio.wait({task}, timeout=here.picture_seconds - soon)
    finally:
        here.picture_seconds -= loop.time() - began
        task.cancel()
    if not done:
        telemetry.count("heeler.monitors.skipped_pictures")
        await asyncio.wait({task})
    return None if task.cancelled() else task.result()


@dataclass(frozen=True, slots=True)
class _Facts:
    """Inputs of the notifications of one monitor."""

    here: Round
    monitor: Monitor
    query: MonitorQuery
    opinions: Mapping[str, str]
    now: float
    pictures: Mapping[str, bytes]
    values: Mapping[str, Mapping[str, Any]]
    samples: Mapping[str, tuple[str, ...]]

    def compose(self, found: Sequence[Telling]) -> list[tuple[Telling, Told]]:
        return [(telling, self._told(telling)) for telling in found]

    def _told(self, telling: Telling) -> Told:
        host = self.here.hosts.of(group_tags(self.query, telling.name))
        moved = (telling.name, telling.state, telling.move)
        made = occasion(
            self.here.services, self.monitor, self.query, moved, self.now, host=host,
            values=self.values.get(telling.name, {}),
        )  # fmt: skip
        made = replace(made, samples=self.samples.get(telling.name, ()), rules=self.here.rules)
        if telling.groups != (telling.name,):
            made = replace(made, members=telling.groups)
        if telling.move.after in (ALERT, WARN):
            opinion = next((self.opinions[name] for name in telling.groups if name in self.opinions), "")
            made = replace(made, opinion=opinion)
        return tell(made, self.pictures.get(telling.name))


def occasion(
    services: Services,
    monitor: Monitor,
    query: MonitorQuery,
    moved: tuple[str, GroupState, Transition],
    now: float,
    *,
    host: Mapping[str, str],
    values: Mapping[str, Any],
) -> Occasion:
    """Context of a notification. ``values``: for a composite, those of its operands."""
    group, state, move = moved
    return Occasion(
        id=monitor.id,
        name=monitor.name,
        kind=monitor.type,
        query=monitor.query,
        message=monitor.message,
        options=monitor.options,
        monitor_tags=tuple(str(tag) for tag in monitor.tags),
        priority=monitor.priority,
        group=group,
        transition=move,
        state=state,
        thresholds=thresholds_of(query, monitor.options),
        now=now,
        url=services.settings.url,
        scope=fixed_tags(query),
        host=host,
        assets=tuple(monitor.assets or ()),
        extra={"metrics": query.metrics, **values},
    )
