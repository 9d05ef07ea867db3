"""Seeds of monitors, downtimes, SLOs and corrections (see `seeds`)."""

from __future__ import annotations

import copy
from typing import Any

from bench.client_models.generate import OMIT, Maker
from bench.client_models.seeds import HOUR, NOW, numbered, world

_METRIC = "avg(last_5m):avg:m{*} by {host} > 3"
#: Monitors of each kind: its type, its query, and the options that go with it alone.
MONITOR_KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("metric alert", _METRIC, {}),
    ("query alert", "change(avg(last_5m),last_1h):sum:m{env:prod} by {host} >= 3", {}),
    (
        "query alert", "avg(last_4h):anomalies(avg:m{*}, 'basic', 2) >= 1",
        {"thresholds": {"critical": 1}, "threshold_windows": {"trigger_window": "last_15m", "recovery_window": "last_15m"}},
    ),
    ("query alert", "avg(last_10m):outliers(avg:m{*} by {host}, 'DBSCAN', 2) > 0", {"thresholds": {"critical": 0}}),
    ("query alert", "max(next_1w):forecast(avg:m{*}, 'linear', 1) >= 3", {}),
    ("service check", '"a.check".over("*").by("host").last(3).count_by_status()', {"thresholds": {"critical": 2, "warning": 1, "ok": 1}}),
    ("log alert", 'logs("service:web").index("main").rollup("count").by("host").last("5m") > 3', {}),
    ("trace-analytics alert", 'trace-analytics("service:web").rollup("count").by("resource_name").last("5m") > 3', {}),
    ("event-v2 alert", 'events("status:error").rollup("count").by("host").last("5m") > 3', {}),
    ("error-tracking alert", 'error-tracking-traces("service:web").rollup("count").last("5m") > 3', {}),
    ("process alert", 'processes("web").over("*").by("host").rollup("count").last("5m") > 3', {}),
    ("composite", "COMPOSITE", {"thresholds": None}),
    ("slo alert", 'error_budget("SLO").over("7d") > 3', {}),
    (
        "query alert", "formula(\"a / b\").last(\"5m\") > 3",
        {"variables": [
            {"name": "a", "data_source": "metrics", "query": "avg:m{*}", "aggregator": "avg"},
            {"name": "b", "data_source": "metrics", "query": "avg:a.b{*}", "aggregator": "sum"},
        ]},
    ),
    (
        "log alert", "formula(\"a\").last(\"5m\") > 3",
        {"variables": [{
            "name": "a", "data_source": "logs", "search": {"query": "service:web"}, "indexes": ["*"],
            "compute": {"aggregation": "avg", "metric": "@duration", "interval": 60000},
            "group_by": [{"facet": "host", "limit": 5, "sort": {"aggregation": "count", "order": "desc", "metric": "@duration"}}],
        }]},
    ),
]  # fmt: skip
_turn = [0]


def monitor(body: Any, maker: Maker) -> Any:
    """A body of a monitor with the query of the next kind."""
    if "type" in body:
        _turn[0] += 1
        kind, query, options = copy.deepcopy(MONITOR_KINDS[_turn[0] % len(MONITOR_KINDS)])
        first, second = maker.world["monitors"]
        query = query.replace("COMPOSITE", f"{first} && {second}").replace("SLO", maker.world["slo"])
        body |= {"type": kind, "query": query}
        if "options" in body or "variables" in options:
            body["options"] = {**body.get("options", {}), **options}
            body["options"] = {
                name: value
                for name, value in body["options"].items()
                if value is not None or name == "timeout_h"
            }
    return body


MONITORS: dict[str, Any] = {
    "Monitor.query": [_METRIC], "Monitor.matching_downtimes": [OMIT], "Monitor.message": [numbered("Look @all #")],
    "Monitor.priority": [1, 5, 3, None],
    "MonitorThresholds": [
        {"critical": 3.0}, {"critical": 3.0, "warning": 2.0, "critical_recovery": 2.5, "warning_recovery": 1.5},
    ],
    "MonitorOptions.variables": [OMIT], "MonitorOptions.threshold_windows": [OMIT],
    "MonitorOptions.min_failure_duration": [OMIT], "MonitorOptions.min_location_failed": [OMIT],
    "MonitorOptions.synthetics_check_id": [OMIT],
    "MonitorOptions.group_retention_duration": ["60m", "2h", "72h"],
    "MonitorOptions.notify_by": [["*"], ["host"]],
    "MonitorOptions.silenced": [{"host:a": None}, {"*": NOW + HOUR}],
    "MonitorOptions.timeout_h": [None, 2, 24],
    "MonitorOptionsSchedulingOptionsEvaluationWindow": [OMIT],
    "MonitorOptionsCustomScheduleRecurrence.start": ["2027-01-01T09:00:00"],
    "MonitorAsset.url": ["https://example.com/a", "/notebook/1"],
}  # fmt: skip
DOWNTIMES_V1: dict[str, Any] = {
    "Downtime.scope": [["env:prod"], ["env:prod", "host:a"]], "Downtime.start": [NOW + 600],
    "Downtime.end": [NOW + 7200], "Downtime.monitor_id": [world("monitor"), None],
    "Downtime.monitor_tags": [["*"], ["a:b"]],
    "DowntimeRecurrence": [
        {"type": "days", "period": 2}, {"type": "weeks", "period": 1, "week_days": ["Mon", "Fri"], "until_date": NOW + 10**7},
        {"type": "months", "period": 1, "until_occurrences": 4}, {"type": "years", "period": 1},
        {"type": "rrule", "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"},
    ],
}  # fmt: skip
DOWNTIMES_V2: dict[str, Any] = {
    "scope": ["env:prod", "env:(staging OR prod) AND host:a", "*"],
    "monitor_id": [world("monitor")], "monitor_tags": [["*"], ["a:b"]], "display_timezone": ["Europe/Dublin", None],
    "duration": ["1h", "3d"], "DowntimeScheduleRecurrenceCreateUpdateRequest.start": ["2027-03-28T01:30", None],
    "DowntimeScheduleOneTimeCreateUpdateRequest.start": ["2027-03-28T01:30:00+00:00", None],
    "DowntimeScheduleOneTimeCreateUpdateRequest.end": ["2027-04-28T01:30:00+00:00", None],
}  # fmt: skip
SLOS: dict[str, Any] = {
    "target": [99.0], "warning": [99.5], "target_display": [OMIT], "warning_display": [OMIT],
    "target_threshold": [99.0], "warning_threshold": [99.5],
    "monitor_ids": [lambda maker: [maker.world["monitor"]]],
    "ServiceLevelObjectiveQuery": [{"numerator": "sum:a{*}.as_count()", "denominator": "sum:b{*}.as_count()"}],
    "SLOTimeframe": ["7d", "30d", "90d"],
    "FormulaAndFunctionMetricQueryDefinition.query": ["avg:m{*}"],
    "SLOFormula.formula": ["query1"], "FormulaAndFunctionMetricQueryDefinition.name": ["query1"],
    "groups": [["host:a"]],
}  # fmt: skip


def slo(body: Any, maker: Maker) -> Any:
    """The kinds of SLOs with the fields that belong to each."""
    kind = body.get("type")
    if kind is None:
        return body
    for name, of in (
        ("query", ("metric",)),
        ("monitor_ids", ("monitor",)),
        ("groups", ("monitor",)),
        ("sli_specification", ("time_slice", "metric")),
    ):
        if kind not in of:
            body.pop(name, None)
    if kind == "monitor":
        body["monitor_ids"] = [maker.world["monitor"]]
    if kind == "metric":
        body.pop("sli_specification", None)
        body["query"] = {"numerator": "sum:a{*}.as_count()", "denominator": "sum:b{*}.as_count()"}
    if kind == "time_slice" and "time_slice" not in body.get("sli_specification", {}):
        body["sli_specification"] = {"time_slice": {
            "comparator": "<", "threshold": 5.0, "query_interval_seconds": 300,
            "query": {"formulas": [{"formula": "query1"}], "queries": [{"data_source": "metrics", "name": "query1", "query": "avg:m{*} by {host}"}]},
        }}  # fmt: skip
    if "timeframe" in body:
        body["thresholds"] = [{**body["thresholds"][0], "timeframe": body["timeframe"]}]
    return body


CORRECTIONS: dict[str, Any] = {
    "slo_id": [world("slo")], "slo_query": [OMIT], "start": [NOW], "end": [NOW + 3600], "duration": [3600],
}  # fmt: skip


def correction(body: Any, maker: Maker) -> Any:
    """A correction once (with an end), or again and again (with a duration)."""
    data = body.setdefault("data", {"type": "correction"})
    given = data.setdefault("attributes", {"category": "Other", "start": NOW, "slo_id": maker.world["slo"]})
    if "slo_id" not in given and "id" not in data:
        given["slo_id"] = maker.world["slo"]
    if maker.number % 2:
        for name in ("rrule", "duration"):
            given.pop(name, None)
        given["end"] = NOW + 3600
    else:
        given.pop("end", None)
        given |= {"rrule": "FREQ=DAILY;COUNT=5", "duration": 1800}
    return body


def correction_change(body: Any, maker: Maker) -> Any:
    body = correction(body, maker)
    body["data"]["attributes"].pop("slo_id", None)
    return body
