"""Serializers of entities, relations and kinds of the software catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heeler.apm import catalog
from heeler.apm.catalog import Ref, Relation
from heeler.apm.model import CatalogKind

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """``raw`` is empty if the entity was not given as text; ``source`` is its origin."""

    ref: Ref
    document: Object
    raw: str
    created: datetime
    modified: datetime
    source: str


def shown(
    entities: Sequence[Entity], relations: Sequence[Relation], wanted: set[str]
) -> tuple[list[Object], list[Object]]:
    """Serialize entities with the requested included objects."""
    by_start: dict[Ref, list[Relation]] = {}
    for one in relations:
        by_start.setdefault(one.start, []).append(one)
    data, included = [], []
    for entity in entities:
        related = by_start.get(entity.ref, [])
        identity = entity.ref.id
        relationships: Object = {
            "schema": {"data": {"id": identity, "type": "schema"}},
            "relatedEntities": {"data": [{"id": one.end.id, "type": "relatedEntity"} for one in related]},
            "oncall": {"data": []},
            "incidents": {"data": []},
        }
        if entity.raw:
            relationships["rawSchema"] = {"data": {"id": identity, "type": "rawSchema"}}
        data.append({**entity_data(entity), "relationships": relationships})
        # Clients only know the schemas of the built-in kinds.
        if "schema" in wanted and entity.ref.kind in catalog.KINDS:
            included.append({"id": identity, "type": "schema", "attributes": {"schema": entity.document}})
        if "raw_schema" in wanted and entity.raw:
            raw = {"rawSchema": entity.raw}
            included.append({"id": identity, "type": "rawSchema", "attributes": raw})
        if "relation" in wanted:
            included += [_related(one, entity) for one in related]
    return data, included


def entity_data(entity: Entity) -> Object:
    metadata = entity.document["metadata"]
    return {
        "id": entity.ref.id,
        "type": "entity",
        "attributes": {
            "apiVersion": catalog.VERSION,
            "kind": entity.ref.kind,
            "name": entity.ref.name,
            "namespace": entity.ref.namespace,
            "displayName": metadata.get("displayName") or metadata["name"],
            "description": metadata.get("description") or "",
            "owner": metadata.get("owner") or "",
            "tags": [str(one) for one in metadata.get("tags") or []],
        },
        "meta": {
            "createdAt": entity.created.isoformat(),
            "modifiedAt": entity.modified.isoformat(),
            "ingestionSource": entity.source,
            "origin": "unknown",
        },
    }


def _related(one: Relation, entity: Entity) -> Object:
    return {
        "id": one.end.id,
        "type": "relatedEntity",
        "attributes": {
            "kind": one.end.kind, "name": one.end.name, "namespace": one.end.namespace, "type": one.type,
        },
        "meta": {
            "createdAt": entity.created.isoformat(),
            "modifiedAt": entity.modified.isoformat(),
            "definedBy": str(one.defined_by),
            "source": entity.source,
        },
    }  # fmt: skip


def relation_data(one: Relation, entities: Mapping[Ref, Entity]) -> Object:
    source = entities[one.defined_by]

    def entity(ref: Ref) -> Object:
        return {"kind": ref.kind, "name": ref.name, "namespace": ref.namespace}

    def pointer(ref: Ref) -> Object:
        return {"data": {"id": ref.id, "type": "entity"}}

    return {
        "id": one.id,
        "type": "relation",
        "attributes": {"from": entity(one.start), "to": entity(one.end), "type": one.type},
        "relationships": {"fromEntity": pointer(one.start), "toEntity": pointer(one.end)},
        "meta": {
            "createdAt": source.created.isoformat(),
            "modifiedAt": source.modified.isoformat(),
            "definedBy": str(one.defined_by),
            "source": source.source,
        },
    }


def kind_data(name: str, display: str, description: str, meta: Object | None = None) -> Object:
    attributes = {"name": name, "displayName": display, "description": description}
    return {"id": name, "type": "kind", "attributes": attributes, "meta": meta or {}}


def stored_kind_data(one: CatalogKind) -> Object:
    meta = {"createdAt": one.created.isoformat(), "modifiedAt": one.modified.isoformat()}
    return kind_data(one.kind, one.display_name, one.description, meta)
