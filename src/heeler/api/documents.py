"""Type-checked access to parts of JSON documents in requests."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from heeler.api.errors import bad_request


def object_in(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object ``name`` of ``document``, empty if absent. Raises a 400 for another type."""
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid {name}. Expected an object.")
    return value


def list_in(document: Mapping[str, Any], name: str) -> list[Any]:
    """The list ``name`` of ``document``, empty if absent. Raises a 400 for another type."""
    value = document.get(name) or []
    if not isinstance(value, list):
        raise bad_request(f"Invalid {name}. Expected a list.")
    return value


def is_one_of(value: object, choices: Container[str]) -> bool:
    """Whether ``value`` is a text among ``choices``; safe for unhashable values, unlike ``in``."""
    return isinstance(value, str) and value in choices
