"""Every option is honored or refused, as the table in the documentation says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.monitors.definition import apply_monitor
from heeler.monitors.model import Monitor
from heeler.monitors.options import LEFTOVERS, OPTIONS, REFUSED_THRESHOLDS, THRESHOLDS
from heeler.monitors.validation import checked_options, checked_query

TEXT = (Path(__file__).parents[3] / "docs" / "monitor-options.md").read_text()
METRIC = checked_query("metric alert", "avg(last_5m):avg:a{*} by {host} > 5")
ROWS = re.findall(r"^\| `(\w+)` \| (honored|refused) \|", TEXT, re.M)


def test_the_table_names_every_option_once_and_nothing_else() -> None:
    honored = sorted(name for name, status in ROWS if status == "honored")
    refused = sorted(name for name, status in ROWS if status == "refused")
    assert honored == sorted([*OPTIONS, *THRESHOLDS])
    assert refused == sorted(REFUSED_THRESHOLDS)
    assert all(f"`{name}`" in TEXT for name in LEFTOVERS)


def test_the_options_of_the_published_client_are_all_known() -> None:
    from datadog_api_client.v1.model.monitor_options import MonitorOptions

    published = set(MonitorOptions.openapi_types)
    assert published <= set(OPTIONS)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"on_missing_data": "guess"}, "on_missing_data"),
        ({"renotify_statuses": ["ok"]}, "renotify_statuses"),
        ({"thresholds": {"critical": 5, "critical_query": "avg:b{*}"}}, "thresholds that are queries"),
        ({"thresholds": {"critical": 5, "warning_recovery": 1}}, "there is no warning threshold"),
        ({"min_failure_duration": 5}, "synthetic tests alone"),
        ({"enable_samples": True}, "enable_samples"),
        ({"enable_logs_sample": "True"}, "logs of log alerts"),
        ({"restriction_query": "team:a"}, "only monitors of logs"),
        ({"frobnicate": 1}, "There is no option 'frobnicate'"),
        ({"timeout_h": 25}, "from 0 to 24"),
        ({"on_missing_data": "resolve", "notify_no_data": True}, "notify_no_data excludes it"),
        ({"scheduling_options": {"evaluation_window": {"day_starts": "04:00"}}}, "current_1h"),
        ({"scheduling_options": {"custom_schedule": {"recurrences": []}}}, "exactly one"),
        (
            {"scheduling_options": {"custom_schedule": {"recurrences": [{"rrule": "FREQ=HOURLY"}]}}},
            "daily or rarer",
        ),
        ({"notification_preset_name": "hide_nothing"}, "show_all"),
        ({"notify_by": "host"}, "list of tags"),
        ({"group_retention_duration": "5m"}, "60m to 72h"),
    ],
)
def test_what_is_refused_says_why(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiError, match=re.escape(reason)):
        checked_options(options, METRIC)


def test_defaults_of_synthetic_tests_may_be_sent_of_any_monitor() -> None:
    found = checked_options({"min_failure_duration": 0, "min_location_failed": 1}, METRIC)
    assert (found["min_failure_duration"], found["min_location_failed"]) == (0, 1)


def test_defaults_and_coercions() -> None:
    found = checked_options(
        {"renotify_interval": "0", "notify_audit": "true", "avalanche_window": 10, "timeout_h": None}, METRIC
    )
    assert found == {
        "notify_no_data": False, "notify_audit": True, "new_host_delay": 300, "include_tags": True,
        "silenced": {}, "renotify_interval": 0, "timeout_h": None,
    }  # fmt: skip
    assert "thresholds" not in checked_options(None, METRIC)
    assert "notify_no_data" not in checked_options({"on_missing_data": "resolve"}, METRIC)
    logs = checked_query("log alert", 'logs("*").rollup("count").last("5m") > 5')
    assert checked_options({}, logs)["groupby_simple_monitor"] is False


def test_a_formula_over_logs_has_samples_and_exports_restrict_nothing() -> None:
    def formula(source: str) -> dict[str, Any]:
        variable = {
            "name": "q",
            "data_source": source,
            "search": {"query": "a"},
            "compute": {"aggregation": "count"},
        }
        options = {"variables": [variable], "enable_logs_sample": "True", "restriction_query": None}
        return checked_options(options, checked_query("log alert", 'formula("q").last("5m") > 5', options))

    found = formula("logs")
    assert found["enable_logs_sample"] is True
    assert "restriction_query" not in found
    with pytest.raises(ApiError, match="enable_logs_sample"):
        formula("spans")


def made(**given: Any) -> Monitor:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    monitor = Monitor(created=moment, modified=moment)
    apply_monitor(monitor, {"type": "metric alert", "query": "avg(last_1h):avg:a.b{x:y} > 100", **given})
    return monitor


def test_texts_are_trimmed_and_a_nameless_monitor_is_named() -> None:
    monitor = made(name="  n ", message=" m\n", query="  avg(last_5m):avg:a{*} > 1\n ")
    assert (monitor.name, monitor.message, monitor.query) == ("n", "m", "avg(last_5m):avg:a{*} > 1")
    assert made().name == "**a.b** over **x:y** was **> 100.0** on average during the **last 1h**."
    five = made(query="sum(last_1d):sum:a{*} <= 5")
    assert five.name == "**a** over ***** was **<= 5.0** in total during the **last 1d**."


def test_another_query_needs_no_other_thresholds() -> None:
    monitor = made(options=None)
    apply_monitor(monitor, {"query": "avg(last_1h):avg:a.b{x:y} > 7"})
    assert "thresholds" not in monitor.options


def test_priority_drafts_and_runbooks() -> None:
    assert made(priority=0).priority is None
    assert made().draft_status == "published"
    assert made(draft_status="draft").draft_status == "draft"
    runbook = {"category": "runbook", "name": "R", "url": "/notebook/5", "resource_type": "notebook"}
    assert made(assets=[runbook]).assets == [runbook]
    for wrong in (
        {"draft_status": "late"},
        {"assets": [{"name": "R", "url": "javascript:alert(1)"}]},
        {"priority": 9},
    ):
        with pytest.raises(ApiError):
            made(**wrong)


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("service check", '"ntp.in_sync".by("*").last(2).count_by_status()'),
        ("service check", '"custom.check".by("environment:foo").last(2).count_by_status()'),
        ("service check", "'x.up'.over('*').last(1).by(host).pct_by_status()"),
        ("query alert", 'formula("query1").rollup("sum").last("5m") > 124'),
        ("log alert", 'formula("query1 / query1 * 100").last("15m") >= 0.8'),
        ("log alert", 'logs("service:web "exact phrase" @k:"v"").index("*").rollup("count").last("5m") > 1'),
        ("rum alert", 'rum("*").rollup("count").last("5m") > 1'),
        ("cost alert", 'formula("query1").last("7d").anomaly(direction=both) >= 1'),
        ("error-tracking alert", 'error-tracking("*").source("all").new().rollup("count").last("1d") > 1'),
        ("query alert", "sum(current_1mo):sum:x{*}.as_count() > 5"),
    ],
)
def test_queries_that_people_write_are_taken(kind: str, query: str) -> None:
    variables = [{"name": "query1", "data_source": "metrics", "query": "sum:a{*}"}]
    options = (
        {"variables": variables, "thresholds": {"critical": 1}}
        if "pct" in query
        else {"variables": variables}
    )
    checked_options(options, checked_query(kind, query, options))


@pytest.mark.parametrize("query", ["", "no query", 'logs("x") > '])
def test_what_is_no_query_gets_the_public_words(query: str) -> None:
    with pytest.raises(ApiError, match="The value provided for parameter 'query' is invalid"):
        checked_query("log alert", query)
