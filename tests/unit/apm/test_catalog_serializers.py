"""Entities, relations and kinds of the software catalog as the API writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from heeler.apm.catalog import Ref, Relation
from heeler.apm.catalog_serializers import Entity, entity_data, kind_data, relation_data, shown

FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
SHOP, DB = Ref("service", "default", "shop"), Ref("datastore", "default", "orders")


def entity(ref: Ref = SHOP, raw: str = "", **metadata: Any) -> Entity:
    document = {"apiVersion": "v3", "kind": ref.kind, "metadata": {"name": ref.name, **metadata}}
    return Entity(ref, document, raw, FIRST, LAST, "api")


USES = Relation("dependsOn", SHOP, DB, SHOP)


def test_an_entity() -> None:
    found = entity_data(entity(displayName="Shop", owner="team-a", tags=["a:b", 5]))
    json.dumps(found)
    assert (found["id"], found["type"]) == (SHOP.id, "entity")
    assert found["attributes"] == {
        "apiVersion": "v3", "kind": "service", "name": "shop", "namespace": "default", "displayName": "Shop",
        "description": "", "owner": "team-a", "tags": ["a:b", "5"],
    }  # fmt: skip
    assert entity_data(entity())["attributes"]["displayName"] == "shop"
    assert found["meta"]["ingestionSource"] == "api"


def test_what_is_included() -> None:
    data, included = shown([entity(raw="name: shop")], [USES], {"schema", "raw_schema", "relation"})
    relationships = data[0]["relationships"]
    assert relationships["relatedEntities"] == {"data": [{"id": DB.id, "type": "relatedEntity"}]}
    assert [(one["type"], one["id"]) for one in included] == [
        ("schema", SHOP.id),
        ("rawSchema", SHOP.id),
        ("relatedEntity", DB.id),
    ]
    assert included[1]["attributes"] == {"rawSchema": "name: shop"}
    assert included[2]["attributes"] == {
        "kind": "datastore",
        "name": "orders",
        "namespace": "default",
        "type": "dependsOn",
    }


def test_nothing_is_included_that_was_not_wanted() -> None:
    data, included = shown([entity()], [USES], set())
    assert included == []
    assert "rawSchema" not in data[0]["relationships"]


def test_schemas_of_kinds_of_ones_own_are_left_out() -> None:
    own = Ref("robot", "default", "r2")
    _, included = shown([entity(own)], [], {"schema"})
    assert included == []


def test_relations_are_those_of_their_start() -> None:
    data, _ = shown([entity(), entity(DB)], [USES], set())
    assert [len(one["relationships"]["relatedEntities"]["data"]) for one in data] == [1, 0]


def test_a_relation_and_a_kind() -> None:
    found = relation_data(USES, {SHOP: entity()})
    json.dumps(found)
    assert found["attributes"] == {
        "from": {"kind": "service", "name": "shop", "namespace": "default"},
        "to": {"kind": "datastore", "name": "orders", "namespace": "default"},
        "type": "dependsOn",
    }
    assert found["meta"]["definedBy"] == "service:default/shop"
    assert kind_data("robot", "Robot", "d") == {
        "id": "robot",
        "type": "kind",
        "attributes": {"name": "robot", "displayName": "Robot", "description": "d"},
        "meta": {},
    }
