"""Access to the attributes of a log by dotted path: read, write, remove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

#: Characters of a path whose splits are remembered: paths are those of processors, but some are of logs.
MAX_KNOWN = 100
_GROUPS = (dict, list)
MISSING: Any = object()
"""Sentinel: there is no value at a path."""


def read(tree: Any, path: str) -> Any:
    """The value at a path, or :data:`MISSING`; through an array of objects, the values of its elements."""
    if isinstance(tree, dict):
        if path in tree:
            return tree[path]
        for group, rest in splits(path) if "." in path else ():
            inner = tree.get(group)
            if isinstance(inner, _GROUPS):
                value = read(inner, rest)
                if value is not MISSING:
                    return value
        return MISSING
    if isinstance(tree, list):
        found = [value for value in (read(one, path) for one in tree) if value is not MISSING]
        return found if found else MISSING
    return MISSING


def splits(path: str) -> Iterable[tuple[str, str]]:
    """What is before and after each dot of a path; nothing for a path that begins with one."""
    return _known_splits(path) if len(path) <= MAX_KNOWN else _splits(path)


def _splits(path: str) -> Iterator[tuple[str, str]]:
    dot = path.find(".")
    while dot > 0:
        yield path[:dot], path[dot + 1 :]
        dot = path.find(".", dot + 1)


@lru_cache(1000)
def _known_splits(path: str) -> tuple[tuple[str, str], ...]:
    return tuple(_splits(path))


def write(tree: dict[str, Any], path: str, value: Any) -> bool:
    """Set a path at the place where :func:`read` finds it; False if a plain value is in the way."""
    place = tree
    while path not in place:
        group, dot, rest = path.partition(".")
        if not dot:
            break
        inner = place.setdefault(group, {})
        if not isinstance(inner, dict):
            return False
        place, path = inner, rest
    place[path] = value
    return True


def remove(tree: dict[str, Any], path: str) -> None:
    """Remove a path wherever :func:`read` finds it, also from objects in arrays, and objects that become
    empty.
    """
    tree.pop(path, None)
    dot = path.find(".")
    while dot > 0:
        group, rest = path[:dot], path[dot + 1 :]
        inner = tree.get(group)
        _remove_below(inner, rest)
        if inner == {}:
            del tree[group]
        dot = path.find(".", dot + 1)


def _remove_below(inner: Any, path: str) -> None:
    if isinstance(inner, dict):
        remove(inner, path)
    elif isinstance(inner, list):
        for one in inner:
            _remove_below(one, path)


def text_of_value(value: Any) -> str:
    """Text of a plain value; booleans as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def merge(tree: dict[str, Any], found: dict[str, Any]) -> None:
    """Merge extracted attributes: objects are merged, other values replaced."""
    for key, value in found.items():
        known = tree.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        else:
            tree[key] = value
