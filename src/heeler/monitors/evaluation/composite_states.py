"""Readings of composite monitors: the states of their operands, joined by common group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.custom_schedule import is_scheduled
from heeler.monitors.evaluation.state_machine import KEEP, NO_DATA, Reading
from heeler.monitors.evaluation.state_store import States, load_states
from heeler.monitors.model import Monitor
from heeler.monitors.queries.composite import (
    CompositeQuery,
    OperandState,
    combine_groups,
    source_of,
    tag_values,
)
from heeler.monitors.queries.parser import is_grouped, parse_monitor_query
from heeler.store.database import in_parts


async def read_composite(
    services: Services, query: CompositeQuery, options: Mapping[str, Any]
) -> dict[str, Reading]:
    """Verdict by group. If No Data does not notify, the last known state is retained."""
    async with services.database.session() as db:
        monitors = await _monitors(db, query)
        states = await load_states(db, query.monitors)
    operands = {row.id: _operand(row, states.get(row.id, {})) for row in monitors}
    tells = bool(options.get("notify_no_data"))
    return {
        name: Reading(None, status=KEEP if status == NO_DATA and not tells else status)
        for name, status in combine_groups(query, operands).items()
    }


async def _monitors(db: AsyncSession, query: CompositeQuery) -> list[Monitor]:
    return list(await db.scalars(select(Monitor).where(Monitor.id.in_(query.monitors))))


def _operand(monitor: Monitor, states: States) -> OperandState:
    try:
        grouped = is_grouped(parse_monitor_query(monitor.type, monitor.query, monitor.options))
    except InvalidQuery:
        grouped = False
    if not grouped:
        return OperandState(monitor.overall_state)
    return OperandState(monitor.overall_state, {name: state.status for name, state in states.items()})


async def ready_composites(db: AsyncSession, queries: Mapping[int, CompositeQuery], now: float) -> set[int]:
    """Of the composites in ``queries``, by id, those whose operands have all been judged.

    One that was created or edited while the others were judged has no state yet, or lost it: a composite that
    did not wait for it would forget its groups, or notify that there are no data. Operands that cannot be
    judged, or only at a later time, are not waited for: they are No Data.
    """
    ids = sorted({operand for query in queries.values() for operand in query.monitors})
    waiting: set[int] = set()
    for some in in_parts(ids):
        wanted = Monitor.id.in_(some)
        rows = await db.scalars(
            select(Monitor).where(wanted, Monitor.evaluated == 0.0, Monitor.problem == "")
        )
        waiting |= {row.id for row in rows if is_scheduled(row, now)}
    return {key for key, query in queries.items() if waiting.isdisjoint(query.monitors)}


async def check_operands(db: AsyncSession, query: CompositeQuery) -> None:
    """Raise :class:`InvalidQuery` if an operand does not exist or is itself a composite."""
    found = {row.id: row for row in await _monitors(db, query)}
    for monitor_id in query.monitors:
        if monitor_id not in found:
            raise InvalidQuery(f"there is no monitor {monitor_id}")
        if found[monitor_id].type == "composite":
            raise InvalidQuery(f"monitor {monitor_id} is a composite itself")


async def operand_values(
    services: Services, query: CompositeQuery, groups: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Template variables ``a.value``, ``a.status`` and so on, by group; letters by order in the query."""
    async with services.database.session() as db:
        monitors = {row.id: row for row in await _monitors(db, query)}
        states = await load_states(db, query.monitors)
    tables = {key: {tag_values(name): (name, "") for name in found} for key, found in states.items()}
    values: dict[str, dict[str, Any]] = {}
    for group in groups:
        found = values[group] = {}
        for place, monitor_id in enumerate(query.monitors):
            monitor, letter = monitors.get(monitor_id), chr(ord("a") + place)
            name = (source_of(tables.get(monitor_id, {}), tag_values(group)) or ("*", ""))[0]
            state = states.get(monitor_id, {}).get(name)
            found[f"{letter}.status"] = state.status if state else monitor.overall_state if monitor else ""
            found[f"{letter}.value"] = "" if state is None or state.value is None else state.value
            found[f"{letter}.name"] = monitor.name if monitor else ""
    return values
