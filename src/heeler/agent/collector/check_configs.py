"""Check configurations: ``conf.d/NAME.yaml``, ``conf.d/NAME.d/*.yaml`` and the built-in defaults."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from heeler.agent.config import Config
from heeler.agent.secrets import SecretError, resolve_secrets

_SUFFIXES = (".yaml", ".yml")
_ENV = re.compile(r"%%env_(\w+)%%")
DEFAULT_CHECKS = ("cpu", "disk", "file_handle", "io", "load", "memory", "network", "uptime")
"""Host checks that run if they have no other configuration."""


class ConfigurationError(ValueError):
    """The configuration file of a check is invalid; the message gives the reason."""


@dataclass(frozen=True)
class CheckInstance:
    """One element of ``instances``: the configuration of one check object."""

    name: str
    init_config: Mapping[str, Any]
    instance: Mapping[str, Any]
    source: str
    """``file:PATH[INDEX]`` as ``status`` shows it."""

    @property
    def interval(self) -> float:
        """``min_collection_interval`` in seconds; 15 if absent or 0."""
        try:
            return float(self.instance.get("min_collection_interval") or 15)
        except (TypeError, ValueError):
            return 15.0

    @property
    def check_id(self) -> str:
        """NAME:hash or NAME:instance name:hash; equal for equal configuration."""
        digest = f"{_fnv1_64(_canonical(self.name, self.instance, self.init_config)):x}"
        name = self.instance.get("name")
        return f"{self.name}:{name}:{digest}" if isinstance(name, str) and name else f"{self.name}:{digest}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags added to everything that the check sends: ``service:`` of the instance or of init_config."""
        service = self.instance.get("service") or self.init_config.get("service")
        return (f"service:{service}",) if service else ()


@dataclass
class Configurations:
    instances: list[CheckInstance] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    """Invalid files: path -> reason."""
    notes: dict[str, str] = field(default_factory=dict)
    """Intentionally skipped files: path -> reason."""
    logs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """``logs:`` entries with the file that they are in; the component ``logs`` reads them."""


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    is_default: bool


def read_configurations(config: Config) -> Configurations:
    """Read all configurations below ``conf.d``; an invalid file is reported and affects no other."""
    found = Configurations()
    files = list(_files(config.confd))
    real = {file.name for file in files if not file.is_default}
    for file in files:
        if file.is_default and file.name in real:
            continue
        try:
            _read(file, config, found)
        except (ConfigurationError, SecretError, OSError, yaml.YAMLError) as error:
            found.errors[str(file.path)] = " ".join(str(error).split())
    if config.flag("default_checks_enabled"):
        configured = {entry.name for entry in found.instances} | real
        for name in DEFAULT_CHECKS:
            if name not in configured:
                found.instances.append(CheckInstance(name, {}, _default_instance(name), f"default:{name}"))
    found.instances = list({entry.check_id: entry for entry in reversed(found.instances)}.values())[::-1]
    return found


def parse_file(path: Path, name: str, config: Config) -> Mapping[str, Any]:
    """Parse a check's file, with ``%%env_VAR%%`` and secrets substituted. Raises ConfigurationError."""
    tree = yaml.safe_load(path.read_text())
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigurationError(f"it must hold `init_config:` and `instances:`, not a {type(tree).__name__}")
    if "docker_images" in tree:
        raise ConfigurationError("docker_images is not supported any more; use ad_identifiers")
    filled = _with_environment(tree)
    return dict(resolve_secrets(filled, config))


def instances_of(tree: Mapping[str, Any], name: str, path: Path) -> list[CheckInstance]:
    """The check instances in a parsed file."""
    elements = tree.get("instances") or []
    if not isinstance(elements, list):
        raise ConfigurationError("instances must be a list: put `- ` before its first line")
    init_config = tree.get("init_config") or {}
    if not isinstance(init_config, dict):
        raise ConfigurationError("init_config must be a mapping or empty")
    wrong = [element for element in elements if not isinstance(element, (dict, type(None)))]
    if wrong:
        raise ConfigurationError(f"an element of instances is {wrong[0]!r}; write `key: value` lines")
    return [
        CheckInstance(name, init_config, element or {}, f"file:{path}[{index}]")
        for index, element in enumerate(elements)
    ]


def _files(folder: Path) -> Iterable[_File]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name.endswith(".d"):
            for inner in sorted(entry.iterdir()):
                if inner.name not in ("metrics.yaml", "metrics.yml"):
                    yield from _as_file(inner, entry.name[:-2])
        elif entry.is_file():
            yield from _as_file(entry, "")


def _as_file(path: Path, name: str) -> Iterable[_File]:
    is_default = path.name.endswith(".default")
    stem = path.with_suffix("") if is_default else path
    if path.is_file() and stem.suffix in _SUFFIXES:
        yield _File(path, name or stem.stem, is_default)


def _read(file: _File, config: Config, found: Configurations) -> None:
    tree = parse_file(file.path, file.name, config)
    if not tree:
        return
    if tree.get("ad_identifiers") or tree.get("advanced_ad_identifiers"):
        if file.name not in config.strings("ignore_autoconf"):
            found.notes[str(file.path)] = "a template for containers (ad_identifiers); these need discovery"
        return
    instances = instances_of(tree, file.name, file.path)
    logs = tree.get("logs") or []
    if not instances and not logs and not tree.get("jmx_metrics"):
        raise ConfigurationError("Configuration file contains no valid instances")
    found.instances += instances
    found.logs += [(str(file.path), entry) for entry in logs if isinstance(entry, dict)]


def _with_environment(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _with_environment(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_environment(value) for value in tree]
    if not isinstance(tree, str):
        return tree
    missing = [name for name in _ENV.findall(tree) if name not in os.environ]
    if missing:
        raise ConfigurationError(f"%%env_{missing[0]}%%: the variable {missing[0]} is not set")
    return _ENV.sub(lambda match: os.environ[match.group(1)], tree)


def _default_instance(name: str) -> dict[str, Any]:
    if name == "disk":
        return {"use_mount": False}
    return {"collect_connection_state": False} if name == "network" else {}


def _canonical(*parts: Any) -> bytes:
    return json.dumps(parts, sort_keys=True, default=str).encode()


def _fnv1_64(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF) ^ byte
    return value
