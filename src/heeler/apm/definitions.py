"""Service definitions: validation, and conversion between the schemas v1, v2, v2.1 and v2.2. Plain values
only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from heeler.api.request_bodies import yaml_documents

VERSIONS = ("v1", "v2", "v2.1", "v2.2")
MAX_BYTES = 100_000
MAX_DOCUMENTS = 100
_LINK_TYPES = frozenset({"doc", "repo", "runbook", "dashboard", "other"})
_SHARED = ("team", "contacts", "tags", "integrations", "extensions")
_LATER = ("application", "description", "tier", "lifecycle")
_LATEST = ("type", "languages", "ci-pipeline-fingerprints")
Definition = dict[str, Any]


class DefinitionError(ValueError):
    """An invalid definition; the message names the field."""


def read(body: bytes) -> list[Definition]:
    """Definitions of a request: one as JSON or YAML, several as YAML documents. Raises
    :class:`DefinitionError`.
    """
    if len(body) > MAX_BYTES * 10:
        raise DefinitionError(f"The body is larger than {MAX_BYTES * 10} bytes.")
    found = _documents(body)
    # Datadog's clients send JSON or YAML text as a JSON string.
    found = [one for item in found for one in (_documents(item) if isinstance(item, str) else [item])]
    documents = [one for item in found for one in (item if isinstance(item, list) else [item])]
    if not documents or len(documents) > MAX_DOCUMENTS:
        raise DefinitionError(f"{len(documents)} definitions. Expected 1 to {MAX_DOCUMENTS}.")
    return [check(one) for one in documents]


def _documents(text: bytes | str) -> list[Any]:
    try:
        return yaml_documents(text)
    except yaml.YAMLError as error:
        raise DefinitionError(f"The body is neither JSON nor YAML: {str(error)[:300]}") from None


def check(document: Any) -> Definition:
    """Validate a definition document. Raises :class:`DefinitionError`."""
    if not isinstance(document, dict):
        raise DefinitionError("A definition must be an object.")
    version = document.get("schema-version")
    if version not in VERSIONS:
        raise DefinitionError(
            f"Invalid schema-version: {str(version)[:50]!r}. Expected one of {', '.join(VERSIONS)}."
        )
    name_of(document)
    for key in ("tags", "contacts", "links", "docs", "repos", "external-resources", "languages"):
        if document.get(key) is not None and not isinstance(document[key], list):
            raise DefinitionError(f"Invalid {key}. Expected a list.")
    for key in ("integrations", "extensions", "info", "org", "contact"):
        if document.get(key) is not None and not isinstance(document[key], dict):
            raise DefinitionError(f"Invalid {key}. Expected an object.")
    return document


def name_of(document: Mapping[str, Any]) -> str:
    """The service of a definition. Raises :class:`DefinitionError`."""
    place = document.get("info") if document.get("schema-version") == "v1" else document
    name = place.get("dd-service") if isinstance(place, dict) else None
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 100:
        key = "info.dd-service" if document.get("schema-version") == "v1" else "dd-service"
        raise DefinitionError(f"Invalid {key}. Expected the name of a service, up to 100 characters.")
    return name.strip().lower()


def team_of(document: Definition) -> str:
    """Team that owns the service; empty if the definition has none."""
    return str(convert(document, "v2.2").get("team") or "")


def convert(document: Definition, version: str) -> Definition:
    """Convert a definition to another schema; fields that it does not have are dropped."""
    if document["schema-version"] == version:
        return document
    latest = _to_latest(document)
    return _empty_left_out({"schema-version": version, **_FROM_LATEST[version](latest)})


def _to_latest(document: Definition) -> Definition:
    version = document["schema-version"]
    if version == "v1":
        return _v1_to_latest(document)
    found: Definition = {key: document.get(key) for key in ("dd-service", *_SHARED, *_LATER, *_LATEST)}
    links: list[Any] = list(document.get("links") or [])
    if version == "v2":
        for kind, key in (("doc", "docs"), ("repo", "repos")):
            links += [{**one, "type": kind} for one in document.get(key) or [] if isinstance(one, dict)]
        found["integrations"] = _pagerduty_object(document.get("integrations"))
    found["links"] = [_link(one) for one in links if isinstance(one, dict)]
    return _empty_left_out(found)


def _v1_to_latest(document: Definition) -> Definition:
    info, org, contact = (document.get(key) or {} for key in ("info", "org", "contact"))
    contacts = [{"type": kind, "contact": contact[kind]} for kind in ("email", "slack") if contact.get(kind)]
    return _empty_left_out(
        {
            "dd-service": info.get("dd-service"),
            "description": info.get("description"),
            "tier": info.get("service-tier"),
            "team": org.get("team"),
            "application": org.get("application"),
            "contacts": contacts,
            "links": [
                _link(one) for one in document.get("external-resources") or [] if isinstance(one, dict)
            ],
            "tags": document.get("tags"),
            "integrations": _pagerduty_object(document.get("integrations")),
            "extensions": document.get("extensions"),
        }
    )


def _link(link: Mapping[str, Any]) -> Definition:
    kind = str(link.get("type") or "other")
    return {**link, "type": kind if kind in _LINK_TYPES else "other"}


def _pagerduty_object(given: Any) -> Any:
    if isinstance(given, dict) and isinstance(given.get("pagerduty"), str):
        return {**given, "pagerduty": {"service-url": given["pagerduty"]}}
    return given


def _pagerduty_text(given: Any) -> Any:
    if isinstance(given, dict) and isinstance(given.get("pagerduty"), dict):
        return {**given, "pagerduty": given["pagerduty"].get("service-url", "")}
    return given


def _as_v1(latest: Definition) -> Definition:
    contacts = {one.get("type"): one.get("contact") for one in latest.get("contacts") or []}
    return {
        "info": _empty_left_out(
            {
                "dd-service": latest["dd-service"],
                "display-name": latest["dd-service"],
                "description": latest.get("description"),
                "service-tier": latest.get("tier"),
            }
        ),
        "org": _empty_left_out({"team": latest.get("team"), "application": latest.get("application")}),
        "contact": _empty_left_out({kind: contacts.get(kind) for kind in ("email", "slack")}),
        "external-resources": [
            {"name": one.get("name", ""), "type": _v1_type(one["type"]), "url": one.get("url", "")}
            for one in latest.get("links") or []
        ],
        "tags": latest.get("tags"),
        "integrations": _only(_pagerduty_text(latest.get("integrations")), "pagerduty"),
        "extensions": latest.get("extensions"),
    }


def _v1_type(kind: str) -> str:
    return "link" if kind == "other" else kind


def _only(given: Any, key: str) -> Any:
    return {key: given[key]} if isinstance(given, dict) and given.get(key) else None


def _as_v2(latest: Definition) -> Definition:
    links = latest.get("links") or []
    plain = [{key: one[key] for key in ("name", "provider", "url") if one.get(key)} for one in links]
    kinds = [one["type"] for one in links]
    return {
        "dd-service": latest["dd-service"],
        **{key: latest.get(key) for key in _SHARED if key != "integrations"},
        "integrations": _pagerduty_text(latest.get("integrations")),
        "docs": [one for one, kind in zip(plain, kinds, strict=True) if kind == "doc"],
        "repos": [one for one, kind in zip(plain, kinds, strict=True) if kind == "repo"],
        "links": [
            {"name": one.get("name", ""), "type": _v1_type(one["type"]), "url": one.get("url", "")}
            for one in links
            if one["type"] not in ("doc", "repo")
        ],
    }


def _as_v2_1(latest: Definition) -> Definition:
    return {key: latest.get(key) for key in ("dd-service", *_SHARED, *_LATER, "links")}


def _as_v2_2(latest: Definition) -> Definition:
    return {key: latest.get(key) for key in ("dd-service", *_SHARED, *_LATER, *_LATEST, "links")}


_FROM_LATEST: Mapping[str, Callable[[Definition], Definition]] = {
    "v1": _as_v1,
    "v2": _as_v2,
    "v2.1": _as_v2_1,
    "v2.2": _as_v2_2,
}


def _empty_left_out(given: Definition) -> Definition:
    return {key: value for key, value in given.items() if value not in (None, [], {}, "")}
