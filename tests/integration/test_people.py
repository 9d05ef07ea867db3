"""Every call of users, roles, keys and the organization, by the real client.

Each answer is parsed by the client's models; none may hold a part that they do not know.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.key_management_api import KeyManagementApi as KeysV1
from datadog_api_client.v1.api.organizations_api import OrganizationsApi as OrganizationsV1
from datadog_api_client.v1.api.users_api import UsersApi as UsersV1
from datadog_api_client.v2.api.authn_mappings_api import AuthNMappingsApi
from datadog_api_client.v2.api.identity_providers_api import IdentityProvidersApi
from datadog_api_client.v2.api.ip_allowlist_api import IPAllowlistApi
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.organizations_api import OrganizationsApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.api.service_accounts_api import ServiceAccountsApi
from datadog_api_client.v2.api.teams_api import TeamsApi
from datadog_api_client.v2.api.users_api import UsersApi

from tests.conftest import RunningServer
from tests.integration.calls import Calls, data, ref, refused


@pytest.fixture
def call(client: ApiClient) -> Calls:
    return Calls(client)


def test_users_of_both_generations(call: Calls) -> None:
    made = call(
        UsersV1, "create_user", body={"handle": "Former@Example.com", "name": "Old", "access_role": "ro"}
    )
    assert (made.user.handle, str(made.user.access_role)) == ("former@example.com", "ro")
    assert call(UsersV1, "get_user", "former@example.com").user.name == "Old"
    assert "former@example.com" in {user.handle for user in call(UsersV1, "list_users").users}
    changed = call(UsersV1, "update_user", "former@example.com", body={"name": "Older", "access_role": "st"})
    assert (changed.user.name, str(changed.user.access_role)) == ("Older", "st")
    assert "disabled" in call(UsersV1, "disable_user", "former@example.com").message
    assert "already disabled" in refused(400, call, UsersV1, "disable_user", "former@example.com")

    user = call(
        UsersApi,
        "create_user",
        body=data("users", {"email": "New@Example.com", "name": "New", "title": "Boss"}),
    ).data
    assert (user.attributes.email, user.attributes.status) == ("new@example.com", "Pending")
    assert "exists" in refused(
        409, call, UsersApi, "create_user", body=data("users", {"email": "new@example.com"})
    )
    assert call(UsersApi, "get_user", user.id).data.attributes.title == "Boss"
    assert call(UsersApi, "list_user_organizations", user.id).data.id == user.id
    assert call(UsersApi, "list_user_permissions", user.id).data == []
    listed = call(UsersApi, "list_users", filter="new@example", filter_status="Pending", page_size=5)
    assert [item.id for item in listed.data] == [user.id]
    assert listed.meta.page.total_filtered_count == 1
    renamed = call(UsersApi, "update_user", user.id, body=data("users", {"name": "Newer"}, user.id))
    assert renamed.data.attributes.name == "Newer"
    other = "00000000-dead-beef-dead-ffffffffffff"
    assert "do not match" in refused(
        422, call, UsersApi, "update_user", user.id, body=data("users", {"name": "x"}, other)
    )
    assert f"{other} not found" in refused(404, call, UsersApi, "get_user", other)
    me = call(UsersApi, "get_current_user").data
    assert me.relationships.org.data.id
    title = call(UsersApi, "update_current_user", body=data("users", {"title": "Chief"}, me.id))
    assert title.data.attributes.title == "Chief"
    call(UsersApi, "disable_user", user.id)
    gone = call(
        UsersApi, "anonymize_users", body=data("anonymize_users_request", {"user_ids": [user.id, other]})
    ).data.attributes
    assert gone.anonymized_user_ids == [user.id]
    assert [error.user_id for error in gone.anonymize_errors] == [other]
    assert call(UsersApi, "get_user", user.id).data.attributes.name == "Anonymized user"


def test_invitations_and_ways_to_log_in(call: Calls) -> None:
    user = call(UsersApi, "create_user", body=data("users", {"email": "invited@example.com"})).data
    body = {"data": [data("user_invitations", user=ref("users", user.id))["data"]]}
    made = call(UsersApi, "send_invitations", body=body).data[0]
    assert made.relationships.user.data.id == user.id
    assert made.attributes.expires_at > datetime.now(UTC) + timedelta(days=6)
    assert call(UsersApi, "get_invitation", made.id).data.attributes.uuid == made.id
    again = call(UsersApi, "send_invitations", body=body).data[0]
    refused(404, call, UsersApi, "get_invitation", made.id)
    call(UsersApi, "delete_user_invitations", UUID(user.id))
    refused(404, call, UsersApi, "get_invitation", again.id)
    providers = call(IdentityProvidersApi, "list_identity_providers").data
    password = next(item for item in providers if item.attributes.authentication_method == "password")
    assert password.attributes.enabled
    limits = {"data": [ref("identity_providers", password.id)]}
    call(UsersApi, "update_user_identity_providers", user.id, body=limits)
    shown = call(UsersApi, "get_user_identity_providers", user.id).data
    assert [item.attributes.authentication_method for item in shown] == ["password"]
    call(UsersApi, "update_user_identity_providers", user.id, body={"data": []})
    assert call(UsersApi, "get_user_identity_providers", user.id).data == []


def test_roles(call: Calls) -> None:
    every = {item.attributes.name: item for item in call(RolesApi, "list_permissions").data}
    roles = {item.attributes.name: item for item in call(RolesApi, "list_roles", page_size=100).data}
    assert {item.attributes.name for item in call(RolesApi, "list_role_templates").data} <= set(roles)
    role = call(RolesApi, "create_role", body=data("roles", {"name": "Watchers"})).data
    assert "same name" in refused(
        409, call, RolesApi, "create_role", body=data("roles", {"name": "watchers"})
    )
    grant = {"data": ref("permissions", every["monitors_read"].id)}
    granted = call(RolesApi, "add_permission_to_role", role.id, body=grant).data
    assert [item.attributes.name for item in granted] == ["monitors_read"]
    clone = call(RolesApi, "clone_role", role.id, body=data("roles", {"name": "Watchers too"})).data
    assert "whitespace" in refused(
        400, call, RolesApi, "clone_role", role.id, body=data("roles", {"name": "  "})
    )
    assert [item.id for item in clone.relationships.permissions.data] == [every["monitors_read"].id]
    shown = call(RolesApi, "list_role_permissions", clone.id).data
    assert [item.attributes.name for item in shown] == ["monitors_read"]
    assert call(RolesApi, "remove_permission_from_role", clone.id, body=grant).data == []
    user = call(UsersApi, "create_user", body=data("users", {"email": "watcher@example.com"})).data
    member = {"data": ref("users", user.id)}
    assert [item.id for item in call(RolesApi, "add_user_to_role", role.id, body=member).data] == [user.id]
    assert [item.id for item in call(RolesApi, "list_role_users", role.id).data] == [user.id]
    assert call(RolesApi, "get_role", role.id).data.attributes.user_count == 1
    assert call(RolesApi, "remove_user_from_role", role.id, body=member).data == []
    renamed = call(RolesApi, "update_role", role.id, body=data("roles", {"name": "Lookouts"}, role.id))
    assert renamed.data.attributes.name == "Lookouts"
    refused(422, call, RolesApi, "update_role", role.id, body=data("roles", {"name": "x"}, clone.id))
    for identity in (role.id, clone.id):
        call(RolesApi, "delete_role", identity)
    refused(404, call, RolesApi, "get_role", role.id)


def test_keys_of_both_generations(call: Calls) -> None:
    old = call(KeysV1, "create_api_key", body={"name": "old"}).api_key
    assert call(KeysV1, "get_api_key", old.key).api_key.name == "old"
    assert call(KeysV1, "update_api_key", old.key, body={"name": "older"}).api_key.name == "older"
    assert "older" in {key.name for key in call(KeysV1, "list_api_keys").api_keys}
    assert call(KeysV1, "delete_api_key", old.key).api_key.name == "older"
    app = call(KeysV1, "create_application_key", body={"name": "old app"}).application_key
    assert call(KeysV1, "get_application_key", app.hash).application_key.name == "old app"
    changed = call(KeysV1, "update_application_key", app.hash, body={"name": "older app"})
    assert changed.application_key.name == "older app"
    assert call(KeysV1, "list_application_keys").application_keys
    call(KeysV1, "delete_application_key", app.hash)

    key = call(KeyManagementApi, "create_api_key", body=data("api_keys", {"name": "new"})).data
    assert key.attributes.key[-4:] == key.attributes.last4
    shown = call(KeyManagementApi, "get_api_key", key.id, include="created_by")
    assert shown.included
    assert call(KeyManagementApi, "list_api_keys", filter="new", sort="-created_at").data[0].id == key.id
    renamed = call(KeyManagementApi, "update_api_key", key.id, body=data("api_keys", {"name": "n2"}, key.id))
    assert renamed.data.attributes.name == "n2"
    call(KeyManagementApi, "delete_api_key", key.id)
    assert "API key not found" in refused(404, call, KeyManagementApi, "get_api_key", key.id)

    body = data("application_keys", {"name": "mine", "scopes": ["dashboards_read"]})
    own = call(KeyManagementApi, "create_current_user_application_key", body=body).data
    assert own.attributes.scopes == ["dashboards_read"]
    for name in ("get_application_key", "get_current_user_application_key"):
        assert call(KeyManagementApi, name, own.id).data.attributes.last4 == own.attributes.key[-4:]
    for name in ("list_application_keys", "list_current_user_application_keys"):
        assert own.id in {item.id for item in call(KeyManagementApi, name, page_size=100).data}
    for name in ("update_application_key", "update_current_user_application_key"):
        body = data("application_keys", {"name": name, "scopes": ["metrics_read"]}, own.id)
        assert call(KeyManagementApi, name, own.id, body=body).data.attributes.name == name
    call(KeyManagementApi, "delete_current_user_application_key", own.id)
    body = data("application_keys", {"name": "mine too"})
    other = call(KeyManagementApi, "create_current_user_application_key", body=body).data
    call(KeyManagementApi, "delete_application_key", other.id)
    refused(404, call, KeyManagementApi, "get_current_user_application_key", other.id)


def in_a_day() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def test_tokens_and_service_accounts(call: Calls) -> None:
    attributes = {"name": "t", "scopes": ["metrics_read"], "expires_at": in_a_day()}
    token = call(
        KeyManagementApi, "create_personal_access_token", body=data("personal_access_tokens", attributes)
    ).data
    assert token.attributes.key
    assert call(KeyManagementApi, "get_personal_access_token", token.id).data.attributes.name == "t"
    assert token.id in {item.id for item in call(KeyManagementApi, "list_personal_access_tokens").data}
    body = data("personal_access_tokens", {"name": "t2"}, token.id)
    changed = call(KeyManagementApi, "update_personal_access_token", token.id, body=body).data
    assert changed.attributes.name == "t2"
    call(KeyManagementApi, "revoke_personal_access_token", token.id)
    refused(404, call, KeyManagementApi, "get_personal_access_token", token.id)

    body = data("users", {"email": "bot@example.com", "name": "Bot", "service_account": True})
    account = call(ServiceAccountsApi, "create_service_account", body=body).data
    assert account.attributes.service_account
    body = data("application_keys", {"name": "k"})
    key = call(ServiceAccountsApi, "create_service_account_application_key", account.id, body=body).data
    where = (account.id, key.id)
    assert call(ServiceAccountsApi, "get_service_account_application_key", *where).data.id == key.id
    assert call(ServiceAccountsApi, "list_service_account_application_keys", account.id).data
    body = data("application_keys", {"name": "k2"}, key.id)
    changed = call(ServiceAccountsApi, "update_service_account_application_key", *where, body=body).data
    assert changed.attributes.name == "k2"
    call(ServiceAccountsApi, "delete_service_account_application_key", *where)
    refused(404, call, ServiceAccountsApi, "get_service_account_application_key", *where)

    body = data("service_access_tokens", {"name": "s", "scopes": ["metrics_read"]})
    token = call(ServiceAccountsApi, "create_service_account_access_token", account.id, body=body).data
    where = (account.id, token.id)
    assert call(ServiceAccountsApi, "get_service_account_access_token", *where).data.id == token.id
    assert call(ServiceAccountsApi, "list_service_account_access_tokens", account.id).data
    body = data("service_access_tokens", {"name": "s2"}, token.id)
    changed = call(ServiceAccountsApi, "update_service_account_access_token", *where, body=body).data
    assert changed.attributes.name == "s2"
    call(ServiceAccountsApi, "revoke_service_account_access_token", *where)
    refused(404, call, ServiceAccountsApi, "get_service_account_access_token", *where)


def test_the_organization_and_its_settings(call: Calls) -> None:
    (org,) = call(OrganizationsV1, "list_orgs").orgs
    shown = call(OrganizationsV1, "get_org", org.public_id).org
    assert not shown.settings.saml.enabled
    body = {"name": "Acme", "description": "All of it", "settings": {"private_widget_share": False}}
    changed = call(OrganizationsV1, "update_org", org.public_id, body=body).org
    assert (changed.name, changed.settings.private_widget_share) == ("Acme", False)
    body = {"settings": {"saml": {"enabled": True}}}
    assert "SAML" in refused(400, call, OrganizationsV1, "update_org", org.public_id, body=body)
    body = {"settings": {"private_widget_share": True}}
    assert call(OrganizationsV1, "update_org", org.public_id, body=body).org.settings.private_widget_share
    refused(400, call, OrganizationsV1, "create_child_org", body={"name": "Child"})
    refused(400, call, OrganizationsV1, "downgrade_org", org.public_id)
    with Path(__file__).open("rb") as metadata:
        assert "SAML" in refused(400, call, OrganizationsV1, "upload_idp_for_org", org.public_id, metadata)

    configs = {item.attributes.name: item for item in call(OrganizationsApi, "list_org_configs").data}
    assert configs["mfa_required"].attributes.value is False
    body = data("org_configs", {"value": 86_400})
    seconds = call(OrganizationsApi, "update_org_config", "max_session_duration", body=body).data
    assert seconds.attributes.value == 86_400
    body = data("org_configs", {"value": "long"})
    refused(400, call, OrganizationsApi, "update_org_config", "max_session_duration", body=body)
    body = data("max_session_duration", {"max_session_duration": 3600})
    call(OrganizationsApi, "update_login_org_configs_max_session_duration", body=body)
    shown = call(OrganizationsApi, "get_org_config", "max_session_duration").data
    assert (shown.attributes.value, shown.attributes.value_type) == (3600, "int")


def entry(block: str) -> dict[str, Any]:
    return data("ip_allowlist_entry", {"cidr_block": block, "note": "office"})


def test_the_ip_allowlist_is_enforced(call: Calls, server: RunningServer) -> None:
    assert not call(IPAllowlistApi, "get_ip_allowlist").data.attributes.enabled
    body = data("ip_allowlist", {"enabled": True, "entries": [entry("192.0.2.0/24")]})
    assert "lock you out" in refused(400, call, IPAllowlistApi, "update_ip_allowlist", body=body)
    assert call(IPAllowlistApi, "get_ip_allowlist").data.attributes.entries == []
    body = data("ip_allowlist", {"enabled": True, "entries": [entry("192.0.2.0/24"), entry("127.0.0.1")]})
    shown = call(IPAllowlistApi, "update_ip_allowlist", body=body).data.attributes
    assert [item.data.attributes.cidr_block for item in shown.entries] == ["192.0.2.0/24", "127.0.0.1/32"]
    call(UsersApi, "get_current_user")
    body = data("ip_allowlist", {"enabled": False, "entries": []})
    assert not call(IPAllowlistApi, "update_ip_allowlist", body=body).data.attributes.enabled


def test_authn_mappings(call: Calls) -> None:
    roles = {item.attributes.name: item.id for item in call(RolesApi, "list_roles").data}
    team = call(TeamsApi, "create_team", body=data("team", {"handle": "mapped", "name": "Mapped"})).data
    attributes = {"attribute_key": "groups", "attribute_value": "admins"}
    role = ref("roles", roles["Heeler Admin Role"])
    made = call(AuthNMappingsApi, "create_authn_mapping", body=data("authn_mappings", attributes, role=role))
    assert made.data.relationships.role.data.id == role["id"]
    refused(
        409,
        call,
        AuthNMappingsApi,
        "create_authn_mapping",
        body=data("authn_mappings", attributes, role=role),
    )
    body = data("authn_mappings", attributes, team=ref("team", team.id))
    other = call(AuthNMappingsApi, "create_authn_mapping", body=body)
    assert other.data.relationships.team.data.id == team.id
    listed = call(AuthNMappingsApi, "list_authn_mappings", resource_type="team", sort="-created_at")
    assert [item.id for item in listed.data] == [other.data.id]
    assert listed.meta.page.total_count == 2
    identity = made.data.id
    body = data("authn_mappings", {"attribute_value": "bosses"}, identity)
    changed = call(AuthNMappingsApi, "update_authn_mapping", identity, body=body).data
    assert changed.attributes.attribute_value == "bosses"
    assert call(AuthNMappingsApi, "get_authn_mapping", identity).data.attributes.attribute_key == "groups"
    for item in (identity, other.data.id):
        call(AuthNMappingsApi, "delete_authn_mapping", item)
    refused(404, call, AuthNMappingsApi, "get_authn_mapping", identity)
    call(TeamsApi, "delete_team", team.id)
