"""Which groups of monitors a scope covers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def scope_matches(scope: Iterable[str], tags: Iterable[str]) -> bool:
    """Whether every ``key:value`` of ``scope`` is among ``tags``; ``*`` covers anything."""
    have = [tag.lower() for tag in tags]
    return all(
        want.strip() == "*" or any(fnmatchcase(tag, want.strip().lower()) for tag in have) for want in scope
    )
