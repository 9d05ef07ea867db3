"""Metric name mapping of DogStatsD: mapper profiles, namespace, filter lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heeler.agent.config import Config, ConfigError

_MAX_BLOCKED = 1000
_WILDCARD = re.compile(r"^[a-zA-Z0-9\-_*.]+$")


@dataclass(frozen=True)
class _Mapping:
    pattern: re.Pattern[str]
    name: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Profile:
    prefix: str
    mappings: tuple[_Mapping, ...]


class Naming:
    """Naming rules of one configuration. Raises ConfigError for an invalid mapping."""

    def __init__(self, config: Config) -> None:
        self._profiles = _profiles(config.get("dogstatsd_mapper_profiles") or [])
        namespace = config.text("statsd_metric_namespace")
        self._namespace = namespace if not namespace or namespace.endswith(".") else f"{namespace}."
        self._exempt = tuple(config.strings("statsd_metric_namespace_blacklist"))
        newer = config.strings("metric_filterlist")
        key = "metric_filterlist" if newer else "statsd_metric_blocklist"
        self._blocked = frozenset(newer or config.strings(key))
        self._prefixes = tuple(self._blocked) if config.flag(f"{key}_match_prefix") else ()
        self._tag_filters = _tag_filters(config.get("metric_tag_filterlist") or [])
        self.blocked: Counter[str] = Counter()
        """Headers dropped by a filter list, by metric; at most 1,000 metrics."""

    def apply(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        """The final name and the tags added by the mapper; None for a filtered metric."""
        name, tags = self._map(name)
        if self._namespace and not name.startswith(self._exempt):
            name = self._namespace + name
        if name in self._blocked or (self._prefixes and name.startswith(self._prefixes)):
            if name in self.blocked or len(self.blocked) < _MAX_BLOCKED:
                self.blocked[name] += 1
            return None
        return name, tags

    def filter_tags(self, name: str, tags: tuple[str, ...]) -> tuple[str, ...]:
        """The tags of a metric after ``metric_tag_filterlist``."""
        found = self._tag_filters.get(name)
        if found is None:
            return tags
        includes, keys = found
        return tuple(tag for tag in tags if (tag.split(":", 1)[0] in keys) == includes)

    def _map(self, name: str) -> tuple[str, tuple[str, ...]]:
        for profile in self._profiles:
            if profile.prefix == "*" or name.startswith(profile.prefix):
                for mapping in profile.mappings:
                    match = mapping.pattern.match(name)
                    if match:
                        tags = (f"{key}:{match.expand(value)}" for key, value in mapping.tags)
                        return match.expand(mapping.name), tuple(tags)
                break
        return name, ()


def _tag_filters(given: Sequence[Any]) -> dict[str, tuple[bool, frozenset[str]]]:
    """For each metric, whether its list is an allow-list (``include``), and the tag keys."""
    found = {}
    for entry in given:
        try:
            name, action, tags = str(entry["metric_name"]), str(entry.get("action", "exclude")), entry["tags"]
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"metric_tag_filterlist: {entry!r} needs metric_name and tags") from error
        if action not in ("include", "exclude"):
            raise ConfigError(
                f"metric_tag_filterlist: {name}: action is {action!r}; write include or exclude"
            )
        found[name] = action == "include", frozenset(map(str, tags))
    return found


def _profiles(given: Sequence[Any]) -> tuple[_Profile, ...]:
    try:
        return tuple(
            _Profile(str(profile["prefix"]), tuple(_mapping(entry) for entry in profile["mappings"]))
            for profile in given
        )
    except (KeyError, TypeError, re.error) as error:
        raise ConfigError(f"dogstatsd_mapper_profiles cannot be used: {error!r}") from error


def _mapping(entry: dict[str, Any]) -> _Mapping:
    match = str(entry["match"])
    if entry.get("match_type", "wildcard") == "regex":
        pattern = re.compile(f"^{match}$")
    else:
        if not _WILDCARD.match(match) or "**" in match:
            raise ConfigError(
                f"dogstatsd_mapper_profiles: {match!r} is no wildcard; use letters, digits, -_*."
            )
        pattern = re.compile("^" + re.escape(match).replace(r"\*", r"([^.]*)") + "$")
    tags = tuple((str(key), _template(value)) for key, value in (entry.get("tags") or {}).items())
    return _Mapping(pattern, _template(entry["name"]), tags)


def _template(text: Any) -> str:
    """Convert ``$1`` and ``${1}`` to the syntax of Python's match expansion."""
    return re.sub(r"\$\{?(\d+)\}?", r"\\g<\1>", str(text).replace("\\", r"\\"))
