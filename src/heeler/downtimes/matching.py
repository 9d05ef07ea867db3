"""Matching of a downtime's scope to groups of monitors. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from heeler.query.search.ast import (
    And,
    Everything,
    Exists,
    Field,
    Leaf,
    Match,
    Node,
    Pattern,
    Text,
    Wild,
    holds,
    leaves,
)
from heeler.query.search.parser import SearchError, parse


class InvalidScope(ValueError):
    """An invalid scope; the text is a reason for display."""


def scope_matches(scope: Iterable[str], tags: Iterable[str]) -> bool:
    """Whether every ``key:value`` of ``scope`` is among ``tags``; ``*`` matches anything; brackets
    are literal.
    """
    have = [tag.lower() for tag in tags]
    globs = (want.strip().lower().replace("[", "[[]") for want in scope)
    return all(glob == "*" or any(fnmatchcase(tag, glob) for tag in have) for glob in globs)


@lru_cache(maxsize=2048)
def parse_scope(expression: str) -> Node:
    """Parse a scope such as ``env:prod AND (service:a OR service:b)``. Raises :class:`InvalidScope`."""
    try:
        node = parse(expression)
    except SearchError as error:
        raise InvalidScope(f"Invalid scope parameter: {error}") from None
    for leaf in leaves(node):
        if isinstance(leaf, Text):
            raise InvalidScope("All values must have a key")
        if not isinstance(leaf, Everything | Match | Exists):
            raise InvalidScope("Invalid scope parameter: compare tags by key:value only")
    return node


def expression_matches(node: Node, tags: Sequence[str]) -> bool:
    """Whether a group with ``tags`` is in a scope parsed by :func:`parse_scope`."""

    def found(leaf: Leaf) -> bool:
        match leaf:
            case Exists(field):
                return any(_values(field, tags))
            case Match(field, pattern):
                glob = glob_of(pattern).lower()
                return any(fnmatchcase(value, glob) for value in _values(field, tags))
        return isinstance(leaf, Everything)

    return holds(node, found)


def _values(field: Field, tags: Sequence[str]) -> list[str]:
    found = (tag.lower().partition(":") for tag in tags)
    return [value for key, colon, value in found if colon and key == field.name.lower()]


@lru_cache(maxsize=2048)
def glob_of(pattern: Pattern) -> str:
    """Pattern for :func:`fnmatch.fnmatchcase`, whose stars do not backtrack: matching takes at most pattern
    times text steps. Brackets and quoted stars are literal.
    """
    return "".join(
        ("*" if part.many else "?") if isinstance(part, Wild) else re.sub(r"([\[*?])", r"[\1]", part)
        for part in pattern.parts
    )


def simple_tags(expression: str) -> list[str] | None:
    """Tags of a scope that only combines ``key:value`` by AND; None for any other scope."""
    node = parse_scope(expression)
    if isinstance(node, Everything):
        return ["*"]
    items = node.items if isinstance(node, And) else (node,)
    found = []
    for item in items:
        if not isinstance(item, Match) or item.pattern.literal is None or item.pattern.quoted:
            return None
        found.append(f"{item.field.name}:{item.pattern.literal}")
    return found


def monitor_matches(
    monitor_id: int | None, monitor_tags: Iterable[str], monitor: int, tags: Iterable[str]
) -> bool:
    """Whether a downtime for ``monitor_id``, or else for all of ``monitor_tags``, covers a monitor."""
    return monitor == monitor_id if monitor_id is not None else scope_matches(monitor_tags, tags)
