"""Whether notifications of a group are suppressed: by the monitor's own mutes, or by downtimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heeler.api.services import Services
from heeler.downtimes.matching import scope_matches
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import current
from heeler.downtimes.store import effective
from heeler.downtimes.suppression import (
    covers_tags,
    for_monitor,
    plan_of,
    quiet,
    recovery_muted,
    told_at_end,
)
from heeler.monitors.model import Monitor
from heeler.monitors.query import CheckQuery, MetricQuery, MonitorQuery
from heeler.monitors.state import ALERT, NO_DATA, OK, WARN, GroupState, Transition
from heeler.query.metrics.ast import All, Scope, Tag, selectors

_KINDS = {ALERT: "Triggered", WARN: "Warn", NO_DATA: "No Data"}


def silenced(options: Mapping[str, Any], tags: tuple[str, ...], now: float) -> bool:
    """The monitor's own mutes: scope to the time they end, or None for ever."""
    return any(
        (end is None or now < float(end)) and scope_matches(str(scope).split(","), tags)
        for scope, end in (options.get("silenced") or {}).items()
    )


def fixed_tags(query: MonitorQuery | None) -> tuple[str, ...]:
    """The tags that every group of a query has, as its scope demands them."""
    if isinstance(query, CheckQuery):
        return query.over
    if not isinstance(query, MetricQuery):
        return ()
    scopes = [set(_demanded(item.scope)) for item in selectors(query.node)]
    return tuple(sorted(set.intersection(*scopes))) if scopes else ()


def _demanded(scope: Scope) -> tuple[str, ...]:
    if isinstance(scope, Tag):
        return () if scope.text == "*" else (scope.text,)
    if isinstance(scope, All):
        return tuple(tag for item in scope.operands for tag in _demanded(item))
    return ()


def group_tags(query: MonitorQuery | None, group: str) -> tuple[str, ...]:
    """What a downtime's scope is compared with: the group's own tags and those of the query's scope."""
    own = () if group == "*" else tuple(group.split(","))
    return tuple(dict.fromkeys((*own, *fixed_tags(query))))


@dataclass(frozen=True, slots=True)
class Mutes:
    """What bears on one monitor at ``now``; ``before`` is when it was evaluated last, 0 for never."""

    options: Mapping[str, Any]
    downtimes: tuple[Downtime, ...]
    query: MonitorQuery | None
    before: float
    now: float

    def quiet(self, group: str) -> bool:
        tags = group_tags(self.query, group)
        return silenced(self.options, tags, self.now) or quiet(self.downtimes, tags, self.now)

    def holding(self, group: str) -> list[Downtime]:
        """The downtimes that cover the group now."""
        tags = group_tags(self.query, group)
        return [
            item
            for item in self.downtimes
            if current(plan_of(item), self.now) is not None and covers_tags(item, tags)
        ]

    def until(self, group: str) -> int | None:
        """When the downtimes that cover the group now have all ended, UNIX seconds; None for never."""
        found = [current(plan_of(item), self.now) for item in self.holding(group)]
        ends = [item.end for item in found if item is not None]
        return int(max(end or 0 for end in ends)) if ends and None not in ends else None

    def covers(self, group: str, state: GroupState, move: Transition) -> bool:
        """Whether ``move`` is not to be told."""
        if self.quiet(group):
            return True
        return move.after == OK and recovery_muted(
            self.downtimes, group_tags(self.query, group), state.triggered_at, self.now
        )

    def told_at_end(self, group: str, state: GroupState) -> Transition | None:
        """What is to be told of a group that did not move, because its downtime ended with it unwell."""
        kind = _KINDS.get(state.status)
        if kind is None or not self.before or self.quiet(group):
            return None
        tags = group_tags(self.query, group)
        ends = told_at_end(self.downtimes, tags, state.status, self.before, self.now)
        return Transition(kind, state.status, state.status) if ends else None


async def mutes_of(services: Services, monitor: Monitor, query: MonitorQuery, now: float) -> Mutes:
    async with services.database.session() as db:
        found = for_monitor(await effective(db, now), monitor.id, [str(tag) for tag in monitor.tags])
    return Mutes(monitor.options, tuple(found), query, monitor.evaluated, now)
