"""Monitor configuration policies: tags required when a monitor is created or changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from heeler.api.errors import bad_request

MAX_KEY, MAX_VALUES = 255, 500
Policy = Mapping[str, Any]


def checked_policy(attributes: Any) -> dict[str, Any]:
    """Validate ``{"tag_key", "tag_key_required", "valid_tag_values"}`` of the attributes. Raises a 400."""
    if not isinstance(attributes, dict) or not isinstance(attributes.get("policy"), dict):
        raise bad_request("Invalid attributes. Expected policy_type and policy")
    if attributes.get("policy_type") != "tag":
        raise bad_request("Value of parameter 'policy_type' should be any of these ['tag']")
    policy = attributes["policy"]
    unknown = sorted(set(policy) - {"tag_key", "tag_key_required", "valid_tag_values"})
    if unknown:
        raise bad_request(f"Additional properties are not allowed ({unknown[0]!r} was unexpected)")
    key, required, values = (
        policy.get("tag_key"), policy.get("tag_key_required"), policy.get("valid_tag_values")
    )  # fmt: skip
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY or ":" in key or "," in key:
        raise bad_request(f"Invalid tag_key: expected 1 to {MAX_KEY} characters without a colon")
    if not isinstance(required, bool):
        raise bad_request("Invalid tag_key_required: expected true or false")
    if not isinstance(values, list) or len(values) > MAX_VALUES:
        raise bad_request(f"Invalid valid_tag_values: expected a list of at most {MAX_VALUES} values")
    if not all(isinstance(value, str) and 1 <= len(value) <= 500 for value in values):
        raise bad_request("Invalid valid_tag_values: expected text")
    if not required and not values:
        raise bad_request("A policy needs valid_tag_values where the tag is not required: it says nothing")
    return {"tag_key": key, "tag_key_required": required, "valid_tag_values": list(dict.fromkeys(values))}


def violations(policies: Iterable[Policy], tags: Sequence[str]) -> list[str]:
    """Policy violations of a monitor with ``tags``, a sentence each; empty if there are none."""
    found = []
    for policy in policies:
        key, values = str(policy["tag_key"]), policy["valid_tag_values"]
        have = [tag.partition(":")[2] for tag in tags if tag.partition(":")[0] == key]
        one_of = f" with one of these values: {', '.join(values[:20])}" if values else ""
        if not have and policy["tag_key_required"]:
            found.append(f"Monitor tag policy: the tag {key!r} is required{one_of}")
        elif wrong := [value for value in have if values and value not in values]:
            found.append(f"Monitor tag policy: {key}:{wrong[0]} is not allowed; use {key}{one_of}")
    return found


def check_tags(policies: Iterable[Policy], tags: Sequence[str]) -> None:
    """Raise a 400 with all violations."""
    if found := violations(policies, tags):
        raise bad_request(*found)
