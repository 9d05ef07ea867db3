"""Every call of teams, restriction policies and the audit trail, by the real client.

Each answer is parsed by the client's models; none may hold a part that they do not know.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v2.api.audit_api import AuditApi
from datadog_api_client.v2.api.restriction_policies_api import RestrictionPoliciesApi
from datadog_api_client.v2.api.teams_api import TeamsApi
from datadog_api_client.v2.api.users_api import UsersApi

from tests.integration.calls import Calls, data, ref, refused


@pytest.fixture
def call(client: ApiClient) -> Calls:
    return Calls(client)


def made_team(call: Calls, handle: str) -> Any:
    return call(TeamsApi, "create_team", body=data("team", {"handle": handle, "name": handle.title()})).data


def test_teams_with_members_links_and_settings(call: Calls) -> None:
    team = made_team(call, "shop")
    body = data("team", {"handle": "shop", "name": "Other"})
    assert "unique" in refused(409, call, TeamsApi, "create_team", body=body)
    assert call(TeamsApi, "get_team", team.id).data.attributes.handle == "shop"
    assert "not a valid UUID" in refused(404, call, TeamsApi, "get_team", "REPLACE.ME")
    body = data("team", {"handle": "shop", "name": "Shop", "description": "Sells things"})
    assert call(TeamsApi, "update_team", team.id, body=body).data.attributes.description == "Sells things"
    listed = call(
        TeamsApi, "list_teams", filter_keyword="shop", include=["team_links", "user_team_permissions"]
    )
    assert [item.id for item in listed.data] == [team.id]
    (allowed,) = listed.included
    assert allowed.attributes.permissions == {"manage_membership": True, "edit": True}
    user = call(UsersApi, "create_user", body=data("users", {"email": "seller@example.com"})).data
    body = data("team_memberships", {"role": "admin"}, user=ref("users", user.id))
    made = call(TeamsApi, "create_team_membership", team.id, body=body).data
    assert str(made.attributes.role) == "admin"
    assert "already present" in refused(409, call, TeamsApi, "create_team_membership", team.id, body=body)
    body = data("team_memberships", {})
    call(TeamsApi, "update_team_membership", team.id, user.id, body=body)
    members = call(TeamsApi, "get_team_memberships", team.id, filter_keyword="seller").data
    assert [item.relationships.user.data.id for item in members] == [user.id]
    assert len(call(TeamsApi, "get_user_memberships", user.id).data) == 1
    call(TeamsApi, "delete_team_membership", team.id, user.id)
    assert "not a member" in refused(404, call, TeamsApi, "delete_team_membership", team.id, user.id)

    link = call(
        TeamsApi, "create_team_link", team.id,
        body=data("team_links", {"label": "Runbook", "url": "https://example.com/r"}),
    ).data  # fmt: skip
    body = data("team_links", {"label": "Runbooks", "url": "https://example.com/rs"})
    assert call(TeamsApi, "update_team_link", team.id, link.id, body=body).data.attributes.label == "Runbooks"
    assert call(TeamsApi, "get_team_link", team.id, link.id).data.attributes.team_id == team.id
    assert len(call(TeamsApi, "get_team_links", team.id).data) == 1
    shown = call(TeamsApi, "get_team", team.id).data
    assert [one.id for one in shown.relationships.team_links.data] == [link.id]
    same = {"name": "Shop", "handle": "shop"}
    body = data("team", same, team_links=[{"id": link.id, "type": "team_links"}])
    assert call(TeamsApi, "update_team", team.id, body=body).data.id == team.id
    included = call(TeamsApi, "list_teams", filter_keyword="shop", include=["team_links"]).included
    assert [one.id for one in included] == [link.id]
    call(TeamsApi, "delete_team_link", team.id, link.id)

    assert len(call(TeamsApi, "get_team_permission_settings", team.id).data) == 2
    body = data("team_permission_settings", {"value": "admins"})
    shown = call(TeamsApi, "update_team_permission_setting", team.id, "edit", body=body).data
    assert str(shown.attributes.value) == "admins"
    assert "Invalid action" in refused(
        404, call, TeamsApi, "update_team_permission_setting", team.id, "REPLACE.ME", body=body
    )
    call(TeamsApi, "delete_team", team.id)
    refused(404, call, TeamsApi, "delete_team", team.id)


def test_the_hierarchy_of_teams(call: Calls) -> None:
    top, middle, leaf = (made_team(call, handle) for handle in ("top", "middle", "leaf"))
    call(TeamsApi, "add_member_team", top.id, body={"data": ref("member_teams", middle.id)})
    assert [item.id for item in call(TeamsApi, "list_member_teams", top.id).data] == [middle.id]
    body = data("team_hierarchy_links", parent_team=ref("team", middle.id), sub_team=ref("team", leaf.id))
    link = call(TeamsApi, "add_team_hierarchy_link", body=body).data
    assert link.relationships.sub_team.data.attributes.handle == "leaf"
    assert "part of another" in refused(409, call, TeamsApi, "add_team_hierarchy_link", body=body)
    body = data("team_hierarchy_links", parent_team=ref("team", leaf.id), sub_team=ref("team", top.id))
    assert "circle" in refused(400, call, TeamsApi, "add_team_hierarchy_link", body=body)
    listed = call(TeamsApi, "list_team_hierarchy_links", filter_parent_team=middle.id, page_size=10)
    assert [item.id for item in listed.data] == [link.id]
    assert call(TeamsApi, "get_team_hierarchy_link", link.id).data.id == link.id
    call(TeamsApi, "remove_team_hierarchy_link", link.id)
    refused(404, call, TeamsApi, "get_team_hierarchy_link", link.id)
    call(TeamsApi, "remove_member_team", top.id, middle.id)
    assert call(TeamsApi, "list_member_teams", top.id).data == []


def test_notification_rules_and_connections_of_teams(call: Calls) -> None:
    team = made_team(call, "notified")
    channels = {"email": {"enabled": True, "recipient_email": "a@example.com"}, "slack": {"channel": "#ops"}}
    made = call(
        TeamsApi, "create_team_notification_rule", team.id, body=data("team_notification_rules", channels)
    ).data
    assert made.attributes.slack.channel == "#ops"
    body = data("team_notification_rules", {"pagerduty": {"service_name": "shop"}}, made.id)
    changed = call(TeamsApi, "update_team_notification_rule", team.id, made.id, body=body).data
    assert changed.attributes.pagerduty.service_name == "shop"
    assert call(TeamsApi, "get_team_notification_rule", team.id, made.id).data.id == made.id
    assert call(TeamsApi, "get_team_notification_rules", team.id).meta.page.total == 1
    call(TeamsApi, "delete_team_notification_rule", team.id, made.id)
    refused(404, call, TeamsApi, "get_team_notification_rule", team.id, made.id)

    item = data("team_connection", {"source": "github", "managed_by": "datadog"}, team=ref("team", team.id))
    item["data"]["relationships"]["connected_team"] = {"data": ref("github_team", "@acme/notified")}
    (connection,) = call(TeamsApi, "create_team_connections", body={"data": [item["data"]]}).data
    assert connection.relationships.connected_team.data.id == "@acme/notified"
    refused(409, call, TeamsApi, "create_team_connections", body={"data": [item["data"]]})
    listed = call(TeamsApi, "list_team_connections", filter_team_ids=[team.id], filter_sources=["github"])
    assert [found.id for found in listed.data] == [connection.id]
    call(TeamsApi, "delete_team_connections", body={"data": [ref("team_connection", connection.id)]})
    assert call(TeamsApi, "list_team_connections").data == []
    from datadog_api_client.v2.model.team_sync_attributes_source import TeamSyncAttributesSource

    assert call(TeamsApi, "get_team_sync", TeamSyncAttributesSource("github")).data == []
    body = data("team_sync_bulk", {"source": "github", "type": "link"})
    assert "not synchronized" in refused(400, call, TeamsApi, "sync_teams", body=body)
    call(TeamsApi, "delete_team", team.id)


def test_restriction_policies(call: Calls) -> None:
    board = call(
        DashboardsApi, "create_dashboard", body={"title": "Secret", "layout_type": "ordered", "widgets": []}
    )
    resource = f"dashboard:{board.id}"
    assert call(RestrictionPoliciesApi, "get_restriction_policy", resource).data.attributes.bindings == []
    me = call(UsersApi, "get_current_user").data
    org = me.relationships.org.data.id
    bindings = [
        {"relation": "viewer", "principals": [f"org:{org}"]},
        {"relation": "editor", "principals": [f"user:{me.id}"]},
    ]
    body = data("restriction_policy", {"bindings": bindings}, resource)
    shown = call(RestrictionPoliciesApi, "update_restriction_policy", resource, body=body).data
    assert {binding.relation for binding in shown.attributes.bindings} == {"viewer", "editor"}
    text = refused(400, call, RestrictionPoliciesApi, "get_restriction_policy", "malformed")
    assert "'malformed' is not in a valid format" in text
    call(RestrictionPoliciesApi, "delete_restriction_policy", resource)
    assert call(RestrictionPoliciesApi, "get_restriction_policy", resource).data.attributes.bindings == []
    call(DashboardsApi, "delete_dashboard", board.id)


def test_the_audit_trail(call: Calls) -> None:
    made_team(call, "audited")
    since = datetime.now(UTC) - timedelta(minutes=5)
    listed = call(AuditApi, "list_audit_logs", filter_query="action:created", filter_from=since, page_limit=5)
    assert any("Audited" in item.attributes.message for item in listed.data)
    first = call(AuditApi, "list_audit_logs", filter_from=since, page_limit=1)
    following = call(
        AuditApi, "list_audit_logs", filter_from=since, page_limit=1, page_cursor=first.meta.page.after
    )
    assert following.data[0].id != first.data[0].id
    body = {
        "filter": {"query": "audited", "from": "now-5m", "to": "now"},
        "page": {"limit": 5},
        "sort": "timestamp",
    }
    found = call(AuditApi, "search_audit_logs", body=body)
    assert [item.attributes.attributes["action"] for item in found.data] == ["created"]
    assert (
        len(list(AuditApi(call.client).list_audit_logs_with_pagination(filter_from=since, page_limit=3))) > 3
    )
