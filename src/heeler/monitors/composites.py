"""What composite monitors read: the states of the monitors that they name, by common source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.monitors.composite import CompositeQuery, OperandState, combine_groups, source_of, tag_values
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.model import Monitor, MonitorGroup
from heeler.monitors.query import is_grouped, parse_monitor_query
from heeler.monitors.state import KEEP, NO_DATA, Reading


async def read_composite(
    services: Services, query: CompositeQuery, options: Mapping[str, Any]
) -> dict[str, Reading]:
    """The verdict by group. Where No Data is not to be told, the last state that is known stays."""
    async with services.database.session() as db:
        operands = {row.id: await _operand(db, row) for row in await _monitors(db, query)}
    tells = bool(options.get("notify_no_data"))
    return {
        name: Reading(None, status=KEEP if status == NO_DATA and not tells else status)
        for name, status in combine_groups(query, operands).items()
    }


async def _monitors(db: AsyncSession, query: CompositeQuery) -> list[Monitor]:
    return list(await db.scalars(select(Monitor).where(Monitor.id.in_(query.monitors))))


async def _operand(db: AsyncSession, monitor: Monitor) -> OperandState:
    try:
        grouped = is_grouped(parse_monitor_query(monitor.type, monitor.query, monitor.options))
    except InvalidQuery:
        grouped = False
    if not grouped:
        return OperandState(monitor.overall_state)
    rows = await db.scalars(select(MonitorGroup).where(MonitorGroup.monitor_id == monitor.id))
    return OperandState(monitor.overall_state, {row.name: str(row.state["status"]) for row in rows})


async def check_operands(db: AsyncSession, query: CompositeQuery) -> None:
    """Raises :class:`InvalidQuery` where a monitor is not there or is a composite itself."""
    found = {row.id: row for row in await _monitors(db, query)}
    for monitor_id in query.monitors:
        if monitor_id not in found:
            raise InvalidQuery(f"there is no monitor {monitor_id}")
        if found[monitor_id].type == "composite":
            raise InvalidQuery(f"monitor {monitor_id} is a composite itself")


async def operand_values(services: Services, query: CompositeQuery, group: str) -> dict[str, Any]:
    """``a.value``, ``a.status`` and so on for messages: letters by order of appearance in the query."""
    found: dict[str, Any] = {}
    async with services.database.session() as db:
        for place, monitor_id in enumerate(query.monitors):
            rows = list(await db.scalars(select(MonitorGroup).where(MonitorGroup.monitor_id == monitor_id)))
            table = {tag_values(row.name): (row.name, "") for row in rows}
            name = (source_of(table, tag_values(group)) or ("*", ""))[0]
            state = next((row.state for row in rows if row.name == name), None)
            monitor = await db.get(Monitor, monitor_id)
            letter = chr(ord("a") + place)
            found[f"{letter}.status"] = state["status"] if state else monitor.overall_state if monitor else ""
            value = state["value"] if state else None
            found[f"{letter}.value"] = "" if value is None else value
            found[f"{letter}.name"] = monitor.name if monitor else ""
    return found
