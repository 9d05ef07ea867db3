"""Drafts of downtimes, as anybody may send them."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.hosts.record import Host
from heeler.monitors.downtime_preview import DowntimeDraft, _affected, covered, draft_of
from heeler.monitors.model import Monitor


def monitor(query: str = "avg(last_5m):avg:m{env:prod} by {host} > 1", **more: Any) -> Monitor:
    return Monitor(type="metric alert", query=query, options={}, name="m", tags=[], **more)


def groups_of(scope: list[str], groups: tuple[str, ...] = ("host:a", "host:b")) -> list[str]:
    return covered(draft_of(DowntimeDraft(scope=scope)), monitor(), groups)


@pytest.mark.parametrize(
    ("scope", "groups"),
    [
        ([], ["host:a", "host:b"]), (["", "  "], ["host:a", "host:b"]), (["*"], ["host:a", "host:b"]),
        (["host:a"], ["host:a"]), (["HOST:A"], ["host:a"]), (["host:a", "env:prod"], ["host:a"]),
        (["host:a", "env:dev"], []),
        (["env:prod AND host:(a OR b)"], ["host:a", "host:b"]),
        (["env:prod AND NOT host:a"], ["host:b"]), (["host:*"], ["host:a", "host:b"]), 
        (["host:[ab]"], []),
    ],
)  # fmt: skip
def test_a_draft_covers_groups_by_their_tags_and_those_of_the_query(
    scope: list[str], groups: list[str]
) -> None:
    assert groups_of(scope) == groups


@pytest.mark.parametrize(
    "draft",
    [
        {"scope": ["env:prod AND"]}, {"scope": ["bare words"]}, {"scope": ["("]}, {"scope": ["a:b AND c:>5"]},
        {"scope": [" AND ".join(["a:b"] * 100_000)]}, {"scope": ["(" * 100_000]},
        {"scope": ["a:b"] * 100_000},
        {"monitor_tags": ["a:b"] * 100_000}, {"monitor_tags": ["x" * 1_000_000]},
    ],
)  # fmt: skip
def test_what_is_no_scope_or_endless_is_a_400(draft: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as raised:
        draft_of(DowntimeDraft(**draft))
    assert raised.value.status == 400


def test_a_monitor_whose_query_cannot_be_read_is_covered_by_its_groups_alone() -> None:
    broken = monitor("nonsense")
    assert covered(draft_of(DowntimeDraft(scope=["host:a"])), broken, ["host:a", "*"]) == ["host:a"]
    assert covered(draft_of(DowntimeDraft(scope=["env:prod"])), broken, ["host:a"]) == []


def test_monitors_without_groups_yet_and_hosts_are_counted() -> None:
    hosts = [Host("a", 1.0, {"users": ["env:prod"]}), Host("b", 1.0)]
    monitors = [monitor(id=1), monitor("avg(last_5m):avg:m{*} > 1", id=2)]
    found = _affected(draft_of(DowntimeDraft(scope=["env:prod"])), monitors, {}, hosts)
    assert (found.monitors, found.groups, found.hosts, found.monitors_chosen) == (1, 1, 1, 2)
    many = [monitor(id=number) for number in range(30)]
    assert len(_affected(draft_of(DowntimeDraft()), many, {}, []).names) == 10


def test_brackets_in_tags_are_literal() -> None:
    assert groups_of(["host:a[0]"], ("host:a[0]", "host:a0")) == ["host:a[0]"]
    assert groups_of(["host:a[*"], ("host:a[0]", "host:a0")) == ["host:a[0]"]
