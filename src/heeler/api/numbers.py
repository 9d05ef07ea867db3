"""Parsing of integers in request texts, such as query parameters."""

from __future__ import annotations

from heeler.api.errors import bad_request

MAX_DIGITS = 18
"""Digits that always fit 64 bits."""
MAX_SECONDS = 2**32
"""The store's times are UNIX seconds below it."""
MAX_OFFSET = 2**31 - 1
"""The largest page, size or offset: it fits the integers of every database."""


def is_whole(text: str) -> bool:
    """Whether ``text`` is ASCII digits that fit 64 bits; ``str.isdigit`` also accepts superscripts."""
    return 0 < len(text) <= MAX_DIGITS and text.isascii() and text.isdigit()


def whole_parameter(name: str, text: str | None, default: int, most: int = MAX_OFFSET) -> int:
    """Parse a parameter from 0 to ``most``; ``default`` if absent or empty. Raises a 400."""
    if not text:
        return default
    if not is_whole(text) or int(text) > most:
        raise bad_request(f"Invalid {name}: {text[:50]!r}. Expected a whole number from 0 to {most}.")
    return int(text)
