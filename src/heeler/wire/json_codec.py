"""JSON bodies, strictly first and leniently where real clients are lenient."""

from __future__ import annotations

import json
from typing import Any

import orjson

from heeler.wire.metrics.series import PayloadError


def load(body: bytes) -> Any:
    """The document in ``body``. ``NaN``, ``Infinity`` and numbers too large are taken.

    Raises :class:`PayloadError` that says where reading stopped.
    """
    if not body.strip():
        raise PayloadError("The body is empty; a JSON document is needed")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as strict:
        if "infinity" not in str(strict) and not any(word in body for word in (b"NaN", b"Infinity")):
            raise PayloadError(f"The body is not JSON: {strict}") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"The body is not JSON: {error}") from None


def load_object(body: bytes) -> dict[str, Any]:
    document = load(body)
    if not isinstance(document, dict):
        raise PayloadError(f"A JSON object is needed, not {type(document).__name__}")
    return document


def load_items(body: bytes, key: str) -> list[Any]:
    """The list below ``key`` of the object in ``body``."""
    document = load_object(body)
    items = document.get(key)
    if not isinstance(items, list):
        raise PayloadError(
            f'The body needs a list "{key}"; it has {", ".join(sorted(document)[:10]) or "nothing"}'
        )
    return items
