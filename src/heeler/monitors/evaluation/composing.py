"""Composes the notifications of a judged monitor, with graphs, second opinions and samples of logs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heeler.api.services import Services
from heeler.monitors.evaluation.anomaly_history import second_opinions
from heeler.monitors.evaluation.composite_states import operand_values
from heeler.monitors.evaluation.evaluate import IN_LOOP, Judged, Round
from heeler.monitors.evaluation.host_facts import host_of
from heeler.monitors.evaluation.log_samples import log_samples
from heeler.monitors.evaluation.muting import fixed_tags, group_tags
from heeler.monitors.evaluation.result import Outcome, state_changes
from heeler.monitors.evaluation.state_machine import ALERT, WARN, GroupState, Transition
from heeler.monitors.log_restriction import reading_as_monitor
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.graph import Drawable, monitor_picture
from heeler.monitors.notifications.notification import Occasion, Told, tell
from heeler.monitors.notifications.notify_by import Telling, tellings
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery
from heeler.monitors.validation import thresholds_of
from heeler.store.self_metrics import telemetry

MAX_PICTURES = 20
"""Maximum number of graphs in the notifications of one monitor in one round."""
SHARED_PICTURE_SECONDS = 0.5
"""Time after which a monitor leaves the renderer to others that wait for it."""


async def compose(here: Round, judged: Judged) -> Outcome:
    """The outcome of a judged monitor, with its notifications. Raises what reading raises, as
    :func:`heeler.monitors.evaluation.evaluate.judge` does.
    """
    with reading_as_monitor(judged.monitor.options):
        return await _composed(here, judged)


async def _composed(here: Round, judged: Judged) -> Outcome:
    monitor, moves = judged.monitor, judged.moves
    opinions: dict[str, str] = {}
    if moves and here.opinions > 0:
        opinions = await second_opinions(here.services, judged.query, monitor.options, moves, judged.now)
        here.opinions -= bool(opinions)
    told = await _notifications(here, judged, opinions) if moves else []
    muted = judged.muted | await here.muted_meanwhile(judged) if moves else judged.muted
    return Outcome(
        monitor_id=monitor.id,
        before=monitor.evaluated,
        modified=monitor.modified,
        silenced=monitor.options.get("silenced") or {},
        now=judged.now,
        overall_before=monitor.overall_state,
        after=judged.after,
        moves=moves,
        changes=state_changes(
            judged.before, judged.after, moves, resolves=bool(monitor.options.get("timeout_h"))
        ),
        muted=muted,
        told=told,
        opinions=opinions,
        draft=monitor.draft_status == "draft",
    )


def notify_by(options: Mapping[str, Any]) -> Sequence[str]:
    """Tags that group notifications; ``groupby_simple_monitor`` is the older form of ``*``."""
    return options.get("notify_by") or (("*",) if options.get("groupby_simple_monitor") else ())


async def _notifications(
    here: Round, judged: Judged, opinions: Mapping[str, str]
) -> list[tuple[Telling, Told]]:
    """Notifications for groups with transitions; large ones are composed off the event loop."""
    monitor, query, now = judged.monitor, judged.query, judged.now
    found = tellings(judged.moves, judged.before, judged.after, notify_by(monitor.options))
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
    if len(found) > IN_LOOP:
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
