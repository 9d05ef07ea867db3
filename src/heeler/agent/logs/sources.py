"""Log sources: the ``logs:`` list of each configuration file in ``conf.d``."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from heeler.agent.config import Config, ConfigError
from heeler.agent.logs.rules import Rule, parse_rules

TYPES = ("file", "tcp", "udp", "journald", "docker", "containerd")
_POSITIONS = ("end", "beginning", "forceBeginning", "forceEnd")
_FORMATS = ("", "raw", "syslog")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "shift-jis")
CONTAINER_LOGS = {
    "docker": "/var/lib/docker/containers/*/*-json.log",
    "containerd": "/var/log/pods/*/*/*.log",
}
"""Log paths of container runtimes."""


@dataclass(frozen=True)
class LogSource:
    """One entry of a ``logs:`` list. ``path`` may be a glob."""

    path: str = ""
    type: str = "file"
    service: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    encoding: str = "utf-8"
    start: str = "end"
    rules: tuple[Rule, ...] = ()
    auto_multi_line: bool = False
    port: int = 0
    bind_host: str = ""
    format: str = ""
    """``syslog`` if each message is RFC 5424 or RFC 3164, else raw lines."""
    units: tuple[str, ...] = ()
    exclude_units: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    max_bytes: int = 900_000
    file: str = ""
    """Configuration file, for messages."""

    @property
    def multi_line(self) -> Any:
        """Pattern of the first line of a message; None if each line is a message."""
        return next((rule.pattern for rule in self.rules if rule.type == "multi_line"), None)

    @property
    def title(self) -> str:
        """Name of the source in ``status``."""
        if self.type in ("tcp", "udp"):
            return f"{self.type}: port {self.port}"
        return f"{self.type}: {self.path}" if self.path else self.type


def load_sources(config: Config) -> tuple[list[LogSource], list[str]]:
    """All valid sources of ``conf.d``, and an error for each invalid entry.

    Raises ConfigError for invalid global rules: nothing may be sent without them.
    """
    common = parse_rules(config.get("logs_config.processing_rules") or [], "logs_config.processing_rules")
    sources: list[LogSource] = []
    problems: list[str] = []
    for file in sorted([*config.confd.glob("*.d/*.yaml"), *config.confd.glob("*.yaml")]):
        if file.name.startswith("metrics"):
            continue
        found, wrong = read_source_file(file, config, common)
        sources += found
        problems += wrong
    if config.flag("logs_config.container_collect_all"):
        sources += [
            LogSource(path, kind, rules=common, start="beginning", file="logs_config.container_collect_all")
            for kind, path in CONTAINER_LOGS.items()
        ]
    return sources, problems


def read_source_file(
    file: Path, config: Config, common: tuple[Rule, ...] = ()
) -> tuple[list[LogSource], list[str]]:
    """Sources of one configuration file, and an error for each invalid entry."""
    sources, problems = [], []
    try:
        entries = _entries(file)
    except ConfigError as error:
        return [], [str(error)]
    for entry in entries:
        try:
            sources.append(_source(entry, file, common, config))
        except ConfigError as error:
            problems.append(f"{error}; this source is not collected")
    return sources, problems


def _entries(file: Path) -> list[Any]:
    try:
        document = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    found = document.get("logs") if isinstance(document, dict) else None
    return found if isinstance(found, list) else []


def _source(entry: Any, file: Path, common: tuple[Rule, ...], config: Config) -> LogSource:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{file}: an entry of logs is {entry!r}; write `- type: file` with a path")
    kind = str(entry.get("type"))
    if kind not in TYPES:
        raise ConfigError(
            f"{file}: logs of type {kind!r} are not collected here; write one of {', '.join(TYPES)}"
        )
    category = entry.get("sourcecategory")
    auto = entry.get("auto_multi_line_detection", config.flag("logs_config.auto_multi_line_detection"))
    return LogSource(
        path=_path(entry, kind, file),
        type=kind,
        service=str(entry.get("service") or ""),
        source=str(entry.get("source") or ""),
        tags=(*([f"sourcecategory:{category}"] if category else []), *_tags(entry.get("tags") or [])),
        exclude=tuple(map(str, entry.get("exclude_paths") or ())),
        encoding=_encoding(entry, file),
        start=_choice(entry, "start_position", "end", _POSITIONS, file),
        rules=(*common, *parse_rules(entry.get("log_processing_rules") or [], str(file))),
        auto_multi_line=bool(auto),
        port=_port(entry, kind, file),
        bind_host=str(entry.get("bind_host") or ""),
        format=_choice(entry, "format", "", _FORMATS, file),
        units=_names(entry, "include_units"),
        exclude_units=_names(entry, "exclude_units"),
        matches=_names(entry, "include_matches"),
        max_bytes=_size(entry, config, file),
        file=str(file),
    )


def _path(entry: Mapping[str, Any], kind: str, file: Path) -> str:
    if kind == "file" and not entry.get("path"):
        raise ConfigError(f"{file}: an entry of logs has no path")
    path = str(entry.get("path") or CONTAINER_LOGS.get(kind, ""))
    return str(Path(path).expanduser()) if path else ""


def _port(entry: Mapping[str, Any], kind: str, file: Path) -> int:
    if kind not in ("tcp", "udp"):
        return 0
    port = entry.get("port")
    if not isinstance(port, int) or not 0 < port < 65536:
        raise ConfigError(f"{file}: logs of type {kind} need a port from 1 to 65535, not {port!r}")
    return port


def _size(entry: Mapping[str, Any], config: Config, file: Path) -> int:
    size = entry.get("max_message_size_bytes", config.integer("logs_config.max_message_size_bytes"))
    if not isinstance(size, int) or size <= 0:
        raise ConfigError(f"{file}: max_message_size_bytes is {size!r}; write a number of bytes")
    return size


def _encoding(entry: Mapping[str, Any], file: Path) -> str:
    name = str(entry.get("encoding") or "utf-8")
    try:
        return {"utf_8": "utf-8"}.get(codecs.lookup(name).name, codecs.lookup(name).name)
    except LookupError:
        known = ", ".join(_ENCODINGS)
        raise ConfigError(f"{file}: encoding {name!r} is not known; for example {known}") from None


def _choice(entry: Mapping[str, Any], key: str, default: str, known: tuple[str, ...], file: Path) -> str:
    value = str(entry.get(key) or default)
    if value not in known:
        raise ConfigError(f"{file}: {key} is {value!r}; write one of {', '.join(filter(None, known))}")
    return value


def _names(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(map(str, entry.get(key) or ()))


def _tags(tags: Any) -> list[str]:
    return [tag.strip() for tag in tags.split(",")] if isinstance(tags, str) else list(map(str, tags))
