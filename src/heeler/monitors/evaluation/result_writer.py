"""Writes evaluation results: states, history and outbox of many monitors in one transaction, then their
events."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.events.store import post_events
from heeler.monitors.evaluation.host_facts import host_of
from heeler.monitors.evaluation.result import Outcome
from heeler.monitors.evaluation.state_store import encode
from heeler.monitors.model import Monitor, MonitorStateChange, MonitorStates, MonitorTransition
from heeler.notify.model import OutboxMessage
from heeler.notify.outbox import Directory, directory, message_rows
from heeler.store.engine import EngineError
from heeler.store.group_commit import RowsRejected, StoreFailed
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.events.intake_payload import Event

log = logging.getLogger("heeler.monitors")
_NO_MONITOR = -1


async def write_outcomes(
    services: Services, outcomes: Sequence[tuple[str, Outcome]], tokens: Mapping[str, int]
) -> list[Outcome]:
    """Writes what was not evaluated, changed or deleted by others meanwhile, and is still this server's to
    evaluate; returns that. Each outcome comes with the name of its lease, ``tokens`` has the leases'
    tokens."""
    if not outcomes:
        return []
    async with services.database.session() as db:
        held = await services.leases.fence(db, tokens)
        if lost := sum(lease not in held for lease, _ in outcomes):
            telemetry.count("heeler.monitors.fenced", lost)
            log.warning("%d monitors were evaluated by a server whose lease had ended: not written", lost)
        written = await _claim(db, [item for lease, item in outcomes if lease in held])
        await _write_states(db, written)
        await _write_history(db, written)
        people = await directory(db) if any(item.told for item in written) else Directory(())
        await _write_notices(db, written, people)
    return written


async def _claim(db: AsyncSession, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Mark monitors as evaluated, but those where another evaluator was first, and those that were changed,
    muted or deleted since. Returns the outcomes to write.

    The condition prevents two evaluators from notifying twice.
    """
    await db.execute(
        update(Monitor)
        .where(Monitor.id == _NO_MONITOR)
        .values(evaluated=Monitor.evaluated)
        .execution_options(synchronize_session=False)
    )
    rows = await db.execute(
        select(Monitor.id, Monitor.evaluated, Monitor.modified, Monitor.options)
        .where(Monitor.id.in_([item.monitor_id for item in outcomes]))
        .order_by(Monitor.id)
        .with_for_update()
    )
    now = {row.id: (row.evaluated, row.modified, row.options.get("silenced") or {}) for row in rows}
    claimed = [
        item for item in outcomes if now.get(item.monitor_id) == (item.before, item.modified, item.silenced)
    ]
    changes = [{"id": item.monitor_id, "evaluated": item.now, "problem": ""} for item in claimed]
    if changes:
        await db.execute(update(Monitor), changes)
    moved = [
        {
            "id": item.monitor_id, "overall_state": status,
            "state_modified": datetime.fromtimestamp(item.now, UTC),
        }
        for item in claimed
        if (status := item.status) != item.overall_before
    ]  # fmt: skip
    if moved:
        await db.execute(update(Monitor), moved)
    return claimed


async def _write_states(db: AsyncSession, written: Sequence[Outcome]) -> None:
    if not written:
        return
    ids = [item.monitor_id for item in written]
    await db.execute(delete(MonitorStates).where(MonitorStates.monitor_id.in_(ids)))
    rows = [{"monitor_id": item.monitor_id, "states": encode(item.after)} for item in written]
    await db.execute(insert(MonitorStates), rows)


async def _write_history(db: AsyncSession, written: Iterable[Outcome]) -> None:
    rows = [
        {
            "monitor_id": item.monitor_id, "group_name": name, "kind": move.kind, "before": move.before,
            "after": move.after, "value": None if move.without_data else state.value,
            "muted": name in item.muted, "time": item.now, "opinion": item.opinions.get(name, ""),
        }
        for item in written
        for name, (state, move) in item.moves.items()
    ]  # fmt: skip
    if rows:
        await db.execute(insert(MonitorTransition), rows)
    changes = [
        {
            "monitor_id": item.monitor_id, "group_name": name, "before": before, "after": after,
            "time": item.now,
        }
        for item in written
        for name, before, after in item.changes
    ]  # fmt: skip
    if changes:
        await db.execute(insert(MonitorStateChange), changes)


async def _write_notices(db: AsyncSession, written: Iterable[Outcome], people: Directory) -> None:
    rows: list[dict[str, Any]] = []
    for item in written:
        unknown: dict[str, None] = {}
        for telling, told in item.told:
            if item.notifies(telling) and told.handles:
                found, nobody = people.recipients(told.handles)
                rows += message_rows(found, told.notice, datetime.fromtimestamp(item.now, UTC))
                unknown |= dict.fromkeys(nobody)
        if unknown:
            telemetry.count("heeler.monitors.unknown_handles", len(unknown))
            log.warning("Monitor %s notifies unknown handles: %s", item.monitor_id, ", ".join(unknown))
    if rows:
        await db.execute(insert(OutboxMessage), rows)


async def write_events(services: Services, events: Sequence[Event]) -> None:
    """Write events of notifications at once; failures are logged and counted."""
    if not events:
        return
    try:
        await post_events(services, events)
    except (StoreFull, DiskFull, StoreFailed, RowsRejected, EngineError) as error:
        telemetry.count("heeler.monitors.lost_events", len(events))
        log.warning("%d events of monitors were not stored: %s", len(events), error)


def events_of(item: Outcome) -> Iterable[Event]:
    """The events of an outcome's notifications."""
    for _, told in item.told:
        tags = told.tags
        yield Event(
            time=int(item.now), title=told.title, text=told.text, source="monitor",
            alert_type=told.alert_type, host=host_of(tags), aggregation_key=f"monitor-{item.monitor_id}",
            tags=(*tags, "source:monitor", f"monitor_id:{item.monitor_id}"),
        )  # fmt: skip
