"""Table of the permissions that endpoints require; read by the guards and published in the documentation.

The guards of an endpoint name only the kind of access (read, write, administer); the permission follows from
its path. The longest prefix wins; single endpoints that differ have entries of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Access(Enum):
    """Kind of access that a guard requires."""

    READ = "read"
    WRITE = "write"
    ADMIN = "administer"


@dataclass(frozen=True, slots=True)
class Area:
    """Permissions of everything below a path. None: everyone who is logged in, or any valid key."""

    read: str | None
    write: str | None
    admin: str = "admin"

    def permission(self, access: Access) -> str | None:
        return {Access.READ: self.read, Access.WRITE: self.write, Access.ADMIN: self.admin}[access]


_DASHBOARDS = Area("dashboards_read", "dashboards_write")
_REPORTS = Area("dashboards_read", "generate_dashboard_reports")
_SHARING = Area("dashboards_public_share", "dashboards_public_share")
_MONITORS = Area("monitors_read", "monitors_write")
_DOWNTIMES = Area("monitors_read", "monitors_downtime")
_HOSTS = Area("hosts_read", "host_tags_write")
_METRICS = Area("metrics_read", "metrics_metadata_write")
_METRIC_TAGS = Area("metrics_read", "metric_tags_write")
_QUERIES = Area("timeseries_query", "timeseries_query")
_EVENTS = Area("events_read", "events_write")
_LOGS = Area("logs_read_data", "logs_write_pipelines")
_LOG_CONFIG = Area("logs_read_config", "logs_write_pipelines")
_LOG_ARCHIVES = Area("logs_read_config", "logs_write_archives")
_HISTORICAL_VIEWS = Area("logs_read_config", "logs_write_historical_view")
_APM = Area("apm_read", "apm_service_catalog_write")
_CATALOG = Area("apm_service_catalog_read", "apm_service_catalog_write")
_SLOS = Area("slos_read", "slos_write")
_SYNTHETICS = Area("synthetics_read", "synthetics_write")
_SYNTHETIC_VARIABLES = Area("synthetics_global_variable_read", "synthetics_global_variable_write")
_NOTEBOOKS = Area("notebooks_read", "notebooks_write")
_API_KEYS = Area("api_keys_read", "api_keys_write")
_APP_KEYS = Area("user_app_keys", "user_app_keys")
_USERS = Area("user_access_read", "user_access_manage", "user_access_manage")
_INVITATIONS = Area("user_access_invite", "user_access_invite", "user_access_invite")
_TEAMS = Area("teams_read", "teams_manage", "teams_manage")
_INTEGRATIONS = Area("manage_integrations", "manage_integrations", "manage_integrations")
_ORGANIZATION = Area("org_management", "org_management", "org_management")
_ANYONE = Area(None, None)

AREAS: dict[str, Area] = {
    "/api/ui/apm": _APM,
    "/api/ui/apm/tracer-configurations": Area("apm_read", "apm_remote_configuration_write"),
    "/api/ui/audit": Area("audit_logs_read", "audit_logs_read"),
    "/api/ui/check_status": _MONITORS,
    "/api/ui/containers": _HOSTS,
    "/api/ui/cardinality": _METRICS,
    "/api/ui/dashboard_favorites": _DASHBOARDS,
    "/api/ui/dashboards": _DASHBOARDS,
    "/api/ui/error-tracking": Area("apm_read", "error_tracking_write"),
    "/api/ui/events": _EVENTS,
    "/api/ui/explorer": _QUERIES,
    "/api/ui/explorer/events": _EVENTS,
    "/api/ui/explorer/logs": _LOGS,
    "/api/ui/explorer/spans": _APM,
    "/api/ui/explorer/spans-entry": _APM,
    "/api/ui/explorer/spans-root": _APM,
    "/api/ui/functions": _METRICS,
    "/api/ui/hosts": _HOSTS,
    "/api/ui/imports": _ORGANIZATION,
    "/api/ui/integrations": _INTEGRATIONS,
    "/api/ui/logs": _LOGS,
    "/api/ui/logs/archives": _LOG_ARCHIVES,
    "/api/ui/logs/historical-views": _HISTORICAL_VIEWS,
    "/api/ui/me": _ANYONE,
    "/api/ui/metrics": _METRICS,
    "/api/ui/metrics_summary": _METRICS,
    "/api/ui/monitors": _MONITORS,
    "/api/ui/not_stored": _METRICS,
    "/api/ui/notebooks": _NOTEBOOKS,
    "/api/ui/recipients": _MONITORS,
    "/api/ui/outbox": _ORGANIZATION,
    "/api/ui/password": _ANYONE,
    "/api/ui/processes": _HOSTS,
    "/api/ui/query": _METRICS,
    "/api/ui/reports": _REPORTS,
    "/api/ui/query/batch": _QUERIES,
    "/api/ui/services": _CATALOG,
    "/api/ui/sessions": _ANYONE,
    "/api/ui/setup": _ANYONE,
    "/api/ui/slos": _SLOS,
    "/api/ui/synthetics": _SYNTHETICS,
    "/api/ui/snapshots": _SHARING,
    "/api/ui/sources": _METRICS,
    "/api/ui/spans": _APM,
    "/api/ui/status": _ANYONE,
    "/api/ui/tag_values": _METRICS,
    "/api/ui/teams": _TEAMS,
    "/api/ui/totp": _ANYONE,
    "/api/ui/units": _METRICS,
    "/api/ui/unused": Area("usage_read", "usage_read"),
    "/api/ui/usage": Area("usage_read", "usage_read"),
    "/api/ui/usage/quotas": Area("usage_read", "org_management", "org_management"),
    "/api/ui/users": _USERS,
    "/api/v1/api_key": _API_KEYS,
    "/api/v1/application_key": _APP_KEYS,
    "/api/v1/comments": _EVENTS,
    "/api/v1/dash": _DASHBOARDS,
    "/api/v1/dashboard": _DASHBOARDS,
    "/api/v1/dashboard/public": _SHARING,
    "/api/v1/downtime": _DOWNTIMES,
    "/api/v1/events": _EVENTS,
    "/api/v1/graph": _SHARING,
    "/api/v1/host": Area("hosts_read", "monitors_downtime"),
    "/api/v1/hosts": _HOSTS,
    "/api/v1/integration": _INTEGRATIONS,
    "/api/v1/invite_users": _INVITATIONS,
    "/api/v1/logs": _LOGS,
    "/api/v1/logs/config": _LOG_CONFIG,
    "/api/v1/logs-queries": _LOGS,
    "/api/v1/metrics": _METRICS,
    "/api/v1/monitor": _MONITORS,
    "/api/v1/notebooks": _NOTEBOOKS,
    "/api/v1/synthetics": _SYNTHETICS,
    "/api/v1/synthetics/variables": _SYNTHETIC_VARIABLES,
    "/api/v1/org": Area("user_access_read", "org_management", "org_management"),
    "/api/v1/query": _QUERIES,
    "/api/v1/screen": _DASHBOARDS,
    "/api/v1/screen/share": _SHARING,
    "/api/v1/search": _METRICS,
    "/api/v1/service_dependencies": _APM,
    "/api/v1/slo": _SLOS,
    "/api/v1/slo/correction": Area("slos_read", "slos_corrections"),
    "/api/v1/tags": _HOSTS,
    "/api/v1/trace": _APM,
    "/api/v1/usage": Area("usage_read", "usage_read"),
    "/api/v1/user": _USERS,
    "/api/v2/annotation": _DASHBOARDS,
    "/api/v2/anonymize_users": _USERS,
    "/api/v2/api_keys": _API_KEYS,
    "/api/v2/apm": _APM,
    "/api/v2/apm/config/retention-filters": Area("apm_read", "apm_retention_filter_write"),
    "/api/v2/apm/config/metrics": Area("apm_read", "apm_generate_metrics"),
    "/api/v2/application_keys": _APP_KEYS,
    "/api/v2/authn_mappings": _USERS,
    "/api/v2/audit": Area("audit_logs_read", "audit_logs_read"),
    "/api/v2/catalog": _CATALOG,
    "/api/v2/container_images": _HOSTS,
    "/api/v2/containers": _HOSTS,
    "/api/v2/current_user": _ANYONE,
    "/api/v2/current_user/application_keys": _APP_KEYS,
    "/api/v2/dashboard": _DASHBOARDS,
    "/api/v2/dashboards": _DASHBOARDS,
    "/api/v2/downtime": _DOWNTIMES,
    "/api/v2/error-tracking": Area("apm_read", "error_tracking_write"),
    "/api/v2/events": _EVENTS,
    "/api/v2/integration": _INTEGRATIONS,
    "/api/v2/identity_providers": _USERS,
    "/api/v2/ip_allowlist": _ORGANIZATION,
    "/api/v2/login": _ORGANIZATION,
    "/api/v2/logs": _LOGS,
    "/api/v2/logs/config": _LOG_CONFIG,
    "/api/v2/logs/config/archives": _LOG_ARCHIVES,
    "/api/v2/logs/config/archive-order": _LOG_ARCHIVES,
    "/api/v2/logs/config/restriction_queries": Area(
        "logs_read_config", "user_access_manage", "user_access_manage"
    ),
    "/api/v2/logs/config/metrics": Area("logs_read_config", "logs_generate_metrics"),
    "/api/v2/metrics": _METRIC_TAGS,
    "/api/v2/monitor": _MONITORS,
    "/api/v2/monitor/policy": Area("monitors_read", "monitor_config_policy_write"),
    "/api/v2/org_configs": Area("user_access_read", "org_management", "org_management"),
    "/api/v2/permissions": _USERS,
    "/api/v2/personal_access_tokens": _APP_KEYS,
    "/api/v2/powerpacks": _DASHBOARDS,
    "/api/v2/processes": _HOSTS,
    "/api/v2/pruned_trace": _APM,
    "/api/v2/query": _QUERIES,
    "/api/v2/reporting": _REPORTS,
    "/api/v2/restriction_policy": _ANYONE,
    "/api/v2/roles": _USERS,
    "/api/v2/service_accounts": Area(
        "service_account_write", "service_account_write", "service_account_write"
    ),
    "/api/v2/services": _CATALOG,
    "/api/v2/slo": _SLOS,
    "/api/v2/snapshot": _SHARING,
    "/api/v2/spans": _APM,
    "/api/v2/team": _TEAMS,
    "/api/v2/team-hierarchy-links": _TEAMS,
    "/api/v2/trace": _APM,
    "/api/v2/user_invitations": _INVITATIONS,
    "/api/v2/users": _USERS,
    "/api/v2/validate_keys": _ANYONE,
}
"""Prefixes of whole path segments. Ownership (of a key, a team, a restricted dashboard) is checked
separately."""

ENDPOINTS: dict[tuple[str, str], str | None] = {
    ("GET", "/api/v1/graph/snapshot_status/{name}"): "dashboards_read",
    ("POST", "/api/v1/monitor/mute_all"): "monitors_downtime",
    ("POST", "/api/v1/monitor/unmute_all"): "monitors_downtime",
    ("POST", "/api/v1/monitor/{monitor_id}/mute"): "monitors_downtime",
    ("POST", "/api/v1/monitor/{monitor_id}/unmute"): "monitors_downtime",
    ("POST", "/api/v1/user"): "user_access_invite",
    ("POST", "/api/v2/users"): "user_access_invite",
    ("GET", "/api/v2/users/{uuid}/memberships"): "teams_read",
    ("DELETE", "/api/v2/users/{uuid}/invitations"): "user_access_invite",
    ("PATCH", "/api/v2/current_user"): "user_app_keys",
}
"""Endpoints whose permission differs from that of their area."""

#: Paths without area: reading requires a login or an unscoped key, changing one of these.
_ELSEWHERE = Area(None, "standard")


def area_of(path: str) -> Area | None:
    """The area of a path template such as ``/api/v1/monitor/{monitor_id}``; None if it is in none."""
    segments = path.rstrip("/").split("/")
    for length in range(len(segments), 1, -1):
        found = AREAS.get("/".join(segments[:length]))
        if found is not None:
            return found
    return None


@cache
def permission_of(method: str, path: str, access: Access) -> str | None:
    """The permission that a call requires. ``path`` is a template, parameters with or without their types."""
    path = re.sub(r":\w+}", "}", path)
    if (method, path) in ENDPOINTS:
        return ENDPOINTS[method, path]
    return (area_of(path) or _ELSEWHERE).permission(access)


@cache
def is_listed(path: str) -> bool:
    return area_of(re.sub(r":\w+}", "}", path)) is not None
