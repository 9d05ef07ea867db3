"""Type-checked access to parts of JSON documents in requests."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from heeler.api.errors import bad_request


def object_in(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object ``name`` of ``document``, empty if absent or null. Raises a 400 for another type."""
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid {name}. Expected an object.")
    return value


def list_in(document: Mapping[str, Any], name: str) -> list[Any]:
    """The list ``name`` of ``document``, empty if absent or null. Raises a 400 for another type."""
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request(f"Invalid {name}. Expected a list.")
    return value


def text_in(document: Mapping[str, Any], name: str, most: int, default: str = "") -> str:
    """The text ``name`` of ``document`` without spaces around it, ``default`` if absent or null.

    Raises a 400 for another type, and for more than ``most`` characters.
    """
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value.strip()) > most:
        raise bad_request(f"Invalid {name}. Expected text of at most {most:,} characters.")
    return value.strip()


def flag_in(document: Mapping[str, Any], name: str) -> bool | None:
    """The boolean ``name`` of ``document``, None if absent or null. Raises a 400 for another type."""
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_request(f"Invalid {name}: {value!r}. Expected true or false")
    return value


def whole_in(value: object, name: str, least: int = 0, most: int = 2**31 - 1) -> int:
    """``value`` as a whole number within bounds; true and false are none. Raises a 400."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise bad_request(f"Invalid {name}: {value!r}. Expected a whole number from {least} to {most:,}")
    return value


def is_one_of(value: object, choices: Container[str]) -> bool:
    """Whether ``value`` is a text among ``choices``; safe for unhashable values, unlike ``in``."""
    return isinstance(value, str) and value in choices


def changed_compute(stored: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """The measure of a metric of logs or spans after a PATCH, which can change its percentiles alone; null
    changes nothing.

    Raises a 400 for another type, and for another measure, path or field.
    """
    if not isinstance(given, dict):
        raise bad_request("Invalid compute. Expected an object with include_percentiles.")
    changes = {name: value for name, value in given.items() if value is not None}
    for name, value in changes.items():
        if name != "include_percentiles" and (name not in stored or stored[name] != value):
            raise bad_request(
                f"Invalid compute.{name[:50]}: only include_percentiles of a metric can change."
            )
    return {**stored, **changes}
