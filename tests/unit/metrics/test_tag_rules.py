from __future__ import annotations

from heeler.metrics.tag_rules import PatternRule, RuleSet, rule_of
from heeler.wire.metrics.tag_reduction import TagRule

ENV, USER = TagRule(frozenset({"env"})), TagRule(frozenset({"user"}))


def pattern(
    name: str, text: str, rule: TagRule, *, overrides: bool = False, ignored: str = ""
) -> PatternRule:
    return PatternRule(name, name, (text,), (ignored,) if ignored else (), rule, overrides)


def test_a_configuration_comes_before_rules_and_an_exemption_has_none() -> None:
    rules = RuleSet({"a.b": USER}, (pattern("1", "a.*", ENV),), frozenset({"a.free"}))
    assert rules.find("a.b") is USER
    assert rules.find("a.c") is ENV
    assert rules.find("a.free") is None
    assert rules.find("ab.c") is None  # the dot is no wildcard


def test_many_wildcards_of_a_rule_do_not_multiply() -> None:
    rules = RuleSet({}, (pattern("1", "a*" * 60 + "b", ENV),), frozenset())
    assert rules.find("a" * 200) is None
    assert rules.find("a" * 200 + "b") is ENV


def test_the_first_rule_applies_unless_a_later_one_overrides() -> None:
    first, second = pattern("1", "a.*", ENV, ignored="a.not.*"), pattern("2", "a.b*", USER)
    assert RuleSet({}, (first, second), frozenset()).find("a.b") is ENV
    assert RuleSet({}, (first, second), frozenset()).find("a.not.x") is None
    override = pattern("2", "a.b*", USER, overrides=True)
    assert RuleSet({}, (first, override), frozenset()).find("a.b") is USER


def test_rules_of_configurations() -> None:
    assert rule_of({"tags": ["env"]}) == ENV
    found = rule_of(
        {"tags": ["x"], "exclude_tags_mode": True, "aggregations": [{"time": "max", "space": "max"}]}
    )
    assert found == TagRule(frozenset({"x"}), exclude=True, combine="max")
    assert not RuleSet({}, (), frozenset({"x"}))
