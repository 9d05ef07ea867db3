"""What the real client's models can express is kept and read back, or refused by name.

A few bodies of each resource (``python -m bench.client_models`` for many).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from bench.client_models import pages, unknown
from bench.client_models.calls import Client
from bench.client_models.check import Checker, Resource
from bench.client_models.resources import RESOURCES
from bench.client_models.seeds import GENERAL
from bench.client_models.world import make_world

from tests.conftest import RunningServer


@pytest.fixture(scope="module")
def server(own_server: RunningServer) -> RunningServer:
    """A server of its own: users, keys and settings are among what is sent."""
    return own_server


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


@pytest.mark.parametrize("listed", pages.LISTS, ids=lambda listed: listed[1])
def test_pages_give_each_element_once_and_in_order(
    checker: Checker, listed: tuple[Resource, str, str, int]
) -> None:
    resource, operation, argument, most = listed
    pages.fill(checker, resource)
    whole = pages.ids_by_page(checker.client, resource.api, operation, {argument: most})
    assert len(whole) > pages.PAGE
    assert len(set(whole)) == len(whole)
    assert pages.ids_by_page(checker.client, resource.api, operation, {argument: pages.PAGE}) == whole


def test_ids_that_nothing_has_are_404(checker: Checker) -> None:
    served = unknown.served(Path(__file__).parents[2] / "docs" / "api.md")
    operations = list(unknown.with_ids(checker.client, served))
    assert len(operations) > 200
    wrong = {
        f"{api}.{operation}": problem
        for api, operation in operations
        if (problem := unknown.check(checker.client, api, operation, [GENERAL], checker.world))
    }
    assert wrong == {}


def test_filters_of_keys_and_teams(checker: Checker) -> None:
    client, world = checker.client, checker.world
    for name, readable in (("filtered-a", True), ("filtered-b", False)):
        attributes = {"name": name, "remote_config_read_enabled": readable}
        client(
            "v2.KeyManagementApi",
            "create_api_key",
            body={"data": {"type": "api_keys", "attributes": attributes}},
        )
    found = client(
        "v2.KeyManagementApi", "list_api_keys", filter="filtered-", filter_remote_config_read_enabled=False
    ).document["data"]
    assert [one["attributes"]["name"] for one in found] == ["filtered-b"]
    body = {"data": {"type": "application_keys", "attributes": {"name": "owned"}}}
    client(
        "v2.ServiceAccountsApi", "create_service_account_application_key", world["service_account"], body=body
    )
    for owner, there in ((world["service_account"], True), (world["user"], False)):
        keys = client("v2.KeyManagementApi", "list_application_keys", filter="owned", filter_owned_by=owner)
        assert bool(keys.document["data"]) is there, keys.document
    link = {"data": {"type": "team_links", "attributes": {"label": "l", "url": "https://example.com"}}}
    client("v2.TeamsApi", "create_team_link", world["team"], body=link)
    teams = client(
        "v2.TeamsApi", "list_teams", filter_keyword="world-", fields_team=["handle"], include=["team_links"]
    )
    (team,) = teams.document["data"]
    assert list(team["attributes"]) == ["handle"]
    assert [one["attributes"]["label"] for one in teams.document["included"]] == ["l"]


def test_filters_of_the_tags_of_a_metric(checker: Checker, server: RunningServer) -> None:
    point = {"timestamp": int(time.time()), "value": 1.0}
    series = [
        {"metric": "filtered.tags", "type": 3, "points": [point], "tags": tags}
        for tags in (["env:a", "room:red"], ["env:a", "room:blue"], ["env:b", "room:red"])
    ]
    requests.post(f"{server.url}/api/v2/series", json={"series": series}, headers=server.headers, timeout=30)

    def tags(**named: object) -> list[str]:
        found = checker.client("v2.MetricsApi", "list_tags_by_metric_name", "filtered.tags", **named)
        return list(found.document["data"]["attributes"]["tags"])

    assert tags() == ["env:a", "env:b", "room:blue", "room:red"]
    assert tags(filter_tags="env:a,room:blue") == ["env:a", "room:blue"]
    assert tags(filter_match="RE") == ["room:red"]
    assert tags(filter_include_tag_values=False) == ["env", "room"]
    assert tags(page_limit=1) == ["env:a"]
