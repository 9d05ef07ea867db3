"""JSON Patch (RFC 6902) of documents, by ``python-jsonpath``. Pure."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from jsonpath import JSONPatch, JSONPatchError, JSONPointerError

MAX_OPERATIONS = 100


class PatchError(ValueError):
    """Invalid operation or nonexistent path; the message says which."""


def patched(document: Any, operations: Any) -> Any:
    """Copy of ``document`` with all operations applied in order. Raises :class:`PatchError`."""
    if not isinstance(operations, list) or not operations or len(operations) > MAX_OPERATIONS:
        raise PatchError(f"Parameter 'data' must be a list of 1 to {MAX_OPERATIONS} operations")
    try:
        return JSONPatch(deepcopy(operations)).apply(deepcopy(document))
    except (JSONPatchError, JSONPointerError) as error:
        raise PatchError(f"The patch cannot be applied: {error}") from None
