"""Endpoints of the software catalog."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_ENTITY, _KIND, _RELATION = (f"/api/v2/catalog/{name}" for name in ("entity", "kind", "relation"))


def entity(name: str, kind: str = "service", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v3", "kind": kind, "metadata": {"name": name, **metadata}}


async def test_entities_are_filtered_and_paged(admin: Caller) -> None:
    for name, owner in (("alpha", "web"), ("Beta", "web"), ("gamma", "data")):
        made = await admin.post(_ENTITY, entity(name, owner=owner), 202)
        parsed("v2.SoftwareCatalogApi", "upsert_catalog_entity", made)

    async def names(**params: Any) -> list[str]:
        found = await admin.get(_ENTITY, **params)
        parsed("v2.SoftwareCatalogApi", "list_catalog_entity", found)
        return [one["attributes"]["name"] for one in found["data"]]

    assert await names() == ["alpha", "beta", "gamma"]
    assert await names(**{"filter[owner]": "web"}) == ["alpha", "beta"]
    assert await names(**{"filter[name]": "BETA"}) == ["beta"]
    assert await names(**{"filter[ref]": "service:default/gamma"}) == ["gamma"]
    assert await names(**{"filter[relation][type]": "RelationTypeOwnedBy"}) == ["alpha", "beta", "gamma"]
    assert await names(**{"filter[relation][type]": "RelationTypeDependsOn"}) == []
    assert await names(**{"page[limit]": 1, "page[offset]": 1}) == ["beta"]
    assert await names(**{"page[offset]": 2**40}) == []
    found = await admin.get(_RELATION, **{"filter[from_ref]": "service:default/alpha"})
    parsed("v2.SoftwareCatalogApi", "list_catalog_relation", found)
    assert [one["attributes"]["to"]["name"] for one in found["data"]] == ["web"]


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [(_ENTITY, "filter[relation][type]", "house"), (_ENTITY, "filter[ref]", ":"), (_ENTITY, "include", "x"),
     (_ENTITY, "page[limit]", 0), (_ENTITY, "page[limit]", 1001), (_ENTITY, "page[offset]", -1),
     (_RELATION, "filter[type]", "house"), (_RELATION, "filter[from_ref]", ":"),
     (_RELATION, "filter[to_ref]", "a/"), (_RELATION, "include", "x"), (_KIND, "page[limit]", "x")],
)  # fmt: skip
async def test_parameters_are_checked_also_where_nothing_is_stored(
    admin: Caller, path: str, name: str, value: Any
) -> None:
    await admin.refused("GET", path, None, params={name: value})


async def test_entities_that_are_none(admin: Caller, reader: Caller) -> None:
    for body in (
        b"",
        b"[]",
        b"a: [",
        entity("a b"),
        entity("a", "house"),
        {**entity("a"), "apiVersion": "v2"},
        {**entity("a"), "kind": ["service"]},
        entity("a", tags="x"),
        [entity("b"), entity("a b")],
    ):
        await admin.refused("POST", _ENTITY, body)
    assert (await admin.get(_ENTITY))["data"] == [], "all are stored, or none"
    await reader.refused("POST", _ENTITY, entity("a"), 403)
    made = await admin.post(_ENTITY, entity("a"), 202)
    await admin.delete(f"{_ENTITY}/service:default/a", 204)
    for identity in ("service:default/a", made["data"][0]["id"], "none"):
        await admin.refused("DELETE", f"{_ENTITY}/{identity}", None, 404)


async def test_kinds(admin: Caller) -> None:
    made = await admin.post(_KIND, {"kind": "library", "displayName": "Library"}, 202)
    parsed("v2.SoftwareCatalogApi", "upsert_catalog_kind", made)
    await admin.post(_ENTITY, entity("a", "library"), 202)
    await admin.refused("DELETE", f"{_KIND}/library", None, 409)
    await admin.delete(f"{_ENTITY}/library:default/a", 204)
    await admin.delete(f"{_KIND}/library", 204)
    await admin.refused("DELETE", f"{_KIND}/library", None, 404)
    await admin.refused("DELETE", f"{_KIND}/service", None, 400)
    for body in ({"kind": "service"}, {"kind": 5}, {"kind": "Library"}, {"kind": "a", "displayName": 5}, b""):
        await admin.refused("POST", _KIND, body)
