"""Downtimes that match a monitor, and the groups that they cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import Occurrence, current, current_or_next
from heeler.downtimes.store import pending
from heeler.downtimes.suppression import covers_tags, for_monitor, plan_of
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.muting import group_tags
from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import parse_monitor_query


@dataclass(frozen=True, slots=True)
class DowntimeMatch:
    """A matching downtime. ``groups``: names of the covered groups, ``*`` for all; ``occurrence``: the
    current or next one.
    """

    downtime: Downtime
    groups: list[str]
    occurrence: Occurrence
    active: bool
    """Whether it applies now, as opposed to later."""

    @property
    def start_iso(self) -> str:
        return datetime.fromtimestamp(self.occurrence.start, UTC).isoformat()

    @property
    def end_iso(self) -> str | None:
        end = self.occurrence.end
        return None if end is None else datetime.fromtimestamp(end, UTC).isoformat()

    @property
    def first_version(self) -> dict[str, object]:
        """Serialize for the field ``matching_downtimes`` of monitors."""
        end = self.occurrence.end
        return {
            "id": self.downtime.id,
            "scope": self.downtime.scope,
            "start": int(self.occurrence.start),
            "end": None if end is None else int(end),
            "active": self.active,
            "monitor_id": self.downtime.monitor_id,
            "groups": self.groups,
        }


async def matches_of(db: AsyncSession, monitor: Monitor, now: float) -> list[DowntimeMatch]:
    """Downtimes that cover at least one group of ``monitor``, now or at their next occurrence."""
    try:
        query = parse_monitor_query(monitor.type, monitor.query, monitor.options)
    except InvalidQuery:
        return []
    names = sorted(await states_of(db, monitor.id)) or ["*"]
    found = []
    for downtime in for_monitor(await pending(db, now), monitor.id, [str(tag) for tag in monitor.tags]):
        covered = [name for name in names if covers_tags(downtime, group_tags(query, name))]
        occurrence = current_or_next(plan_of(downtime), now)
        if covered and occurrence is not None:
            found.append(
                DowntimeMatch(
                    downtime, ["*"] if covered == names else covered, occurrence, occurrence.covers(now)
                )
            )
    return found


async def silenced_by_downtimes(db: AsyncSession, monitor: Monitor, now: float) -> dict[str, int | None]:
    """Scopes muted now by downtimes for the monitor, with the latest end; None for never."""
    found: dict[str, int | None] = {}
    wanted = select(Downtime).where(Downtime.monitor_id == monitor.id, Downtime.canceled.is_(None))
    for downtime in await db.scalars(wanted.order_by(Downtime.id)):
        occurrence = current(plan_of(downtime), now)
        if occurrence is not None:
            scope = ",".join(str(item) for item in downtime.scope) or "*"
            end, known = occurrence.end, found.get(scope, 0)
            found[scope] = None if end is None or known is None else max(int(end), known)
    return found
