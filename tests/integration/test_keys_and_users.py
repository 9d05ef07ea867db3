"""Keys, users and roles by the unmodified clients."""

from __future__ import annotations

import pytest
import requests
from datadog import api, initialize
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ForbiddenException, NotFoundException
from datadog_api_client.v1.api.key_management_api import KeyManagementApi as KeysV1
from datadog_api_client.v1.model.api_key import ApiKey
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.api.users_api import UsersApi
from datadog_api_client.v2.model.api_key_create_attributes import APIKeyCreateAttributes
from datadog_api_client.v2.model.api_key_create_data import APIKeyCreateData
from datadog_api_client.v2.model.api_key_create_request import APIKeyCreateRequest
from datadog_api_client.v2.model.api_keys_type import APIKeysType
from datadog_api_client.v2.model.relationship_to_role_data import RelationshipToRoleData
from datadog_api_client.v2.model.relationship_to_roles import RelationshipToRoles
from datadog_api_client.v2.model.roles_type import RolesType
from datadog_api_client.v2.model.user_create_attributes import UserCreateAttributes
from datadog_api_client.v2.model.user_create_data import UserCreateData
from datadog_api_client.v2.model.user_create_request import UserCreateRequest
from datadog_api_client.v2.model.user_relationships import UserRelationships
from datadog_api_client.v2.model.users_type import UsersType

from tests.conftest import RunningServer


def is_valid(server: RunningServer, key: str) -> bool:
    answer = requests.get(f"{server.url}/api/v1/validate", headers={"DD-API-KEY": key}, timeout=60)
    return answer.status_code == 200


def test_an_api_key_lives_from_creation_to_revocation(server: RunningServer, client: ApiClient) -> None:
    keys = KeyManagementApi(client)
    made = keys.create_api_key(
        APIKeyCreateRequest(
            data=APIKeyCreateData(type=APIKeysType.API_KEYS, attributes=APIKeyCreateAttributes(name="probe"))
        )
    )
    assert is_valid(server, made.data.attributes.key)
    listed = {key.id: key for key in keys.list_api_keys(page_size=100).data}
    assert listed[made.data.id].attributes.last4 == made.data.attributes.key[-4:]
    assert not hasattr(listed[made.data.id].attributes, "key")
    keys.delete_api_key(made.data.id)
    with pytest.raises(NotFoundException, match="API key not found"):
        keys.get_api_key(made.data.id)


def test_keys_of_the_first_api_are_found_by_themselves(server: RunningServer, client: ApiClient) -> None:
    keys = KeysV1(client)
    made = keys.create_api_key(ApiKey(name="old")).api_key
    assert len(made.key) == 32
    assert keys.get_api_key(made.key).api_key.name == "old"
    assert made.key not in str(keys.list_api_keys())
    keys.delete_api_key(made.key)
    with pytest.raises(NotFoundException):
        keys.get_api_key(made.key)


def test_an_application_key_acts_as_its_user(server: RunningServer, client: ApiClient) -> None:
    users = UsersApi(client)
    standard = next(
        role.id
        for role in RolesApi(client).list_roles().data
        if role.attributes.name == "Heeler Standard Role"
    )
    made = users.create_user(
        UserCreateRequest(
            data=UserCreateData(
                type=UsersType.USERS,
                attributes=UserCreateAttributes(email="Ada@Example.com", name="Ada"),
                relationships=UserRelationships(
                    roles=RelationshipToRoles(
                        data=[RelationshipToRoleData(id=standard, type=RolesType.ROLES)]
                    )
                ),
            )
        )
    )
    assert made.data.attributes.email == "ada@example.com"
    assert made.data.attributes.status == "Pending"
    set_password = f"{server.url}/api/ui/users/{made.data.id}/password"
    requests.post(set_password, json={"password": "a fine password"}, headers=server.headers, timeout=60)
    session = requests.Session()
    session.post(
        f"{server.url}/api/ui/login",
        json={"email": "ada@example.com", "password": "a fine password"},
        timeout=60,
    )
    key = session.post(
        f"{server.url}/api/v2/current_user/application_keys",
        json={"data": {"type": "application_keys", "attributes": {"name": "ada's"}}},
        timeout=60,
    ).json()["data"]["attributes"]["key"]
    assert len(key) == 40
    client.configuration.api_key["appKeyAuth"] = key
    assert users.get_current_user().data.attributes.name == "Ada"
    with pytest.raises(ForbiddenException, match="user_access_manage"):
        users.disable_user(made.data.id)
    client.configuration.api_key["appKeyAuth"] = server.app_key
    users.disable_user(made.data.id)
    assert session.get(f"{server.url}/api/ui/me", timeout=60).status_code == 401
    client.configuration.api_key["appKeyAuth"] = key
    with pytest.raises(ForbiddenException):
        users.get_current_user()


def test_roles_say_what_they_permit(client: ApiClient) -> None:
    found = RolesApi(client)
    by_name = {role.attributes.name: role for role in found.list_roles().data}
    assert len(by_name) == 3
    permitted = found.list_role_permissions(by_name["Heeler Read Only Role"].id).data
    granted = {permission.attributes.name for permission in permitted}
    assert {"dashboards_read", "monitors_read", "timeseries_query"} <= granted
    every = {permission.attributes.name for permission in found.list_permissions().data}
    assert granted < every
    assert {"dashboards_write", "monitors_write", "user_access_manage"} <= every - granted


def test_the_old_package_manages_users(server: RunningServer) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    made = api.User.create(handle="Old@example.com", name="Old", access_role="ro")
    assert made["user"]["access_role"] == "ro"
    assert api.User.update("old@example.com", name="Older")["user"]["name"] == "Older"
    assert "old@example.com" in [user["handle"] for user in api.User.get_all()["users"]]
    assert api.User.delete("old@example.com")["message"] == "User old@example.com disabled"
    with pytest.raises(api.exceptions.ApiError, match="already disabled"):
        api.User.delete("old@example.com")


@pytest.mark.parametrize(
    "handle", ["nobody", "@example.com", "a@b@example.com", "a b@example.com", "<a@b.c>"]
)
def test_who_has_no_address_is_no_user(server: RunningServer, handle: str) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    with pytest.raises(api.exceptions.ApiError, match="Invalid email"):
        api.User.create(handle=handle)


def test_the_last_administrator_stays(server: RunningServer) -> None:
    answer = requests.delete(f"{server.url}/api/v1/user/{server.email}", headers=server.headers, timeout=60)
    assert answer.status_code == 400
    assert "only administrator" in answer.json()["errors"][0]


def test_both_keys_are_validated_at_once(server: RunningServer) -> None:
    url = f"{server.url}/api/v2/validate_keys"
    assert requests.get(url, headers=server.headers, timeout=60).json() == {"status": "ok"}
    wrong = {**server.headers, "DD-APPLICATION-KEY": "0" * 40}
    assert requests.get(url, headers=wrong, timeout=60).status_code == 403


def test_a_key_is_told_which_one_it_is(server: RunningServer, client: ApiClient) -> None:
    client.configuration.unstable_operations["validate"] = True
    told = KeyManagementApi(client).validate().data
    assert told.attributes.valid
    mine = KeyManagementApi(client).get_api_key(told.attributes.api_key_id).data.attributes
    assert mine.last4 == server.api_key[-4:]
    refused = requests.get(f"{server.url}/api/v2/validate", headers={"DD-API-KEY": "0" * 32}, timeout=60)
    assert refused.status_code == 403


def test_a_body_that_is_too_large_is_refused_with_a_reason(server: RunningServer) -> None:
    answer = requests.post(
        f"{server.url}/api/v1/dashboard", data=b" " * (17 * 2**20), headers=server.headers, timeout=30
    )
    assert answer.status_code == 413
    assert answer.json()["errors"]
