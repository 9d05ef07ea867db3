"""Every call about monitors, downtimes, who is notified, rules, policies and templates with the unmodified
client; no answer holds a part that the client could not read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.model_utils import ModelNormal
from datadog_api_client.v1.api.downtimes_api import DowntimesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.pager_duty_integration_api import PagerDutyIntegrationApi
from datadog_api_client.v1.api.slack_integration_api import SlackIntegrationApi
from datadog_api_client.v1.api.webhooks_integration_api import WebhooksIntegrationApi
from datadog_api_client.v1.model.cancel_downtimes_by_scope_request import CancelDowntimesByScopeRequest
from datadog_api_client.v1.model.downtime import Downtime
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_options import MonitorOptions
from datadog_api_client.v1.model.monitor_thresholds import MonitorThresholds
from datadog_api_client.v1.model.monitor_type import MonitorType
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from datadog_api_client.v1.model.pager_duty_service import PagerDutyService
from datadog_api_client.v1.model.pager_duty_service_key import PagerDutyServiceKey
from datadog_api_client.v1.model.slack_integration_channel import SlackIntegrationChannel
from datadog_api_client.v1.model.slack_integration_channel_display import SlackIntegrationChannelDisplay
from datadog_api_client.v1.model.webhooks_integration import WebhooksIntegration
from datadog_api_client.v1.model.webhooks_integration_custom_variable import WebhooksIntegrationCustomVariable
from datadog_api_client.v1.model.webhooks_integration_custom_variable_update_request import (
    WebhooksIntegrationCustomVariableUpdateRequest,
)
from datadog_api_client.v1.model.webhooks_integration_encoding import WebhooksIntegrationEncoding
from datadog_api_client.v1.model.webhooks_integration_update_request import WebhooksIntegrationUpdateRequest
from datadog_api_client.v2.api.downtimes_api import DowntimesApi as DowntimesV2
from datadog_api_client.v2.api.microsoft_teams_integration_api import MicrosoftTeamsIntegrationApi
from datadog_api_client.v2.api.monitors_api import MonitorsApi as MonitorsV2
from datadog_api_client.v2.api.opsgenie_integration_api import OpsgenieIntegrationApi
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest
from datadog_api_client.v2.model.microsoft_teams_create_workflows_webhook_handle_request import (
    MicrosoftTeamsCreateWorkflowsWebhookHandleRequest as CreateTeams,
)
from datadog_api_client.v2.model.microsoft_teams_update_tenant_based_handle_request import (
    MicrosoftTeamsUpdateTenantBasedHandleRequest as UpdateTenantHandle,
)
from datadog_api_client.v2.model.microsoft_teams_update_workflows_webhook_handle_request import (
    MicrosoftTeamsUpdateWorkflowsWebhookHandleRequest as UpdateTeams,
)
from datadog_api_client.v2.model.monitor_config_policy_create_request import MonitorConfigPolicyCreateRequest
from datadog_api_client.v2.model.monitor_config_policy_edit_request import MonitorConfigPolicyEditRequest
from datadog_api_client.v2.model.monitor_notification_rule_create_request import (
    MonitorNotificationRuleCreateRequest,
)
from datadog_api_client.v2.model.monitor_notification_rule_update_request import (
    MonitorNotificationRuleUpdateRequest,
)
from datadog_api_client.v2.model.monitor_user_template_create_request import MonitorUserTemplateCreateRequest
from datadog_api_client.v2.model.monitor_user_template_update_request import MonitorUserTemplateUpdateRequest
from datadog_api_client.v2.model.opsgenie_account_create_request import OpsgenieAccountCreateRequest
from datadog_api_client.v2.model.opsgenie_account_update_request import OpsgenieAccountUpdateRequest
from datadog_api_client.v2.model.opsgenie_service_create_request import OpsgenieServiceCreateRequest
from datadog_api_client.v2.model.opsgenie_service_update_request import OpsgenieServiceUpdateRequest

from tests.conftest import API_KEY, APP_KEY, RunningServer

UNSTABLE = (
    "create_monitor_user_template", "delete_monitor_user_template", "get_monitor_user_template",
    "list_monitor_user_templates", "update_monitor_user_template", "validate_existing_monitor_user_template",
    "validate_monitor_user_template",
)  # fmt: skip
KEYS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(server.configuration(*UNSTABLE)) as made:
        yield made


def parsed(found: Any) -> Any:
    """``found``, of which every part was understood by the client."""

    def walk(node: Any, path: str) -> None:
        assert not getattr(node, "_unparsed", False), f"{path} was not understood: {node}"
        if isinstance(node, ModelNormal):
            for name, value in node._data_store.items():
                walk(value, f"{path}.{name}")
        elif isinstance(node, list):
            for place, value in enumerate(node):
                walk(value, f"{path}[{place}]")
        elif isinstance(node, dict):
            for name, value in node.items():
                walk(value, f"{path}.{name}")

    walk(found, type(found).__name__)
    return found


def refusal(call: Any, *arguments: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **given)
    return caught.value.status, str(caught.value.body["errors"][0])


def monitor(**changes: Any) -> Monitor:
    given = {
        "name": "Level is high", "type": MonitorType("metric alert"),
        "query": "avg(last_5m):avg:api.level{*} by {host} > 5", "message": "Look @all", "tags": ["team:a"],
        "options": MonitorOptions(thresholds=MonitorThresholds(critical=5.0, warning=3.0)),
        **changes,
    }  # fmt: skip
    return Monitor(**given)


def test_monitors(client: ApiClient) -> None:
    monitors = MonitorsApi(client)
    assert monitors.validate_monitor(monitor()) == {}
    made = parsed(monitors.create_monitor(monitor()))
    got = parsed(monitors.get_monitor(made.id, group_states="all", with_downtimes=True))
    assert (got.name, got.options.thresholds.warning, got.multi) == ("Level is high", 3.0, True)
    assert made.id in [item.id for item in parsed(monitors.list_monitors(monitor_tags="team:a"))]
    assert monitors.validate_existing_monitor(made.id, monitor()) == {}
    changed = parsed(monitors.update_monitor(made.id, MonitorUpdateRequest(name="Other", priority=2)))
    assert (changed.name, changed.priority, changed.query) == ("Other", 2, made.query)
    assert parsed(monitors.search_monitors(query="Other", per_page=5)).metadata.total_count >= 1
    parsed(monitors.search_monitor_groups(query="team:a"))
    assert parsed(monitors.check_can_delete_monitor([made.id])).data.ok == [made.id]
    assert parsed(monitors.delete_monitor(made.id)).deleted_monitor_id == made.id
    assert refusal(monitors.get_monitor, made.id) == (404, "Monitor not found")


def test_first_downtimes(client: ApiClient) -> None:
    downtimes, now = DowntimesApi(client), int(time.time())
    body = Downtime(
        scope=["env:api-one"], start=now, end=now + 3600, message="Work", timezone="Europe/Berlin"
    )
    made = parsed(downtimes.create_downtime(body))
    assert parsed(downtimes.get_downtime(made.id)).scope == ["env:api-one"]
    assert made.id in [item.id for item in parsed(downtimes.list_downtimes(current_only=True))]
    changed = parsed(downtimes.update_downtime(made.id, Downtime(scope=["env:api-two"], message="More")))
    assert (changed.scope, changed.message) == (["env:api-two"], "More")
    found = parsed(downtimes.cancel_downtimes_by_scope(CancelDowntimesByScopeRequest(scope="env:api-two")))
    assert found.cancelled_ids == [made.id]
    again = downtimes.create_downtime(body)
    assert downtimes.cancel_downtime(again.id) is None
    watched = MonitorsApi(client).create_monitor(monitor())
    kept = downtimes.create_downtime(Downtime(scope=["*"], monitor_id=watched.id, end=now + 3600))
    assert [item.id for item in parsed(downtimes.list_monitor_downtimes(watched.id))] == [kept.id]
    MonitorsApi(client).delete_monitor(watched.id)


def v2_downtime(**changes: Any) -> dict[str, Any]:
    return {
        "data": {
            "type": "downtime",
            "attributes": {
                "scope": "env:api AND (service:a OR service:b)",
                "monitor_identifier": {"monitor_tags": ["team:a"]},
                "message": "Work",
                "display_timezone": "Europe/Berlin",
                "schedule": {
                    "timezone": "Europe/Berlin",
                    "recurrences": [{"rrule": "FREQ=DAILY;INTERVAL=1", "duration": "2h"}],
                },
                **changes,
            },
        }
    }


def test_second_downtimes(client: ApiClient) -> None:
    downtimes = DowntimesV2(client)
    made = parsed(downtimes.create_downtime(DowntimeCreateRequest(**v2_downtime(), _check_type=False))).data
    got = parsed(downtimes.get_downtime(made.id, include="created_by,monitor"))
    assert got.data.attributes.schedule.recurrences[0].duration == "2h"
    assert made.id in [item.id for item in parsed(downtimes.list_downtimes(current_only=False)).data]
    body = {"data": {"id": made.id, "type": "downtime", "attributes": {"message": "Other"}}}
    changed = parsed(downtimes.update_downtime(made.id, DowntimeUpdateRequest(**body, _check_type=False)))
    assert changed.data.attributes.message == "Other"
    watched = MonitorsApi(client).create_monitor(monitor())
    parsed(downtimes.list_monitor_downtimes(watched.id))
    assert downtimes.cancel_downtime(made.id) is None
    MonitorsApi(client).delete_monitor(watched.id)


def test_webhooks(client: ApiClient) -> None:
    webhooks = WebhooksIntegrationApi(client)
    hook = WebhooksIntegration(
        name="api-hook", url="https://93.184.216.34/hook", payload='{"text": "$EVENT_TITLE $TOKEN"}',
        encode_as=WebhooksIntegrationEncoding.JSON,
    )  # fmt: skip
    assert parsed(webhooks.create_webhooks_integration(hook)).custom_headers is None
    got = parsed(webhooks.get_webhooks_integration("api-hook"))
    assert (got.url, got.payload) == (hook.url, hook.payload)
    change = WebhooksIntegrationUpdateRequest(encode_as=WebhooksIntegrationEncoding.FORM)
    assert str(parsed(webhooks.update_webhooks_integration("api-hook", change)).encode_as) == "form"
    variable = WebhooksIntegrationCustomVariable(name="TOKEN", value="s3cret", is_secret=True)
    assert "value" not in parsed(webhooks.create_webhooks_integration_custom_variable(variable)).to_dict()
    assert parsed(webhooks.get_webhooks_integration_custom_variable("TOKEN")).is_secret is True
    update = WebhooksIntegrationCustomVariableUpdateRequest(value="open", is_secret=False)
    assert parsed(webhooks.update_webhooks_integration_custom_variable("TOKEN", update)).value == "open"
    webhooks.delete_webhooks_integration_custom_variable("TOKEN")
    webhooks.delete_webhooks_integration("api-hook")
    assert refusal(webhooks.get_webhooks_integration, "api-hook") == (404, "Webhook does not exist")


def test_slack(client: ApiClient, server: RunningServer) -> None:
    slack = SlackIntegrationApi(client)
    channel = SlackIntegrationChannel(name="#api-ops", display=SlackIntegrationChannelDisplay(tags=False))
    assert refusal(slack.create_slack_integration_channel, "acme", channel)[0] == 404
    account = {"kind": "slack-account", "name": "acme", "secret": "xoxb-secret"}
    made = requests.post(f"{server.url}/api/ui/integrations", json=account, headers=KEYS, timeout=60)
    assert made.status_code == 201, made.text
    assert "xoxb-secret" not in made.text
    created = parsed(slack.create_slack_integration_channel("acme", channel))
    assert created.display.to_dict() == {
        "message": True, "mute_buttons": False, "notified": True, "snapshot": True, "tags": False,
    }  # fmt: skip
    assert refusal(slack.create_slack_integration_channel, "acme", channel)[0] == 400
    assert [one.name for one in parsed(slack.get_slack_integration_channels("acme")).value] == ["#api-ops"]
    assert parsed(slack.get_slack_integration_channel("acme", "#api-ops")).name == "#api-ops"
    change = SlackIntegrationChannel(display=SlackIntegrationChannelDisplay(mute_buttons=True))
    changed = parsed(slack.update_slack_integration_channel("acme", "#api-ops", change))
    assert (changed.display.mute_buttons, changed.display.tags) == (True, False)
    assert slack.remove_slack_integration_channel("acme", "#api-ops") is None
    assert refusal(slack.get_slack_integration_channel, "acme", "#api-ops")[0] == 404


def test_pagerduty(client: ApiClient) -> None:
    services = PagerDutyIntegrationApi(client)
    key = "0123456789abcdef0123456789abcdef"
    made = parsed(
        services.create_pager_duty_integration_service(
            PagerDutyService(service_name="Api web", service_key=key)
        )
    )
    assert made.to_dict() == {"service_name": "Api web"}
    assert parsed(services.get_pager_duty_integration_service("Api web")).service_name == "Api web"
    services.update_pager_duty_integration_service("Api web", PagerDutyServiceKey(service_key=key[::-1]))
    assert services.delete_pager_duty_integration_service("Api web") is None
    assert refusal(services.get_pager_duty_integration_service, "Api web")[0] == 404
    wrong = PagerDutyService(service_name="x", service_key="no key")
    assert refusal(services.create_pager_duty_integration_service, wrong)[0] == 400


def test_opsgenie(client: ApiClient) -> None:
    services = OpsgenieIntegrationApi(client)
    attributes = {
        "name": "api-web",
        "opsgenie_api_key": "00000000-0000-0000-0000-000000000000",
        "region": "us",
    }
    body = {"data": {"type": "opsgenie-service", "attributes": attributes}}
    create = services.create_opsgenie_service
    made = parsed(create(OpsgenieServiceCreateRequest(**body, _check_type=False))).data
    assert (made.attributes.name, str(made.attributes.region)) == ("api-web", "us")
    assert "opsgenie_api_key" not in made.attributes.to_dict()
    assert refusal(create, OpsgenieServiceCreateRequest(**body, _check_type=False))[0] == 400
    assert parsed(services.get_opsgenie_service(made.id)).data.id == made.id
    assert made.id in [item.id for item in parsed(services.list_opsgenie_services()).data]
    change = {"data": {"id": made.id, "type": "opsgenie-service", "attributes": {"name": "api-other"}}}
    update = OpsgenieServiceUpdateRequest(**change, _check_type=False)
    assert parsed(services.update_opsgenie_service(made.id, update)).data.attributes.name == "api-other"
    change["data"]["attributes"] = {"region": "custom", "custom_url": "https://other.example.org"}  # type: ignore[index]
    moved = OpsgenieServiceUpdateRequest(**change, _check_type=False)
    assert "again" in refusal(services.update_opsgenie_service, made.id, moved)[1], (
        "a key goes to no other host"
    )
    assert services.delete_opsgenie_service(made.id) is None
    assert refusal(services.get_opsgenie_service, made.id)[0] == 404


def test_the_opsgenie_account(client: ApiClient) -> None:
    accounts, kind = OpsgenieIntegrationApi(client), "opsgenie-account"
    attributes = {"api_key": "00000000-0000-0000-0000-000000000000", "region": "eu"}
    body = {"data": {"type": kind, "attributes": attributes}}
    create = accounts.create_opsgenie_account
    made = parsed(create(OpsgenieAccountCreateRequest(**body, _check_type=False))).data
    assert made.attributes.to_dict() == {"region": "eu"}, "the key is never returned"
    status, said = refusal(create, OpsgenieAccountCreateRequest(**body, _check_type=False))
    assert (status, "exists already" in said) == (400, True)
    assert [item.id for item in parsed(accounts.list_opsgenie_accounts()).data] == [made.id]
    moved = {"data": {"id": made.id, "type": kind, "attributes": {"region": "us"}}}
    update, change = accounts.update_opsgenie_account, OpsgenieAccountUpdateRequest
    assert "again" in refusal(update, made.id, change(**moved, _check_type=False))[1]
    moved["data"]["attributes"] = {"region": "us", "api_key": "11111111-0000-0000-0000-000000000000"}  # type: ignore[index]
    assert str(parsed(update(made.id, change(**moved, _check_type=False))).data.attributes.region) == "us"
    moved["data"]["attributes"] = {"region": "custom"}  # type: ignore[index]
    assert refusal(update, made.id, change(**moved, _check_type=False))[0] == 400
    assert accounts.delete_opsgenie_account(made.id) is None
    assert parsed(accounts.list_opsgenie_accounts()).data == []
    assert refusal(accounts.delete_opsgenie_account, made.id)[0] == 404


def test_microsoft_teams(client: ApiClient) -> None:
    teams, kind = MicrosoftTeamsIntegrationApi(client), "workflows-webhook-handle"
    attributes = {"name": "api-ops", "url": "https://fake.example.org/workflows/abc"}
    body = {"data": {"type": kind, "attributes": attributes}}
    made = parsed(teams.create_workflows_webhook_handle(CreateTeams(**body, _check_type=False))).data
    assert made.attributes.to_dict() == {"name": "api-ops"}
    assert parsed(teams.get_workflows_webhook_handle(made.id)).data.id == made.id
    assert [one.id for one in parsed(teams.list_workflows_webhook_handles(name="api-ops")).data] == [made.id]
    change = {"data": {"type": kind, "attributes": {"name": "api-two"}}}
    changed = parsed(teams.update_workflows_webhook_handle(made.id, UpdateTeams(**change, _check_type=False)))
    assert changed.data.attributes.name == "api-two"
    assert parsed(teams.list_tenant_based_handles()).data == []
    tenant = {"data": {"type": "tenant-based-handle", "attributes": {"name": "ours"}}}
    handle = UpdateTenantHandle(**tenant, _check_type=False)
    for answer in (
        refusal(teams.get_tenant_based_handle, "none"),
        refusal(teams.update_tenant_based_handle, "none", handle),
        refusal(teams.delete_tenant_based_handle, "none"),
        refusal(teams.delete_ms_teams_user_binding, "none"),
    ):
        assert (answer[0], "no application in a Microsoft tenant" in answer[1]) == (404, True)
    assert teams.delete_workflows_webhook_handle(made.id) is None
    assert refusal(teams.get_workflows_webhook_handle, made.id)[0] == 404


def test_policies(client: ApiClient) -> None:
    policies, monitors = MonitorsV2(client), MonitorsApi(client)
    rules = {"tag_key": "api-team", "tag_key_required": True, "valid_tag_values": ["a", "b"]}

    def body(key: str = "", **changes: Any) -> dict[str, Any]:
        data: dict[str, Any] = {
            "type": "monitor-config-policy",
            "attributes": {"policy_type": "tag", "policy": {**rules, **changes}},
        }
        return {"data": {**data, "id": key} if key else data}

    made = parsed(
        policies.create_monitor_config_policy(MonitorConfigPolicyCreateRequest(**body(), _check_type=False))
    ).data
    try:
        assert made.attributes.policy.valid_tag_values == ["a", "b"]
        assert "'api-team' is required" in refusal(monitors.create_monitor, monitor())[1]
        assert (
            "api-team:c is not allowed" in refusal(monitors.create_monitor, monitor(tags=["api-team:c"]))[1]
        )
        kept = monitors.create_monitor(monitor(tags=["api-team:a"]))
        without = MonitorUpdateRequest(tags=["x:y"])
        assert refusal(monitors.update_monitor, kept.id, without)[0] == 400
        monitors.delete_monitor(kept.id)
        assert parsed(policies.get_monitor_config_policy(made.id)).data.id == made.id
        assert [one.id for one in parsed(policies.list_monitor_config_policies()).data] == [made.id]
        edit = MonitorConfigPolicyEditRequest(**body(made.id, tag_key_required=False), _check_type=False)
        changed = parsed(policies.update_monitor_config_policy(made.id, edit)).data
        assert changed.attributes.policy.tag_key_required is False
        other = MonitorConfigPolicyEditRequest(**body("x"), _check_type=False)
        assert refusal(policies.update_monitor_config_policy, made.id, other) == (
            422, "Policy id in request body does not match id in URL param",
        )  # fmt: skip
        assert refusal(policies.get_monitor_config_policy, "x")[0] == 400
    finally:
        assert policies.delete_monitor_config_policy(made.id) is None
    assert refusal(policies.delete_monitor_config_policy, made.id) == (404, "Monitor config policy not found")
    assert refusal(policies.get_monitor_config_policy, made.id) == (
        404, "Monitor configuration policy not found",
    )  # fmt: skip
    downtime = {
        "data": {
            "type": "monitor-config-policy",
            "attributes": {"policy_type": "downtime", "policy": {"max_duration_ms": 1000}},
        }
    }
    assert refusal(
        policies.create_monitor_config_policy, MonitorConfigPolicyCreateRequest(**downtime, _check_type=False)
    ) == (400, "Value of parameter 'policy_type' should be any of these ['tag']")


def test_notification_rules(client: ApiClient) -> None:
    rules, kind = MonitorsV2(client), "monitor-notification-rule"
    attributes: dict[str, Any] = {
        "name": "Api rule", "filter": {"tags": ["team:api"]}, "recipients": ["ops@example.com", "slack-a-b"],
    }  # fmt: skip

    def create(**changes: Any) -> MonitorNotificationRuleCreateRequest:
        body = {"data": {"type": kind, "attributes": {**attributes, **changes}}}
        return MonitorNotificationRuleCreateRequest(**body, _check_type=False)

    made = parsed(rules.create_monitor_notification_rule(create())).data
    assert made.attributes.recipients == attributes["recipients"]
    got = parsed(rules.get_monitor_notification_rule(made.id, include="created_by"))
    assert got.data.attributes.filter.tags == ["team:api"]
    listed = parsed(
        rules.get_monitor_notification_rules(page=0, per_page=10, sort="name", include="created_by")
    )
    assert made.id in [one.id for one in listed.data]
    new = {
        "name": "Other", "filter": {"scope": "team:api AND NOT env:dev"},
        "conditional_recipients": {
            "conditions": [
                {"scope": "transition_type:is_alert", "recipients": ["pagerduty-web"]},
                {"scope": "env:prod", "recipients": ["a@example.com"]},
            ],
            "fallback_recipients": ["b@example.com"],
        },
    }  # fmt: skip
    update = {"data": {"id": made.id, "type": kind, "attributes": new}}
    change = MonitorNotificationRuleUpdateRequest(**update, _check_type=False)
    changed = parsed(rules.update_monitor_notification_rule(made.id, change)).data
    assert len(changed.attributes.conditional_recipients.conditions) == 2
    assert "recipients" not in changed.attributes.to_dict()
    at = "Invalid recipients: Recipient handle should not start with '@'"
    assert refusal(rules.create_monitor_notification_rule, create(recipients=["@a@example.com"])) == (400, at)
    assert rules.delete_monitor_notification_rule(made.id) is None
    gone = (404, "Monitor Notification Rule not found")
    assert refusal(rules.get_monitor_notification_rule, made.id) == gone
    assert refusal(rules.delete_monitor_notification_rule, made.id) == gone


def test_templates(client: ApiClient) -> None:
    templates, kind = MonitorsV2(client), "monitor-user-template"
    attributes: dict[str, Any] = {
        "title": "Api template", "description": "For hosts", "tags": ["team:a"],
        "monitor_definition": {
            "type": "query alert", "query": "avg(last_5m):avg:system.load.1{$env} by {host} > 5",
            "name": "Load of $env", "message": "Look", "options": {"thresholds": {"critical": 5}},
        },
        "template_variables": [
            {"name": "env", "tag_key": "env", "available_values": ["prod"], "defaults": ["prod"]},
        ],
    }  # fmt: skip

    def body(key: str = "", **changes: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"type": kind, "attributes": {**attributes, **changes}}
        return {"data": {**data, "id": key} if key else data}

    def create(**changes: Any) -> MonitorUserTemplateCreateRequest:
        return MonitorUserTemplateCreateRequest(**body(**changes), _check_type=False)

    def update(key: str, **changes: Any) -> MonitorUserTemplateUpdateRequest:
        return MonitorUserTemplateUpdateRequest(**body(key, **changes), _check_type=False)

    assert templates.validate_monitor_user_template(create()) is None
    made = parsed(templates.create_monitor_user_template(create())).data
    assert made.attributes.version == 0
    assert templates.validate_existing_monitor_user_template(made.id, update(made.id)) is None
    changed = parsed(templates.update_monitor_user_template(made.id, update(made.id, title="Two"))).data
    assert (changed.id, changed.attributes.version, changed.attributes.title) == (made.id, 1, "Two")
    got = parsed(templates.get_monitor_user_template(made.id, with_all_versions=True)).data
    assert [one.version for one in got.attributes.versions] == [1, 0]
    assert made.id in [one.id for one in parsed(templates.list_monitor_user_templates()).data]
    empty = "Invalid monitor_definition or template variables: Monitor definition cannot be empty."
    assert refusal(templates.create_monitor_user_template, create(monitor_definition={})) == (400, empty)
    broken = {**attributes["monitor_definition"], "query": "avg(last_5m):no query"}
    assert refusal(templates.create_monitor_user_template, create(monitor_definition=broken))[0] == 400
    assert templates.delete_monitor_user_template(made.id) is None
    gone = (404, "Monitor template not found")
    assert refusal(templates.get_monitor_user_template, made.id) == gone
    assert refusal(templates.update_monitor_user_template, made.id, update(made.id)) == gone
