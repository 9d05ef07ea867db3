"""Resolution of the hostname under which this machine reports."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from heeler.agent.config import Config, ConfigError

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOCAL = frozenset({"localhost", "localhost.localdomain", "localhost6.localdomain6", "ip6-localhost"})


@dataclass(frozen=True)
class Hostname:
    name: str
    provider: str
    """``configuration``, ``hostnameFile``, ``fqdn`` or ``os``."""
    unused: dict[str, str] = field(default_factory=dict)
    """Providers tried before, each with the reason why it was not used."""


def invalid_reason(name: str) -> str:
    """Why ``name`` cannot be a hostname (RFC 1123 labels, at most 255 characters); empty when it can."""
    if not name:
        return "it is empty"
    if name.lower() in _LOCAL:
        return f"{name} is the name of every machine"
    if len(name) > 255:
        return "it has more than 255 characters"
    bad = [label for label in name.split(".") if not _LABEL.fullmatch(label)]
    return f"{bad[0]!r} may only have letters, digits and inner hyphens" if bad else ""


def resolve_hostname(config: Config) -> Hostname:
    """The first usable of: ``hostname``, ``hostname_file``, the FQDN (``hostname_fqdn``), the system's
    name.
    """
    unused: dict[str, str] = {}
    for provider, name in _candidates(config, unused):
        reason = invalid_reason(name)
        if not reason:
            return Hostname(name, provider, unused)
        unused[provider] = reason
    raise ConfigError(
        f"no usable hostname: {'; '.join(f'{k}: {v}' for k, v in unused.items())}; set hostname in "
        f"datadog.yaml"
    )


def _candidates(config: Config, unused: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    if config.text("hostname"):
        found.append(("configuration", config.text("hostname").strip()))
    else:
        unused["configuration"] = "hostname is not set"
    if config.text("hostname_file"):
        found.append(("hostnameFile", _first_line(Path(config.text("hostname_file")))))
    if config.flag("hostname_fqdn"):
        found.append(("fqdn", socket.getfqdn()))
    return [*found, ("os", socket.gethostname())]


def _first_line(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").split("\n", 1)[0].strip()
    except OSError:
        return ""
