"""Storage of group states: one database row a monitor, so that a round writes few rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.monitors.evaluation.state_machine import GroupState
from heeler.monitors.model import MonitorStates
from heeler.store.database import in_parts

States = dict[str, GroupState]
_decoder = msgspec.json.Decoder(dict[str, GroupState])


def encode(states: Mapping[str, GroupState]) -> bytes:
    return msgspec.json.encode(states)


def decode(kept: bytes) -> States:
    return _decoder.decode(kept)


async def load_states(db: AsyncSession, monitor_ids: Iterable[int]) -> dict[int, States]:
    """States by monitor and group name; monitors without states are missing."""
    found: dict[int, States] = {}
    for some in in_parts(list(monitor_ids)):
        wanted = MonitorStates.monitor_id.in_(some)
        rows = await db.execute(select(MonitorStates.monitor_id, MonitorStates.states).where(wanted))
        found |= {row.monitor_id: decode(row.states) for row in rows}
    return found


async def states_of(db: AsyncSession, monitor_id: int) -> States:
    """States by group name of one monitor."""
    return (await load_states(db, [monitor_id])).get(monitor_id, {})
