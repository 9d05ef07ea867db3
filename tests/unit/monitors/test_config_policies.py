from __future__ import annotations

from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.monitors.config_policies import checked_policy, violations


def policy(key: str = "team", *values: str, required: bool = True) -> dict[str, Any]:
    return {"tag_key": key, "tag_key_required": required, "valid_tag_values": list(values)}


@pytest.mark.parametrize(
    ("rule", "tags", "count"),
    [
        (policy(), ["team:a"], 0),
        (policy(), [], 1),
        (policy(), ["teams:a"], 1),
        (policy("team", "a", "b"), ["team:b"], 0),
        (policy("team", "a", "b"), ["team:c"], 1),
        (policy("team", "a", "b"), ["team:a", "team:c"], 1),
        (policy("team", "a", required=False), [], 0),
        (policy("team", "a", required=False), ["team:c"], 1),
    ],
)
def test_a_policy_holds_or_says_why(rule: dict[str, Any], tags: list[str], count: int) -> None:
    assert len(violations([rule], tags)) == count


def test_all_policies_apply() -> None:
    found = violations([policy("team", "a"), policy("env")], ["team:b"])
    assert found == [
        "Monitor tag policy: team:b is not allowed; use team with one of these values: a",
        "Monitor tag policy: the tag 'env' is required",
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"policy_type": "downtime", "policy": {"max_duration_ms": 1}},
        {"policy_type": "tag", "policy": {**policy(), "tag_key": "a:b"}},
        {"policy_type": "tag", "policy": {**policy(), "tag_key_required": "yes"}},
        {"policy_type": "tag", "policy": {**policy(), "valid_tag_values": [1]}},
        {"policy_type": "tag", "policy": policy(required=False)},
        {"policy_type": "tag", "policy": {**policy(), "color": 1}},
    ],
)
def test_what_says_nothing_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        checked_policy(attributes)
