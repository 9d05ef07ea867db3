"""Search language of monitors: ``status:alert type:metric env:prod "disk is full"``. Pure.

Words without a key match the name; ``attribute:value`` matches the attribute; any other key is a tag's. Terms
are joined by AND (or nothing), OR and NOT, with parentheses and wildcards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from heeler.downtimes.matching import glob_of
from heeler.query.search.ast import (
    Everything,
    Exists,
    Leaf,
    Match,
    Node,
    Pattern,
    Text,
    holds,
    leaves,
)
from heeler.query.search.parser import SearchError, parse

STATUSES = ("Alert", "Ignored", "No Data", "OK", "Skipped", "Unknown", "Warn")
_CLASSES = {
    "metric alert": "metric",
    "query alert": "metric",
    "service check": "custom",
    "log alert": "log",
    "trace-analytics alert": "trace-analytics",
    "event alert": "event",
    "event-v2 alert": "event",
    "composite": "composite",
}


class InvalidSearch(ValueError):
    """Syntax error in a search; the text is the public API's."""


@dataclass(frozen=True, slots=True)
class Found:
    """Searchable attributes of a monitor, or of one of its groups."""

    id: int
    name: str
    type: str
    status: str
    tags: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    notifications: tuple[str, ...] = ()
    creator: tuple[str, ...] = ()
    priority: int | None = None
    muted: bool = False
    group: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classification(self) -> str:
        return _CLASSES.get(self.type, self.type.removesuffix(" alert"))


def parse_search(text: str) -> Node:
    """Parse a search. Raises :class:`InvalidSearch`."""
    try:
        node = parse(text)
    except SearchError as error:
        raise InvalidSearch(f"Query parsing error: {error}") from None
    for leaf in leaves(node):
        if isinstance(leaf, Match) and leaf.field.name == "status":
            _check_status(leaf.pattern)
    return node


def _check_status(pattern: Pattern) -> None:
    wanted = glob_of(pattern)
    if not any(fnmatchcase(_folded(status), _folded(wanted)) for status in STATUSES):
        raise InvalidSearch(f"Query parsing error: '{wanted}' is not a valid monitor status")


def matches(node: Node, monitor: Found) -> bool:
    def found(leaf: Leaf) -> bool:
        match leaf:
            case Text(pattern):
                return _within(monitor.name, pattern)
            case Exists(where):
                return bool(_values(where.name, monitor))
            case Match(where, pattern):
                return _has(where.name, pattern, monitor)
        return isinstance(leaf, Everything)

    return holds(node, found)


def _has(name: str, pattern: Pattern, monitor: Found) -> bool:
    if name == "title":
        return _within(monitor.name, pattern)
    wanted = glob_of(pattern).lower()
    if name == "status":
        return fnmatchcase(_folded(monitor.status), _folded(wanted))
    return any(fnmatchcase(value.lower(), wanted) for value in _values(name, monitor))


_ATTRIBUTES: Mapping[str, Callable[[Found], Iterable[str]]] = {
    "type": lambda item: (item.type, item.classification),
    "tag": lambda item: item.tags,
    "id": lambda item: (str(item.id),),
    "monitor_id": lambda item: (str(item.id),),
    "metric": lambda item: item.metrics,
    "scope": lambda item: item.scopes,
    "group": lambda item: (item.group, *item.group.split(",")) if item.group else item.scopes,
    "notification": lambda item: item.notifications,
    "creator": lambda item: item.creator,
    "muted": lambda item: ("true" if item.muted else "false",),
    "priority": lambda item: (f"p{item.priority}", str(item.priority)) if item.priority else (),
}


def _values(name: str, monitor: Found) -> list[str]:
    get = _ATTRIBUTES.get(name)
    return list(get(monitor)) if get else _of_tags(name, monitor)


def _of_tags(name: str, monitor: Found) -> list[str]:
    parts = (tag.partition(":") for tag in (*monitor.tags, *monitor.group.split(",")))
    return [value for key, colon, value in parts if colon and key.lower() == name.lower()]


def _within(text: str, pattern: Pattern) -> bool:
    return fnmatchcase(text.lower(), f"*{glob_of(pattern).lower()}*")


def _folded(status: str) -> str:
    """Normalize a state: ``No Data``, ``no_data`` and ``nodata`` are equal."""
    return re.sub(r"[\s_]+", "", status).lower()


def counts(found: Sequence[Found]) -> dict[str, list[dict[str, Any]]]:
    """Number of results by status, muting, tag and type; largest first."""
    return {
        "status": _counted(item.status for item in found),
        "muted": _counted(item.muted for item in found),
        "tag": _counted(tag for item in found for tag in item.tags),
        "type": _counted(item.classification for item in found),
    }


def _counted(values: Iterable[Any]) -> list[dict[str, Any]]:
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))
    return [{"name": name, "count": count} for name, count in ranked]


_SORTS: Mapping[str, Callable[[Found], Any]] = {
    "name": lambda item: item.name.lower(),
    "status": lambda item: STATUSES.index(item.status) if item.status in STATUSES else len(STATUSES),
    "tags": lambda item: item.tags,
    "id": lambda item: item.id,
}


def ordered(found: Iterable[Found], sort: str) -> list[Found]:
    """Sort by ``name,asc``, ``status,desc`` and so on. Raises :class:`InvalidSearch` listing the choices."""
    name, _, direction = (sort or "name,asc").partition(",")
    if name not in _SORTS or direction not in ("", "asc", "desc"):
        raise InvalidSearch(f"sort is '{sort}'; write one of {', '.join(_SORTS)}, then ,asc or ,desc")
    return sorted(found, key=_SORTS[name], reverse=direction == "desc")
