"""Suppression of a group's notifications: by the monitor's own mutes, or by downtimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heeler.downtimes.matching import scope_matches
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import current
from heeler.downtimes.suppression import (
    covers_tags,
    for_monitor,
    plan_of,
    recovery_muted,
    told_at_end,
)
from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA, OK, WARN, GroupState, Transition
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import CheckQuery, MetricQuery, MonitorQuery

_KINDS = {ALERT: "Triggered", WARN: "Warn", NO_DATA: "No Data"}


def silenced(mutes: Mapping[str, Any], tags: tuple[str, ...], now: float) -> bool:
    """Whether the monitor's own mutes (scope to end time, None: no end) cover a group."""
    return any(
        (end is None or now < float(end)) and scope_matches(str(scope).split(","), tags)
        for scope, end in mutes.items()
    )


def fixed_tags(query: MonitorQuery | None) -> tuple[str, ...]:
    """Tags that every group of a query has, as its scope requires them."""
    if isinstance(query, CheckQuery):
        return query.over
    return query.fixed if isinstance(query, MetricQuery) else ()


def group_tags(query: MonitorQuery | None, group: str) -> tuple[str, ...]:
    """Tags that a downtime's scope is matched with: the group's own and those of the query's scope."""
    own = () if group == "*" else tuple(group.split(","))
    return tuple(dict.fromkeys((*own, *fixed_tags(query))))


class Mutes:
    """Mutes of the groups of one monitor at ``now``; ``before`` is its last evaluation, 0 for never.

    Active downtimes are determined once here, not once a group.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        downtimes: Sequence[Downtime],
        query: MonitorQuery | None,
        before: float,
        now: float,
    ) -> None:
        self.query, self.before, self.now = query, before, now
        self.downtimes = tuple(downtimes)
        self._silenced = options.get("silenced") or {}
        found = [(item, current(plan_of(item), now)) for item in self.downtimes]
        self._active = [(item, occurrence) for item, occurrence in found if occurrence is not None]
        self._fixed = fixed_tags(query)

    @property
    def none(self) -> bool:
        """Whether no group can be muted."""
        return not self.downtimes and not self._silenced

    def _tags(self, group: str) -> tuple[str, ...]:
        own = () if group == "*" else tuple(group.split(","))
        return tuple(dict.fromkeys((*own, *self._fixed)))

    def quiet(self, group: str) -> bool:
        """Whether the group is muted now."""
        if self.none:
            return False
        tags = self._tags(group)
        return silenced(self._silenced, tags, self.now) or any(
            covers_tags(item, tags) for item, _ in self._active
        )

    def holding(self, group: str) -> list[Downtime]:
        """Downtimes that cover the group now."""
        tags = self._tags(group)
        return [item for item, _ in self._active if covers_tags(item, tags)]

    def until(self, group: str) -> int | None:
        """End of the last downtime that covers the group now, UNIX seconds; None for never."""
        tags = self._tags(group)
        ends = [occurrence.end for item, occurrence in self._active if covers_tags(item, tags)]
        return int(max(end or 0 for end in ends)) if ends and None not in ends else None

    def covers(self, group: str, state: GroupState, move: Transition) -> bool:
        """Whether ``move`` is muted: recorded in the history, without notification."""
        if self.none:
            return False
        if self.quiet(group):
            return True
        return move.after == OK and recovery_muted(
            self.downtimes, self._tags(group), state.triggered_at, self.now
        )

    def notified_at_end(self, group: str, state: GroupState) -> Transition | None:
        """Notification for a group without transition whose downtime ended while it was in a bad state."""
        kind = _KINDS.get(state.status)
        if kind is None or not self.before or self.none or self.quiet(group):
            return None
        ends = told_at_end(self.downtimes, self._tags(group), state.status, self.before, self.now)
        return Transition(kind, state.status, state.status) if ends else None


def mutes_for(monitor: Monitor, downtimes: Sequence[Downtime], query: MonitorQuery, now: float) -> Mutes:
    """Mutes of a monitor. ``downtimes``: all that may apply at ``now``; others' are ignored."""
    chosen = for_monitor(downtimes, monitor.id, [str(tag) for tag in monitor.tags])
    return Mutes(monitor.options, chosen, query, monitor.evaluated, now)
