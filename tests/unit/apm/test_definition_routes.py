"""Endpoints of service definitions."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller, parsed

_PATH = "/api/v2/services/definitions"
LEAST = {"schema-version": "v2.2", "dd-service": "Shop"}


async def test_a_definition_is_read_in_every_schema_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(_PATH, LEAST)
    parsed("v2.ServiceDefinitionApi", "create_or_update_service_definitions", made)
    for version in ("v1", "v2", "v2.1", "v2.2"):
        found = await admin.get(f"{_PATH}/SHOP", schema_version=version)
        parsed("v2.ServiceDefinitionApi", "get_service_definition", found)
        assert found["data"]["attributes"]["schema"]["schema-version"] == version
    await reader.refused("DELETE", f"{_PATH}/shop", None, 403)
    await admin.delete(f"{_PATH}/shop", 204)
    for method in ("GET", "DELETE"):
        answer = await admin(method, f"{_PATH}/shop", None, 404)
        assert answer == {"errors": ["Not Found"], "error_details": [{}]}


async def test_pages(admin: Caller) -> None:
    for name in "abc":
        await admin.post(_PATH, {**LEAST, "dd-service": name})
    page = await admin.get(_PATH, **{"page[size]": 2, "page[number]": 1})
    parsed("v2.ServiceDefinitionApi", "list_service_definitions", page)
    assert [one["attributes"]["schema"]["dd-service"] for one in page["data"]] == ["c"]
    assert (await admin.get(_PATH, **{"page[number]": 10**12}))["data"] == []
    for name, value in (
        ("page[size]", 0),
        ("page[size]", 101),
        ("page[number]", -1),
        ("schema_version", "v9"),
    ):
        await admin.refused("GET", _PATH, None, params={name: value})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"a: [", {"schema-version": []}, {**LEAST, "dd-service": 5}, {**LEAST, "tags": "x"},
     [LEAST, {"dd-service": "b"}]],
)  # fmt: skip
async def test_definitions_that_are_none(admin: Caller, body: object) -> None:
    await admin.refused("POST", _PATH, body)
    assert (await admin.get(_PATH))["data"] == [], "all are stored, or none"
