"""Option ``notify_by``: one notification for all groups that share the given tags. Pure.

A monitor grouped by cluster, namespace and pod that notifies by cluster sends one notification when the first
pod of a cluster alerts, and one when the last has recovered. ``["*"]`` makes one notification of all groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heeler.monitors.evaluation.state_machine import (
    ALERT,
    NO_DATA,
    OK,
    UNKNOWN,
    WARN,
    GroupState,
    Transition,
    overall,
)

_KINDS = {ALERT: "Triggered", WARN: "Warn", NO_DATA: "No Data", OK: "Recovered", UNKNOWN: "Unknown"}


@dataclass(frozen=True, slots=True)
class Telling:
    """One notification: its scope, its state and transition, and the groups with transitions."""

    name: str
    state: GroupState
    move: Transition
    groups: tuple[str, ...]


Moves = Mapping[str, tuple[GroupState, Transition]]


def tellings(
    moves: Moves, before: Mapping[str, GroupState], after: Mapping[str, GroupState], notify_by: Sequence[str]
) -> list[Telling]:
    """Notifications to send: for each group with a transition, or for each union of groups whose state
    changed.
    """
    if not notify_by:
        return [Telling(name, state, move, (name,)) for name, (state, move) in moves.items()]
    unions: dict[str, list[str]] = {}
    for name in dict.fromkeys([*before, *after]):
        unions.setdefault(union_name(name, notify_by), []).append(name)
    found = []
    for name, members in unions.items():
        moved = tuple(member for member in members if member in moves)
        told = _union(members, moved, moves, before, after) if moved else None
        if told is not None:
            found.append(Telling(name, told[0], told[1], moved))
    return found


def union_name(group: str, notify_by: Sequence[str]) -> str:
    return ",".join(tag for tag in group.split(",") if tag.partition(":")[0] in notify_by) or "*"


def _union(
    members: Iterable[str],
    moved: Sequence[str],
    moves: Moves,
    before: Mapping[str, GroupState],
    after: Mapping[str, GroupState],
) -> tuple[GroupState, Transition] | None:
    was = overall([_status(before[name]) for name in members if name in before] or [OK])
    now = overall([_status(after[name]) for name in members if name in after] or [OK])
    carrier = next((name for name in moved if moves[name][1].after == now), moved[0])
    state = moves[carrier][0]
    if was != now:
        return state, Transition(_KINDS[now], was, now)
    ended = [name for name in moved if moves[name][1] == Transition(_KINDS[now], now, now)]
    if ended:  # a downtime ended with the group in a bad state
        return moves[ended[0]]
    alike = [item for name in members if (item := after.get(name)) is not None and item.status == now]
    first = min(alike, key=lambda item: item.triggered_at or item.last_nodata, default=None)
    again = [name for name in moved if moves[name][1].kind == "Renotify" and moves[name][0] == first]
    return (moves[again[0]][0], moves[again[0]][1]) if again else None


def _status(state: GroupState) -> str:
    """State of a group for notification; a group that never had data has none."""
    return OK if state.status == NO_DATA and not state.last_nodata else state.status
