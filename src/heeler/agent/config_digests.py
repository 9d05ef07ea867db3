"""Digests of the settings and files that each component depends on, so that a reload restarts only the
affected components."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from heeler.agent.config import Config

_OWN_SETTINGS = {
    "dogstatsd": ("dogstatsd_", "statsd_", "use_dogstatsd", "bind_host", "metric_filterlist", "metric_tag_"),
    "trace": ("apm_config.", "otlp_config."),
    "logs": ("logs_enabled", "logs_config."),
    "processes": ("process_config.",),
    "collector": ("check_", "collector.", "ignore_autoconf", "default_checks_enabled", "additional_checksd"),
    "supervisor": ("autoconf_",),
}
"""Settings that affect one component only; all others affect all."""


def inputs_of_components(config: Config) -> dict[str, str]:
    """A digest for each component, and ``files`` for all configuration files together."""
    files = file_digest(config)
    found = {"files": files}
    for component in _OWN_SETTINGS:
        others = tuple(
            prefix for name, prefixes in _OWN_SETTINGS.items() if name != component for prefix in prefixes
        )
        values = {key: value for key, value in config.values.items() if not key.startswith(others)}
        parts = [json.dumps(values, sort_keys=True, default=str)]
        if component in ("collector", "logs"):
            parts.append(_digest(_configurations(config)))
        if component == "collector":
            parts.append(_digest(sorted(config.checksd.rglob("*.py"))))
        found[component] = hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
    return found


def file_digest(config: Config) -> str:
    """Digest of the content of ``datadog.yaml``, ``conf.d`` and ``checks.d``."""
    main = config.directory / "datadog.yaml"
    return _digest([main, *_configurations(config), *sorted(config.checksd.rglob("*.py"))])


def _configurations(config: Config) -> list[Path]:
    return sorted(file for file in config.confd.rglob("*.y*ml*") if file.is_file())


def _digest(files: list[Path]) -> str:
    result = hashlib.blake2b(digest_size=16)
    for file in files:
        result.update(str(file).encode())
        try:
            result.update(hashlib.blake2b(file.read_bytes()).digest())
        except OSError:
            result.update(b"unreadable")
    return result.hexdigest()
