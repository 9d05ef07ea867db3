"""The resources of the API, in the order in which people use them."""

from __future__ import annotations

from typing import Any

from bench.client_models import alert_seeds, seeds
from bench.client_models.check import Resource
from bench.client_models.seeds import numbered, world


def data_of(document: Any) -> Any:
    return document["data"]


def first_of_data(document: Any) -> Any:
    data = document["data"]
    return data[0] if isinstance(data, list) else data


def rows_in(name: str) -> Any:
    return lambda document: document[name] if name else document


MONITORS = Resource(
    "v1 monitor", "v1.MonitorsApi", "create_monitor", "get_monitor", "update_monitor", "delete_monitor",
    "list_monitors", rows=rows_in(""),
    seeds=alert_seeds.MONITORS, fixed=alert_seeds.monitor,
    server={r"options\.notify_no_data": "false is not there beside on_missing_data"},
)  # fmt: skip
DASHBOARDS = Resource(
    "v1 dashboard", "v1.DashboardsApi", "create_dashboard", "get_dashboard", "update_dashboard",
    "delete_dashboard", "list_dashboards", rows=rows_in("dashboards"), seeds=seeds.DASHBOARDS,
    fixed=seeds.dashboard, server={r"tabs\[\]\.widget_ids\[\]": "a position becomes the widget's id"},
)  # fmt: skip
DASHBOARD_LISTS = Resource(
    "v1 dashboard list", "v1.DashboardListsApi", "create_dashboard_list", "get_dashboard_list",
    "update_dashboard_list", "delete_dashboard_list", "list_dashboard_lists", rows=rows_in("dashboard_lists"),
    seeds={"DashboardList.name": [numbered("List #")]},
)  # fmt: skip
DOWNTIMES_V1 = Resource(
    "v1 downtime", "v1.DowntimesApi", "create_downtime", "get_downtime", "update_downtime", "",
    "list_downtimes", rows=rows_in(""),
    seeds=alert_seeds.DOWNTIMES_V1,
)  # fmt: skip
DOWNTIMES_V2 = Resource(
    "v2 downtime", "v2.DowntimesApi", "create_downtime", "get_downtime", "update_downtime", "",
    "list_downtimes", rows=rows_in("data"), seeds=alert_seeds.DOWNTIMES_V2, list_arguments={"page_limit": 1000},
    server={
        r"data\.attributes\.display_timezone": "null is UTC",
        r"data\.attributes\.schedule(\.recurrences\[\])?\.start": "null is now",
    },
)  # fmt: skip
SLOS = Resource(
    "v1 slo", "v1.ServiceLevelObjectivesApi", "create_slo", "get_slo", "update_slo", "delete_slo", "list_slos",
    view=first_of_data, rows=rows_in("data"), seeds=alert_seeds.SLOS, fixed=alert_seeds.slo,
    server={'monitor_tags': 'are those of the monitors; documented as ignored'},
    same=("type",),
)  # fmt: skip
CORRECTIONS = Resource(
    "v1 slo correction", "v1.ServiceLevelObjectiveCorrectionsApi", "create_slo_correction",
    "get_slo_correction", "update_slo_correction", "delete_slo_correction", "list_slo_correction",
    rows=rows_in("data"), seeds=alert_seeds.CORRECTIONS, fixed=alert_seeds.correction, changed=alert_seeds.correction_change,
)  # fmt: skip
SYNTHETICS = Resource(
    "v1 synthetics api test", "v1.SyntheticsApi", "create_synthetics_api_test", "get_api_test",
    "update_api_test", "", "list_tests", rows=rows_in("tests"), ids=lambda made: (made["public_id"],),
    seeds=seeds.SYNTHETICS,
    server={'status': 'what cannot be run is paused, with the reason'},
)  # fmt: skip
SYNTHETICS_VARIABLES = Resource(
    "v1 synthetics variable", "v1.SyntheticsApi", "create_global_variable", "get_global_variable",
    "edit_global_variable", "delete_global_variable", "list_global_variables", rows=rows_in("variables"),
    seeds=seeds.SYNTHETICS,
    server={"is_totp|is_fido": "true is refused"},
)  # fmt: skip
PIPELINES = Resource(
    "v1 logs pipeline", "v1.LogsPipelinesApi", "create_logs_pipeline", "get_logs_pipeline",
    "update_logs_pipeline", "delete_logs_pipeline", "list_logs_pipelines", rows=rows_in(""),
    seeds=seeds.LOGS,
    gone=(400,),
)  # fmt: skip
INDEXES = Resource(
    "v1 logs index", "v1.LogsIndexesApi", "create_logs_index", "get_logs_index", "update_logs_index",
    "delete_logs_index", "list_log_indexes", rows=rows_in("indexes"), ids=lambda made: (made["name"],),
    seeds=seeds.LOGS,
    fixed=seeds.index, server={"disable_daily_limit": "removes the limit"},
)  # fmt: skip
LOG_METRICS = Resource(
    "v2 logs metric", "v2.LogsMetricsApi", "create_logs_metric", "get_logs_metric", "update_logs_metric",
    "delete_logs_metric", "list_logs_metrics", rows=rows_in("data"),
    seeds=seeds.LOGS, fixed=seeds.computed,
)  # fmt: skip
SPAN_METRICS = Resource(
    "v2 spans metric", "v2.SpansMetricsApi", "create_spans_metric", "get_spans_metric", "update_spans_metric",
    "delete_spans_metric", "list_spans_metrics", rows=rows_in("data"),
    seeds=seeds.SPANS, fixed=seeds.computed,
)  # fmt: skip
RETENTION_FILTERS = Resource(
    "v2 retention filter", "v2.APMRetentionFiltersApi", "create_apm_retention_filter",
    "get_apm_retention_filter", "update_apm_retention_filter", "delete_apm_retention_filter",
    "list_apm_retention_filters", rows=rows_in("data"),
    seeds=seeds.SPANS,
)  # fmt: skip
NOTEBOOKS = Resource(
    "v1 notebook", "v1.NotebooksApi", "create_notebook", "get_notebook", "update_notebook", "delete_notebook",
    "list_notebooks", rows=rows_in("data"),
)  # fmt: skip
WEBHOOKS = Resource(
    "v1 webhook", "v1.WebhooksIntegrationApi", "create_webhooks_integration", "get_webhooks_integration",
    "update_webhooks_integration", "delete_webhooks_integration", ids=lambda made: (made["name"],),
    seeds=seeds.NOTIFY,
    server={'custom_headers': 'values of headers are hidden'},
)  # fmt: skip
VARIABLES = Resource(
    "v1 webhook variable", "v1.WebhooksIntegrationApi", "create_webhooks_integration_custom_variable",
    "get_webhooks_integration_custom_variable", "update_webhooks_integration_custom_variable",
    "delete_webhooks_integration_custom_variable", ids=lambda made: (made["name"],),
    seeds=seeds.NOTIFY,
    server={'value': 'a secret is not shown'},
)  # fmt: skip
USERS = Resource(
    "v2 user", "v2.UsersApi", "create_user", "get_user", "update_user", "", "list_users", rows=rows_in("data"),
    list_arguments={"page_size": 500},
    seeds=seeds.PEOPLE,
)  # fmt: skip
ROLES = Resource(
    "v2 role", "v2.RolesApi", "create_role", "get_role", "update_role", "delete_role", "list_roles",
    rows=rows_in("data"), list_arguments={"page_size": 100},
    seeds=seeds.PEOPLE,
)  # fmt: skip
API_KEYS = Resource(
    "v2 api key", "v2.KeyManagementApi", "create_api_key", "get_api_key", "update_api_key", "delete_api_key",
    "list_api_keys", rows=rows_in("data"), list_arguments={"page_size": 100},
    seeds=seeds.PEOPLE,
)  # fmt: skip
APP_KEYS = Resource(
    "v2 application key", "v2.KeyManagementApi", "create_current_user_application_key",
    "get_current_user_application_key", "update_current_user_application_key",
    "delete_current_user_application_key", "list_current_user_application_keys", rows=rows_in("data"),
    list_arguments={"page_size": 100},
    seeds=seeds.PEOPLE,
)  # fmt: skip
TOKENS = Resource(
    "v2 personal access token", "v2.KeyManagementApi", "create_personal_access_token",
    "get_personal_access_token", "update_personal_access_token", "revoke_personal_access_token",
    "list_personal_access_tokens", rows=rows_in("data"),
    seeds=seeds.PEOPLE,
)  # fmt: skip
SERVICE_KEYS = Resource(
    "v2 service account key", "v2.ServiceAccountsApi", "create_service_account_application_key",
    "get_service_account_application_key", "update_service_account_application_key",
    "delete_service_account_application_key", "list_service_account_application_keys", rows=rows_in("data"),
    parents=("service_account",),
    seeds=seeds.PEOPLE,
)  # fmt: skip
SERVICE_TOKENS = Resource(
    "v2 service account token", "v2.ServiceAccountsApi", "create_service_account_access_token",
    "get_service_account_access_token", "update_service_account_access_token",
    "revoke_service_account_access_token", "list_service_account_access_tokens", rows=rows_in("data"),
    parents=("service_account",),
    seeds=seeds.PEOPLE,
)  # fmt: skip
TEAMS = Resource(
    "v2 team", "v2.TeamsApi", "create_team", "get_team", "update_team", "delete_team", "list_teams",
    rows=rows_in("data"), list_arguments={"page_size": 100},
    seeds=seeds.PEOPLE,
    server={'data\\.relationships\\.users': 'become memberships'},
)  # fmt: skip
TEAM_LINKS = Resource(
    "v2 team link", "v2.TeamsApi", "create_team_link", "get_team_link", "update_team_link",
    "delete_team_link", "get_team_links", rows=rows_in("data"), parents=("team",),
    seeds=seeds.PEOPLE,
)  # fmt: skip
TEAM_RULES = Resource(
    "v2 team notification rule", "v2.TeamsApi", "create_team_notification_rule", "get_team_notification_rule",
    "update_team_notification_rule", "delete_team_notification_rule", "get_team_notification_rules",
    rows=rows_in("data"), parents=("team",),
    seeds=seeds.PEOPLE,
)  # fmt: skip
POWERPACKS = Resource(
    "v2 powerpack", "v2.PowerpackApi", "create_powerpack", "get_powerpack", "update_powerpack",
    "delete_powerpack", "list_powerpacks", rows=rows_in("data"), list_arguments={"page_limit": 1000},
    seeds=seeds.POWERPACKS,
)  # fmt: skip
POLICIES = Resource(
    "v2 monitor policy", "v2.MonitorsApi", "create_monitor_config_policy", "get_monitor_config_policy",
    "update_monitor_config_policy", "delete_monitor_config_policy", "list_monitor_config_policies",
    rows=rows_in("data"),
    seeds=seeds.MONITOR_RULES,
)  # fmt: skip
RULES = Resource(
    "v2 monitor notification rule", "v2.MonitorsApi", "create_monitor_notification_rule",
    "get_monitor_notification_rule", "update_monitor_notification_rule", "delete_monitor_notification_rule",
    "get_monitor_notification_rules", rows=rows_in("data"),
    seeds=seeds.MONITOR_RULES,
)  # fmt: skip
TEMPLATES = Resource(
    "v2 monitor template", "v2.MonitorsApi", "create_monitor_user_template", "get_monitor_user_template",
    "update_monitor_user_template", "delete_monitor_user_template", "list_monitor_user_templates",
    rows=rows_in("data"),
    seeds=seeds.MONITOR_RULES,
)  # fmt: skip
ARCHIVES = Resource(
    "v2 logs archive", "v2.LogsArchivesApi", "create_logs_archive", "get_logs_archive", "update_logs_archive",
    "delete_logs_archive", "list_logs_archives", rows=rows_in("data"),
    refused=True,
)  # fmt: skip
DESTINATIONS = Resource(
    "v2 logs custom destination", "v2.LogsCustomDestinationsApi", "create_logs_custom_destination",
    "get_logs_custom_destination", "update_logs_custom_destination", "delete_logs_custom_destination",
    "list_logs_custom_destinations", rows=rows_in("data"),
    refused=True,
)  # fmt: skip
RESTRICTIONS = Resource(
    "v2 restriction query", "v2.LogsRestrictionQueriesApi", "create_restriction_query",
    "get_restriction_query", "update_restriction_query", "delete_restriction_query",
    "list_restriction_queries", rows=rows_in("data"), list_arguments={"page_size": 100},
    seeds=seeds.PEOPLE,
)  # fmt: skip
MAPPINGS = Resource(
    "v2 authn mapping", "v2.AuthNMappingsApi", "create_authn_mapping", "get_authn_mapping",
    "update_authn_mapping", "delete_authn_mapping", "list_authn_mappings", rows=rows_in("data"),
    seeds=seeds.PEOPLE,
)  # fmt: skip
INDEXING_RULES = Resource(
    "v2 tag indexing rule", "v2.MetricsApi", "create_tag_indexing_rule", "get_tag_indexing_rule",
    "update_tag_indexing_rule", "delete_tag_indexing_rule", "list_tag_indexing_rules", rows=rows_in("data"),
    seeds=seeds.RULES,
)  # fmt: skip
OPSGENIE = Resource(
    "v2 opsgenie service", "v2.OpsgenieIntegrationApi", "create_opsgenie_service", "get_opsgenie_service",
    "update_opsgenie_service", "delete_opsgenie_service", "list_opsgenie_services", rows=rows_in("data"),
    seeds=seeds.NOTIFY,
    server={'data\\.attributes\\.opsgenie_api_key': 'a secret is not shown'},
    fixed=seeds.opsgenie,
)  # fmt: skip
OPSGENIE_ACCOUNTS = Resource(
    "v2 opsgenie account", "v2.OpsgenieIntegrationApi", "create_opsgenie_account", "",
    "update_opsgenie_account", "delete_opsgenie_account", "list_opsgenie_accounts", rows=rows_in("data"),
    seeds=seeds.NOTIFY,
    server={'data\\.attributes\\.api_key': 'a secret is not shown'},
    fixed=seeds.opsgenie,
)  # fmt: skip
WORKFLOW_HANDLES = Resource(
    "v2 ms-teams workflows handle", "v2.MicrosoftTeamsIntegrationApi", "create_workflows_webhook_handle",
    "get_workflows_webhook_handle", "update_workflows_webhook_handle", "delete_workflows_webhook_handle",
    "list_workflows_webhook_handles", rows=rows_in("data"),
    seeds=seeds.NOTIFY,
    server={'data\\.attributes\\.url': 'a secret is not shown'},
)  # fmt: skip
REPORTS = Resource(
    "v2 report schedule", "v2.ReportSchedulesApi", "create_report_schedule", "get_report_schedule",
    "patch_report_schedule", "delete_report_schedule", "list_report_schedules", rows=rows_in("data"),
    seeds=seeds.REPORTS,
)  # fmt: skip
ANNOTATIONS = Resource(
    "v2 annotation", "v2.AnnotationsApi", "create_annotation", "", "update_annotation", "delete_annotation",
    seeds=seeds.REPORTS, fixed=seeds.annotation, ids=lambda made: (made['data']['id'],),
)  # fmt: skip
PAGERDUTY = Resource(
    "v1 pagerduty service", "v1.PagerDutyIntegrationApi", "create_pager_duty_integration_service",
    "get_pager_duty_integration_service", "update_pager_duty_integration_service",
    "delete_pager_duty_integration_service", ids=lambda made: (made["service_name"],),
    seeds=seeds.NOTIFY,
    server={'service_key': 'a secret is not shown'},
)  # fmt: skip
SLACK = Resource(
    "v1 slack channel", "v1.SlackIntegrationApi", "create_slack_integration_channel",
    "get_slack_integration_channel", "update_slack_integration_channel", "remove_slack_integration_channel",
    "get_slack_integration_channels", rows=rows_in(""), parents=("slack_account",),
    ids=lambda made: (made["name"],),
    seeds=seeds.NOTIFY,
)  # fmt: skip
USERS_V1 = Resource(
    "v1 user", "v1.UsersApi", "create_user", "get_user", "update_user", "disable_user", "list_users",
    rows=rows_in("users"), ids=lambda made: (made["user"]["handle"],), view=lambda made: made["user"],
    gone=(200,), seeds=seeds.PEOPLE,
)  # fmt: skip
EVENTS_V1 = Resource(
    "v1 event", "v1.EventsApi", "create_event", seeds=seeds.EVENTS, ids=lambda made: (made["event"]["id"],),
    view=lambda made: made["event"],
    server={"aggregation_key": "is no field of an event that is read"},
)  # fmt: skip
SHARES = Resource(
    "v1 public dashboard", "v1.DashboardsApi", "create_public_dashboard", "get_public_dashboard",
    "update_public_dashboard", "delete_public_dashboard", ids=lambda made: (made["token"],),
    seeds=seeds.SHARES,
)  # fmt: skip
METADATA = Resource(
    "v1 metric metadata", "v1.MetricsApi", "update_metric_metadata", "get_metric_metadata", parents=("metric",),
    ids=lambda made: (), seeds=seeds.METRICS,
)  # fmt: skip
TAG_CONFIGURATIONS = Resource(
    "v2 metric tag configuration", "v2.MetricsApi", "create_tag_configuration", "list_tag_configuration_by_name",
    "update_tag_configuration", "delete_tag_configuration", "list_tag_configurations", rows=rows_in("data"),
    list_arguments={"filter_configured": True},
    parents=("metric",), ids=lambda made: (), seeds=seeds.METRICS, fixed=seeds.tag_configuration,
)  # fmt: skip
HOST_TAGS = Resource(
    "v1 host tags", "v1.TagsApi", "create_host_tags", "get_host_tags", "update_host_tags", "delete_host_tags",
    parents=("host",), ids=lambda made: (), gone=(200, 404), seeds={"HostTags.host": [world("host")]},
)  # fmt: skip
RESTRICTION_POLICIES = Resource(
    "v2 restriction policy", "v2.RestrictionPoliciesApi", "update_restriction_policy", "get_restriction_policy",
    "", "delete_restriction_policy", parents=("restricted",), ids=lambda made: (), gone=(200,),
    seeds=seeds.POLICIES,
)  # fmt: skip
DEFINITIONS = Resource(
    "v2 service definition", "v2.ServiceDefinitionApi", "create_or_update_service_definitions",
    "get_service_definition", "", "delete_service_definition", "list_service_definitions",
    rows=rows_in("data"), seeds=seeds.CATALOG, list_arguments={"page_size": 100},
    ids=lambda made: (made["data"][0]["attributes"]["schema"].get("dd-service") or made["data"][0]["attributes"]["schema"]["info"]["dd-service"],),
    view=seeds.definition_of,
)  # fmt: skip
ENTITIES = Resource(
    "v2 catalog entity", "v2.SoftwareCatalogApi", "upsert_catalog_entity", seeds=seeds.CATALOG,
    delete="delete_catalog_entity", ids=lambda made: (made["data"][0]["id"],), view=seeds.entity_of,
)  # fmt: skip
KINDS = Resource(
    "v2 catalog kind", "v2.SoftwareCatalogApi", "upsert_catalog_kind", seeds=seeds.CATALOG,
    delete="delete_catalog_kind", ids=lambda made: (made["data"][0]["id"],), view=lambda made: made["data"][0]["attributes"],
    server={"kind": "is read as the name"},
)  # fmt: skip
MEMBERSHIPS = Resource(
    "v2 team membership", "v2.TeamsApi", "create_team_membership", "", "update_team_membership",
    "delete_team_membership", "get_team_memberships", rows=rows_in("data"), parents=("team",),
    ids=lambda made: (made["data"]["relationships"]["user"]["data"]["id"],), seeds=seeds.PEOPLE,
)  # fmt: skip
SETTINGS = Resource(
    "v2 team permission setting", "v2.TeamsApi", "update_team_permission_setting", parents=("team", "action"),
    ids=lambda made: (), rows=rows_in("data"), seeds={"value": ["admins", "members", "organization"]},
)  # fmt: skip
LIST_ITEMS = Resource(
    "v2 dashboard list items", "v2.DashboardListsApi", "create_dashboard_list_items", "", "update_dashboard_list_items",
    parents=("list",), ids=lambda made: (), seeds={"DashboardListItemRequest": [lambda maker: {"id": maker.world["dashboard"], "type": "custom_timeboard"}]},
    view=lambda made: {"dashboards": made.get("added_dashboards_to_list") or made.get("dashboards")},
)  # fmt: skip
RESOURCES = [value for value in list(globals().values()) if isinstance(value, Resource)]
