"""Service definitions through the real client, in every schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.service_definition_api import ServiceDefinitionApi
from datadog_api_client.v2.model.service_definition_schema_versions import ServiceDefinitionSchemaVersions
from datadog_api_client.v2.model.service_definition_v2_dot2 import ServiceDefinitionV2Dot2
from datadog_api_client.v2.model.service_definition_v2_dot2_link import ServiceDefinitionV2Dot2Link
from datadog_api_client.v2.model.service_definition_v2_dot2_version import ServiceDefinitionV2Dot2Version

from tests.conftest import RunningServer


@pytest.fixture(scope="module")
def api(server: RunningServer) -> Iterator[ServiceDefinitionApi]:
    with ApiClient(server.configuration()) as client:
        yield ServiceDefinitionApi(client)


def latest(name: str, **more: Any) -> ServiceDefinitionV2Dot2:
    return ServiceDefinitionV2Dot2(
        schema_version=ServiceDefinitionV2Dot2Version.V2_2, dd_service=name, team="payments", **more
    )


def test_definitions_are_created_read_in_any_schema_replaced_and_deleted(api: ServiceDefinitionApi) -> None:
    link = ServiceDefinitionV2Dot2Link(name="Runbook", type="runbook", url="https://example.com/r")
    (made,) = api.create_or_update_service_definitions(latest("catalog-shop", links=[link])).data
    assert made.attributes.schema.dd_service == "catalog-shop"
    old = api.get_service_definition("catalog-shop", schema_version=ServiceDefinitionSchemaVersions.V1).data
    assert str(old.attributes.schema.schema_version) == "v1"
    assert old.attributes.schema.org.team == "payments"
    assert old.attributes.schema.external_resources[0].url == "https://example.com/r"
    text = "schema-version: v1\ninfo:\n  dd-service: catalog-shop\n"
    replaced = api.create_or_update_service_definitions(text)
    assert replaced.data[0].id == made.id
    api.delete_service_definition("catalog-shop")
    for call in (api.get_service_definition, api.delete_service_definition):
        with pytest.raises(NotFoundException):
            call("catalog-shop")


def test_definitions_are_listed_by_pages(api: ServiceDefinitionApi) -> None:
    names = [f"catalog-{at:02}" for at in range(23)]
    for name in names:
        api.create_or_update_service_definitions(latest(name))
    listed = [
        one.attributes.schema.dd_service for one in api.list_service_definitions_with_pagination(page_size=5)
    ]
    assert [name for name in listed if name.startswith("catalog-")] == names


def test_yaml_is_taken_and_bad_definitions_are_refused(server: RunningServer) -> None:
    url = f"{server.url}/api/v2/services/definitions"
    body = (
        "schema-version: v2.1\ndd-service: catalog-yaml\n---\nschema-version: v2.1\ndd-service: catalog-two\n"
    )
    answer = requests.post(url, data=body, headers=server.headers, timeout=60)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 2
    bad = requests.post(url, data=b"schema-version: v7", headers=server.headers, timeout=60)
    assert (bad.status_code, "schema-version" in bad.text) == (400, True)
