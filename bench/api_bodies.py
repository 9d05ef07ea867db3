"""Bodies as clients send them, for the endpoints whose description has no schema.

Endpoints that read their body themselves have no schema in the API's description; without one, a fuzzer
sends texts and numbers that are refused at the door.
"""

from __future__ import annotations

import time
from typing import Any

NOW = int(time.time())
_SEARCH = {
    "filter": {"query": "service:web", "from": "now-1h", "to": "now", "indexes": ["main"]},
    "sort": "-timestamp", "page": {"limit": 5, "cursor": ""}, "options": {"timezone": "UTC"},
}  # fmt: skip
_AGGREGATE = {
    "filter": {"query": "*", "from": "now-1h", "to": "now"},
    "compute": [{"aggregation": "pc99", "metric": "@duration", "type": "timeseries", "interval": "5m"}],
    "group_by": [{
        "facet": "service", "limit": 3, "total": "all", "missing": "none",
        "sort": {"aggregation": "count", "order": "desc", "type": "measure"},
    }],
    "options": {"timezone": "UTC", "timeOffset": 0}, "page": {"cursor": ""},
}  # fmt: skip
_HISTOGRAM = {"facet": "@duration", "histogram": {"interval": 10, "min": 0, "max": 100}}
_FORMULAS = {
    "from": (NOW - 900) * 1000, "to": NOW * 1000, "interval": 60_000,
    "queries": [
        {"name": "a", "data_source": "metrics", "query": "avg:m{*} by {host}", "aggregator": "avg"},
        {
            "name": "b", "data_source": "logs", "search": {"query": "*"}, "indexes": ["*"],
            "compute": {"aggregation": "count"}, "group_by": [{"facet": "service", "limit": 5}],
        },
    ],
    "formulas": [{"formula": "a + b", "limit": {"count": 5, "order": "desc"}}],
}  # fmt: skip


def _data(kind: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": {"type": kind, "attributes": attributes, **more}}


_WIDGETS = [
    {
        "definition": {
            "type": "timeseries", "title": "t", "requests": [{
                "q": "avg:m{*}", "display_type": "line", "style": {"palette": "dog_classic"},
            }], "yaxis": {"min": "auto", "max": "100", "scale": "linear"}, "markers": [{"value": "y = 1"}],
        },
        "layout": {"x": 0, "y": 0, "width": 4, "height": 2},
    },
    {"definition": {"type": "note", "content": "hello", "font_size": "14"},
     "layout": {"x": 4, "y": 0, "width": 4, "height": 2}},
]  # fmt: skip
_DASHBOARD = {
    "title": "Fuzz", "layout_type": "ordered", "description": "d", "widgets": _WIDGETS,
     "tags": ["team:core"],
    "template_variables": [{"name": "env", "prefix": "env", "available_values": ["a"], "defaults": ["*"]}],
    "template_variable_presets": [{"name": "p", "template_variables": [{"name": "env", "values": ["a"]}]}],
    "notify_list": [], "restricted_roles": [], "reflow_type": "fixed",
}  # fmt: skip
_DASH = {
    "title": "Old", "description": "d", "template_variables": [{"name": "x", "prefix": "host",
     "default": "*"}],
    "graphs": [{"title": "g", "definition": {"viz": "timeseries", "requests": [{"q": "avg:m{*}"}]}}],
}  # fmt: skip
_SCREEN = {
    "board_title": "Old", "widgets": [{
        "type": "timeseries", "x": 1, "y": 1, "width": 40, "height": 10, "title_text": "t",
        "tile_def": {"viz": "timeseries", "requests": [{"q": "avg:m{*}"}]},
    }], "template_variables": [],
}  # fmt: skip
_MONITOR = {
    "name": "Fuzz", "type": "query alert", "query": "avg(last_5m):avg:m{*} by {host} > 3",
     "message": "m {{value}} @all",
    "tags": ["a:b"], "priority": 3, "restricted_roles": None,
    "options": {
        "thresholds": {"critical": 3, "warning": 2, "critical_recovery": 1}, "notify_no_data": True,
        "no_data_timeframe": 20, "renotify_interval": 60, "evaluation_delay": 60, "new_group_delay": 60,
        "include_tags": True, "require_full_window": False, "escalation_message": "e", "timeout_h": 1,
    },
}  # fmt: skip
_SLO = {
    "name": "Fuzz", "type": "metric", "description": "d", "tags": ["a:b"],
    "query": {"numerator": "sum:m{*}.as_count()", "denominator": "sum:a.b{*}.as_count()"},
    "thresholds": [{"timeframe": "7d", "target": 99.5, "warning": 99.9}],
}  # fmt: skip
_PIPELINE = {
    "name": "Fuzz", "is_enabled": True, "filter": {"query": "service:web"}, "description": "d",
     "tags": ["a:b"],
    "processors": [
        {"type": "grok-parser", "name": "g", "is_enabled": True, "source": "message", "samples": ["x 1"],
         "grok": {"support_rules": "w %{word:w}", "match_rules": "r %{word:a} %{integer:b}"}},
        {"type": "attribute-remapper", "name": "r", "is_enabled": True, "sources": ["a"],
         "source_type": "attribute",
         "target": "b", "target_type": "attribute", "preserve_source": True, "override_on_conflict": False},
        {"type": "category-processor", "name": "c", "is_enabled": True, "target": "t",
         "categories": [{"name": "n", "filter": {"query": "@a:b"}}]},
        {"type": "arithmetic-processor", "name": "m", "is_enabled": True, "expression": "b * 2 + 1",
         "target": "d",
         "is_replace_missing": True},
        {"type": "string-builder-processor", "name": "s", "is_enabled": True, "template": "x %{a}",
         "target": "e"},
        {"type": "url-parser", "name": "u", "is_enabled": True, "sources": ["url"], "target": "http",
         "normalize_ending_slashes": False},
        {"type": "lookup-processor", "name": "l", "is_enabled": True, "source": "a", "target": "f",
         "lookup_table": ["a,b"], "default_lookup": "z"},
    ],
}  # fmt: skip
_INDEX = {
    "name": "fuzz", "filter": {"query": "env:fuzz"}, "num_retention_days": 7, "daily_limit": 1000,
    "exclusion_filters": [{"name": "x", "is_enabled": True, "filter": {"query": "a", "sample_rate": 0.5}}],
    "daily_limit_reset": {"reset_time": "14:00", "reset_utc_offset": "+02:00"},
}  # fmt: skip
_LOG_METRIC = _data(
    "logs_metrics",
    {
        "compute": {"aggregation_type": "distribution", "path": "@duration", "include_percentiles": True},
        "filter": {"query": "service:web"}, "group_by": [{"path": "@http.status_code",
         "tag_name": "status"}],
    },
    id="fuzz.logs",
)  # fmt: skip
_DOWNTIME_V1 = {
    "scope": ["env:prod"], "start": NOW + 60, "end": NOW + 3600, "message": "m",
     "timezone": "Europe/Dublin",
    "monitor_tags": ["*"], "mute_first_recovery_notification": False,
    "recurrence": {"type": "weeks", "period": 1, "week_days": ["Mon"], "until_date": NOW + 10**7},
}  # fmt: skip
_DOWNTIME_V2 = _data(
    "downtime",
    {
        "scope": "env:prod AND host:a", "message": "m", "display_timezone": "Europe/Dublin",
        "monitor_identifier": {"monitor_tags": ["*"]}, "mute_first_recovery_notification": True,
        "notify_end_states": ["alert"], "notify_end_types": ["expired"],
        "schedule": {
            "timezone": "Europe/Dublin",
            "recurrences": [{"start": "2027-03-28T01:30", "duration": "1h",
             "rrule": "FREQ=DAILY;INTERVAL=1"}],
        },
    },
)  # fmt: skip
_WEBHOOK = {
    "name": "fuzz", "url": "http://192.0.2.7/hook", "payload": '{"a": "$EVENT_TITLE"}',
     "encode_as": "json",
    "custom_headers": '{"x": "y"}',
}  # fmt: skip
_VARIABLE = {"name": "FUZZ", "value": "v", "is_secret": True}
_PUBLIC = {
    "dashboard_id": "DASHBOARD_ID", "dashboard_type": "custom_timeboard", "share_type": "open",
     "share_list": [],
    "global_time": {"live_span": "1h"}, "global_time_selectable_enabled": True,
    "selectable_template_vars": [{"name": "env", "prefix": "env", "default_value": "*",
     "visible_tags": ["a"]}],
}  # fmt: skip
_INVITATION = {"data": [{"type": "public_dashboard_invitation",
 "attributes": {"email": "a@example.com"}}], "meta": {
    "page": {"total_count": 0}}}  # fmt: skip
_KEY = _data("application_keys", {"name": "fuzz", "scopes": ["dashboards_read"]})
_TOKEN = _data(
    "personal_access_tokens", {"name": "fuzz", "scopes": ["dashboards_read"], "expires_at": NOW + 90_000}
)
_USER = _data(
    "users",
    {"email": "fuzz@example.com", "name": "F", "title": "t", "disabled": False},
    relationships={"roles": {"data": [{"type": "roles", "id": "ROLE_ID"}]}},
)
_ROLE = _data(
    "roles",
    {"name": "fuzz"},
    relationships={"permissions": {"data": [{"type": "permissions", "id": "PERMISSION_ID"}]}},
)
_TEAM = _data("team", {"name": "Fuzz", "handle": "fuzz", "description": "d", "avatar": "x", "banner": 1})
_MEMBER = _data(
    "team_memberships",
    {"role": "admin"},
    relationships={"user": {"data": {"type": "users", "id": "USER_ID"}}},
)
_LINK = _data("team_links", {"label": "l", "url": "https://example.com", "position": 0})
_EVENT_V2 = _data(
    "event",
    {
        "category": "change", "title": "t", "message": "m", "tags": ["a:b"], "aggregation_key": "k",
        "timestamp": "2026-11-30T00:00:00Z", "integration_id": "custom-events",
        "attributes": {
            "author": {"name": "n", "type": "user"}, "changed_resource": {"name": "r",
             "type": "feature_flag"},
            "impacted_resources": [{"name": "s", "type": "service"}], "new_value": {"a": 1},
             "prev_value": {"a": 2},
            "change_metadata": {"x": 1},
        },
    },
)  # fmt: skip
_EXPLORER = {
    "filter": {"query": "service:web", "from": "now-1h", "to": "now"}, "query": "service:web",
     "from": "now-1h",
    "to": "now", "facet": "service", "facets": ["service", "env"], "field": "@duration", "limit": 5,
     "prefix": "w",
    "path": "@duration", "compute": [{"aggregation": "count"}], "group_by": [{"facet": "service",
     "limit": 3}],
    "name": "v", "columns": ["service"], "text": "x",
}  # fmt: skip
_WIDGET_QUERY = {"widget_id": 1, "definition": _WIDGETS[0]["definition"], "from": NOW - 900, "to": NOW}

#: A body for the endpoints of a path.
BODIES: dict[str, Any] = {
    "/api/v2/api_keys": _data("api_keys", {"name": "fuzz", "category": "c"}),
    "/api/v2/api_keys/{key_id}": _data("api_keys", {"name": "fuzz"}, id="0"),
    "/api/v2/application_keys/{key_id}": _KEY,
    "/api/v2/current_user/application_keys": _KEY,
    "/api/v2/current_user/application_keys/{key_id}": _KEY,
    "/api/v2/personal_access_tokens": _TOKEN,
    "/api/v2/personal_access_tokens/{token_id}": _TOKEN,
    "/api/v2/service_accounts": _data(
        "users", {"email": "fuzz@s.example.com", "name": "s", "service_account": True}
    ),
    "/api/v2/service_accounts/{account}/application_keys": _KEY,
    "/api/v2/service_accounts/{account}/application_keys/{key_id}": _KEY,
    "/api/v2/service_accounts/{account}/access_tokens": _TOKEN,
    "/api/v2/service_accounts/{account}/access_tokens/{token_id}": _TOKEN,
    "/api/v2/current_user": _data("users", {"name": "F", "title": "t", "timezone": "UTC"}),
    "/api/v2/users": _USER,
    "/api/v2/users/{uuid}": _USER,
    "/api/v1/user": {"handle": "fuzz@f.example.com", "name": "F", "access_role": "st", "disabled": False},
    "/api/v1/user/{handle}": {"name": "F", "access_role": "ro", "disabled": False, "email": "f@e.com"},
    "/api/v1/invite_users": {"emails": ["a@example.com"], "access_role": "st"},
    "/api/v2/roles": _ROLE,
    "/api/v2/roles/{role_id}": _ROLE,
    "/api/v2/roles/{role_id}/clone": _ROLE,
    "/api/v2/roles/{role_id}/permissions": {"data": {"type": "permissions", "id": "PERMISSION_ID"}},
    "/api/v2/roles/{role_id}/users": {"data": {"type": "users", "id": "USER_ID"}},
    "/api/v2/audit/events/search": _SEARCH,
    "/api/v2/team": _TEAM,
    "/api/v2/team/{team_id}": _TEAM,
    "/api/v2/team/{team_id}/memberships": _MEMBER,
    "/api/v2/team/{team_id}/memberships/{user_id}": _MEMBER,
    "/api/v2/team/{team_id}/links": _LINK,
    "/api/v2/team/{team_id}/links/{link_id}": _LINK,
    "/api/v2/team/{team_id}/permission-settings/{action}": _data(
        "team_permission_settings", {"value": "admins"}
    ),
    "/api/v1/dashboard": _DASHBOARD,
    "/api/v1/dashboard/{dashboard_id}": _DASHBOARD,
    "/api/v1/dash": _DASH,
    "/api/v1/dash/{board_id}": _DASH,
    "/api/v1/screen": _SCREEN,
    "/api/v1/screen/{board_id}": _SCREEN,
    "/api/v1/dashboard/public": _PUBLIC,
    "/api/v1/dashboard/public/{token}": _PUBLIC,
    "/api/v1/dashboard/public/{token}/invitation": _INVITATION,
    "/api/v1/graph/embed": {
        "graph_json": '{"requests": [{"q": "avg:m{*}"}], "viz": "timeseries"}', "timeframe": "1_hour",
        "size": "medium", "legend": "yes", "title": "t",
    },
    "/api/v2/error-tracking/issues/search": _data(
        "search_request", {"query": "service:web", "from": (NOW - 900) * 1000, "to": NOW * 1000,
         "track": "trace"}
    ),
    "/api/v2/error-tracking/issues/{issue_id}/state": _data("error_tracking_issue",
     {"state": "RESOLVED"}, id="0"),
    "/api/v2/error-tracking/issues/{issue_id}/assignee": {"data": {"type": "assignee", "id": "USER_ID"}},
    "/api/ui/logs/pipelines/test": {
        "pipeline": _PIPELINE, "processor": _PIPELINE["processors"][0], "sample": "x 1",
         "samples": ["x 1"],  # type: ignore[index]
        "log": {"message": "x 1", "service": "web", "url": "http://a/b?c=d"},
    },
    "/api/v1/monitor": _MONITOR,
    "/api/v1/monitor/validate": _MONITOR,
    "/api/v1/monitor/{monitor_id}/validate": _MONITOR,
    "/api/v1/monitor/{monitor_id}": _MONITOR,
    "/api/v1/monitor/{monitor_id}/mute": {"scope": "host:a", "end": NOW + 600},
    "/api/v1/monitor/{monitor_id}/unmute": {"scope": "host:a", "all_scopes": False},
    "/api/v1/monitor/mute_all": {"end": NOW + 600},
    "/api/v1/host/{host}/mute": {"end": NOW + 600, "message": "m", "override": True},
    "/api/v1/slo": _SLO,
    "/api/v1/slo/{slo_id}": _SLO,
    "/api/v1/slo/bulk_delete": {"SLO_ID": ["7d"]},
    "/api/v1/slo/correction": _data("correction", {
        "slo_id": "SLO_ID", "category": "Other", "description": "d", "start": NOW, "end": NOW + 60,
         "timezone": "UTC",
    }),
    "/api/v1/slo/correction/{correction_id}": _data("correction", {
        "category": "Other", "start": NOW, "duration": 600, "rrule": "FREQ=DAILY;COUNT=3",
         "timezone": "UTC",
    }),
    "/api/v2/slo/report": _data("slo_report", {
        "query": "a:b", "from_ts": NOW - 86_400, "to_ts": NOW, "interval": "daily", "timezone": "UTC",
    }),
    "/api/v1/downtime": _DOWNTIME_V1,
    "/api/v1/downtime/{downtime_id}": _DOWNTIME_V1,
    "/api/v1/downtime/cancel/by_scope": {"scope": "env:prod"},
    "/api/v2/downtime": _DOWNTIME_V2,
    "/api/v2/downtime/{downtime_id}": _DOWNTIME_V2,
    "/api/v1/integration/webhooks/configuration/webhooks": _WEBHOOK,
    "/api/v1/integration/webhooks/configuration/webhooks/{name}": _WEBHOOK,
    "/api/v1/integration/webhooks/configuration/custom-variables": _VARIABLE,
    "/api/v1/integration/webhooks/configuration/custom-variables/{name}": _VARIABLE,
    "/api/v2/query/timeseries": _data("timeseries_request", _FORMULAS),
    "/api/v2/query/scalar": _data("scalar_request", _FORMULAS),
    "/api/v1/metrics/{name}": {
        "type": "gauge", "description": "d", "short_name": "s", "unit": "byte", "per_unit": "second",
        "statsd_interval": 10,
    },
    "/api/v2/metrics/{name}/tags": _data(
        "manage_tags", {"tags": ["host"], "metric_type": "gauge", "include_percentiles": False}, id="m"
    ),
    "/api/v2/metrics/config/bulk-tags": _data(
        "metric_bulk_configure_tags", {"emails": ["a@example.com"], "tags": ["host"]}, id="fuzz."
    ),
    "/api/v1/events": {
        "title": "t", "text": "x", "tags": ["a:b"], "alert_type": "error", "priority": "normal",
         "host": "h",
        "date_happened": NOW, "aggregation_key": "k", "source_type_name": "s", "related_event_id": 1,
        "device_name": "d",
    },
    "/api/v2/events": _EVENT_V2,
    "/api/v2/events/search": _SEARCH,
    "/api/v1/comments": {"message": "m", "handle": "admin@example.com", "related_event_id": 1},
    "/api/v1/comments/{comment_id}": {"message": "m", "handle": "admin@example.com"},
    "/api/v2/spans/events/search": _data("search_request", _SEARCH),
    "/api/v2/spans/analytics/aggregate": _data("aggregate_request", _AGGREGATE),
    "/api/v2/logs/events/search": _SEARCH,
    "/api/v2/logs/analytics/aggregate": {**_AGGREGATE, "group_by": [*_AGGREGATE["group_by"],
     _HISTOGRAM]},  # type: ignore[misc]
    "/api/v1/logs-queries/list": {
        "query": "*", "time": {"from": "now-1h", "to": "now", "timezone": "UTC"}, "limit": 5,
         "sort": "desc",
        "startAt": "", "index": "main",
    },
    "/api/v2/services/definitions": {
        "schema-version": "v2.2", "dd-service": "web", "team": "core", "description": "d", "tier": "1",
        "contacts": [{"type": "email", "contact": "a@example.com", "name": "n"}],
        "links": [{"name": "r", "type": "runbook", "url": "https://example.com"}], "tags": ["a:b"],
        "integrations": {"pagerduty": {"service-url": "https://x.pagerduty.com/a"}}, "languages": ["go"],
    },
    "/api/v1/logs/config/pipelines": _PIPELINE,
    "/api/v1/logs/config/pipelines/{pipeline_id}": _PIPELINE,
    "/api/v1/logs/config/pipeline-order": {"pipeline_ids": ["a"]},
    "/api/v1/logs/config/indexes": _INDEX,
    "/api/v1/logs/config/indexes/{name}": _INDEX,
    "/api/v1/logs/config/index-order": {"index_names": ["main"]},
    "/api/v2/logs/config/metrics": _LOG_METRIC,
    "/api/v2/logs/config/metrics/{metric_id}": _LOG_METRIC,
    "/api/v2/logs/config/archives": _data("archives", {"name": "a", "query": "*"}),
    "/api/v2/snapshot": _data("create_snapshot", {
        "widget_definition": _WIDGETS[0]["definition"], "start": (NOW - 900) * 1000, "end": NOW * 1000,
        "width": 400, "height": 200,
    }),
    **{
        f"/api/ui/explorer/{{source}}/{what}": _EXPLORER
        for what in ("facets", "values", "measure", "fields", "aggregate", "patterns", "check", "views")
    },
    "/api/ui/explorer/{source}/views/{view_id}": _EXPLORER,
}  # fmt: skip
