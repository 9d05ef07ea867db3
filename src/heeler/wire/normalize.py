"""Normalization of metric names and tags, by the rules of Datadog's intake."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from heeler.wire.short_text_cache import short_text_cache

MAX_LENGTH = 200
#: Characters of a text, and of a set, up to which results are cached.
_LONGEST, _LONGEST_SET = 256, 4096

_BAD_IN_NAME = re.compile(r"[^A-Za-z0-9_.]")
_BAD_IN_TAG = re.compile(r"[^\w\-:./]")
_NOT_A_LETTER_FIRST = re.compile(r"^[^A-Za-z]+")
_NOT_A_TAG_FIRST = re.compile(r"^[\W\d_]+")


@short_text_cache(16384, longest=_LONGEST)
def metric_name(name: str) -> str:
    """Normalize a name to letters, digits, ``_`` and ``.``, starting at its first letter, at most 200
    characters.

    Empty if nothing remains.
    """
    return _BAD_IN_NAME.sub("_", _NOT_A_LETTER_FIRST.sub("", name))[:MAX_LENGTH]


@short_text_cache(65536, longest=_LONGEST)
def tag(text: str) -> str:
    """Normalize a tag: lower case, letters, digits and ``_-:./`` only, starting with a letter, at most 200
    characters.

    Empty if nothing remains.
    """
    clean = _BAD_IN_TAG.sub("_", _NOT_A_TAG_FIRST.sub("", text.strip().lower()))
    return clean[:MAX_LENGTH].rstrip("_")


def tag_set(tags: Iterable[str]) -> tuple[str, ...]:
    """Normalized tags, deduplicated and sorted."""
    given = tuple(tags)
    return _tag_set(given) if sum(map(len, given)) <= _LONGEST_SET else _tag_set.__wrapped__(given)


@lru_cache(maxsize=4096)  # the metrics of a host share few tag sets
def _tag_set(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({clean for text in tags if (clean := tag(text))}))
