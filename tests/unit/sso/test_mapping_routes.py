from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import READ_ONLY, STANDARD
from tests.unit.api_app import Caller, parsed

MAPPINGS = "/api/v2/authn_mappings"
NOBODY = "00000000-0000-dead-beef-000000000000"


def mapping(value: Any = "sre", key: Any = "groups", identity: str = "", **related: Any) -> Any:
    attributes = {
        name: one for name, one in (("attribute_key", key), ("attribute_value", value)) if one is not None
    }
    data: dict[str, Any] = {"type": "authn_mappings", "attributes": attributes}
    if identity:
        data["id"] = identity
    if related:
        types = {"role": "roles", "team": "team"}
        data["relationships"] = {
            name: {"data": {"id": one, "type": types[name]}} for name, one in related.items()
        }
    return {"data": data}


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    made = await admin.post(MAPPINGS, mapping("sré 🚀", role=role_id(STANDARD).upper()))
    parsed("v2.AuthNMappingsApi", "create_authn_mapping", made)
    identity = made["data"]["id"]
    path = f"{MAPPINGS}/{identity.upper()}"
    kept = await admin.patch(path, mapping(None, None, identity.upper()))
    assert (
        kept["data"]["attributes"].items() >= {"attribute_key": "groups", "attribute_value": "sré 🚀"}.items()
    )
    assert kept["data"]["relationships"]["role"] == made["data"]["relationships"]["role"]
    changed = await admin.patch(path, mapping("dev", None, identity))
    parsed("v2.AuthNMappingsApi", "update_authn_mapping", changed)
    assert changed["data"]["relationships"]["role"]["data"]["id"] == role_id(STANDARD)
    parsed("v2.AuthNMappingsApi", "get_authn_mapping", await reader.get(path))
    await reader.refused("PATCH", path, mapping("x", None, identity), 403)
    await admin.refused("PATCH", path, mapping("x", None, NOBODY), 422)
    await admin.delete(path, 204)
    for method in ("GET", "DELETE"):
        assert identity in await admin.refused(method, path, status=404)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"data": []}, {"data": {"attributes": ["x"]}}, {"data": {"attributes": "x"}}, mapping(),
        mapping(role=NOBODY), mapping(team=NOBODY), mapping(team="x"), mapping(role=5),
        mapping("", role=role_id(STANDARD)), mapping(5, role=role_id(STANDARD)),
        mapping("x" * 401, role=role_id(STANDARD)),
        mapping(None, role=role_id(STANDARD)), mapping(key=[], role=role_id(STANDARD)),
        mapping(role=role_id(STANDARD), team=role_id(STANDARD)),
        {"data": {**mapping()["data"], "relationships": ["role"]}},
        {"data": {**mapping()["data"], "relationships": {"role": {"data": "x"}}}},
    ],
)  # fmt: skip
async def test_a_mapping_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", MAPPINGS, body)
    assert (await admin.get(MAPPINGS))["data"] == []


async def test_two_mappings_are_never_the_same(admin: Caller) -> None:
    await admin.post(MAPPINGS, mapping(role=role_id(STANDARD)))
    await admin.refused("POST", MAPPINGS, mapping(role=role_id(STANDARD)), 409)
    other = (await admin.post(MAPPINGS, mapping(role=role_id(READ_ONLY))))["data"]["id"]
    await admin.refused(
        "PATCH", f"{MAPPINGS}/{other}", mapping(None, None, other, role=role_id(STANDARD)), 409
    )
    await admin.refused("PATCH", f"{MAPPINGS}/{other}", {"data": {"id": other, "attributes": "x"}})
    read = await admin.get(f"{MAPPINGS}/{other}")
    assert read["data"]["relationships"]["role"]["data"]["id"] == role_id(READ_ONLY)


async def test_lists_sort_filter_and_page(admin: Caller) -> None:
    team = {"data": {"type": "team", "attributes": {"name": "T", "handle": "t"}}}
    team_id = (await admin.post("/api/v2/team", team, 201))["data"]["id"]
    role = {"data": {"type": "roles", "attributes": {"name": "Aaa"}}}
    role_of = (await admin.post("/api/v2/roles", role))["data"]["id"]
    for value, related in (
        ("b", {"team": team_id.upper()}),
        ("a", {"role": role_of}),
        ("C", {"role": role_id(STANDARD)}),
    ):
        await admin.post(MAPPINGS, mapping(value, **related))

    async def values(**params: Any) -> list[str]:
        answer = await admin.get(MAPPINGS, **params)
        parsed("v2.AuthNMappingsApi", "list_authn_mappings", answer)
        return [one["attributes"]["attribute_value"] for one in answer["data"]]

    assert await values() == ["b", "a", "C"]
    assert await values(resource_type="team") == ["b"]
    assert await values(resource_type="role") == ["a", "C"]
    assert await values(sort="role.name") == ["b", "a", "C"]
    assert await values(sort="-saml_assertion_attribute.attribute_value") == ["b", "a", "C"]
    assert await values(filter="GROUPS:c") == ["C"]
    assert await values(**{"page[size]": 2, "page[number]": 1}) == ["C"]
    assert await values(**{"page[number]": 5}) == []
    for params in ({"sort": "age"}, {"resource_type": "user"}, {"page[size]": "x"}):
        await admin.refused("GET", MAPPINGS, params=params)
    await admin.delete(f"/api/v2/roles/{role_of}", 204)
    assert await values(sort="role.name") == ["b", "a", "C"]
    await admin.delete(f"/api/v2/team/{team_id}", 204)
    assert "b" not in await values()
