"""Type-checked access to the fields of processor documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
_NO_DEFAULT: Any = object()


class DocumentError(ValueError):
    """An invalid document; the message names the field."""


def object_in(document: Document, name: str) -> Document:
    """The object ``name`` of ``document``, empty if absent."""
    value = document.get(name) or {}
    if not isinstance(value, Mapping):
        raise DocumentError(f"Invalid {document.get('type') or 'document'}: '{name}' must be an object.")
    return value


def list_in(document: Document, name: str) -> Sequence[Any]:
    """The list ``name`` of ``document``, empty if absent."""
    value = document.get(name) or []
    if not isinstance(value, list):
        raise DocumentError(f"Invalid {document.get('type') or 'document'}: '{name}' must be a list.")
    return value


def objects_in(document: Document, name: str) -> Sequence[Document]:
    """The objects of the list ``name`` of ``document``."""
    values = list_in(document, name)
    if not all(isinstance(value, Mapping) for value in values):
        raise DocumentError(f"Invalid {document.get('type') or 'document'}: '{name}' must be objects.")
    return values


def text_of(document: Document, name: str, default: Any = _NO_DEFAULT) -> str:
    value = document.get(name)
    if value is None and default is not _NO_DEFAULT:
        return str(default)
    if not isinstance(value, str) or (value == "" and default is _NO_DEFAULT):
        kind = document.get("type") or "document"
        raise DocumentError(
            f"Invalid {kind}: '{name}' must be a text{'' if value is None else ', not empty'}."
        )
    return value


def texts_of(document: Document, name: str, default: list[str] | None = None) -> list[str]:
    value = document.get(name)
    if not value and default is not None:
        return default
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise DocumentError(
            f"Invalid {document.get('type') or 'document'}: '{name}' must be a list of texts."
        )
    return value


def flag(document: Document, name: str, default: bool = False) -> bool:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise DocumentError(f"Invalid {document.get('type') or 'document'}: '{name}' must be true or false.")
    return value
