"""Effect of downtimes on a group of a monitor: muted now, notified at the end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from heeler.downtimes.matching import expression_matches, monitor_matches, parse_scope, scope_matches
from heeler.downtimes.model import Downtime
from heeler.downtimes.schedule import Plan, Recurrence, current, latest, parse_duration


def plan_of(downtime: Downtime) -> Plan:
    return Plan(
        downtime.timezone,
        downtime.start,
        downtime.end,
        tuple(recurrence_of(item) for item in downtime.recurrences),
        downtime.canceled,
    )


def recurrence_of(kept: dict[str, Any]) -> Recurrence:
    start = datetime.fromisoformat(kept["start"])
    return Recurrence(start, parse_duration(kept["duration"]), kept["rrule"])


def covers_tags(downtime: Downtime, tags: Sequence[str]) -> bool:
    if downtime.expression:
        return expression_matches(parse_scope(downtime.expression), tags)
    return scope_matches(downtime.scope, tags)


def for_monitor(
    downtimes: Iterable[Downtime], monitor_id: int, monitor_tags: Sequence[str]
) -> list[Downtime]:
    """Downtimes that select the monitor by id or by its tags."""
    return [
        item
        for item in downtimes
        if monitor_matches(item.monitor_id, item.monitor_tags, monitor_id, monitor_tags)
    ]


def quiet(downtimes: Iterable[Downtime], tags: Sequence[str], now: float) -> bool:
    """Whether a group with ``tags`` is muted by a downtime."""
    return any(current(plan_of(item), now) and covers_tags(item, tags) for item in downtimes)


def told_at_end(
    downtimes: Iterable[Downtime], tags: Sequence[str], state: str, before: float, now: float
) -> bool:
    """Whether a downtime that covered the group at ``before`` has ended and requires notification of
    ``state``.
    """
    return any(
        state.lower() in item.notify_end_states
        and covers_tags(item, tags)
        and current(plan_of(item), before) is not None
        and current(plan_of(item), now) is None
        and ("expired" if item.canceled is None else "canceled") in item.notify_end_types
        for item in downtimes
    )


def recovery_muted(downtimes: Iterable[Downtime], tags: Sequence[str], triggered: float, now: float) -> bool:
    """Whether the recovery of a group that triggered at ``triggered`` is muted by a downtime with
    ``mute_first_recovery_notification``: one that the alert started before or within.
    """
    for item in downtimes:
        if not item.mute_first_recovery_notification or not covers_tags(item, tags):
            continue
        found = latest(plan_of(item), now)
        if found is not None and (found.end is None or triggered <= found.end):
            return True
    return False
