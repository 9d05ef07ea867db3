"""The verdict of a service check monitor."""

from __future__ import annotations

import pytest

from heeler.monitors.evaluation.service_checks import (
    LatestRun,
    check_verdict,
    group_statuses,
    percent_reading,
)
from heeler.monitors.evaluation.state_machine import ALERT, KEEP, OK, UNKNOWN, WARN

THRESHOLDS = {"critical": 3, "warning": 2, "ok": 2}


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([2, 2, 2, 0], ALERT),
        ([2, 2, 0, 2], WARN),
        ([2, 2], WARN),
        ([1, 2, 2], WARN),
        ([1, 1, 0], WARN),
        ([2, 0, 2, 2], KEEP),
        ([0, 0, 2], OK),
        ([0, 2, 2], KEEP),
        ([3, 3, 3], KEEP),
        ([2, 3, 2, 2], KEEP),
        ([0], KEEP),
        ([], KEEP),
    ],
)
def test_consecutive_statuses_newest_first(statuses: list[int], wanted: str) -> None:
    assert check_verdict(statuses, THRESHOLDS) == wanted


def test_one_is_enough_by_default() -> None:
    assert [check_verdict([status], {}) for status in (0, 1, 2, 3)] == [OK, WARN, ALERT, KEEP]
    assert check_verdict([3, 3], {"unknown": 2}) == UNKNOWN
    assert check_verdict([3, 0], {"unknown": 2}) == KEEP


@pytest.mark.parametrize(
    ("statuses", "thresholds", "status", "value"),
    [
        ([2, 2, 0, 0], {"critical": 49}, ALERT, 50),
        ([2, 2, 0, 0], {"critical": 50}, OK, 50),
        ([1, 1, 1, 0], {"critical": 50, "warning": 60}, WARN, 75),
        ([2, 1, 0, 0], {"critical": 50, "warning": 60}, OK, 25),
        ([2], {}, OK, 100),
    ],
)
def test_shares_of_a_cluster(
    statuses: list[int], thresholds: dict[str, float], status: str, value: float
) -> None:
    found = percent_reading(statuses, thresholds)
    assert (found.status, found.value) == (status, value)


def run(host: str, status: int, time: int = 0, *tags: str) -> LatestRun:
    return LatestRun(host, tags, status, f"{host} says {status}", time)


def test_the_most_severe_of_a_group() -> None:
    runs = [
        run("a", 0, 5, "env:x"),
        run("b", 1, 1, "env:x"),
        run("c", 3, 9, "env:x"),
        run("d", 2, 1, "env:y"),
        run("e", 0, 1),
    ]
    found = group_statuses(runs, ["env"], [])
    assert [(one.group, one.status, one.message) for one in found] == [
        ("env:N/A", 0, "e says 0"),
        ("env:x", 1, "b says 1"),
        ("env:y", 2, "d says 2"),
    ]
    assert [one.group for one in group_statuses(runs, [], [])] == [f"host:{name}" for name in "abcde"]
    assert [one.group for one in group_statuses(runs, ["host"], ["env:x"])] == ["host:a", "host:b", "host:c"]
    assert group_statuses(runs, [], ["env:z"]) == []


def test_of_equal_severity_the_newest() -> None:
    (found,) = group_statuses([run("a", 2, 5, "x:1"), run("a", 2, 9, "x:2"), run("a", 2, 7, "x:3")], [], [])
    assert found.time == 9


@pytest.mark.parametrize(("worse", "better"), [(2, 1), (1, 3), (3, 0)])
def test_the_order_of_severity(worse: int, better: int) -> None:
    (found,) = group_statuses([run("a", better, 9, "x:1"), run("a", worse, 1, "x:2")], [], [])
    assert found.status == worse
