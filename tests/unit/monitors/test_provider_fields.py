"""A plan after apply shows no difference: what the Terraform provider reads back equals what it sent.

The provider cannot be run here; its documented attributes stand for it. What it sends for what was left
out, and which differences it forgives (4 and 4.0, the order of tags), is modeled below.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.accounts.conftest import KEYS, App, app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]

#: Attributes of ``datadog_monitor`` that are options, with what the provider takes an absent one for.
OPTIONS: dict[str, Any] = {
    "enable_logs_sample": None, "enable_samples": None, "escalation_message": "", "evaluation_delay": 0,
    "group_retention_duration": "", "groupby_simple_monitor": False, "include_tags": True,
    "new_group_delay": None, "new_host_delay": 300, "notification_preset_name": "", "notify_audit": False,
    "notify_by": None, "notify_no_data": False, "on_missing_data": "", "renotify_interval": 0,
    "renotify_occurrences": 0, "renotify_statuses": None, "require_full_window": True, "timeout_h": 0,
    "scheduling_options": None, "threshold_windows": None, "variables": None,
}  # fmt: skip
UNORDERED = {"notify_by", "renotify_statuses"}
ALWAYS = {"include_tags": True, "new_host_delay": 300, "notify_audit": False, "notify_no_data": False}
"""What the provider sends whether it was written or not."""

SCHEDULE = {"custom_schedule": {"recurrences": [{"rrule": "FREQ=DAILY;INTERVAL=1", "timezone": "UTC"}]}}
LOGS_VARIABLE = {
    "data_source": "logs", "name": "query1", "indexes": ["*"], "search": {"query": "status:error"},
    "compute": {"aggregation": "count"}, "group_by": [],
}  # fmt: skip

MONITORS: dict[str, dict[str, Any]] = {
    "metric": {
        "type": "query alert", "query": "avg(last_5m):avg:system.load.1{*} by {host} > 4",
        "options": {
            "thresholds": {"critical": 4, "warning": 2, "critical_recovery": 3, "warning_recovery": 1},
            "require_full_window": False, "evaluation_delay": 60, "renotify_interval": 60,
            "renotify_statuses": ["no data", "alert"], "renotify_occurrences": 3, "timeout_h": 1,
            "escalation_message": "again @a@example.com", "notify_no_data": True, "no_data_timeframe": 20,
            "notification_preset_name": "hide_query", "notify_by": ["host"],
        },
    },
    "metric, little written": {
        "type": "metric alert", "query": "avg(last_5m):avg:system.load.1{*} > 4",
        "options": {"thresholds": {"critical": 4}, "require_full_window": True},
    },
    "missing data": {
        "type": "query alert", "query": "sum(last_5m):sum:requests{*}.as_count() > 4",
        "options": {"thresholds": {"critical": 4}, "on_missing_data": "show_no_data", "new_group_delay": 0},
    },
    "schedule": {
        "type": "query alert", "query": "avg(last_5m):avg:system.load.1{*} > 4",
        "options": {
            "thresholds": {"critical": 4}, "scheduling_options": SCHEDULE, "require_full_window": False,
            "on_missing_data": "default",
        },
    },
    "cumulative": {
        "type": "query alert", "query": "sum(current_1mo):sum:requests{*}.as_count() > 4",
        "options": {
            "thresholds": {"critical": 4},
            "scheduling_options": {
                "evaluation_window": {"day_starts": "00:00", "month_starts": 1, "timezone": "UTC"}
            },
        },
    },
    "change": {
        "type": "query alert", "query": "pct_change(avg(last_5m),last_1h):avg:system.load.1{*} > 50",
        "options": {"thresholds": {"critical": 50}},
    },
    "anomaly": {
        "type": "query alert", "query": "avg(last_4h):anomalies(avg:system.load.1{*}, 'agile', 2) >= 1",
        "options": {
            "thresholds": {"critical": 1, "critical_recovery": 0},
            "threshold_windows": {"trigger_window": "last_15m", "recovery_window": "last_15m"},
        },
    },
    "outlier": {
        "type": "query alert",
        "query": "avg(last_30m):outliers(avg:system.load.1{*} by {host}, 'DBSCAN', 3) > 0",
        "options": {"thresholds": {"critical": 0}},
    },
    "forecast": {
        "type": "query alert",
        "query": "max(next_1w):forecast(avg:system.disk.in_use{*}, 'linear', 1) >= 0.9",
        "options": {"thresholds": {"critical": 0.9}},
    },
    "service check": {
        "type": "service check", "query": '"ntp.in_sync".over("*").by("host").last(4).count_by_status()',
        "options": {"thresholds": {"critical": 3, "warning": 1, "ok": 1}, "timeout_h": 0},
    },
    "logs": {
        "type": "log alert", "query": 'logs("status:error").index("*").rollup("count").last("5m") > 10',
        "options": {
            "thresholds": {"critical": 10}, "enable_logs_sample": True, "groupby_simple_monitor": False,
            "on_missing_data": "default", "group_retention_duration": "2d",
        },
    },
    "logs by formula": {
        "type": "log alert", "query": 'formula("query1 * 2").last("5m") > 10',
        "options": {
            "thresholds": {"critical": 10}, "variables": [LOGS_VARIABLE], "enable_logs_sample": False,
        },
    },
    "spans": {
        "type": "trace-analytics alert",
        "query": 'trace-analytics("service:web").rollup("count").by("service").last("5m") > 10',
        "options": {"thresholds": {"critical": 10, "warning": 5}},
    },
    "events": {
        "type": "event-v2 alert", "query": 'events("status:error").rollup("count").last("5m") > 10',
        "options": {"thresholds": {"critical": 10}},
    },
    "cluster check": {
        "type": "service check", "query": '"a.up".over("env:a").by("zone").last(1).pct_by_status()',
        "options": {"thresholds": {"critical": 50, "warning": 20}},
    },
    "host": {
        "type": "service check", "query": '"datadog.agent.up".over("*").by("host").last(2).count_by_status()',
        "options": {"thresholds": {"critical": 1, "ok": 1}, "notify_no_data": True, "no_data_timeframe": 2},
    },
    "error tracking, new issues": {
        "type": "error-tracking alert",
        "query": 'error-tracking("service:web").source("all").new().rollup("count").by("issue.id")'
        '.last("1d") > 0',
        "options": {"thresholds": {"critical": 0}},
    },
    "error tracking, all issues": {
        "type": "error-tracking alert",
        "query": 'error-tracking("*").source("all").impact().rollup("count").by("issue.id").last("1h") > 50',
        "options": {"thresholds": {"critical": 50, "warning": 10}, "on_missing_data": "default"},
    },
    "process": {
        "type": "process alert", "query": "processes('java').over('env:a').rollup('count').last('5m') < 1",
        "options": {"thresholds": {"critical": 1}},
    },
    "rum": {
        "type": "rum alert", "query": 'rum("@type:error").rollup("count").last("5m") > 10',
        "options": {"thresholds": {"critical": 10}},
    },
}  # fmt: skip


def normal(name: str, value: Any) -> Any:
    """The value as the provider compares it."""
    if name in UNORDERED and isinstance(value, list):
        return sorted(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dict):
        return {key: normal(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal("", item) for item in value]
    return value.strip() if isinstance(value, str) else value


def differences(sent: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """What a plan would show: of each attribute, what was written and what is read, absent as the default."""
    found = []
    for name, default in OPTIONS.items():
        written = sent["options"].get(name, ALWAYS.get(name, default))
        have = read["options"].get(name)
        have = default if have is None else have
        if normal(name, written) != normal(name, have):
            found.append(f"{name}: {written!r} > {have!r}")
    for name in ("critical", "warning", "critical_recovery", "warning_recovery", "ok", "unknown"):
        limits = sent["options"].get("thresholds", {}).get(name)
        have = (read["options"].get("thresholds") or {}).get(name)
        if normal(name, limits) != normal(name, have):
            found.append(f"thresholds.{name}: {limits!r} > {have!r}")
    if (wanted := sent["options"].get("no_data_timeframe")) and wanted != read["options"].get(
        "no_data_timeframe"
    ):
        found.append(f"no_data_timeframe: {wanted} > {read['options'].get('no_data_timeframe')}")
    same_kind = {sent["type"], read["type"]} <= {"metric alert", "query alert"} or sent["type"] == read[
        "type"
    ]
    found += [] if same_kind else [f"type: {sent['type']} > {read['type']}"]
    for name in ("name", "query", "message", "priority", "restricted_roles", "draft_status", "assets"):
        if normal(name, sent[name]) != normal(name, read[name]):
            found.append(f"{name}: {sent[name]!r} > {read[name]!r}")
    if sorted(sent["tags"]) != sorted(read["tags"]):
        found.append(f"tags: {sent['tags']} > {read['tags']}")
    return found


@pytest.mark.parametrize("kind", MONITORS)
async def test_a_monitor_of_each_kind(app: App, kind: str) -> None:
    given = MONITORS[kind]
    asset = {"category": "runbook", "name": "Runbook", "url": "https://wiki.example.org/a"}
    sent = {
        "name": f"A {kind} monitor", "message": "Look\n@a@example.com\n", "tags": ["team:b", "env:a"],
        "priority": 3, "restricted_roles": None, "draft_status": "published", "assets": [asset], **given,
        "options": {**ALWAYS, **given["options"]},
    }  # fmt: skip
    made = await app.post("/api/v1/monitor", headers=KEYS, json=sent)
    assert made.status_code == 200, made.text
    path = f"/api/v1/monitor/{made.json()['id']}"
    assert differences(sent, (await app.get(path, headers=KEYS)).json()) == []
    again = await app.put(path, headers=KEYS, json=sent)
    assert again.status_code == 200, again.text
    assert differences(sent, (await app.get(path, headers=KEYS)).json()) == [], "applied twice"


async def test_composites_and_alerts_of_slos(app: App) -> None:
    ids = []
    for limit in (4, 5):
        body = {"type": "query alert", "query": f"avg(last_5m):avg:system.load.1{{*}} > {limit}", "name": "a"}
        ids.append((await app.post("/api/v1/monitor", headers=KEYS, json=body)).json()["id"])
    slo = await app.post("/api/v1/slo", headers=KEYS, json={
        "name": "An SLO", "type": "metric", "thresholds": [{"timeframe": "30d", "target": 99.9}],
        "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
    })  # fmt: skip
    name = slo.json()["data"][0]["id"]
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("composite", f"{ids[0]} && !{ids[1]}", {"renotify_interval": 60}),
        ("slo alert", f'error_budget("{name}").over("30d") > 75', {"thresholds": {"critical": 75}}),
        (
            "slo alert",
            f'burn_rate("{name}").over("30d").long_window("1h").short_window("5m") > 14.4',
            {"thresholds": {"critical": 14.4, "warning": 6}},
        ),
    ]
    made = 0
    for kind, query, options in kinds:
        sent = {
            "name": "It", "message": "@a@example.com", "tags": ["team:b"], "priority": None, "type": kind,
            "restricted_roles": None, "draft_status": "published", "assets": [], "query": query,
            "options": {**ALWAYS, "require_full_window": True, **options},
        }  # fmt: skip
        for method, path in ((app.post, "/api/v1/monitor"), (app.put, "")):
            answer = await method(path or f"/api/v1/monitor/{made}", headers=KEYS, json=sent)
            assert answer.status_code == 200, answer.text
            made = answer.json()["id"]
            assert differences(sent, (await app.get(f"/api/v1/monitor/{made}", headers=KEYS)).json()) == []


def subset(sent: Any, read: Any, path: str = "") -> list[str]:
    """Where what was sent is not what is read; the answer may hold more."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return [one for key in sent for one in subset(sent[key], read.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [one for at, item in enumerate(sent) for one in subset(item, read[at], f"{path}[{at}]")]
    return [] if normal("", sent) == normal("", read) else [f"{path}: {sent!r} > {read!r}"]


async def test_a_downtime(app: App) -> None:
    attributes = {
        "scope": "env:prod AND (service:a OR service:b)",
        "display_timezone": "Europe/Berlin",
        "message": "Work",
        "monitor_identifier": {"monitor_tags": ["team:a"]},
        "mute_first_recovery_notification": True,
        "notify_end_types": ["canceled", "expired"],
        "notify_end_states": ["alert", "warn", "no data"],
        "schedule": {
            "timezone": "Europe/Berlin",
            "recurrences": [
                {"rrule": "FREQ=WEEKLY;BYDAY=MO", "duration": "90m", "start": "2099-01-05T22:00:00"}
            ],
        },
    }
    body = {"data": {"type": "downtime", "attributes": attributes}}
    made = await app.post("/api/v2/downtime", headers=KEYS, json=body)
    assert made.status_code == 200, made.text
    read = (await app.get(f"/api/v2/downtime/{made.json()['data']['id']}", headers=KEYS)).json()
    assert subset(attributes, read["data"]["attributes"]) == []


@pytest.mark.parametrize(
    "definition",
    [
        {
            "type": "metric",
            "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
        },
        {
            "type": "time_slice",
            "sli_specification": {
                "time_slice": {
                    "query": {
                        "formulas": [{"formula": "query1"}],
                        "queries": [
                            {"data_source": "metrics", "name": "query1", "query": "avg:latency{*}"}
                        ],
                    },
                    "comparator": "<", "threshold": 5.0, "query_interval_seconds": 300,
                }
            },
        },
    ],
)  # fmt: skip
async def test_an_slo(app: App, definition: dict[str, Any]) -> None:
    sent = {
        "name": "Requests succeed", "description": "of the web", "tags": ["team:a", "env:prod"],
        "thresholds": [
            {"timeframe": "7d", "target": 99.9, "warning": 99.95}, {"timeframe": "30d", "target": 99},
        ],
        **definition,
    }  # fmt: skip
    made = await app.post("/api/v1/slo", headers=KEYS, json=sent)
    assert made.status_code == 200, made.text
    read = (await app.get(f"/api/v1/slo/{made.json()['data'][0]['id']}", headers=KEYS)).json()["data"]
    assert subset({**sent, "tags": sorted(sent["tags"])}, {**read, "tags": sorted(read["tags"])}) == []


async def test_a_dashboard(app: App) -> None:
    request = {
        "formulas": [{"formula": "query1", "alias": "load"}],
        "queries": [
            {"data_source": "metrics", "name": "query1", "query": "avg:system.load.1{$env} by {host}"}
        ],
        "response_format": "timeseries",
        "display_type": "line",
        "style": {"palette": "dog_classic", "line_type": "solid", "line_width": "normal"},
    }
    sent = {
        "title": "Hosts", "description": "All hosts", "layout_type": "ordered", "reflow_type": "fixed",
        "tags": ["team:a"], "notify_list": [],
        "template_variables": [
            {"name": "env", "prefix": "env", "available_values": ["prod"], "defaults": ["prod"]}
        ],
        "template_variable_presets": [
            {"name": "prod", "template_variables": [{"name": "env", "values": ["prod"]}]}
        ],
        "widgets": [
            {
                "definition": {
                    "type": "timeseries", "title": "Load", "title_size": "16", "title_align": "left",
                    "show_legend": True, "legend_columns": ["avg", "max"], "requests": [request],
                    "markers": [{"value": "y > 4", "display_type": "error dashed", "label": "high"}],
                    "yaxis": {"min": "0", "max": "auto", "include_zero": True, "scale": "linear"},
                },
                "layout": {"x": 0, "y": 0, "width": 6, "height": 3},
            },
            {
                "definition": {"type": "note", "content": "Text", "background_color": "yellow"},
                "layout": {"x": 6, "y": 0, "width": 6, "height": 3},
            },
        ],
    }  # fmt: skip
    made = await app.post("/api/v1/dashboard", headers=KEYS, json=sent)
    assert made.status_code == 200, made.text
    read = (await app.get(f"/api/v1/dashboard/{made.json()['id']}", headers=KEYS)).json()
    assert subset(sent, read) == []


async def test_a_webhook_and_its_variable(app: App) -> None:
    base = "/api/v1/integration/webhooks/configuration"
    sent = {
        "name": "hook", "url": "http://93.184.216.34/x", "encode_as": "form",
        "payload": '{"a": "$EVENT_TITLE"}',
    }  # fmt: skip
    assert (await app.post(f"{base}/webhooks", headers=KEYS, json=sent)).status_code == 201
    assert subset(sent, (await app.get(f"{base}/webhooks/hook", headers=KEYS)).json()) == []
    variable = {"name": "TEAM", "value": "a", "is_secret": False}
    assert (await app.post(f"{base}/custom-variables", headers=KEYS, json=variable)).status_code == 201
    assert subset(variable, (await app.get(f"{base}/custom-variables/TEAM", headers=KEYS)).json()) == []
