"""What parsed monitor queries say of themselves, also where options are odd."""

from __future__ import annotations

from typing import Any

import pytest

import heeler.server.routes  # noqa: F401 (registers the data sources)
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import parse_monitor_query
from heeler.monitors.queries.types import FormulaQuery, MetricQuery, facets, log_searches, reads_logs


def metric(text: str) -> MetricQuery:
    found = parse_monitor_query("metric alert", text, {})
    assert isinstance(found, MetricQuery)
    return found


def formula(*variables: dict[str, Any], text: str = "a") -> Any:
    query = f'formula("{text}").last("5m") > 1'
    return parse_monitor_query("log alert", query, {"variables": list(variables)})


@pytest.mark.parametrize(
    ("query", "fixed"),
    [
        ("avg:x{*}", ()), ("avg:x{a:b,c:d}", ("a:b", "c:d")), ("avg:x{!a:b,c:d}", ("c:d",)),
        ("avg:x{a:b OR c:d}", ()), ("avg:x{a:b AND (c:d OR e:f)}", ("a:b",)), ("avg:x{a IN (b)}", ()),
        ("avg:x{a:b,c:d}/avg:y{a:b}", ("a:b",)), ("avg:x{a:b}/avg:y{*}", ()), ("avg:x{a:b}+avg:y{c:d}", ()),
    ],
)  # fmt: skip
def test_only_tags_that_each_selector_demands_are_those_of_every_group(
    query: str, fixed: tuple[str, ...]
) -> None:
    assert metric(f"avg(last_5m):{query} > 1").fixed == fixed


def test_groups_and_metrics_are_named_once_in_the_order_of_the_query() -> None:
    found = metric("avg(last_5m):avg:m{*} by {b,a}/sum:n{*} by {a,c}.as_count()+avg:m{*} > 1")
    assert (found.by, found.metrics, found.as_count) == (("b", "a", "c"), ("m", "n"), True)


LOGS = {"name": "a", "data_source": "logs", "compute": {"aggregation": "count"}, "search": {"query": "x"}}


@pytest.mark.parametrize(
    "groups",
    [
        5,
        "host",
        True,
        {"facet": "host"},
        ["host"],
        [None],
        [{}],
        [{"facet": None}],
        [{"facet": 5}],
        [{"facet": ""}],
    ],
)
def test_a_formula_groups_by_a_list_of_facets_or_is_refused(groups: Any) -> None:
    with pytest.raises(InvalidQuery, match="group_by"):
        formula({**LOGS, "group_by": groups})


@pytest.mark.parametrize("groups", [None, [], ()])
def test_without_facets_there_are_no_groups(groups: Any) -> None:
    assert formula({**LOGS, "group_by": groups}).by == ()
    assert facets({}) == ()


def test_a_formula_has_the_groups_of_its_most_finely_grouped_query() -> None:
    one = {**LOGS, "group_by": [{"facet": "host"}]}
    two = {"name": "b", "data_source": "metrics", "query": "avg:m{*} by {host,env}"}
    assert formula(one, two, text="a / b").by == ("host", "env")
    with pytest.raises(InvalidQuery):
        formula({"name": "a", "data_source": "metrics", "query": "avg:m{*"})


def test_the_log_searches_of_a_formula_are_within_its_indexes() -> None:
    plain, within = {**LOGS, "search": "  y "}, {**LOGS, "name": "b", "indexes": ["main"]}
    found = formula(plain, within, {**LOGS, "name": "c", "data_source": "spans"}, text="a + b + c")
    assert isinstance(found, FormulaQuery)
    assert reads_logs(found)
    first, second = log_searches(found)
    assert first == "y"
    assert "main" in second
    assert "x" in second
    with pytest.raises(ValueError, match="indexes"):
        log_searches(formula({**LOGS, "indexes": "main"}))
    assert log_searches(metric("avg(last_5m):avg:m{*} > 1")) == ()
