"""Entities of the software catalog (schema v3): validation, and the relations derived from them. Plain values
only.

An entity is named ``kind:namespace/name``. Source: https://docs.datadoghq.com/software_catalog/entities/ .
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from heeler.api.request_bodies import yaml_documents
from heeler.apm.definitions import Definition, convert

VERSION = "v3"
KINDS: Mapping[str, tuple[str, str]] = {
    "service": ("Service", "A program that answers requests or does work on its own."),
    "datastore": ("Datastore", "A database, cache or store of files."),
    "queue": ("Queue", "A queue or stream of messages."),
    "system": ("System", "Entities that make up a whole."),
    "api": ("API", "Endpoints that services implement."),
}
"""The built-in kinds with display names and descriptions."""
DEFAULT_NAMESPACE = "default"
MAX_BYTES, MAX_ENTITIES = 1_000_000, 100
_IDS = uuid.UUID("9a1f7f0e-54a4-4a44-8d57-0a3f6d3c77b0")
_NAME = re.compile(r"[^\s/:]{1,255}")
_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
_OBJECTS = ("spec", "datadog", "integrations", "extensions")
_METADATA_LISTS = ("tags", "links", "contacts", "additionalOwners")


class CatalogError(ValueError):
    """An invalid entity or kind; the message names the field."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The name of an entity."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}"

    @property
    def id(self) -> str:
        """The id of the entity with this name; stable."""
        return str(uuid.uuid5(_IDS, str(self)))


def parse_ref(text: str, kind: str = "service") -> Ref:
    """Parse ``kind:namespace/name``; kind and namespace are optional. Raises :class:`CatalogError`."""
    given_kind, colon, rest = text.strip().rpartition(":")
    namespace, slash, name = rest.rpartition("/")
    if not name:
        raise CatalogError(f"Invalid reference: {text[:100]!r}. Expected kind:namespace/name.")
    return Ref(
        (given_kind if colon else kind).lower(), namespace if slash else DEFAULT_NAMESPACE, name.lower()
    )


def read(body: bytes) -> list[tuple[Definition, str]]:
    """Entities of a request with the text of each: one or several, as JSON or YAML documents. Raises
    :class:`CatalogError`.
    """
    found: list[tuple[Any, str]] = []
    for item in documents(body):
        # Datadog's clients send JSON or YAML text as a JSON string.
        if isinstance(item, str):
            found += [(one, item) for one in documents(item.encode())]
        else:
            found += [(one, "") for one in (item if isinstance(item, list) else [item])]
    if not 0 < len(found) <= MAX_ENTITIES:
        raise CatalogError(f"{len(found)} entities. Expected 1 to {MAX_ENTITIES}.")
    return [(check(one), text or _text_of(one)) for one, text in found]


def _text_of(document: Any) -> str:
    return str(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False))


def documents(text: bytes) -> list[Any]:
    """The JSON or YAML documents of a body. Raises :class:`CatalogError`."""
    if len(text) > MAX_BYTES:
        raise CatalogError(f"The body is larger than {MAX_BYTES} bytes.")
    try:
        return yaml_documents(text)
    except yaml.YAMLError as error:
        raise CatalogError(f"The body is neither JSON nor YAML: {str(error)[:300]}") from None


def check(document: Any) -> Definition:
    """Validate an entity document of schema v3. Raises :class:`CatalogError`."""
    if not isinstance(document, dict):
        raise CatalogError("An entity must be an object.")
    version = document.get("apiVersion")
    if version != VERSION:
        raise CatalogError(
            f"Invalid apiVersion: {str(version)[:50]!r}. Expected {VERSION}; definitions of services of "
            "earlier schemas belong to /api/v2/services/definitions."
        )
    check_kind(document.get("kind"))
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        raise CatalogError("Invalid metadata. Expected an object with a name.")
    for key in ("name", "namespace"):
        value = metadata.get(key, DEFAULT_NAMESPACE if key == "namespace" else None)
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise CatalogError(
                f"Invalid metadata.{key}. Expected 1 to 255 characters without spaces, '/' and ':'."
            )
    for key in ("displayName", "owner", "description", "inheritFrom"):
        if metadata.get(key) is not None and not isinstance(metadata[key], str):
            raise CatalogError(f"Invalid metadata.{key}. Expected a text.")
    for key in _METADATA_LISTS:
        if metadata.get(key) is not None and not isinstance(metadata[key], list):
            raise CatalogError(f"Invalid metadata.{key}. Expected a list.")
    for key in _OBJECTS:
        if document.get(key) is not None and not isinstance(document[key], dict):
            raise CatalogError(f"Invalid {key}. Expected an object.")
    relations_of(document)
    return document


def check_kind(kind: Any) -> str:
    """Validate the name of a kind. Raises :class:`CatalogError`."""
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise CatalogError(
            "Invalid kind. Expected a lower-case letter, then letters, digits, '.', '_' or '-', at most 100."
        )
    return kind


def ref_of(document: Mapping[str, Any]) -> Ref:
    """The name of a checked entity."""
    metadata = document["metadata"]
    return Ref(document["kind"], metadata.get("namespace", DEFAULT_NAMESPACE), metadata["name"].lower())


INVERSE = {
    "RelationTypeOwnedBy": "RelationTypeOwns",
    "RelationTypeOtherOwnedBy": "RelationTypeOtherOwns",
    "RelationTypeDependsOn": "RelationTypeDependencyOf",
    "RelationTypePartsOf": "RelationTypeHasPart",
    "RelationTypeImplementedBy": "RelationTypeImplements",
}
"""Relations and the names of their inverses."""
INVERSE |= {inverse: name for name, inverse in tuple(INVERSE.items())}


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """``start`` relates to ``end``; ``defined_by``: the entity whose document defines the relation."""

    type: str
    start: Ref
    end: Ref
    defined_by: Ref

    @property
    def id(self) -> str:
        return f"{self.type}:{self.start}-{self.end}"

    @property
    def inverse(self) -> Relation:
        return Relation(INVERSE[self.type], self.end, self.start, self.defined_by)


_SPEC = {
    "dependsOn": "RelationTypeDependsOn",
    "componentOf": "RelationTypePartsOf",
    "components": "RelationTypeHasPart",
    "implementedBy": "RelationTypeImplementedBy",
}


def relations_of(document: Mapping[str, Any]) -> list[Relation]:
    """Relations in an entity's document, from its side. Raises :class:`CatalogError`."""
    own = ref_of(document)
    spec, metadata = document.get("spec") or {}, document["metadata"]
    found = []
    for key, kind in _SPEC.items():
        names = spec.get(key) or []
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise CatalogError(f"Invalid spec.{key}. Expected a list of references.")
        default = "system" if key == "componentOf" else "service"
        found += [Relation(kind, own, parse_ref(one, default), own) for one in names]
    if metadata.get("owner"):
        found.append(Relation("RelationTypeOwnedBy", own, _team(metadata["owner"]), own))
    for one in metadata.get("additionalOwners") or []:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str) or not one["name"]:
            raise CatalogError("Invalid metadata.additionalOwners. Expected a list of objects with a name.")
        found.append(Relation("RelationTypeOtherOwnedBy", own, _team(one["name"]), own))
    return list(dict.fromkeys(found))


def _team(name: str) -> Ref:
    return Ref("team", DEFAULT_NAMESPACE, name.lower())


def all_relations(entities: Iterable[Mapping[str, Any]]) -> list[Relation]:
    """Relations of entities in both directions, deduplicated, in a stable order."""
    found: dict[tuple[str, Ref, Ref], Relation] = {}
    for document in entities:
        for one in relations_of(document):
            for relation in (one, one.inverse):
                found.setdefault((relation.type, relation.start, relation.end), relation)
    return sorted(found.values())


def of_definition(document: Definition) -> Definition:
    """Convert a service definition of schema v1 to v2.2 to an entity of schema v3."""
    latest = convert(document, "v2.2")
    metadata = {
        "name": latest["dd-service"],
        "namespace": DEFAULT_NAMESPACE,
        "owner": latest.get("team"),
        "description": latest.get("description"),
        "tags": latest.get("tags"),
        "links": latest.get("links"),
        "contacts": latest.get("contacts"),
    }
    spec = {
        "lifecycle": latest.get("lifecycle"),
        "tier": latest.get("tier"),
        "type": latest.get("type"),
        "languages": latest.get("languages"),
        "componentOf": _application(latest.get("application")),
    }
    return {
        "apiVersion": VERSION,
        "kind": "service",
        "metadata": {key: value for key, value in metadata.items() if value},
        "spec": {key: value for key, value in spec.items() if value},
        **{key: latest[key] for key in ("integrations", "extensions") if latest.get(key)},
    }


def _application(name: Any) -> list[str]:
    valid = isinstance(name, str) and _NAME.fullmatch(name)
    return [f"system:{name.lower()}"] if valid else []


def of_service(name: str) -> Definition:
    """Entity of a service that sends traces and has no document."""
    metadata = {"name": name, "namespace": DEFAULT_NAMESPACE}
    return {"apiVersion": VERSION, "kind": "service", "metadata": metadata}
