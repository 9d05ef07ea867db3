"""Which groups are muted, by mutes of a monitor and by downtimes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from heeler.downtimes.model import Downtime
from heeler.monitors.evaluation.muting import Mutes, group_tags, silenced
from heeler.monitors.evaluation.result import drop_muted_renotifications
from heeler.monitors.evaluation.state_machine import ALERT, OK, GroupState, Transition, rewound
from heeler.monitors.queries.parser import parse_monitor_query

NOW = 1_790_000_000.0
QUERY = parse_monitor_query("query alert", "avg(last_5m):avg:system.cpu.user{env:prod} by {host} > 90")


def downtime(
    scope: list[str], start: float = NOW - 60, end: float | None = NOW + 60, **more: Any
) -> Downtime:
    return Downtime(
        id=1,
        scope=scope,
        expression="",
        monitor_id=None,
        monitor_tags=["*"],
        timezone="UTC",
        start=start,
        end=end,
        recurrences=[],
        canceled=None,
        mute_first_recovery_notification=False,
        notify_end_types=["expired"],
        notify_end_states=["alert"],
        **more,
    )


def mutes(*downtimes: Downtime, silenced: dict[str, Any] | None = None, before: float = NOW - 60) -> Mutes:
    return Mutes({"silenced": silenced or {}}, downtimes, QUERY, before, NOW)


@pytest.mark.parametrize(
    ("scopes", "tags", "wanted"),
    [
        ({"*": None}, ("host:a",), True),
        ({"host:a": None}, ("host:a", "env:prod"), True),
        ({"host:a": NOW + 1}, ("host:a",), True),
        ({"host:a": NOW}, ("host:a",), False),
        ({"host:a": str(NOW + 1)}, ("host:a",), True),
        ({"host:b": None}, ("host:a",), False),
        ({"host:a,env:prod": None}, ("host:a", "env:prod"), True),
        ({"host:a,env:dev": None}, ("host:a", "env:prod"), False),
        ({"host:a*": None}, ("host:abc",), True),
        ({}, ("host:a",), False),
    ],
)
def test_mutes_of_the_monitor(scopes: dict[str, Any], tags: tuple[str, ...], wanted: bool) -> None:
    assert silenced(scopes, tags, NOW) is wanted


def test_a_group_has_its_own_tags_and_those_of_the_scope() -> None:
    assert group_tags(QUERY, "host:a") == ("host:a", "env:prod")
    assert group_tags(QUERY, "*") == ("env:prod",)
    assert group_tags(None, "host:a,env:x") == ("host:a", "env:x")


def test_downtimes_by_scope_and_time() -> None:
    assert mutes(downtime(["host:a"])).quiet("host:a")
    assert mutes(downtime(["env:prod"])).quiet("host:a")
    assert mutes(downtime(["*"])).quiet("host:a")
    assert not mutes(downtime(["host:b"])).quiet("host:a")
    assert not mutes(downtime(["host:a", "env:dev"])).quiet("host:a")
    assert not mutes(downtime(["*"], NOW + 1, NOW + 60)).quiet("host:a")
    assert not mutes(downtime(["*"], NOW - 60, NOW)).quiet("host:a")


def test_until_when() -> None:
    one, two, ever = downtime(["*"]), downtime(["host:a"], end=NOW + 600), downtime(["env:prod"], end=None)
    assert mutes(one, two).until("host:a") == int(NOW + 600)
    assert mutes(one, two).until("host:b") == int(NOW + 60)
    assert mutes(one, ever).until("host:a") is None
    assert mutes().until("host:a") is None
    assert mutes(one, two).holding("host:b") == [one]


def test_nothing_mutes() -> None:
    quiet = mutes()
    assert quiet.none
    assert not quiet.quiet("host:a")
    assert not mutes(silenced={"*": None}).none


def test_a_transition_within_is_covered_and_one_outside_is_not() -> None:
    move, state = Transition("Triggered", OK, ALERT), GroupState(ALERT)
    assert mutes(downtime(["*"])).covers("host:a", state, move)
    assert not mutes(downtime(["host:b"])).covers("host:a", state, move)


def test_at_the_end_of_a_downtime_a_group_in_a_bad_state_is_told_once() -> None:
    over = downtime(["*"], NOW - 600, NOW - 30)
    found = mutes(over).notified_at_end("host:a", GroupState(ALERT))
    assert found is not None
    assert (found.kind, found.after) == ("Triggered", ALERT)
    assert mutes(over).notified_at_end("host:a", GroupState(OK)) is None
    assert mutes(over, before=NOW - 10).notified_at_end("host:a", GroupState(ALERT)) is None
    assert mutes(over, before=0).notified_at_end("host:a", GroupState(ALERT)) is None
    assert mutes(over, downtime(["*"])).notified_at_end("host:a", GroupState(ALERT)) is None


def test_a_muted_renotification_is_put_off_to_no_time_that_is_yet_to_come() -> None:
    """The clock was set back by an hour since the last evaluation."""
    state = GroupState(ALERT, 9.0, NOW + 100, NOW + 3600, NOW + 100, NOW + 100, last_notified=NOW + 100)
    before = {"host:a": state}
    after = {"host:a": replace(rewound(state, NOW), last_notified=NOW, renotified=1)}
    moves = {"host:a": (after["host:a"], Transition("Renotify", ALERT, ALERT))}
    drop_muted_renotifications(before, after, moves, mutes(silenced={"*": None}))
    assert moves == {}
    assert (after["host:a"].last_notified, after["host:a"].renotified) == (NOW - 3500, 0)
