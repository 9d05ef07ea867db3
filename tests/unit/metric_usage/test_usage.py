"""Which queries of dashboards and monitors name a metric, and what they use of it."""

from __future__ import annotations

from typing import Any

from heeler.metric_usage.usage import Usage, of_dashboard, of_monitor, of_notebook, of_slo, usage
from heeler.query.metrics.ast import Node, Selector, selectors


def dashboard(*requests: dict[str, Any]) -> dict[str, Any]:
    inner = {"definition": {"type": "timeseries", "requests": list(requests)}}
    return {"widgets": [{"definition": {"type": "group", "widgets": [inner]}}]}


def test_old_and_new_requests_are_found_within_groups() -> None:
    body = dashboard(
        {"q": "sum:visits{room:hall} by {exhibit}.rollup(max, 60)"},
        {"queries": [{"data_source": "metrics", "name": "a", "query": "avg:visits{env:prod AND !host:x}"}]},
        {"queries": [{"data_source": "logs", "name": "b", "search": {"query": "visits"}}]},
    )
    found = usage(selections(of_dashboard(body), "visits"), "sum")
    assert found == Usage(("env", "exhibit", "host", "room"), (("max", "sum"), ("sum", "avg")))


def test_other_metrics_and_texts_that_are_no_query_do_not_count() -> None:
    body = dashboard({"q": "avg:other{*}"}, {"q": "((("})
    assert selections(of_dashboard(body), "visits") == []


def test_metric_monitors_count_and_others_do_not() -> None:
    query = "avg(last_5m):avg:visits{room IN (a, b)} by {host} > 5"
    assert usage(selections(of_monitor("query alert", query), "visits"), "avg").tags == ("host", "room")
    assert of_monitor("service check", '"visits".over("*").last(2).count_by_status()') == []
    assert of_monitor("metric alert", "not a query") == []


def selections(nodes: list[Node], metric: str) -> list[Selector]:
    return [item for node in nodes for item in selectors(node) if item.metric == metric]


def test_queries_of_notebooks_and_slos() -> None:
    cell = {"attributes": {"definition": {"type": "timeseries", "requests": [{"q": "avg:a{*}"}]}}}
    assert len(selections(of_notebook({"cells": [cell]}), "a")) == 1
    parts = {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"}
    assert len(selections(of_slo({"query": parts}), "good")) == 1
    query = {"queries": [{"data_source": "metrics", "name": "q", "query": "max:slow{*}"}]}
    assert len(selections(of_slo({"sli_specification": {"time_slice": {"query": query}}}), "slow")) == 1
    assert of_slo({"monitor_ids": [1]}) == []
