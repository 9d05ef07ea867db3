"""What the real client's models can express is kept and read back, or refused by name.

A few bodies of each resource (``python -m bench.client_models`` for many).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from bench.client_models.calls import Client
from bench.client_models.check import Checker, Resource
from bench.client_models.resources import RESOURCES
from bench.client_models.seeds import GENERAL
from bench.client_models.world import make_world

from tests.conftest import RunningServer


@pytest.fixture(scope="module")
def checker(server: RunningServer) -> Iterator[Checker]:
    client = Client(server.configuration())
    yield Checker(client, make_world(client), GENERAL)
    client.api.close()


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_each_field_comes_back_or_is_refused_by_name(checker: Checker, resource: Resource) -> None:
    checker.tally.faults.clear()
    checker.run(resource, most=2)
    assert checker.tally.faults == {}
    assert checker.tally.fields[resource.name] > 0 or resource.refused


@pytest.mark.parametrize(
    ("api", "operation", "body", "field"),
    [
        ("v1.DowntimesApi", "create_downtime", {"scope": ["a:b"], "disabled": True}, "disabled"),
        ("v1.DowntimesApi", "create_downtime", {"scope": ["a:b"], "parent_id": 3}, "parent_id"),
        (
            "v2.RolesApi", "create_role",
            {"data": {"type": "roles", "attributes": {"name": "R", "receives_permissions_from": ["x"]}}},
            "receives_permissions_from",
        ),
        (
            "v1.SyntheticsApi", "create_global_variable",
            {"name": "VAR_A", "description": "d", "tags": [], "value": {
                "value": "x", "options": {"totp_parameters": {"digits": 6, "refresh_interval": 30}},
            }},
            "options",
        ),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_refused_by_name(
    checker: Checker, api: str, operation: str, body: object, field: str
) -> None:
    answer = checker.client(api, operation, body=body)
    assert answer.status == 400
    assert field in answer.message


def test_the_email_of_a_user_stays(checker: Checker) -> None:
    user = checker.world["other_user"]
    body = {"data": {"type": "users", "id": user, "attributes": {"email": "another@example.com"}}}
    answer = checker.client("v2.UsersApi", "update_user", user, body=body)
    assert (answer.status, "email" in answer.message) == (400, True)


def test_null_removes_the_assets_of_a_monitor(checker: Checker) -> None:
    monitor = checker.world["monitors"][1]
    asset = {"category": "runbook", "name": "n", "url": "https://example.com"}
    for assets, left in (([asset], 1), (None, 0)):
        answer = checker.client("v1.MonitorsApi", "update_monitor", monitor, body={"assets": assets})
        assert len(answer.document["assets"]) == left


def test_a_key_that_may_not_read_remote_configuration(checker: Checker, server: RunningServer) -> None:
    attributes = {"name": "no remote configuration", "remote_config_read_enabled": False}
    body = {"data": {"type": "api_keys", "attributes": attributes}}
    made = checker.client("v2.KeyManagementApi", "create_api_key", body=body).document["data"]
    assert made["attributes"]["remote_config_read_enabled"] is False
    for key, status in ((made["attributes"]["key"], 403), (server.api_key, 200)):
        answer = requests.post(
            f"{server.url}/api/v0.1/tracer_configurations",
            json={"tracers": []}, headers={"DD-API-KEY": key}, timeout=30,
        )  # fmt: skip
        assert answer.status_code == status, answer.text
