"""The agent's configuration: flags, then ``DD_*`` variables, then ``datadog.yaml``, then defaults."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from heeler.agent.defaults import COMMA_SEPARATED, DEFAULTS, ENVIRONMENT_ALIASES, LOCAL_SERVER
from heeler.agent.secrets import SecretError, resolve_secrets

SYSTEM_DIR = Path("/etc/datadog-agent")
_TRUE = frozenset({"1", "t", "true", "yes", "y", "on"})
_FALSE = frozenset({"0", "f", "false", "no", "n", "off", ""})


class ConfigError(ValueError):
    """A setting or file is invalid; the message tells which, where, and what to write instead."""


@dataclass(frozen=True)
class Config:
    """Settings by dotted key, e.g. ``get("logs_config.batch_wait")``.

    ``directory`` is the folder of ``datadog.yaml``, ``conf.d`` and ``checks.d``.
    """

    directory: Path
    values: Mapping[str, Any]
    """Explicitly set settings by dotted key, converted to their final type."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Source of each of ``values``: ``flag``, ``environment`` or ``file``."""
    file_found: bool = False

    def get(self, key: str) -> Any:
        """The value of ``key``; for a prefix such as ``apm_config`` a nested mapping; None if unknown."""
        if key in self.values:
            return self.values[key]
        if key in DEFAULTS:
            return DEFAULTS[key]
        prefix = f"{key}."
        nested: dict[str, Any] = {}
        for name in (*DEFAULTS, *self.values):
            if name.startswith(prefix):
                _assign(nested, name[len(prefix) :], self.get(name))
        return nested or None

    def text(self, key: str) -> str:
        return str(self.get(key) or "")

    def flag(self, key: str) -> bool:
        return bool(self.get(key))

    def number(self, key: str) -> float:
        return float(self.get(key) or 0)

    def integer(self, key: str) -> int:
        return int(self.get(key) or 0)

    def strings(self, key: str) -> list[str]:
        value = self.get(key) or []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    @property
    def api_key(self) -> str:
        return self.text("api_key").strip()

    @property
    def url(self) -> str:
        """Base URL of the intake for metrics, checks, events and metadata, without a trailing slash."""
        if self.text("dd_url"):
            return self.text("dd_url").rstrip("/")
        return f"https://app.{self.text('site')}" if self.text("site") else LOCAL_SERVER

    @property
    def url_source(self) -> str:
        """The setting that determined ``url``, for messages."""
        for key in ("dd_url", "site"):
            if self.text(key):
                return f"{key} in the {self.sources.get(key, 'file')}"
        return "the default"

    @property
    def run_path(self) -> Path:
        """State folder: status files, sockets, the spool, persistent caches."""
        configured = self.text("run_path")
        return Path(configured).expanduser() if configured else self.directory / "run"

    @property
    def log_dir(self) -> Path:
        configured = self.text("log_file")
        return Path(configured).expanduser().parent if configured else self.directory / "logs"

    @property
    def confd(self) -> Path:
        configured = self.text("confd_path")
        return Path(configured).expanduser() if configured else self.directory / "conf.d"

    @property
    def checksd(self) -> Path:
        configured = self.text("additional_checksd")
        return Path(configured).expanduser() if configured else self.directory / "checks.d"

    @property
    def host_tags(self) -> list[str]:
        """Tags of this host, sorted and deduplicated: ``tags``, ``extra_tags`` and ``env``."""
        tags = {*self.strings("tags"), *self.strings("extra_tags")}
        if self.text("env"):
            tags.add(f"env:{self.text('env')}")
        return sorted(tag for tag in tags if tag)

    def as_tree(self) -> dict[str, Any]:
        """All settings, defaults included, nested as in the file."""
        tree: dict[str, Any] = {}
        for key in sorted({*DEFAULTS, *self.values}):
            _assign(tree, key, self.get(key))
        return tree


def default_directory(env: Mapping[str, str]) -> Path:
    """``HEELER_AGENT_CONFIG``, else the folder made by ``heeler up``, else /etc/datadog-agent if readable.

    Otherwise it is the user's own configuration folder.
    """
    if env.get("HEELER_AGENT_CONFIG"):
        return Path(env["HEELER_AGENT_CONFIG"]).expanduser()
    home = Path(env.get("HOME", "~")).expanduser()
    data = Path(env.get("XDG_DATA_HOME") or home / ".local" / "share") / "heeler"
    own = Path(env.get("HEELER_DATA") or data).expanduser() / "agent"
    for folder in (own, SYSTEM_DIR):
        if os.access(folder / "datadog.yaml", os.R_OK):
            return folder
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "heeler-agent"


def load_config(
    directory: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Config:
    """Read the configuration; ``directory`` may also name the YAML file itself. Raises ConfigError."""
    env = os.environ if env is None else env
    folder = Path(directory).expanduser() if directory else default_directory(env)
    file = folder if folder.suffix in (".yaml", ".yml") else folder / "datadog.yaml"
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, settings in (
        ("file", _from_file(file)),
        ("environment", _from_environment(env)),
        ("flag", {key: value for key, value in (flags or {}).items() if value is not None}),
    ):
        values.update(settings)
        sources.update(dict.fromkeys(settings, source))
    config = Config(file.parent.absolute(), values, sources, file.is_file())
    try:
        return Config(config.directory, resolve_secrets(values, config), sources, config.file_found)
    except SecretError as error:
        raise ConfigError(f"{file}: {error}") from error


def _from_file(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror}; make it readable for this user"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not written in UTF-8 ({error}); save it again as UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{file} must hold `key: value` lines, not {type(tree).__name__}")
    return {key: _typed(key, value, str(file)) for key, value in _flatten(tree).items() if value is not None}


def _flatten(tree: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        is_group = isinstance(value, dict) and not isinstance(DEFAULTS.get(key), dict)
        if is_group and any(known.startswith(f"{key}.") for known in DEFAULTS):
            flat.update(_flatten(value, f"{key}."))
        else:
            flat[key] = value
    return flat


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in DEFAULTS:
        name = "DD_" + key.upper().replace(".", "_")
        for candidate in (name, *ENVIRONMENT_ALIASES.get(key, ())):
            if env.get(candidate):
                found[key] = _typed(key, env[candidate], candidate)
                break
    return found


def _typed(key: str, value: Any, where: str) -> Any:
    """Convert ``value`` to the type of the key's default; strings come from the environment or quoted
    YAML.
    """
    default = DEFAULTS.get(key)
    try:
        if isinstance(default, bool):
            return _boolean(value)
        if isinstance(default, (int, float)):
            return type(default)(value)
        if isinstance(default, list):
            return _list(key, value)
        if isinstance(default, dict) and isinstance(value, str):
            return json.loads(value)
    except (TypeError, ValueError) as error:
        kind = type(default).__name__
        raise ConfigError(
            f"{where}: {key} is {value!r}, which is no {kind}; the default is {default!r}"
        ) from error
    return str(value) if isinstance(default, str) else value


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE and word not in _FALSE:
        raise ValueError(word)
    return word in _TRUE


def _list(key: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    text = str(value).strip()
    if text.startswith(("[", "{")):
        parsed = json.loads(text)
        return parsed if isinstance(parsed, list) else [parsed]
    parts = text.split(",") if key in COMMA_SEPARATED else text.split()
    if key in ("tags", "extra_tags"):  # both `a:b c:d` and `a:b, c:d` are common
        parts = re.split(r"[,\s]+", text)
    return [part.strip() for part in parts if part.strip()]


def _assign(tree: dict[str, Any], key: str, value: Any) -> None:
    *groups, name = key.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[name] = value
