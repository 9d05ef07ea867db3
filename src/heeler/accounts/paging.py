"""Parameters ``page[size]`` and ``page[number]`` of the v2 API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from heeler.api.numbers import whole_parameter

T = TypeVar("T")

_MAX_SIZE = 1000


def page_of(items: Sequence[T], query: Mapping[str, str], default_size: int) -> Sequence[T]:
    """The page of ``items`` requested by ``query``; pages count from 0."""
    size = page_size(query, default_size)
    number = whole_parameter("page[number]", query.get("page[number]"), 0)
    return items[number * size : (number + 1) * size]


def page_size(query: Mapping[str, str], default: int) -> int:
    """The entries of a page: at least 1, at most 1,000. Raises a 400."""
    return min(max(whole_parameter("page[size]", query.get("page[size]"), default), 1), _MAX_SIZE)
