"""Helper functions shared by the endpoints of API v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.numbers import is_whole


def attributes_of(data: Any, kind: str, *, type_required: bool = True) -> dict[str, Any]:
    """``data.attributes`` of a body whose ``data.type`` is ``kind``. Raises a 400."""
    inner = data.get("data") if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("attributes"), dict):
        raise bad_request("Invalid body. Expected an object with data.attributes")
    given = inner.get("type")
    if given != kind and (type_required or given is not None):
        raise bad_request(f"Invalid data.type: {str(given)[:100]!r}. Expected {kind}")
    attributes: dict[str, Any] = inner["attributes"]
    return attributes


def whole_number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Parse a parameter of 0 to ``most``. Raises a 400."""
    text = query.get(name) or str(default)
    if not is_whole(text) or int(text) > most:
        raise bad_request(f"Invalid {name}: {text[:50]!r}. Expected 0 to {most:,}")
    return int(text)
