"""Log processing rules (exclude, include, mask, multi-line), with patterns in RE2 syntax, as the Agent's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from heeler.agent.config import ConfigError
from heeler.agent.regexp_expand import expander

RULE_TYPES = ("exclude_at_match", "include_at_match", "mask_sequences", "multi_line", "exclude_truncated")
TRUNCATED = "...TRUNCATED..."


@dataclass(frozen=True)
class Rule:
    """A processing rule; ``placeholder`` replaces matches of ``mask_sequences``."""

    type: str
    name: str
    pattern: Any = None
    """An RE2 pattern; None for ``exclude_truncated``."""
    placeholder: str = ""


def compile_pattern(pattern: str) -> Any:
    """Compile ``pattern`` in RE2 syntax. Raises ValueError with the error and its position."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(text) from None


def parse_rules(entries: Any, where: str) -> tuple[Rule, ...]:
    """Parse a ``log_processing_rules`` list or its JSON. Raises ConfigError naming the invalid rule."""
    if isinstance(entries, str):
        try:
            entries = json.loads(entries)
        except ValueError as error:
            raise ConfigError(f"{where}: processing rules are not valid JSON: {error}") from error
    if not isinstance(entries, list):
        raise ConfigError(f"{where}: processing rules must be a list")
    return tuple(_rule(entry, where) for entry in entries)


def _rule(entry: Any, where: str) -> Rule:
    kind = entry.get("type") if isinstance(entry, Mapping) else None
    if kind not in RULE_TYPES:
        raise ConfigError(
            f"{where}: a processing rule has type {kind!r}; write one of {', '.join(RULE_TYPES)}"
        )
    name = str(entry.get("name") or "")
    if kind == "exclude_truncated":
        return Rule(kind, name)
    pattern = entry.get("pattern")
    if not pattern or not isinstance(pattern, str):
        raise ConfigError(f"{where}: the processing rule {name!r} of type {kind} has no pattern")
    try:
        return Rule(kind, name, compile_pattern(pattern), str(entry.get("replace_placeholder") or ""))
    except ValueError as error:
        raise ConfigError(
            f"{where}: the pattern {pattern!r} of the processing rule {name!r} is no regular expression of "
            f"RE2: {error}"
        ) from error


def apply_rules(message: str, rules: Iterable[Rule]) -> str | None:
    """The message after masking; None when a rule excludes it."""
    for rule in rules:
        if rule.type == "exclude_at_match" and rule.pattern.search(message):
            return None
        if rule.type == "include_at_match" and not rule.pattern.search(message):
            return None
        if rule.type == "exclude_truncated" and TRUNCATED in message:
            return None
        if rule.type == "mask_sequences":
            message = rule.pattern.sub(expander(rule.placeholder), message)
    return message
