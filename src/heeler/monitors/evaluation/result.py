"""Result of an evaluation: the next states of a monitor's groups, and their transitions. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace as changed

from heeler.monitors.evaluation.event_query import absent
from heeler.monitors.evaluation.muting import Mutes
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import (
    OK,
    GroupState,
    Transition,
    overall,
    rewound,
    step,
)
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.notification import Told
from heeler.monitors.notifications.notify_by import Telling
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery, is_grouped
from heeler.monitors.validation import policy_of, retention_of, thresholds_of

Moves = dict[str, tuple[GroupState, Transition]]


@dataclass(slots=True)
class Outcome:
    """Result of one evaluation, to be written. ``before``, ``modified`` and ``silenced`` are the monitor's as
    read: rows evaluated, changed or muted by others since are not overwritten.
    """

    monitor_id: int
    before: float
    modified: Any
    now: float
    overall_before: str
    """The monitor's overall state as read."""
    after: dict[str, GroupState]
    moves: Moves = field(default_factory=dict)
    changes: Sequence[tuple[str, str, str]] = ()
    """Group, old state and new state of every group whose state changed; empty for new and dropped."""
    muted: frozenset[str] = frozenset()
    told: Sequence[tuple[Telling, Told]] = ()
    opinions: Mapping[str, str] = field(default_factory=dict)
    silenced: Mapping[str, Any] = field(default_factory=dict)
    draft: bool = False
    """A draft records its history and notifies nobody."""

    @property
    def status(self) -> str:
        return overall([state.status for state in self.after.values()])

    def notifies(self, telling: Telling) -> bool:
        return not self.draft and not self.muted.issuperset(telling.groups)


def step_groups(
    before: Mapping[str, GroupState], readings: Readings, monitor: Monitor, query: MonitorQuery, now: float
) -> tuple[dict[str, GroupState], Moves]:
    """Next states of all groups, and the transitions."""
    thresholds, policy = thresholds_of(query, monitor.options), policy_of(query, monitor.options)
    retention = retention_of(query, monitor.options)
    missing = absent(query, monitor.options)
    if monitor.evaluated > now:  # the clock was set back since
        before = {name: rewound(state, now) for name, state in before.items()}
    running_since = min((state.first_seen for state in before.values()), default=math.inf)
    after: dict[str, GroupState] = {}
    moves: Moves = {}
    for name in _names(before, readings, query):
        known = before.get(name, GroupState())
        reading = readings.get(name) or missing
        state, move = step(known, reading, thresholds, policy, now, running_since=running_since)
        if name not in readings:
            state = changed(state, last_data=known.last_data)
        silent = now - (state.last_data or state.first_seen)
        if silent > retention and move is not None and move.kind == "Renotify":
            state, move = known, None  # no renotification for groups without data for so long
        if name == "*" or silent <= retention or move is not None:
            after[name] = state
        else:
            continue
        if move is not None:
            moves[name] = (state, move)
    return after, moves


def state_changes(
    before: Mapping[str, GroupState], after: Mapping[str, GroupState], moves: Moves, *, resolves: bool
) -> list[tuple[str, str, str]]:
    """State changes for the history. A group set to OK for lack of data, after the time configured in the
    monitor (``resolves``), is not recorded as OK: nothing is known.
    """
    found = [(name, before[name].status, "") for name in before if name not in after]
    for name, state in after.items():
        was = before[name].status if name in before else ""
        timed_out = resolves and name in moves and moves[name][1].without_data and state.status == OK
        if was != state.status and not timed_out:
            found.append((name, was, state.status))
    return found


def _names(before: Mapping[str, GroupState], readings: Readings, query: MonitorQuery) -> list[str]:
    """Groups to evaluate: known and found ones; a simple alert always has its single group.

    A composite has the groups that its operands currently have in common.
    """
    if isinstance(query, CompositeQuery):
        return list(readings)
    return list(dict.fromkeys([*before, *readings] if is_grouped(query) else ["*"]))


def drop_muted_renotifications(
    before: Mapping[str, GroupState], after: dict[str, GroupState], moves: Moves, mutes: Mutes
) -> None:
    """Undo renotifications of muted groups: they neither count nor put off the next, which comes once the
    group is not muted any more."""
    for name, (state, move) in list(moves.items()):
        if move.kind == "Renotify" and mutes.covers(name, state, move):
            was = rewound(before[name], mutes.now)
            after[name] = changed(state, renotified=was.renotified, last_notified=was.last_notified)
            del moves[name]


def ended_downtimes(after: Mapping[str, GroupState], moved: Mapping[str, object], mutes: Mutes) -> Moves:
    """Groups without transition that are notified because their downtime ended in a bad state."""
    if mutes.none:
        return {}
    found = {
        name: (state, mutes.notified_at_end(name, state))
        for name, state in after.items()
        if name not in moved
    }
    return {name: (state, move) for name, (state, move) in found.items() if move is not None}
