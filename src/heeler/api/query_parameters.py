"""Values of query parameters."""

from __future__ import annotations


def split_values(*texts: str) -> list[str]:
    """The values of a parameter, separated by commas, repeated, or both; without empty ones."""
    return [one for text in texts for part in text.split(",") if (one := part.strip())]
