"""Record of a host, assembled from the telemetry that it sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UP_SECONDS = 2 * 3600
"""A host that reported within this time counts as up."""
ACTIVE_SECONDS = 3600

SHOWN_SOURCES = {"system": "Datadog", "users": "Users"}
"""Names of tag sources in responses; ``system`` is the agent's own configuration."""

_SYSTEM_CHECKS = frozenset({"cpu", "disk", "file_handle", "io", "load", "memory", "network", "uptime", "ntp"})


@dataclass(frozen=True, slots=True)
class Host:
    """A host. ``last_reported`` is UNIX seconds. ``values`` are the latest readings by name: ``cpu``,
    ``iowait`` and ``memory`` in percent, ``load`` by core.
    """

    name: str
    last_reported: float
    tags_by_source: Mapping[str, Sequence[str]] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Payloads by kind: ``v5``, ``agent_checks``, ``agent_metadata``, ``check_metadata``, ..."""
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> int:
        digest = hashlib.blake2b(self.name.encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big")

    @property
    def aliases(self) -> list[str]:
        given = _mapping(self._v5.get("meta")).get("host_aliases")
        return [str(alias) for alias in given] if isinstance(given, list) else []

    @property
    def tags(self) -> list[str]:
        """All tags, deduplicated, the host's own first."""
        own = f"host:{self.name}"
        others = {tag for tags in self.tags_by_source.values() for tag in tags} - {own}
        return [own, *sorted(others)]

    @property
    def apps(self) -> list[str]:
        """Integrations on the host, by the checks that the agent runs."""
        checks = {
            str(name) for name in self.metadata.get("check_metadata", {}) if name not in ("timestamp", "uuid")
        }
        checks |= {str(line[0]) for line in self.agent_checks if line}
        names = {"system" if check in _SYSTEM_CHECKS else check for check in checks}
        return sorted(names | ({"agent"} if self.metadata else set()))

    @property
    def agent_checks(self) -> list[list[Any]]:
        lines = self.metadata.get("agent_checks", {}).get("agent_checks")
        return [line for line in lines if isinstance(line, list)] if isinstance(lines, list) else []

    @property
    def components(self) -> list[dict[str, Any]]:
        """Processes of the agent: name, state, cause of the last failure."""
        components = self.metadata.get("agent_components", {}).get("components")
        return [item for item in components if isinstance(item, dict)] if isinstance(components, list) else []

    @property
    def agent_version(self) -> str:
        return str(
            self._v5.get("agentVersion") or self.metadata.get("agent_metadata", {}).get("agent_version") or ""
        )

    @property
    def ip(self) -> str:
        return str(self.metadata.get("host_metadata", {}).get("ip_address") or "")

    @property
    def platform(self) -> str:
        return str(_mapping(self._v5.get("systemStats")).get("platform") or "")

    @property
    def _v5(self) -> Mapping[str, Any]:
        return self.metadata.get("v5", {})

    def meta(self) -> dict[str, Any]:
        """The ``meta`` object of the hosts API."""
        stats, names = _mapping(self._v5.get("systemStats")), _mapping(self._v5.get("meta"))
        install = _mapping(self._v5.get("install-method"))
        found: dict[str, Any] = {
            "agent_version": self.agent_version,
            "agent_flavor": self._v5.get("agent-flavor"),
            "agent_checks": self.agent_checks,
            "gohai": self._v5.get("gohai"),
            "host_id": self.id,
            "logs_agent": self._v5.get("logs"),
            "network": self._v5.get("network"),
        }
        wanted = ("platform", "processor", "machine", "cpuCores", "pythonV", "nixV", "macV", "winV", "fbsdV")
        found |= {name: stats.get(name) for name in wanted}
        found |= {name: names.get(name) for name in ("socket-hostname", "socket-fqdn", "timezones")}
        if install:
            found["install_method"] = {
                name: str(install.get(name) or "") for name in ("tool", "tool_version", "installer_version")
            }
        return {name: value for name, value in found.items() if value is not None}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def is_up(host: Host, now: float) -> bool:
    return now - host.last_reported <= UP_SECONDS


def matches(host: Host, text: str) -> bool:
    """Whether every word of ``text`` is a substring of the host's name or an alias, or one of its tags or tag
    keys.
    """
    words = text.lower().replace(",", " ").split()
    names = [host.name.lower(), *(alias.lower() for alias in host.aliases)]
    tags = [tag.lower() for tag in host.tags]
    return all(
        any(word in name for name in names) or any(_is_tag(word, tag) for tag in tags) for word in words
    )


def _is_tag(word: str, tag: str) -> bool:
    """Whether ``word`` is a tag, a tag's key, or a tag prefix with a star."""
    return tag == word or tag.startswith(f"{word}:") or (word.endswith("*") and tag.startswith(word[:-1]))


SORT_FIELDS = (
    "apps",
    "cpu",
    "host_name",
    "iowait",
    "last_reported",
    "last_reported_time",
    "load",
    "name",
    "status",
)


def sort_key(host: Host, by: str, now: float) -> tuple[Any, ...]:
    """Sort key for ``sort_field`` of the hosts API, with the name as tie-breaker."""
    if by in ("cpu", "iowait", "load"):
        return (host.values.get(by, -1.0), host.name)
    if by == "apps":
        return (len(host.apps), host.name)
    if by == "status":
        return (is_up(host, now), host.name)
    if by in ("last_reported_time", "last_reported"):
        return (host.last_reported, host.name)
    return (host.name,)
