"""Evaluates monitors: readings, the state machine, then state and outbox in one transaction."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from heeler.api.services import Services
from heeler.events.store import post_event
from heeler.monitors.anomaly_history import second_opinions
from heeler.monitors.checks import read_check
from heeler.monitors.composite import CompositeQuery
from heeler.monitors.composites import operand_values, read_composite
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.event_query import absent, read_search
from heeler.monitors.formulas import read_formula
from heeler.monitors.graph import Drawable, monitor_picture
from heeler.monitors.model import Monitor, MonitorGroup, MonitorTransition
from heeler.monitors.muting import Mutes, fixed_tags, group_tags, mutes_of
from heeler.monitors.notification import Occasion, Told, tell
from heeler.monitors.notify_by import Telling, tellings
from heeler.monitors.query import (
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    MonitorQuery,
    SearchQuery,
    is_grouped,
    parse_monitor_query,
)
from heeler.monitors.series_query import Readings, read_metric
from heeler.monitors.state import ALERT, WARN, GroupState, Transition, overall, step
from heeler.monitors.validation import policy_of, retention_of, thresholds_of
from heeler.notify.outbox import enqueue
from heeler.query.metrics.errors import QueryError
from heeler.store.engine import EngineError
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.events.host_intake import Event

log = logging.getLogger("heeler.monitors")
MAX_PICTURES = 20
_ADDRESS = re.compile(
    r'"(?:ip_?address|host_ip|ip)\\{0,8}"\s{0,8}:\s{0,8}\\{0,8}"((?:\d{1,3}\.){3}\d{1,3})\\{0,8}"'
)
"""Agents send what they know of a host as JSON, some of it as JSON within a JSON string."""


async def evaluate_forever(services: Services) -> None:
    """Owns evaluation for the server's lifetime; one monitor's failure is its own."""
    while True:
        await asyncio.sleep(services.settings.monitor_interval)
        try:
            await evaluate_due(services)
        except Exception:
            log.exception("Monitors could not be read; trying again at the next interval")


async def evaluate_due(services: Services) -> None:
    """Evaluates every monitor that is due at ``services.now()``, composites after what they refer to."""
    now = services.now()
    async with services.database.session() as db:
        monitors = (await db.scalars(select(Monitor).order_by(Monitor.id))).all()
    for monitor in sorted(monitors, key=lambda item: item.type == "composite"):
        try:
            query = parse_monitor_query(monitor.type, monitor.query, monitor.options)
            if now - monitor.evaluated >= _every(query):
                await evaluate_monitor(services, monitor.id, query, now)
        except (InvalidQuery, QueryError, EngineError, ValueError) as error:
            log.warning("Monitor %s (%s) could not be evaluated: %s", monitor.id, monitor.name, error)
            await _note_problem(services, monitor.id, str(error))
        except Exception:
            log.exception("Monitor %s (%s) could not be evaluated", monitor.id, monitor.name)


def _every(query: MonitorQuery) -> float:
    """Long windows are looked at less often: from a day each 10 minutes, from two days each 30."""
    window = getattr(query, "window", 0)
    return 0 if window < 86400 else 600 if window < 2 * 86400 else 1800


async def _note_problem(services: Services, monitor_id: int, problem: str) -> None:
    async with services.database.session() as db:
        if (kept := await db.get(Monitor, monitor_id)) is not None:
            kept.problem = problem


async def read(services: Services, monitor: Monitor, query: MonitorQuery, now: float) -> Readings:
    match query:
        case MetricQuery():
            return await read_metric(services, query, monitor.options, now)
        case SearchQuery():
            return await read_search(services, query, monitor.options, now)
        case CheckQuery():
            return await read_check(services, query, monitor.options, now)
        case FormulaQuery():
            return await read_formula(services, query, monitor.options, now)
        case CompositeQuery():
            return await read_composite(services, query, monitor.options)


async def evaluate_monitor(services: Services, monitor_id: int, query: MonitorQuery, now: float) -> None:
    """One evaluation: all groups step, what is to be told goes to the outbox in the same transaction."""
    async with services.database.session() as db:
        monitor = await db.get_one(Monitor, monitor_id)
        rows = (await db.scalars(select(MonitorGroup).where(MonitorGroup.monitor_id == monitor_id))).all()
    before = {row.name: GroupState(**row.state) for row in rows}
    readings = await read(services, monitor, query, now)
    after, moves = step_groups(before, readings, monitor, query, now)
    mutes = await mutes_of(services, monitor, query, now)
    moves |= ended_downtimes(after, moves, mutes)
    opinions = await second_opinions(services, query, monitor.options, moves, now)
    told = [
        (telling, await _told(services, monitor, query, telling, now, index, opinions))
        for index, telling in enumerate(
            tellings(moves, before, after, monitor.options.get("notify_by") or ())
        )
    ]
    muted = frozenset(name for name, (state, move) in moves.items() if mutes.covers(name, state, move))
    await _keep(services, monitor_id, after, moves, muted, told, now, opinions)
    for telling, message in told:
        await _post(services, monitor_id, group_tags(query, telling.name), message, now)


def ended_downtimes(
    after: Mapping[str, GroupState], moved: Mapping[str, object], mutes: Mutes
) -> dict[str, tuple[GroupState, Transition]]:
    """Groups that did not move but are to be told of, as their downtime ended with them unwell."""
    told = {
        name: (state, mutes.told_at_end(name, state)) for name, state in after.items() if name not in moved
    }
    return {name: (state, move) for name, (state, move) in told.items() if move is not None}


def step_groups(
    before: dict[str, GroupState], readings: Readings, monitor: Monitor, query: MonitorQuery, now: float
) -> tuple[dict[str, GroupState], dict[str, tuple[GroupState, Transition]]]:
    """The next states of all groups, and those that moved."""
    thresholds, policy = thresholds_of(query, monitor.options), policy_of(query, monitor.options)
    names = _names(before, readings, query)
    retention = retention_of(query, monitor.options)
    after: dict[str, GroupState] = {}
    moves: dict[str, tuple[GroupState, Transition]] = {}
    for name in names:
        known = before.get(name, GroupState())
        state, move = step(
            known, readings.get(name) or absent(query, monitor.options), thresholds, policy, now
        )
        if name not in readings:
            state = replace(state, last_data=known.last_data)
        silent = now - (state.last_data or state.first_seen)
        if name == "*" or silent <= retention or move is not None:
            after[name] = state
        if move is not None:
            moves[name] = (state, move)
    return after, moves


def _names(before: dict[str, GroupState], readings: Readings, query: MonitorQuery) -> list[str]:
    """The groups to look at: those known and those found; a simple alert always has its one.

    A composite has the groups that its monitors have in common now.
    """
    if isinstance(query, CompositeQuery):
        return list(readings)
    return list(dict.fromkeys([*before, *readings] if is_grouped(query) else ["*"]))


async def _told(
    services: Services,
    monitor: Monitor,
    query: MonitorQuery,
    telling: Telling,
    now: float,
    index: int,
    opinions: Mapping[str, str],
) -> Told:
    picture = None
    if isinstance(query, Drawable) and index < MAX_PICTURES and "@" in monitor.message:
        picture = await monitor_picture(services, query, monitor.options, telling.name, now)
    made = await occasion(services, monitor, query, (telling.name, telling.state, telling.move), now)
    if telling.groups != (telling.name,):
        made = replace(made, members=telling.groups)
    if telling.move.after in (ALERT, WARN):
        made = replace(
            made, opinion=next((opinions[name] for name in telling.groups if name in opinions), "")
        )
    return tell(made, picture)


async def occasion(
    services: Services,
    monitor: Monitor,
    query: MonitorQuery,
    moved: tuple[str, GroupState, Transition],
    now: float,
) -> Occasion:
    group, state, move = moved
    extra: dict[str, Any] = {"metrics": query.metrics}
    if isinstance(query, CompositeQuery):
        extra |= await operand_values(services, query, group)
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
        host=await host_facts(services, group_tags(query, group)),
        extra=extra,
    )


async def host_facts(services: Services, tags: Sequence[str]) -> dict[str, str]:
    """``name`` and ``ip`` of the host that a group names."""
    host = next((tag[5:] for tag in tags if tag.startswith("host:")), "")
    if not host:
        return {}
    rows = await services.engine.rows(
        "SELECT payload FROM host_metadata FINAL WHERE host = {host:String}", {"host": host}
    )
    for (payload,) in rows:
        found = _ADDRESS.search(str(payload))
        if found:
            return {"name": host, "ip": found[1]}
    return {"name": host}


async def _keep(
    services: Services,
    monitor_id: int,
    after: dict[str, GroupState],
    moves: Mapping[str, tuple[GroupState, Transition]],
    muted: frozenset[str],
    told: Sequence[tuple[Telling, Told]],
    now: float,
    opinions: Mapping[str, str],
) -> None:
    """State, history and outbox in one transaction; what is muted is kept in the history alone."""
    moment = datetime.fromtimestamp(now, UTC)
    async with services.database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
        if monitor is None:
            return
        rows = (await db.scalars(select(MonitorGroup).where(MonitorGroup.monitor_id == monitor_id))).all()
        kept = {row.name: row for row in rows}
        for name, row in kept.items():
            if name not in after:
                await db.delete(row)
        for name, state in after.items():
            if name in kept:
                kept[name].state = asdict(state)
            else:
                db.add(MonitorGroup(monitor_id=monitor_id, name=name, state=asdict(state)))
        for name, (state, move) in moves.items():
            db.add(
                MonitorTransition(
                    monitor_id=monitor_id, group_name=name, kind=move.kind, before=move.before,
                    after=move.after, value=state.value, muted=name in muted, time=now,
                    opinion=opinions.get(name, ""),
                )
            )  # fmt: skip
        for telling, message in told:
            if not muted.issuperset(telling.groups):
                unknown = await enqueue(db, message.handles, message.notice, moment)
                if unknown:
                    log.warning("Monitor %s notifies unknown handles: %s", monitor_id, ", ".join(unknown))
        status = overall([state.status for state in after.values()])
        if status != monitor.overall_state:
            monitor.overall_state, monitor.state_modified = status, moment
        monitor.evaluated, monitor.problem = now, ""


async def _post(
    services: Services, monitor_id: int, tags: tuple[str, ...], message: Told, now: float
) -> None:
    event = Event(
        time=int(now), title=message.title, text=message.text, source="monitor",
        alert_type=message.alert_type,
        host=next((tag[5:] for tag in tags if tag.startswith("host:")), ""),
        aggregation_key=f"monitor-{monitor_id}", tags=(*tags, "source:monitor", f"monitor_id:{monitor_id}"),
    )  # fmt: skip
    try:
        await post_event(services, event)
    except (StoreFull, DiskFull, EngineError) as error:
        log.warning("The event of monitor %s was not stored: %s", monitor_id, error)
