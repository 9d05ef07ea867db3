from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.notifications.eval_arithmetic import evaluate
from heeler.monitors.notifications.template import Context, render
from heeler.monitors.queries.composite import combine, parse_composite
from heeler.monitors.queries.parser import CheckQuery, MetricQuery, SearchQuery, parse_monitor_query

HERE = Context(
    frozenset({"is_alert"}), {"value": 950.0, "host.name": "web-1", "threshold": 800.0, "env": "prod"}
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{#is_alert}}A {{value}}{{/is_alert}}{{#is_warning}}W{{/is_warning}}", "A 950"),
        ("{{^is_alert}}no{{else}}yes{{/is_alert}}", "yes"),
        ("{{#is_alert}}{{#is_warning}}x{{else}}y{{/is_warning}}{{/is_alert}}", "y"),
        ('{{#is_match "env" "pro" "x"}}m{{/is_match}}', "m"),
        ('{{#is_exact_match "value" "950.0"}}m{{/is_exact_match}}', "m"),
        ('{{eval "value/10 + 2^3"}}', "103"),
        ("{{{{raw}}}}{{value}}{{{{/raw}}}}", "{{value}}"),
        ("{{! a note }}[{{unknown}}] {{host.name}}", "[] web-1"),
        ("{{{value}}}", "950"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert render(template, HERE) == text


@given(st.text(max_size=80))
def test_any_template_renders(template: str) -> None:
    render(template, HERE)
    evaluate(template, HERE.values)


def test_metric_queries() -> None:
    query = parse_monitor_query("metric alert", "avg(last_1h):avg:system.load.1{env:a} by {host,env} >= 1e-3")
    assert isinstance(query, MetricQuery)
    assert (query.aggregator, query.window, query.by, query.comparator, query.threshold) == (
        "avg", 3600, ("host", "env"), ">=", 0.001,
    )  # fmt: skip
    change = parse_monitor_query("query alert", "pct_change(avg(last_5m),1h_ago):sum:a.b{*} > 50")
    assert isinstance(change, MetricQuery)
    assert (change.change, change.shift) == ("pct_change", 3600)


def test_check_and_search_queries() -> None:
    check = parse_monitor_query(
        "service check", '"app.ok".over("env:a").by("host").last(4).count_by_status()'
    )
    assert check == CheckQuery("app.ok", ("env:a",), (), ("host",), 4)
    events = parse_monitor_query("event-v2 alert", 'events("status:error").rollup("count").last("5m") > 3')
    assert isinstance(events, SearchQuery)
    assert (events.search, events.window, events.threshold) == ("status:error", 300, 3.0)


@pytest.mark.parametrize("text", ["1 &&", "(1", "1 2", "a", ""])
def test_bad_composites(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_monitor_query("composite", text)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("1 && 2", "Warn"),
        ("1 || 2", "Alert"),
        ("1 && 3", "OK"),
        ("!3", "Alert"),
        ("!(1 || 3)", "OK"),
        ("!4", "No Data"),
    ],
)
def test_composites_combine_severities(text: str, state: str) -> None:
    states = {1: "Alert", 2: "Warn", 3: "OK", 4: "No Data"}
    assert combine(parse_composite(text).logic, states) == state
