"""Things that the bodies of others refer to."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from bench.client_models.calls import Client


def make_world(client: Client) -> dict[str, Any]:
    """Make one of each, and return their ids by name."""

    def made(api: str, operation: str, body: Any, *path: Any) -> Any:
        answer = client(api, operation, *path, body=body)
        if not answer.ok:
            raise RuntimeError(f"{operation}: {answer.status} {answer.message}")
        return answer.document

    stamp = f"{time.time_ns() // 1000:x}"
    me = client("v2.UsersApi", "get_current_user").document["data"]
    metric_monitor = {
        "type": "query alert",
        "query": "avg(last_5m):avg:m{*} > 3",
        "name": "M",
        "message": "m",
    }
    monitors = [made("v1.MonitorsApi", "create_monitor", metric_monitor)["id"] for _ in range(2)]
    slo = {
        "name": "S", "type": "metric", "thresholds": [{"timeframe": "7d", "target": 99.0}],
        "query": {"numerator": "sum:a{*}.as_count()", "denominator": "sum:b{*}.as_count()"},
    }  # fmt: skip
    monitor_slo = {**slo, "type": "monitor", "monitor_ids": [monitors[0]]}
    del monitor_slo["query"]
    board = {"title": "B", "layout_type": "ordered", "widgets": []}
    account = {
        "data": {"type": "users", "attributes": {"email": f"s{stamp}@example.com", "service_account": True}}
    }
    roles = client("v2.RolesApi", "list_roles").document["data"]
    permissions = client("v2.RolesApi", "list_permissions").document["data"]
    team = {"data": {"type": "team", "attributes": {"name": f"World {stamp}", "handle": f"world-{stamp}"}}}
    other = {"data": {"type": "users", "attributes": {"email": f"other{stamp}@example.com", "name": "Other"}}}
    request = urllib.request.Request(
        f"{client.api.configuration.host}/api/ui/integrations",
        json.dumps({"kind": "slack-account", "name": f"acme{stamp}", "secret": "xoxb-secret"}).encode(),
        {**client.headers(), "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()
    board_id = made("v1.DashboardsApi", "create_dashboard", board)["id"]
    name = {"name": f"World {stamp}"}
    return {
        "restricted": f"dashboard:{board_id}",
        "list": made("v1.DashboardListsApi", "create_dashboard_list", name)["id"],
        "user": me["id"], "role": roles[0]["id"], "roles": [one["id"] for one in roles],
        "permission": permissions[0]["id"], "monitor": monitors[0], "monitors": monitors,
        "slo": made("v1.ServiceLevelObjectivesApi", "create_slo", slo)["data"][0]["id"],
        "monitor_slo": made("v1.ServiceLevelObjectivesApi", "create_slo", monitor_slo)["data"][0]["id"],
        "dashboard": made("v1.DashboardsApi", "create_dashboard", board)["id"],
        "service_account": made("v2.ServiceAccountsApi", "create_service_account", account)["data"]["id"],
        "team": made("v2.TeamsApi", "create_team", team)["data"]["id"],
        "other_user": made("v2.UsersApi", "create_user", other)["data"]["id"],
        "slack_account": f"acme{stamp}", "metric": f"world.metric{stamp}", "stamp": stamp, "host": "web-1",
        "action": "edit",
    }  # fmt: skip
