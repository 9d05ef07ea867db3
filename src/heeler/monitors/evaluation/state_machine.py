"""State machine of one group of a monitor: takes a reading, returns the next state and a transition. Pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import msgspec
from msgspec.structs import replace as changed

OK, WARN, ALERT, NO_DATA, UNKNOWN = "OK", "Warn", "Alert", "No Data", "Unknown"
#: Verdict that leaves the state unchanged.
KEEP = "keep"
#: A renotification may come earlier by this part of its interval, and by so many seconds at most: evaluations
#: do not come exactly at their times, and one that comes a little early is not to wait for the next.
RENOTIFY_EARLY, RENOTIFY_EARLY_SECONDS = 0.05, 30.0
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_RECOVERED: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.le,
    ">=": operator.lt,
    "<": operator.ge,
    "<=": operator.gt,
    "==": operator.ne,
    "!=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    comparator: str
    critical: float | None = None
    warning: float | None = None
    critical_recovery: float | None = None
    warning_recovery: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Options of a monitor that the state machine uses; times are seconds, 0 is off."""

    notify_no_data: bool = False
    no_data_after: float = 600
    on_missing_data: str = "default"
    resolve_after: float = 0
    renotify_every: float = 0
    renotify_times: int = 0
    renotify_statuses: tuple[str, ...] = ("alert", "no data")
    new_group_delay: float = 0
    new_host_delay: float = 0
    """For groups that appear while the monitor runs, if they are hosts."""
    every_evaluation: bool = False
    """Whether each evaluation that is not OK notifies, as with custom schedules."""

    @property
    def tells_no_data(self) -> bool:
        return self.notify_no_data or self.on_missing_data == "show_and_notify_no_data"


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of a group. ``value`` is None without data; ``recovery`` is the value used for recovery, if
    different: the share of anomalous points in the recovery window.

    ``status`` is a precomputed verdict (service checks, composites); then thresholds are not used. ``age``:
    seconds from the last data to the window's end.
    """

    value: float | None
    recovery: float | None = None
    status: str = ""
    age: float = 0


class GroupState(msgspec.Struct, frozen=True):
    """State of a group. Times are UNIX seconds, 0 for never. It is read, changed and written for each group
    in each round: a struct does that at a third of the cost of a dataclass.
    """

    status: str = NO_DATA
    value: float | None = None
    first_seen: float = 0
    last_data: float = 0
    triggered_at: float = 0
    last_triggered: float = 0
    last_nodata: float = 0
    last_resolved: float = 0
    last_notified: float = 0
    renotified: int = 0
    alerted: bool = False
    """Whether it was in Alert since its last recovery."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition. ``kind``: Triggered, Re-Triggered, Warn, Recovered, No Data or Renotify.

    ``without_data``: there was no value when it happened; the state's is the last known one.
    """

    kind: str
    before: str
    after: str
    without_data: bool = False


def judge(reading: Reading, thresholds: Thresholds, before: str) -> str:
    """OK, Warn or Alert for a value and the previous state: recovery thresholds add hysteresis."""
    if reading.status:
        return before if reading.status == KEEP else reading.status
    value = reading.value
    if value is None:
        return NO_DATA
    compare, recovered = _COMPARE[thresholds.comparator], _RECOVERED[thresholds.comparator]

    def well(release: float) -> bool:
        return recovered(value, release) if reading.recovery is None else reading.recovery <= release

    def holds(limit: float | None, release: float | None, *, was: bool) -> bool:
        if limit is None:
            return False
        return compare(value, limit) or (was and release is not None and not well(release))

    if holds(thresholds.critical, thresholds.critical_recovery, was=before == ALERT):
        return ALERT
    if holds(thresholds.warning, thresholds.warning_recovery, was=before in (WARN, ALERT)):
        return WARN
    return OK


def step(
    state: GroupState,
    reading: Reading,
    thresholds: Thresholds,
    policy: Policy,
    now: float,
    *,
    running_since: float = math.inf,
) -> tuple[GroupState, Transition | None]:
    """State after ``reading`` at ``now``, and the transition to notify, if any.

    ``running_since``: when the monitor's first group was seen. Groups of hosts that appear after it has run
    for the delay of new hosts are new; earlier ones may have existed and only reported late.
    """
    value = reading.value
    if value is not None and state.status == OK and state.first_seen and not reading.status:
        limits = (thresholds.critical, thresholds.warning)
        compare = _COMPARE[thresholds.comparator]
        waited = now - state.first_seen >= max(policy.new_group_delay, policy.new_host_delay)
        if waited and not any(limit is not None and compare(value, limit) for limit in limits):
            return _still_well(state, value, max(state.last_data, now - reading.age)), None
    if not state.first_seen:
        state = changed(state, first_seen=now)
    new_host = state.first_seen > running_since + policy.new_host_delay
    delay = policy.new_group_delay or (policy.new_host_delay if new_host else 0)
    seen = max(state.last_data, now - reading.age)
    if reading.value is None and not reading.status:
        after = _missing(state, policy, now)
    elif now - state.first_seen < delay:
        return changed(state, last_data=seen, value=reading.value), None
    else:
        after = judge(reading, thresholds, state.status)
        if reading.status != KEEP:
            state = changed(state, value=reading.value)
        if after != NO_DATA:
            state = changed(state, last_data=seen)
    state, move = _moved(state, after, policy, now)
    if move is not None and reading.value is None and not reading.status:
        move = replace(move, without_data=True)
    return state, move


def _still_well(state: GroupState, value: float, last_data: float) -> GroupState:
    """Fast path of the most frequent case: OK as before. Written out, as ``changed`` costs more."""
    return GroupState(
        OK, value, state.first_seen, last_data, state.triggered_at, state.last_triggered, state.last_nodata,
        state.last_resolved, state.last_notified, state.renotified, state.alerted,
    )  # fmt: skip


def rewound(state: GroupState, now: float) -> GroupState:
    """``state`` with all times moved back, in their order, where one is in the future: the clock was set
    back, and nothing waits for those times to come again."""
    ahead = max(
        state.last_data, state.last_triggered, state.last_nodata, state.last_resolved, state.last_notified,
        state.first_seen,
    ) - now  # fmt: skip

    def moved(time: float) -> float:
        return max(time - ahead, 1.0) if time else 0.0

    if ahead <= 0:
        return state
    return changed(
        state,
        first_seen=moved(state.first_seen),
        last_data=moved(state.last_data),
        triggered_at=moved(state.triggered_at),
        last_triggered=moved(state.last_triggered),
        last_nodata=moved(state.last_nodata),
        last_resolved=moved(state.last_resolved),
        last_notified=moved(state.last_notified),
    )


def _missing(state: GroupState, policy: Policy, now: float) -> str:
    if not state.last_data:
        return state.status
    silent = now - state.last_data
    if policy.resolve_after and silent >= policy.resolve_after:
        return OK
    if policy.on_missing_data == "resolve":
        return OK
    if policy.on_missing_data in ("show_no_data", "show_and_notify_no_data"):
        return NO_DATA
    if policy.notify_no_data and silent >= policy.no_data_after:
        return NO_DATA
    return state.status


def _moved(state: GroupState, after: str, policy: Policy, now: float) -> tuple[GroupState, Transition | None]:
    before = state.status
    if after == before:
        return _again(state, policy, now)
    state = changed(state, status=after, renotified=0)
    if after in (ALERT, WARN):
        began = state.triggered_at if before in (ALERT, WARN) else now
        state = changed(state, last_triggered=now, triggered_at=began)
        again = before == WARN and state.alerted
        kind = "Warn" if after == WARN else "Re-Triggered" if again else "Triggered"
        state = changed(state, alerted=state.alerted or after == ALERT)
        return _told(state, Transition(kind, before, after), now)
    if after == UNKNOWN:
        return _told(state, Transition("Unknown", before, after), now)
    if after == NO_DATA:
        state = changed(state, last_nodata=now)
        if not policy.tells_no_data:
            return state, None
        return _told(state, Transition("No Data", before, after), now)
    # A recovery is sent to the recipients of the alert.
    ill = state.last_notified > state.last_resolved
    state = changed(state, last_resolved=now, alerted=False)
    return _told(state, Transition("Recovered", before, after), now) if ill else (state, None)


def _again(state: GroupState, policy: Policy, now: float) -> tuple[GroupState, Transition | None]:
    """Renotification of an unchanged state, if the monitor requests it."""
    if policy.every_evaluation and state.status in (ALERT, WARN):
        kind = "Re-Triggered" if state.status == ALERT else "Re-Warn"
        return _told(state, Transition(kind, state.status, state.status), now)
    wanted = (
        policy.renotify_every and state.status.lower() in policy.renotify_statuses and state.last_notified
    )
    if state.status == NO_DATA and not policy.tells_no_data:
        return state, None
    allowed = not policy.renotify_times or state.renotified < policy.renotify_times
    early = min(RENOTIFY_EARLY * policy.renotify_every, RENOTIFY_EARLY_SECONDS)
    if not (wanted and allowed and now - state.last_notified >= policy.renotify_every - early):
        return state, None
    state = changed(state, renotified=state.renotified + 1)
    return _told(state, Transition("Renotify", state.status, state.status), now)


def _told(state: GroupState, transition: Transition, now: float) -> tuple[GroupState, Transition]:
    return changed(state, last_notified=now), transition


_SEVERITY = {ALERT: 4, WARN: 3, NO_DATA: 2, OK: 1, UNKNOWN: 1}


def overall(statuses: list[str]) -> str:
    """Worst state of the groups; No Data if there are none. Unknown groups leave it OK."""
    worst = max(statuses, key=lambda status: _SEVERITY.get(status, 0), default=NO_DATA)
    return OK if worst == UNKNOWN else worst
