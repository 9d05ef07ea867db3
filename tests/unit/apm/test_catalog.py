"""Entities of the catalog: checked, named, related."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.apm.catalog import CatalogError, Ref, all_relations, check, of_definition, parse_ref, read, ref_of


def entity(kind: str, name: str, spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v3", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec or {}}


def test_references_are_read_with_what_they_leave_out() -> None:
    assert parse_ref("queue:prod/Orders") == Ref("queue", "prod", "orders")
    assert parse_ref("shop") == Ref("service", "default", "shop")
    assert parse_ref("billing", "system") == Ref("system", "default", "billing")
    for bad in ("", "service:", "queue:prod/"):
        with pytest.raises(CatalogError):
            parse_ref(bad)


def test_relations_are_seen_from_both_sides() -> None:
    shop = entity(
        "service", "shop", {"dependsOn": ["datastore:db"], "componentOf": ["store"]}, owner="payments"
    )
    api = entity("api", "orders", {"implementedBy": ["shop"]})
    found = {(one.type, str(one.start), str(one.end)) for one in all_relations([shop, api])}
    assert found == {
        ("RelationTypeDependsOn", "service:default/shop", "datastore:default/db"),
        ("RelationTypeDependencyOf", "datastore:default/db", "service:default/shop"),
        ("RelationTypePartsOf", "service:default/shop", "system:default/store"),
        ("RelationTypeHasPart", "system:default/store", "service:default/shop"),
        ("RelationTypeOwnedBy", "service:default/shop", "team:default/payments"),
        ("RelationTypeOwns", "team:default/payments", "service:default/shop"),
        ("RelationTypeImplementedBy", "api:default/orders", "service:default/shop"),
        ("RelationTypeImplements", "service:default/shop", "api:default/orders"),
    }


def test_a_relation_that_both_ends_name_is_there_once() -> None:
    shop = entity("service", "shop", {"componentOf": ["system:store"]})
    store = entity("system", "store", {"components": ["service:shop"]})
    assert len(all_relations([shop, store])) == 2


def test_yaml_documents_and_json_texts_are_read() -> None:
    text = (
        "apiVersion: v3\nkind: service\nmetadata:\n  name: a\n"
        "---\napiVersion: v3\nkind: queue\nmetadata: {name: b}\n"
    )
    assert [str(ref_of(one)) for one, _ in read(text.encode())] == ["service:default/a", "queue:default/b"]
    quoted = '"apiVersion: v3\\nkind: service\\nmetadata:\\n  name: c\\n"'
    ((document, raw),) = read(quoted.encode())
    assert (ref_of(document).name, raw.splitlines()[0]) == ("c", "apiVersion: v3")


def test_a_definition_becomes_a_service() -> None:
    given = {
        "schema-version": "v2.2",
        "dd-service": "shop",
        "team": "payments",
        "tier": "1",
        "application": "store",
    }
    document = check(of_definition(given))
    assert document["metadata"]["owner"] == "payments"
    assert document["spec"] == {"tier": "1", "componentOf": ["system:store"]}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"apiVersion": "v2.2", "kind": "service"},
        entity("Service", "a"),
        entity("service", "a b"),
        entity("service", ""),
        entity("service", "a", {"dependsOn": "b"}),
        entity("service", "a", tags="x"),
        {"apiVersion": "v3", "kind": "service"},
        entity("service", "a", additionalOwners=[{"type": "x"}]),
    ],
)
def test_a_bad_entity_is_refused(document: Any) -> None:
    with pytest.raises(CatalogError):
        check(document)
