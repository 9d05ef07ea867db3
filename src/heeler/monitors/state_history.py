"""State history of a monitor's groups in a time window: for uptime, and for the status page's timeline."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.model import MonitorStateChange

MAX_CHANGES = 200_000
"""Maximum number of changes of one monitor that are read; more is an error, not a wrong result."""
Change = tuple[float, str, str]
"""Time (UNIX seconds), old state, new state."""


class TooManyChanges(ValueError):
    """The window has more state changes than the limit."""


async def state_history(
    db: AsyncSession, monitor_id: int, start: float, end: float
) -> Mapping[str, tuple[str, list[Change]]]:
    """By group: the state at ``start`` and the changes in [start, end). Groups that did not exist are
    missing.

    A group without later changes is in its current state throughout.
    """
    table = MonitorStateChange
    latest = (
        select(func.max(table.id))
        .where(table.monitor_id == monitor_id, table.time < start)
        .group_by(table.group_name)
    )
    before = await db.execute(select(table.group_name, table.after).where(table.id.in_(latest)))
    states = {row.group_name: row.after for row in before}
    rows = await db.execute(
        select(table.group_name, table.time, table.before, table.after)
        .where(table.monitor_id == monitor_id, table.time >= start, table.time < end)
        .order_by(table.id)
        .limit(MAX_CHANGES + 1)
    )
    changes: dict[str, list[Change]] = {}
    for count, row in enumerate(rows):
        if count == MAX_CHANGES:
            raise TooManyChanges(f"monitor {monitor_id} changed its states more than {MAX_CHANGES:,} times")
        changes.setdefault(row.group_name, []).append((row.time, row.before, row.after))
    now = {name: state.status for name, state in (await states_of(db, monitor_id)).items()}
    found = {}
    for name in dict.fromkeys([*states, *changes, *now]):
        own = changes.get(name, [])
        first = states.get(name) or (own[0][1] if own else now.get(name, ""))
        if first or own:
            found[name] = first, own
    return found
