"""Caches of functions of texts that others send: bounded in bytes, not only in entries."""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def short_text_cache(
    maxsize: int, longest: int
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Decorator like :func:`functools.lru_cache` for a function of texts, given by position.

    Texts that are together longer than ``longest`` are computed each time: as keys of a cache they would stay
    in memory, ``maxsize`` times whatever a body may hold.
    """

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        cached = lru_cache(maxsize=maxsize)(function)

        @wraps(function)
        def call(*texts: Sized) -> _Result:
            size = len(texts[0]) if len(texts) == 1 else sum(map(len, texts))
            return cached(*texts) if size <= longest else function(*texts)  # type: ignore[arg-type, call-arg]

        return call  # type: ignore[return-value]

    return decorate
