"""Which notifications a monitor makes of its groups' transitions."""

from __future__ import annotations

from msgspec.structs import replace

from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA, OK, WARN, GroupState, Transition
from heeler.monitors.notifications.notify_by import tellings, union_name

FINE = GroupState(status=OK)
HIGH = GroupState(status=ALERT, triggered_at=100, last_notified=100)
WARM = GroupState(status=WARN, triggered_at=50, last_notified=50)
#: A group that never had data.
NEW = GroupState()
A, B, C = "cluster:a,pod:1", "cluster:a,pod:2", "cluster:b,pod:3"


def told(before: dict[str, GroupState], after: dict[str, GroupState], *moved: tuple[str, str]) -> list[str]:
    """What is told by cluster, where the groups of ``moved`` made a transition of that kind."""
    moves = {
        name: (after[name], Transition(kind, before.get(name, NEW).status, after[name].status))
        for name, kind in moved
    }
    return [f"{item.name} {item.move.kind}" for item in tellings(moves, before, after, ["cluster"])]


def test_names() -> None:
    assert union_name(A, ["cluster"]) == "cluster:a"
    assert union_name(A, ["pod", "cluster"]) == A
    assert union_name(A, ["*"]) == union_name(A, ["zone"]) == "*"


def test_without_it_every_group_is_told() -> None:
    moves = {A: (HIGH, Transition("Triggered", OK, ALERT)), C: (HIGH, Transition("Triggered", OK, ALERT))}
    assert [item.name for item in tellings(moves, {}, {A: HIGH, C: HIGH}, ())] == [A, C]


def test_the_first_that_is_unwell_and_the_last_that_is_well_again() -> None:
    assert told({A: FINE, B: FINE}, {A: HIGH, B: FINE}, (A, "Triggered")) == ["cluster:a Triggered"]
    assert told({A: HIGH, B: FINE}, {A: HIGH, B: HIGH}, (B, "Triggered")) == []
    assert told({A: HIGH, B: HIGH}, {A: FINE, B: HIGH}, (A, "Recovered")) == []
    assert told({A: FINE, B: HIGH}, {A: FINE, B: FINE}, (B, "Recovered")) == ["cluster:a Recovered"]
    assert told({A: HIGH, B: WARM}, {A: FINE, B: WARM}, (A, "Recovered")) == ["cluster:a Warn"]


def test_a_group_without_data_so_far_is_nothing_to_tell_of() -> None:
    assert told({A: NEW, B: HIGH}, {A: NEW, B: FINE}, (B, "Recovered")) == ["cluster:a Recovered"]
    silent = replace(FINE, status=NO_DATA, last_nodata=200)
    assert told({A: FINE, B: FINE}, {A: silent, B: FINE}, (A, "No Data")) == ["cluster:a No Data"]


def test_only_the_first_of_a_cluster_is_told_again() -> None:
    later = replace(HIGH, triggered_at=160)
    both = {A: HIGH, B: later}
    assert told(both, both, (A, "Renotify")) == ["cluster:a Renotify"]
    assert told(both, both, (B, "Renotify")) == []


def test_the_end_of_a_downtime_is_told_once_a_cluster() -> None:
    both = {A: HIGH, B: HIGH, C: HIGH}
    assert told(both, both, (A, "Triggered"), (B, "Triggered"), (C, "Triggered")) == [
        "cluster:a Triggered",
        "cluster:b Triggered",
    ]
