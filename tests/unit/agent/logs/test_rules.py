"""Processing rules by RE2's syntax."""

from __future__ import annotations

import pytest

from heeler.agent.config import ConfigError
from heeler.agent.logs.rules import apply_rules, parse_rules


def rule(kind: str, pattern: str, placeholder: str = "") -> dict[str, str]:
    return {"type": kind, "name": "n", "pattern": pattern, "replace_placeholder": placeholder}


@pytest.mark.parametrize(
    ("pattern", "line"),
    [("card=[[:digit:]]+", "card=1234"), ("secret (?i)KEY", "secret key"), (r"token\z", "the token")],
)
def test_patterns_mean_what_they_mean_to_the_agent(pattern: str, line: str) -> None:
    """Python's own expressions read these otherwise, or not at all: what should be excluded was sent."""
    assert apply_rules(line, parse_rules([rule("exclude_at_match", pattern)], "f")) is None
    assert apply_rules("harmless", parse_rules([rule("exclude_at_match", pattern)], "f")) == "harmless"


def test_rules_exclude_include_and_mask() -> None:
    rules = parse_rules(
        [
            rule("exclude_at_match", "health"),
            rule("mask_sequences", r"(?P<key>card)=(\d+)", "${key}=[$$masked]$9"),
            {"type": "exclude_truncated", "name": "t"},
        ],
        "f",
    )
    assert apply_rules("GET /health", rules) is None
    assert apply_rules("é paid card=1234", rules) == "é paid card=[$masked]"
    assert apply_rules("x...TRUNCATED...", rules) is None
    assert apply_rules("no", parse_rules([rule("include_at_match", "yes")], "f")) is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (rule("exclude_at_match", "("), "no regular expression of RE2"),
        (rule("exclude_at_match", r"(?=x)"), "no regular expression of RE2"),
        (rule("wrong", "x"), "write one of"),
        (rule("mask_sequences", ""), "has no pattern"),
    ],
)
def test_a_wrong_rule_is_named(entry: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_rules([entry], "conf.yaml")


def test_rules_may_be_json_as_in_the_environment() -> None:
    (one,) = parse_rules('[{"type": "exclude_at_match", "name": "n", "pattern": "a"}]', "DD")
    assert one.type == "exclude_at_match"
    with pytest.raises(ConfigError, match="not valid JSON"):
        parse_rules("[", "DD")
