"""Search of SLOs: words in name and description, ``tag:value``, ``type:``, ``timeframe:``, ``creator:``.
Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from heeler.api.errors import bad_request
from heeler.downtimes.matching import glob_of
from heeler.query.search.ast import Everything, Exists, Leaf, Match, Node, Pattern, Text, holds
from heeler.query.search.parser import SearchError, parse
from heeler.slos.model import Slo


@lru_cache(maxsize=512)
def _parsed(query: str) -> Node:
    return parse(query)


def slo_matches(query: str, slo: Slo) -> bool:
    """Whether a search matches ``slo``. Raises a 400 for an invalid search."""
    try:
        node = _parsed(query)
    except SearchError as error:
        raise bad_request(f"The search of SLOs cannot be read: {error}") from None
    return holds(node, lambda leaf: _found(leaf, slo))


def _found(leaf: Leaf, slo: Slo) -> bool:
    match leaf:
        case Everything():
            return True
        case Text(pattern):
            words = f"*{glob_of(pattern).lower()}*"
            return any(fnmatchcase((text or "").lower(), words) for text in (slo.name, slo.description))
        case Exists(field):
            return bool(_values(field.name, slo))
        case Match(field, pattern):
            return any(fnmatchcase(value.lower(), _glob(pattern)) for value in _values(field.name, slo))
    return False


def _glob(pattern: Pattern) -> str:
    return glob_of(pattern).lower()


def _values(name: str, slo: Slo) -> list[str]:
    name = name.lower()
    own: Mapping[str, list[str]] = {
        "type": [slo.type],
        "slo_type": [slo.type],
        "timeframe": [str(item["timeframe"]) for item in slo.thresholds],
        "time_window": [str(item["timeframe"]) for item in slo.thresholds],
        "creator": [slo.creator_email, slo.creator_name],
        "id": [slo.id],
    }
    tags = [tag.partition(":")[2] for tag in map(str, slo.tags) if tag.partition(":")[0].lower() == name]
    return own.get(name, []) + tags


def facets(found: Iterable[Slo]) -> dict[str, list[dict[str, Any]]]:
    """Counts of ``found`` by tag, type, target, timeframe and creator; largest first."""
    items = list(found)
    tags = [str(tag) for slo in items for tag in slo.tags]

    def with_key(key: str) -> list[str]:
        return [tag for tag in tags if tag.startswith(f"{key}:")]

    kinds = {"monitor": 0, "metric": 1, "time_slice": 2}
    return {
        "all_tags": _counted(tags),
        "env_tags": _counted(with_key("env")),
        "service_tags": _counted(with_key("service")),
        "team_tags": _counted(with_key("team")),
        "creator_name": _counted(slo.creator_name or slo.creator_email for slo in items),
        "slo_type": _counted(kinds[slo.type] for slo in items),
        "target": _counted(float(item["target"]) for slo in items for item in slo.thresholds),
        "timeframe": _counted(str(item["timeframe"]) for slo in items for item in slo.thresholds),
    }


def _counted(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"name": value, "count": count} for value, count in Counter(values).most_common(1000)]
