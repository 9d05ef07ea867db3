"""Searchable text of a dashboard: widget titles and metric names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_LETTERS = 4000
_METRIC = re.compile(r"(?<![\w.])([A-Za-z][\w.]*)\s*\{")


def content_of(body: Mapping[str, Any]) -> str:
    """Widget titles and metric names, deduplicated, up to ``MAX_LETTERS``."""
    words = dict.fromkeys(_words(body.get("widgets") or []))
    return " ".join(words)[:MAX_LETTERS]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "title" and isinstance(item, str) and item:
                yield item
            elif name in ("q", "query") and isinstance(item, str):
                yield from _METRIC.findall(item)
            else:
                yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
