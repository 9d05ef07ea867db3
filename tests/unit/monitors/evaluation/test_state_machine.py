"""The state machine of a group, stepped through time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.evaluation.state_machine import (
    ALERT,
    GroupState,
    Policy,
    Reading,
    Thresholds,
    judge,
    overall,
    step,
)

PLAIN = Policy()
HIGH = Thresholds(">", 90, 70, 80, 60)


def walk(values: list[float | None], policy: Policy = PLAIN, thresholds: Thresholds = HIGH) -> list[str]:
    """The kinds of transitions, minute by minute."""
    state, kinds = GroupState(), []
    for minute, value in enumerate(values):
        state, move = step(state, Reading(value), thresholds, policy, 1000 + 60 * minute)
        kinds.append(move.kind if move else "")
    return kinds


def test_warning_alert_and_recovery() -> None:
    assert walk([10, 75, 95, 10]) == ["", "Warn", "Triggered", "Recovered"]


def test_recovery_threshold_holds_the_alert_up() -> None:
    assert walk([95, 85, 79, 61, 59]) == ["Triggered", "", "Warn", "", "Recovered"]


def test_no_data_is_told_after_its_time_and_only_after_first_data() -> None:
    policy = Policy(notify_no_data=True, no_data_after=120)
    assert walk([None, None, None, None], policy) == ["", "", "", ""]
    assert walk([1, None, None, None, 1], policy) == ["", "", "No Data", "", "Recovered"]


def test_missing_data_keep_the_state_or_resolve_it() -> None:
    assert walk([95, None, None]) == ["Triggered", "", ""]
    assert walk([95, None], Policy(on_missing_data="resolve")) == ["Triggered", "Recovered"]
    assert walk([95, None, None], Policy(resolve_after=120)) == ["Triggered", "", "Recovered"]


def test_renotify_counts() -> None:
    policy = Policy(renotify_every=120, renotify_times=2)
    assert walk([95] * 8, policy) == ["Triggered", "", "Renotify", "", "Renotify", "", "", ""]


def test_an_evaluation_that_comes_a_little_early_renotifies_as_well() -> None:
    state, kinds = GroupState(), []
    for now in (1000.0, 1060.4, 1119.9, 1180.2, 1239.6, 1290.0):
        state, move = step(state, Reading(95), HIGH, Policy(renotify_every=60), now)
        kinds.append(move.kind if move else "")
    assert kinds == ["Triggered", *["Renotify"] * 4, ""]


def test_new_groups_wait() -> None:
    assert walk([95, 95, 95], Policy(new_group_delay=120)) == ["", "", "Triggered"]


@given(
    st.sampled_from([">", ">=", "<", "<="]),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from(["OK", "Warn", "Alert"]),
)
def test_what_crosses_the_critical_threshold_is_an_alert(
    comparator: str, value: float, limit: float, before: str
) -> None:
    crossed = {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}[comparator]
    assert (judge(Reading(value), Thresholds(comparator, limit), before) == ALERT) == crossed


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=40))
def test_alerts_and_recoveries_alternate(values: list[float | None]) -> None:
    kinds = [kind for kind in walk(values, thresholds=Thresholds(">", 50)) if kind]
    assert kinds == ["Triggered" if index % 2 == 0 else "Recovered" for index in range(len(kinds))]


def test_overall_is_the_worst() -> None:
    assert overall(["OK", "Warn", "No Data"]) == "Warn"
    assert overall([]) == "No Data"
