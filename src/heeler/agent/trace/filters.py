"""Trace filters and tag replacement rules of ``datadog.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heeler.agent.config import Config, ConfigError
from heeler.agent.regexp_expand import expander
from heeler.wire.traces.spans import Chunk, Span, root_of


@dataclass(frozen=True)
class Replacement:
    """Replaces matches of ``pattern`` in tag ``name`` (``*`` all tags, ``resource.name`` the resource) with
    the result of ``expand``.
    """

    name: str
    pattern: re.Pattern[str]
    expand: Callable[[re.Match[str]], str]

    def apply(self, span: Span) -> None:
        if self.name in ("*", "resource.name"):
            span.resource = self.pattern.sub(self.expand, span.resource)
        if self.name == "*":
            for key, value in span.meta.items():
                if not key.startswith("_"):
                    span.meta[key] = self.pattern.sub(self.expand, value)
        elif self.name in span.meta:
            span.meta[self.name] = self.pattern.sub(self.expand, span.meta[self.name])


@dataclass(frozen=True)
class Filters:
    ignored_resources: tuple[re.Pattern[str], ...] = ()
    required: tuple[tuple[str, str | None], ...] = ()
    rejected: tuple[tuple[str, str | None], ...] = ()
    replacements: tuple[Replacement, ...] = ()

    def refuses(self, chunk: Chunk) -> str:
        """Reason to drop the chunk, as a counter tag; "" if it passes."""
        root = root_of(chunk.spans)
        if any(pattern.search(root.resource) for pattern in self.ignored_resources):
            return "ignored_resource"
        if any(not _has(root, *wanted) for wanted in self.required):
            return "tag_missing"
        if any(_has(root, *unwanted) for unwanted in self.rejected):
            return "tag_rejected"
        return ""

    def rewrite(self, span: Span) -> None:
        for replacement in self.replacements:
            replacement.apply(span)


def _has(span: Span, key: str, value: str | None) -> bool:
    found = span.meta.get(key)
    if found is None and key in span.metrics:
        found = _number_text(span.metrics[key])
    return found is not None and (value is None or found == value)


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**63 else repr(value)


def filters_from(config: Config) -> Filters:
    """Build the filters of a configuration. Raises ConfigError for an invalid pattern."""
    return Filters(
        ignored_resources=tuple(
            _compiled(text, "apm_config.ignore_resources")
            for text in config.strings("apm_config.ignore_resources")
        ),
        required=_pairs(config.strings("apm_config.filter_tags.require")),
        rejected=_pairs(config.strings("apm_config.filter_tags.reject")),
        replacements=tuple(_replacement(rule) for rule in config.get("apm_config.replace_tags") or []),
    )


def _pairs(texts: list[str]) -> tuple[tuple[str, str | None], ...]:
    parts = [text.partition(":") for text in texts if text.strip()]
    return tuple((key.strip(), value.strip() if colon else None) for key, colon, value in parts)


def _replacement(rule: Any) -> Replacement:
    if not isinstance(rule, dict) or not rule.get("name") or "pattern" not in rule:
        raise ConfigError(
            f"apm_config.replace_tags: {rule!r} is no rule; write {{name: ..., pattern: ..., repl: ...}}"
        )
    expand = expander(str(rule.get("repl") or ""))
    return Replacement(str(rule["name"]), _compiled(str(rule["pattern"]), "apm_config.replace_tags"), expand)


def _compiled(pattern: str, setting: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{setting}: {pattern!r} is no regular expression: {error}") from error
