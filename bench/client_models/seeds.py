"""Values that make sense where any text or number would not: addresses, queries, times, names and ids.

A seed stands for a field (``Model.field``), for every field of a name, or for a whole model. A function gets
the maker, which has a number for each body and the ids of things that exist (``world``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench.client_models.generate import OMIT, Maker

NOW = int(time.time())
HOUR = 3600


def world(name: str) -> Callable[[Maker], Any]:
    """The id of a thing that exists."""
    return lambda maker: maker.world[name]


def numbered(text: str) -> Callable[[Maker], Any]:
    """``text`` with a number in the place of ``#`` that no other body has."""
    return lambda maker: text.replace("#", f"{maker.world['stamp']}{maker.unique()}")


def capitals(text: str) -> Callable[[Maker], Any]:
    """As `numbered`, in capital letters."""
    return lambda maker: text.replace("#", f"{maker.world['stamp']}{maker.unique()}").upper()


#: For every resource.
GENERAL: dict[str, Any] = {
    "url": ["https://1.1.1.1/a"],
    "SlackIntegrationChannelDisplay.tags": [True, False],
    "UserCreateAttributes.email": [numbered("person#@example.com")],
    "UserUpdateAttributes.email": [numbered("person#@example.com")],
    "User.email": [numbered("person#@example.com")],
    "User.handle": [OMIT],
    "timezone": ["Europe/Dublin", "UTC"],
    "tags": [["team:core"], ["team:a", "team:b"]],
    "restricted_roles": [lambda maker: [maker.world["role"]]],
    "rrule": ["FREQ=DAILY;INTERVAL=1"],
    "RelationshipToRoleData.id": [world("role")],
    "RelationshipToPermissionData.id": [world("permission")],
    "RelationshipToUserTeamUserData.id": [world("other_user")],
    "RelationshipToUserData.id": [world("other_user")],
    "RelationshipToTeamData.id": [world("team")],
    "scopes": [["dashboards_read"], ["dashboards_read", "dashboards_write"]],
}
DASHBOARDS: dict[str, Any] = {
    "Widget.id": [lambda maker: maker.unique()],
    "DashboardTab.widget_ids": [["@1"]],
    "Dashboard.notify_list": [None, ["admin@example.com"]],
    "DashboardTemplateVariable.default": [OMIT], "DashboardTemplateVariable.name": [numbered("v#")],
    "DashboardTemplateVariablePresetValue.value": [OMIT],
}  # fmt: skip


def dashboard(body: Any, maker: Maker) -> Any:
    """Widgets have a place where the layout asks for it, and none where it is automatic."""
    free = body.get("layout_type") == "free"
    if free:
        body.pop("reflow_type", None)
    for number, widget in enumerate(body.get("widgets", ())):
        if body.get("reflow_type") == "auto":
            widget.pop("layout", None)
        elif free or body.get("reflow_type") == "fixed":
            widget.setdefault("layout", {"x": 0, "y": number, "width": 4, "height": 2})
    return body


SYNTHETICS: dict[str, Any] = {
    "SyntheticsConfigVariable.name": ["VAR_A"], "SyntheticsParsingOptions.name": ["VAR_B"],
    "SyntheticsConfigVariable.id": [OMIT], "locations": [["heeler:server"], ["aws:eu-central-1"]],
    "method": ["GET", "POST"], "from": ["08:00"], "_from": ["08:00"], "to": ["18:00"],
    "SyntheticsTestOptionsRetry.count": [2], "SyntheticsTestOptionsRetry.interval": [300.0],
    "tick_every": [60, 300], "SyntheticsAPITest.subtype": ["http"], "host": ["example.com"], "port": [443],
    "SyntheticsTestRequest.timeout": [10.0], "jsonPath": ["$.a"], "json_path": ["$.a"], "x_path": ["//a"],
    "SyntheticsGlobalVariableValue": [{"value": "v", "secure": False}, {"value": "w"}],
    "SyntheticsGlobalVariableRequest.name": [capitals("VAR_#")],
}  # fmt: skip
LOGS: dict[str, Any] = {
    "LogsIndex.name": [numbered("index-#")], "query": ["service:web", "*"], "sample_rate": [0.5, 1.0],
    "reset_time": ["14:00"], "reset_utc_offset": ["+02:00"],
    "LogsArithmeticProcessor.expression": ["a + b * 2"], "lookup_table": [["a,b", "c,d"]],
    "match_rules": ["rule %{word:user} %{integer:n}"], "support_rules": ["word_rule %{word:x}"],
    "LogsMetricCreateData.id": [numbered("logs.metric#")], "LogsMetricCompute.path": ["@duration"],
    "num_retention_days": [7, 15], "num_flex_logs_retention_days": [OMIT],
    "daily_limit": [1000, 2000],
}  # fmt: skip
SPANS: dict[str, Any] = {
    "SpansMetricCreateData.id": [numbered("spans.metric#")], "path": ["@duration"], "query": ["service:web"],
    "RetentionFilterAllType": ["spans-sampling-processor"], "rate": [0.5, 1.0], "trace_rate": [0.25], "RetentionFilterCreateAttributes.name": [numbered("Filter #")],
}  # fmt: skip


def computed(body: Any, maker: Maker) -> Any:
    """A metric of a count has no path, one of a distribution has."""
    compute = body["data"]["attributes"].get("compute", {})
    if compute.get("aggregation_type") == "count":
        compute.pop("path", None)
        compute.pop("include_percentiles", None)
    elif compute.get("aggregation_type") == "distribution":
        compute["path"] = "@duration"
    return body


NOTIFY: dict[str, Any] = {
    "WebhooksIntegration.name": [numbered("hook#")], "custom_headers": ['{"X-A": "b"}', None],
    "payload": ['{"a": "$EVENT_TITLE"}', None], "WebhooksIntegrationCustomVariable.name": [capitals("VAR_#")],
    "service_key": ["0123456789abcdef"], "service_name": [numbered("Service#")],
    "opsgenie_api_key": ["0123456789abcdef"], "api_key": ["0123456789abcdef"], "custom_url": ["https://1.1.1.1/x"],
    "OpsgenieServiceCreateAttributes.name": [numbered("ops#")], "OpsgenieAccountCreateAttributes.region": ["us", "eu"], "OpsgenieAccountUpdateAttributes.region": ["us", "eu"],
    "MicrosoftTeamsWorkflowsWebhookRequestAttributes.name": [numbered("teams#")],
    "MicrosoftTeamsCreateWorkflowsWebhookHandleRequestData.name": [numbered("teams#")],
    "SlackIntegrationChannel.name": ["#alerts"],
}  # fmt: skip
PEOPLE: dict[str, Any] = {
    "TeamCreateAttributes.handle": [numbered("team-#")], "TeamUpdateAttributes.handle": [numbered("team-#")],
    "User.handle": [OMIT], "User.email": [numbered("person#@example.com")], "User.access_role": ["adm", "st", "ro"], "User.disabled": [False],
    "UserUpdateAttributes.email": [OMIT],
    "name": [numbered("Name #")], "expires_at": ["2027-09-11T10:20:30+00:00"],
    "created_at": [OMIT], "modified_at": [OMIT], "user_count": [OMIT],
    "TeamNotificationRuleAttributesSlack.channel": ["#alerts"], "workspace": ["main"],
    "TeamNotificationRule.id": [OMIT], "connector_name": ["teams"], "RelationshipToUserTeamTeamData.id": [world("team")],
    "relationships.team_links": [OMIT], "TeamUpdateRelationships": [OMIT],
    "AuthNMappingResourceType": ["role"],
    "position": [0],
}  # fmt: skip
MONITOR_RULES: dict[str, Any] = {
    "MonitorConfigPolicyType": ["tag"], "tag_key": ["team"], "valid_tag_values": [["core", "a", "b"]],
    "recipients": [["all"], ["person@example.com"]], "scope": ["env:prod", "team:a AND env:b"],
    "monitor_definition": [
        {"type": "query alert", "name": "T", "message": "m", "query": "avg(last_5m):avg:m{*} > 5",
         "options": {"thresholds": {"critical": 5}}},
    ],
    "MonitorUserTemplateTemplateVariablesItems.name": [numbered("v#")],
    "MonitorNotificationRuleAttributes.name": [numbered("Rule #")],
    "MonitorNotificationRuleCreateRequestData.type": ["monitor-notification-rule"],
}  # fmt: skip
REPORTS: dict[str, Any] = {
    "ReportScheduleCreateRequestAttributes.resource_id": [world("dashboard")], "resource_type": ["dashboard"],
    "recipients": [["person@example.com"]], "timeframe": ["1w", "1mo"], "tab_id": [OMIT],
    "rrule": ["DTSTART;TZID=Europe/Dublin:20270101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO"],
    "page_id": [lambda maker: f"dashboard:{maker.world['dashboard']}"], "start_time": [NOW * 1000],
    "end_time": [NOW * 1000 + 60_000, None], "widget_ids": [OMIT],
}  # fmt: skip


def annotation(body: Any, maker: Maker) -> Any:
    given = body["data"]["attributes"]
    if given.get("type") == "timeRegion":
        given["end_time"] = NOW * 1000 + 60_000
    else:
        given.pop("end_time", None)
    return body


RULES: dict[str, Any] = {
    "dynamic_tags": [OMIT], "metric_match": [OMIT], "override_previous_rules": [True, False],
    "manage_preexisting_metrics": [True], "metric_name_matches": [["m.*"]], "ignored_metric_name_matches": [["m.x"]],
    "TagIndexingRuleOptions.version": [1],
}  # fmt: skip


def index(body: Any, maker: Maker) -> Any:
    """No limit is what ``disable_daily_limit`` says, whatever else there is."""
    if body.get("disable_daily_limit"):
        for name in ("daily_limit", "daily_limit_reset", "daily_limit_warning_threshold_percentage"):
            body.pop(name, None)
    return body


def opsgenie(body: Any, maker: Maker) -> Any:
    """A custom address goes with the region custom, and each address needs the key again."""
    given = body["data"].setdefault("attributes", {})
    secret = "api_key" if "account" in body["data"]["type"] else "opsgenie_api_key"
    given[secret] = "0123456789abcdef"
    if "region" in given and secret != "api_key":
        given.pop("custom_url", None)
        if given["region"] == "custom":
            given["custom_url"] = "https://1.1.1.1/x"
    return body


POWERPACKS: dict[str, Any] = {
    "PowerpackGroupWidgetDefinition.type": ["group"], "layout_type": ["ordered"],
    "PowerpackInnerWidgets.definition": [
        {"type": "note", "content": "hello"}, {"type": "timeseries", "requests": [{"q": "avg:m{*}"}], "title": "t"},
    ],
    "PowerpackTemplateVariable.name": [numbered("v#")], "PowerpackData.id": [OMIT], "PowerpackData.type": ["powerpack"],
    "PowerpackRelationships": [OMIT],
}  # fmt: skip
EVENTS: dict[str, Any] = {"date_happened": [NOW - 60], "related_event_id": [OMIT]}
SHARES: dict[str, Any] = {
    "dashboard_id": [world("dashboard")], "embeddable_domains": [OMIT],
    "expiration": ["2027-09-11T10:20:30+00:00", None], "live_span": ["1h", "4h"],
    "share_list": [["person@example.com"], None], "created": [OMIT], "author": [OMIT],
}  # fmt: skip
METRICS: dict[str, Any] = {
    "unit": ["byte", "request"], "per_unit": ["second", "minute"], "statsd_interval": [10, 20],
    "MetricMetadata.type": ["gauge", "count", "rate"],
    "MetricTagConfigurationCreateData.id": [world("metric")], "MetricTagConfigurationUpdateData.id": [world("metric")],
    "MetricTagConfigurationCreateAttributes.tags": [["host"], ["env", "host"]],
    "MetricTagConfigurationUpdateAttributes.tags": [["host"], ["env", "host"]],
    "MetricTagConfigurationMetricTypes": ["gauge", "count", "rate", "distribution"],
}  # fmt: skip


def tag_configuration(body: Any, maker: Maker) -> Any:
    """Percentiles are of distributions, aggregations of the others."""
    given = body["data"].get("attributes", {})
    if "metric_type" in given:
        given.pop("aggregations" if given["metric_type"] == "distribution" else "include_percentiles", None)
    return body


POLICIES: dict[str, Any] = {
    "RestrictionPolicy.id": [world("restricted")], "relation": ["editor", "viewer"],
    "principals": [lambda maker: [f"user:{maker.world['user']}"], lambda maker: [f"role:{maker.world['role']}", f"user:{maker.world['user']}"]],
}  # fmt: skip
CATALOG: dict[str, Any] = {
    "dd_service": [numbered("svc#")], "contact": ["person@example.com"], "service_url": ["https://x.pagerduty.com/a"],
    "ServiceDefinitionV2SlackContact.contact": ["https://a.slack.com/archives/C1"],
    "ServiceDefinitionV2Dot1SlackContact.contact": ["https://a.slack.com/archives/C1"],
    "ServiceDefinitionV2MSTeamsContact.contact": ["https://teams.microsoft.com/a"],
    "ServiceDefinitionV2Dot1MSTeamsContact.contact": ["https://teams.microsoft.com/a"],
    "service-url": ["https://x.pagerduty.com/a"], "lifecycle": ["production"], "tier": ["1", "high"],
    "name": [numbered("entity#")], "ServiceDefinitionV1Info.dd_service": [numbered("svc#")],
    "languages": [["go", "python"]], "type": ["web"], "ServiceDefinitionV2Dot2.type": ["web", "db"],
    "managed": [OMIT], "EntityV3Metadata.id": [OMIT], "owner": ["core"], "KindObj.kind": [numbered("kind#")],
    "namespace": ["default"], "inherit_from": ["service:default/web"],
}  # fmt: skip


def definition_of(made: Any) -> Any:
    data = made["data"]
    return (data[0] if isinstance(data, list) else data)["attributes"]["schema"]


def entity_of(made: Any) -> Any:
    """The entity as it was sent, which is among what belongs to it."""
    for one in made.get("included", ()):
        if one["type"] == "schema":
            return one["attributes"]["schema"]
    return made["data"][0]["attributes"]
