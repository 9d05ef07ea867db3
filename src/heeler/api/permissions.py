"""Permissions granted by roles, to which application keys can be limited (scopes).

Names are those of the public API. Those in :data:`UNUSED` protect nothing here; they are listed so that roles
of other installations can be created with them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache

_NAMESPACE = uuid.UUID("5b7cf8b4-4c1b-4c8e-8d57-6b1d0e0c7f11")

ADMIN, STANDARD, READ_ONLY = "admin", "standard", "read-only"
"""The managed roles: each includes the permissions of the next one."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission; ``least`` is the weakest managed role that has it."""

    name: str
    group: str
    description: str
    least: str = STANDARD

    @property
    def id(self) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"permission {self.name}"))

    @property
    def display_name(self) -> str:
        words = {"api": "API", "apm": "APM", "slos": "SLOs", "org": "Org"}
        return " ".join(words.get(word, word.capitalize()) for word in self.name.split("_"))

    @property
    def display_type(self) -> str:
        if self.name.endswith(("_read", "_read_data", "_read_config", "_query")):
            return "read"
        return "write" if self.name.endswith(("_write", "_manage")) else "other"


def _of(group: str, *entries: tuple[str, str, str]) -> tuple[Permission, ...]:
    return tuple(Permission(name, group, text, least) for name, text, least in entries)


USED: tuple[Permission, ...] = (
    *_of(
        "Access Management",
        ("user_access_read", "View users, roles and permissions.", READ_ONLY),
        ("user_access_invite", "Invite users.", ADMIN),
        ("user_access_manage", "Change and disable users, grant roles, change roles.", ADMIN),
        ("service_account_write", "Create service accounts, their application keys and tokens.", ADMIN),
        ("org_management", "Change settings of the organization, view the notification log.", ADMIN),
        ("audit_logs_read", "View the audit trail.", ADMIN),
    ),
    *_of(
        "API and Application Keys",
        ("api_keys_read", "List API keys by their last four characters.", STANDARD),
        ("api_keys_write", "Create API keys; rename and revoke one's own.", STANDARD),
        ("api_keys_delete", "Rename and revoke API keys of others.", ADMIN),
        ("user_app_keys", "Manage one's own application keys and access tokens.", READ_ONLY),
        ("org_app_keys_read", "List application keys of others.", ADMIN),
        ("org_app_keys_write", "Change and revoke application keys of others.", ADMIN),
    ),
    *_of(
        "Teams",
        ("teams_read", "View teams and their members.", READ_ONLY),
        ("teams_manage", "Create, change and delete every team.", ADMIN),
    ),
    *_of(
        "Dashboards",
        ("dashboards_read", "View dashboards.", READ_ONLY),
        ("dashboards_write", "Create and change dashboards.", STANDARD),
        (
            "dashboards_public_share",
            "Share graphs and dashboards outside: snapshots, public links.",
            STANDARD,
        ),
        ("generate_dashboard_reports", "Schedule and print reports of dashboards.", STANDARD),
    ),
    *_of(
        "Monitors",
        ("monitors_read", "View monitors and downtimes.", READ_ONLY),
        ("monitors_write", "Create, change and delete monitors.", STANDARD),
        ("monitor_config_policy_write", "Change policies that monitors must follow.", ADMIN),
        ("monitors_downtime", "Schedule downtimes; mute monitors and hosts.", STANDARD),
    ),
    *_of(
        "Service Level Objectives",
        ("slos_read", "View SLOs.", READ_ONLY),
        ("slos_write", "Create, change and delete SLOs.", STANDARD),
        ("slos_corrections", "Correct the status of SLOs.", STANDARD),
    ),
    *_of(
        "Metrics",
        ("metrics_read", "View metrics, their tags and metadata.", READ_ONLY),
        ("timeseries_query", "Query metrics; logs, spans and events need their own permission.", READ_ONLY),
        ("metrics_metadata_write", "Change metadata of metrics.", STANDARD),
        ("metric_tags_write", "Change tag configurations of metrics.", STANDARD),
    ),
    *_of(
        "Infrastructure",
        ("hosts_read", "View hosts, containers and processes.", READ_ONLY),
        ("host_tags_write", "Change tags of hosts.", STANDARD),
    ),
    *_of(
        "Events",
        ("events_read", "View events.", READ_ONLY),
        ("events_write", "Post events and comments with an application key.", STANDARD),
    ),
    *_of(
        "Log Management",
        ("logs_read_data", "Search and view logs.", READ_ONLY),
        ("logs_read_config", "View the configuration of logs.", READ_ONLY),
        ("logs_write_pipelines", "Change pipelines, indexes and other configuration of logs.", STANDARD),
        ("logs_generate_metrics", "Create metrics from logs.", STANDARD),
        ("logs_write_archives", "Change log archives.", ADMIN),
        ("logs_write_historical_view", "Rehydrate logs from archives.", STANDARD),
    ),
    *_of(
        "APM",
        ("apm_read", "View services, traces and spans.", READ_ONLY),
        ("apm_retention_filter_write", "Change which spans are retained.", STANDARD),
        ("apm_generate_metrics", "Create metrics from spans.", STANDARD),
        ("apm_remote_configuration_write", "Change the configuration of tracers.", STANDARD),
        ("apm_service_catalog_read", "View the service catalog.", READ_ONLY),
        ("apm_service_catalog_write", "Change the service catalog.", STANDARD),
        ("error_tracking_write", "Change and assign issues of error tracking.", STANDARD),
    ),
    *_of(
        "Notebooks",
        ("notebooks_read", "View notebooks.", READ_ONLY),
        ("notebooks_write", "Create and change notebooks.", STANDARD),
    ),
    *_of(
        "Synthetic tests",
        ("synthetics_read", "View synthetic tests and their results.", READ_ONLY),
        ("synthetics_write", "Create, change, run and delete synthetic tests.", STANDARD),
        ("synthetics_global_variable_read", "View global variables of synthetic tests.", READ_ONLY),
        ("synthetics_global_variable_write", "Change global variables of synthetic tests.", STANDARD),
    ),
    *_of(
        "Integrations",
        ("manage_integrations", "Change webhooks and other integrations.", ADMIN),
        ("usage_read", "View usage: series, points, logs, spans and bytes.", ADMIN),
    ),
    *_of(
        "General",
        ("standard", "Change what no other permission covers.", STANDARD),
        ("admin", "Administer what no other permission covers.", ADMIN),
    ),
)

UNUSED: tuple[Permission, ...] = tuple(
    Permission(name, "Not used here", "Guards nothing in this installation.", READ_ONLY)
    for name in (
        "logs_read_index_data", "logs_live_tail", "logs_read_archives",
        "logs_write_exclusion_filters", "logs_write_facets",
        "logs_modify_indexes", "logs_public_config_api",
        "synthetics_private_location_read", "security_monitoring_rules_read",
        "security_monitoring_rules_write", "security_monitoring_signals_read",
        "security_monitoring_filters_read", "security_monitoring_filters_write", "incident_read",
        "incident_write", "incident_settings_read", "incident_settings_write", "rum_apps_read",
        "rum_apps_write", "rum_session_replay_read", "workflows_read", "workflows_write", "workflows_run",
        "connections_read", "connections_write", "cases_read", "cases_write", "ci_visibility_read",
        "ci_visibility_write", "ci_visibility_pipelines_write", "billing_read", "billing_edit",
        "cloud_cost_management_read", "cloud_cost_management_write",
        "create_webhooks", "embeddable_graphs_share", "saved_views_write",
        "host_tags_read", "data_scanner_read", "data_scanner_write", "observability_pipelines_read",
        "debugger_read", "debugger_write", "continuous_profiler_read", "audit_logs_write",
        "org_authorized_apps_read", "org_authorized_apps_write", "api_keys_metadata_read",
    )
)  # fmt: skip

ALL: tuple[Permission, ...] = (*USED, *UNUSED)
BY_NAME: dict[str, Permission] = {permission.name: permission for permission in ALL}
BY_ID: dict[str, Permission] = {permission.id: permission for permission in ALL}

_ORDER = (READ_ONLY, STANDARD, ADMIN)


@cache
def granted_to(role: str) -> frozenset[str]:
    """The permissions of a managed role."""
    rank = _ORDER.index(role)
    return frozenset(permission.name for permission in ALL if _ORDER.index(permission.least) <= rank)
