"""What to tail, from ``conf.d``: the ``logs:`` list of each configuration file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from heeler.agent.config import Config, ConfigError

_RULES = ("exclude_at_match", "include_at_match", "mask_sequences", "multi_line")
_POSITIONS = ("end", "beginning", "forceBeginning", "forceEnd")


@dataclass(frozen=True)
class Rule:
    """A processing rule; ``placeholder`` replaces what ``mask_sequences`` finds."""

    type: str
    name: str
    pattern: re.Pattern[str]
    placeholder: str = ""


@dataclass(frozen=True)
class LogSource:
    """One entry of a ``logs:`` list. ``path`` may be a glob."""

    path: str
    service: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    encoding: str = "utf-8"
    start: str = "end"
    rules: tuple[Rule, ...] = ()
    auto_multi_line: bool = False
    file: str = ""
    """Where it is configured, for messages."""

    @property
    def multi_line(self) -> re.Pattern[str] | None:
        """What the first line of a message begins with."""
        return next((rule.pattern for rule in self.rules if rule.type == "multi_line"), None)


def load_sources(config: Config) -> tuple[list[LogSource], list[str]]:
    """Every file source of ``conf.d``, and a sentence for each entry that cannot be used."""
    common = tuple(_rules(config.get("logs_config.processing_rules") or [], "logs_config.processing_rules"))
    sources, problems = [], []
    for file in sorted([*config.confd.glob("*.d/*.yaml"), *config.confd.glob("*.yaml")]):
        if file.name.startswith("metrics"):
            continue
        try:
            entries = _entries(file)
        except ConfigError as error:
            problems.append(str(error))
            continue
        for entry in entries:
            try:
                sources.append(_source(entry, file, common, config))
            except ConfigError as error:
                problems.append(str(error))
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
    if entry.get("type") != "file":
        raise ConfigError(f"{file}: logs of type {entry.get('type')!r} are not collected here; only file is")
    if not entry.get("path"):
        raise ConfigError(f"{file}: an entry of logs has no path")
    start = str(entry.get("start_position") or "end")
    if start not in _POSITIONS:
        raise ConfigError(f"{file}: start_position is {start!r}; write one of {', '.join(_POSITIONS)}")
    tags = entry.get("tags") or []
    category = entry.get("sourcecategory")
    return LogSource(
        path=str(Path(str(entry["path"])).expanduser()),
        service=str(entry.get("service") or ""),
        source=str(entry.get("source") or ""),
        tags=(
            *([f"sourcecategory:{category}"] if category else []),
            *(tags.split(",") if isinstance(tags, str) else map(str, tags)),
        ),
        exclude=tuple(map(str, entry.get("exclude_paths") or ())),
        encoding=str(entry.get("encoding") or "utf-8"),
        start=start,
        rules=(*common, *_rules(entry.get("log_processing_rules") or [], str(file))),
        auto_multi_line=bool(
            entry.get("auto_multi_line_detection", config.flag("logs_config.auto_multi_line_detection"))
        ),
        file=str(file),
    )


def _rules(entries: Any, where: str) -> list[Rule]:
    if not isinstance(entries, list):
        raise ConfigError(f"{where}: processing rules must be a list")
    rules = []
    for entry in entries:
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if kind not in _RULES:
            raise ConfigError(
                f"{where}: a processing rule has type {kind!r}; write one of {', '.join(_RULES)}"
            )
        try:
            pattern = re.compile(str(entry.get("pattern") or ""))
        except re.error as error:
            raise ConfigError(
                f"{where}: {entry.get('pattern')!r} is no regular expression: {error}"
            ) from error
        placeholder = re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", str(entry.get("replace_placeholder") or ""))
        rules.append(Rule(kind, str(entry.get("name") or ""), pattern, placeholder))
    return rules
