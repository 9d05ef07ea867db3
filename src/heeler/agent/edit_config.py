"""``heeler agent config set``: changes one setting in ``datadog.yaml``, preserving comments and layout."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from heeler.agent.config import ConfigError, load_config
from heeler.agent.defaults import DEFAULTS
from heeler.agent.unused_settings import nearest, reason_without_effect


def set_setting(directory: Path, key: str, text: str) -> Any:
    """Set ``key`` (dotted) to the YAML value ``text``; returns the value.

    Raises ConfigError if the agent could not use the result; the file is then unchanged.
    """
    reason = reason_without_effect(key)
    if reason is not None:
        raise ConfigError(f"{key} is not used by Heeler: {reason}")
    if key not in DEFAULTS:
        near = nearest(key)
        raise ConfigError(f"{key} is no setting of the agent" + (f"; did you mean {near}?" if near else ""))
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{text!r} is no value: {error}") from error
    file = directory / "datadog.yaml"
    before = file.read_text() if file.exists() else ""
    after = edited(before, key, value)
    _check(after, directory)
    descriptor = os.open(f"{file}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as target:  # noqa: PTH123
        target.write(after)
    if file.exists():
        os.chmod(f"{file}.tmp", file.stat().st_mode & 0o777)  # noqa: PTH101
    Path(f"{file}.tmp").replace(file)
    return value


def edited(text: str, key: str, value: Any) -> str:
    """Return ``text`` with ``key`` set. Raises ConfigError if the file has a layout that cannot be edited."""
    wanted = yaml.safe_load(text) or {}
    groups = key.split(".")
    place = wanted
    for group in groups[:-1]:
        place = place.setdefault(group, {}) if isinstance(place, dict) else {}
        if place is None:
            raise ConfigError(f"{key}: {group} is empty in the file; edit it by hand")
    place[groups[-1]] = value
    result = "\n".join(_edit(text.split("\n"), groups, value, 0, 0)).rstrip("\n") + "\n"
    try:
        correct = yaml.safe_load(result) == wanted
    except yaml.YAMLError:
        correct = False
    if not correct:
        raise ConfigError(
            f"{key} cannot be set in a file that is written this way; edit datadog.yaml by hand"
        )
    return result


def _edit(lines: list[str], groups: list[str], value: Any, begin: int, indent: int) -> list[str]:
    pad = " " * indent
    pattern = re.compile(rf"^{pad}{re.escape(groups[0])}\s*:")
    end = begin
    while end < len(lines) and (
        not lines[end].strip() or lines[end].startswith(pad) or lines[end].startswith("#")
    ):
        end += 1
    found = next((at for at in range(begin, end) if pattern.match(lines[at])), None)
    if len(groups) == 1:
        line = f"{pad}{groups[0]}: {_flow(value)}"
        if found is None:
            return _insert(lines, end, [line])
        return [*lines[:found], line, *lines[_block_end(lines, found, indent) :]]
    if found is None:
        nested = [f"{' ' * (indent + 2 * depth)}{group}:" for depth, group in enumerate(groups[:-1])]
        last = f"{' ' * (indent + 2 * (len(groups) - 1))}{groups[-1]}: {_flow(value)}"
        return _insert(lines, end, [*nested, last])
    inner = next(
        (line for line in lines[found + 1 :] if line.strip() and not line.lstrip().startswith("#")), ""
    )
    depth = len(inner) - len(inner.lstrip())
    if depth <= indent:
        return lines
    stop = _block_end(lines, found, indent)
    return [*lines[: found + 1], *_edit(lines[found + 1 : stop], groups[1:], value, 0, depth), *lines[stop:]]


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("...\n").strip()


def _block_end(lines: list[str], at: int, indent: int) -> int:
    """The line after the value that starts at ``at``."""
    end = at + 1
    while end < len(lines):
        line = lines[end]
        deeper = len(line) - len(line.lstrip()) > indent or line[indent:].startswith("- ")
        if line.strip() and not deeper:
            break
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _insert(lines: list[str], at: int, new: list[str]) -> list[str]:
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    return [*lines[:at], *new, *lines[at:]]


def _check(text: str, directory: Path) -> None:
    """Raise ConfigError if the agent could not start with the result."""
    trial = directory / ".datadog.trial.yaml"
    try:
        trial.write_text(text)
        load_config(trial, env={})
    except OSError as error:
        raise ConfigError(f"{directory} cannot be written: {error.strerror}") from error
    finally:
        trial.unlink(missing_ok=True)
