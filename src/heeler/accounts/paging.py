"""Parameters ``page[size]`` and ``page[number]`` of the v2 API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from heeler.api.numbers import whole_parameter

T = TypeVar("T")

_MAX_SIZE = 1000


def page_of(items: Sequence[T], query: Mapping[str, str], default_size: int) -> Sequence[T]:
    """The page of ``items`` requested by ``query``; pages count from 0."""
    size = _whole(query, "page[size]", default_size)
    number = _whole(query, "page[number]", 0)
    size = min(max(size, 1), _MAX_SIZE)
    return items[number * size : (number + 1) * size]


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    return whole_parameter(name, query.get(name), default)
