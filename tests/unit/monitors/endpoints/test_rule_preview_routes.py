"""What a rule that is being written would match."""

from __future__ import annotations

from heeler.monitors.endpoints.rule_preview_routes import Watched, matched
from heeler.monitors.notifications.rules import Rule

QUERY = "avg(last_5m):avg:a{env:prod} by {host} > 5"


def watched(number: int, *tags: str, query: str = QUERY) -> Watched:
    return Watched(number, f"**M{number}**", "OK", "metric alert", query, {}, tags)


def test_tags_of_monitor_scope_and_group_count_together() -> None:
    monitors = [watched(1, "team:web"), watched(2, "team:data"), watched(3, "team:web", query="no query")]
    groups = {1: ["host:a", "host:b"], 2: ["host:a"], 3: ["*"]}

    def found(filter: dict[str, object]) -> list[tuple[int, int, int]]:
        rule = Rule("", "", filter)
        return [(one.id, one.groups, one.of) for one in matched(rule, monitors, groups)]

    assert found({}) == [(1, 2, 2), (2, 1, 1), (3, 1, 1)]
    assert found({"tags": ["team:web"]}) == [(1, 2, 2), (3, 1, 1)]
    assert found({"tags": ["team:web", "host:a"]}) == [(1, 1, 2)]
    assert found({"tags": ["env:prod"]}) == [(1, 2, 2), (2, 1, 1)]
    assert found({"scope": "env:prod AND NOT host:a"}) == [(1, 1, 2)]
    assert matched(Rule("", "", {}), monitors, groups)[0].name == "M1"
