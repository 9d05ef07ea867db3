"""Semantics of a restriction policy: pure functions on its bindings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from heeler.api.errors import bad_request

KINDS: Mapping[str, str] = {
    "dashboard": "dashboards",
    "monitor": "monitors",
    "notebook": "notebooks",
    "powerpack": "powerpacks",
    "slo": "slos",
}
"""Restrictable resource types, and their tables."""

PATH_PARAMETERS: Mapping[str, str] = {f"{kind}_id": kind for kind in KINDS}
"""Path parameters that identify a resource."""

RELATIONS = ("viewer", "editor")
PRINCIPALS = ("org", "role", "team", "user")
_MAX_PRINCIPALS = 200


def parsed_resource(text: str) -> tuple[str, str]:
    """Parse ``dashboard:abc-def-ghi`` to type and id. Raises a 400."""
    kind, colon, identity = text.partition(":")
    if not colon or not kind or not identity or len(identity) > 100:
        raise bad_request(f"Invalid resource: '{text[:200]}' is not in a valid format")
    if kind not in KINDS:
        raise bad_request(
            f"Invalid resource: type {kind!r} cannot be restricted. Expected {', '.join(KINDS)}"
        )
    return kind, identity


def checked_bindings(value: object) -> list[dict[str, Any]]:
    """Validate bindings: one entry a relation, principals sorted. Raises a 400."""
    if not isinstance(value, list):
        raise bad_request("Invalid bindings. Expected a list of objects with relation and principals.")
    found: dict[str, set[str]] = {}
    for binding in value:
        relation = binding.get("relation") if isinstance(binding, dict) else None
        if relation not in RELATIONS:
            raise bad_request(f"Invalid relation: {relation!r}. Expected one of {', '.join(RELATIONS)}")
        principals = binding.get("principals")
        if not isinstance(principals, list) or not principals:
            raise bad_request(f"Invalid principals of {relation}. Expected a list such as ['team:UUID'].")
        found.setdefault(relation, set()).update(_checked_principal(item) for item in principals)
    if sum(len(principals) for principals in found.values()) > _MAX_PRINCIPALS:
        raise bad_request(f"At most {_MAX_PRINCIPALS} principals are allowed.")
    return [
        {"relation": relation, "principals": sorted(found[relation])}
        for relation in RELATIONS
        if relation in found
    ]


def _checked_principal(value: object) -> str:
    text = value if isinstance(value, str) else ""
    kind, _, identity = text.partition(":")
    if kind not in PRINCIPALS or not identity or len(text) > 100:
        raise bad_request(
            f"Invalid principal: {value!r}. Expected org:ID, role:ID, team:ID or user:ID with the id of each"
        )
    return f"{kind}:{identity.lower()}"


def rights(bindings: Sequence[Mapping[str, Any]], identities: Collection[str]) -> tuple[bool, bool]:
    """Whether a caller with ``identities`` (``user:…``, ``team:…``, ``role:…``, ``org:…``) may view, edit.

    Editors may view too. Without viewers everyone may view; without editors every viewer may edit.
    """
    named = {binding["relation"]: set(binding["principals"]) for binding in bindings}
    own = set(identities)
    editors, viewers = named.get("editor"), named.get("viewer")
    is_editor = editors is not None and not own.isdisjoint(editors)
    may_view = viewers is None or is_editor or not own.isdisjoint(viewers)
    return may_view, is_editor if editors is not None else may_view
