"""JSON Patch (RFC 6902) on plain documents: add, copy, move, remove, replace, test. Pure."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

MAX_OPERATIONS = 100


class PatchError(ValueError):
    """An operation is invalid or its path does not exist; the message tells which."""


def patched(document: Any, operations: Any) -> Any:
    """Copy of ``document`` with all operations applied in order. Raises :class:`PatchError`."""
    if not isinstance(operations, list) or not operations or len(operations) > MAX_OPERATIONS:
        raise PatchError(f"Parameter 'data' must be a list of 1 to {MAX_OPERATIONS} operations")
    changed = deepcopy(document)
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError("An operation must be an object with 'op' and 'path'")
        changed = _applied(changed, operation)
    return changed


def _applied(document: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation.get("op"), str(operation.get("path", ""))
    match kind:
        case "add" | "replace":
            if "value" not in operation:
                raise PatchError(f"The operation {kind!r} at {path!r} has no value")
            if kind == "replace":
                _read(document, path)
            return _write(document, path, deepcopy(operation["value"]), insert=kind == "add")
        case "remove":
            return _remove(document, path)
        case "test":
            if _read(document, path) != operation.get("value"):
                raise PatchError(f"The value at {path!r} is another than the operation 'test' expects")
            return document
        case "copy" | "move":
            source = str(operation.get("from", ""))
            value = deepcopy(_read(document, source))
            if kind == "move":
                document = _remove(document, source)
            return _write(document, path, value, insert=True)
    raise PatchError(
        f"Invalid operation {str(kind)[:20]!r}. Expected add, copy, move, remove, replace or test"
    )


def _keys(path: str) -> list[str]:
    if path == "":
        return []
    if not path.startswith("/"):
        raise PatchError(f"Invalid path {path[:100]!r}: it begins with a slash")
    return [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]


def _step(value: Any, key: str, path: str) -> Any:
    if isinstance(value, dict) and key in value:
        return value[key]
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[int(key)]
    raise PatchError(f"Nothing is at the path {path[:200]!r}")


def _read(document: Any, path: str) -> Any:
    for key in _keys(path):
        document = _step(document, key, path)
    return document


def _write(document: Any, path: str, value: Any, *, insert: bool) -> Any:
    keys = _keys(path)
    if not keys:
        return value
    parent = document
    for key in keys[:-1]:
        parent = _step(parent, key, path)
    last = keys[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and (last == "-" or (last.isdecimal() and int(last) <= len(parent))):
        at = len(parent) if last == "-" else int(last)
        if insert:
            parent.insert(at, value)
        else:
            parent[at] = value
    else:
        raise PatchError(f"Nothing can be put at the path {path[:200]!r}")
    return document


def _remove(document: Any, path: str) -> Any:
    keys = _keys(path)
    if not keys:
        raise PatchError("The whole test cannot be removed")
    parent = document
    for key in keys[:-1]:
        parent = _step(parent, key, path)
    _step(parent, keys[-1], path)
    if isinstance(parent, dict):
        del parent[keys[-1]]
    else:
        del parent[int(keys[-1])]
    return document
