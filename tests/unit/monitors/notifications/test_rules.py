from __future__ import annotations

from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.monitors.notifications.rules import Rule, added_handles, checked_rule

TAGS = ("team:web", "env:prod", "host:a")


@pytest.mark.parametrize(
    ("chosen", "matches"),
    [
        ({}, True),
        ({"tags": ["team:web"]}, True),
        ({"tags": ["team:web", "host:a"]}, True),
        ({"tags": ["team:web", "host:b"]}, False),
        ({"tags": ["host:*"]}, True),
        ({"scope": "team:web AND NOT env:dev"}, True),
        ({"scope": "env:dev OR (team:web AND host:b)"}, False),
    ],
)
def test_filters_see_the_tags_of_monitor_and_group(chosen: dict[str, Any], matches: bool) -> None:
    assert Rule("1", "r", chosen, ("a",)).matches(TAGS) is matches


def test_recipients_of_all_matching_rules_come_once() -> None:
    rules = [
        Rule("1", "a", {"tags": ["team:web"]}, ("ops@example.com", "slack-a-b")),
        Rule("2", "b", {"tags": ["env:prod"]}, ("slack-a-b", "pagerduty-web")),
        Rule("3", "c", {"tags": ["env:dev"]}, ("nobody@example.com",)),
    ]
    assert added_handles(rules, TAGS, {"is_alert"}) == ["ops@example.com", "slack-a-b", "pagerduty-web"]


@pytest.mark.parametrize(
    ("flags", "tags", "found"),
    [
        ({"is_alert"}, TAGS, ["pager", "prod"]),
        ({"is_recovery"}, TAGS, ["prod"]),
        ({"is_recovery"}, ("team:web",), ["rest"]),
    ],
)
def test_conditions_choose_and_the_fallback_is_for_the_rest(
    flags: set[str], tags: tuple[str, ...], found: list[str]
) -> None:
    conditions = [
        {"scope": "transition_type:is_alert", "recipients": ["pager"]},
        {"scope": "env:prod", "recipients": ["prod"]},
    ]
    rule = Rule("1", "r", {}, (), {"conditions": conditions, "fallback_recipients": ["rest"]})
    assert rule.chosen(tags, flags) == found


GOOD = {"name": "r", "filter": {"tags": ["a:b"]}, "recipients": ["a@example.com"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Invalid name"),
        ({"recipients": None}, "either recipients or conditional_recipients"),
        ({"conditional_recipients": {"conditions": []}}, "either recipients or conditional_recipients"),
        ({"recipients": ["@a"]}, "Recipient handle should not start with '@'"),
        ({"recipients": ["a b"]}, "is no handle"),
        ({"recipients": [f"a{n}@b.co" for n in range(21)]}, "expected 1 to 20"),
        ({"filter": {"tags": []}}, "expected 1 to 20 tags"),
        ({"filter": {"tags": ["a"]}}, "no key:value"),
        ({"filter": {"tags": ["a:b"], "scope": "a:b"}}, "either tags or scope"),
        ({"filter": {"scope": "(a:b"}}, "Invalid filter.scope"),
        ({"filter": {"scope": "word"}}, "must have a key"),
        ({"bundle_config": {"duration": 5}}, "bundle_config"),
        ({"color": "red"}, "Additional properties"),
        (
            {
                "recipients": None,
                "conditional_recipients": {"conditions": [{"scope": "a", "recipients": ["b"]}]},
            },
            "not one key:value",
        ),
        (
            {
                "recipients": None,
                "conditional_recipients": {
                    "conditions": [{"scope": "transition_type:is_odd", "recipients": ["b"]}]
                },
            },
            "is_alert",
        ),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiError) as caught:
        checked_rule({**GOOD, **change})
    assert said in str(caught.value)
