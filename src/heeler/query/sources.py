"""Data sources of formulas: who answers a query object of ``data_source`` logs, spans, events, ...

A package that stores data of its own registers an executor when it is imported; metrics are answered by
``heeler.query.metrics``. An executor gives a :class:`~heeler.query.frame.Frame` over the window.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from heeler.query.frame import Frame
from heeler.query.metrics.window import Window
from heeler.store.engine import Engine

#: Takes the query object as the API received it, and the window with its default interval.
Executor = Callable[[Engine, dict[str, Any], Window], Awaitable[Frame]]

_EXECUTORS: dict[str, Executor] = {}


def register_source(names: tuple[str, ...], executor: Executor) -> None:
    """Lets ``executor`` answer query objects whose ``data_source`` is one of ``names``."""
    for name in names:
        _EXECUTORS[name] = executor


def executor_of(data_source: str) -> Executor | None:
    return _EXECUTORS.get(data_source)


def known_sources() -> list[str]:
    return sorted({"metrics", *_EXECUTORS})
