"""From what a client calls a metric to what it is called here: mapper, namespace, blocklist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heeler.agent.config import Config, ConfigError

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
    """The rules of one configuration. Raises ConfigError for a mapping that cannot be used."""

    def __init__(self, config: Config) -> None:
        self._profiles = _profiles(config.get("dogstatsd_mapper_profiles") or [])
        namespace = config.text("statsd_metric_namespace")
        self._namespace = namespace if not namespace or namespace.endswith(".") else f"{namespace}."
        self._exempt = tuple(config.strings("statsd_metric_namespace_blacklist"))
        self._blocked = frozenset(config.strings("statsd_metric_blocklist"))
        self._by_prefix = config.flag("statsd_metric_blocklist_match_prefix")

    def apply(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        """The final name and the tags that the mapper adds; None for a metric that is not wanted."""
        name, tags = self._map(name)
        if self._namespace and not name.startswith(self._exempt):
            name = self._namespace + name
        blocked = name.startswith(tuple(self._blocked)) if self._by_prefix else name in self._blocked
        return None if blocked else (name, tags)

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
    """``$1`` and ``${1}`` as Python's match expansion writes them."""
    return re.sub(r"\$\{?(\d+)\}?", r"\\g<\1>", str(text).replace("\\", r"\\"))
