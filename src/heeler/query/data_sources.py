"""Registry of data sources of formulas: the executor for each ``data_source`` (logs, spans, events, ...).

A package that stores its own data registers an executor when it is imported; metrics are handled by
``heeler.query.metrics``. An executor returns a :class:`~heeler.query.frame.Frame` over the window.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from heeler.query.frame import Frame
from heeler.query.metrics.window import Buckets, Window
from heeler.store.engine import Engine

#: Called with the query object as received by the API, and the window with its default interval.
Executor = Callable[[Engine, dict[str, Any], Window], Awaitable[Frame]]

_EXECUTORS: dict[str, Executor] = {}
#: Data sources of published dashboards that are not stored here: their result is empty, with a note.
NOT_STORED = (
    "app_sec_events", "audit", "ci_pipelines", "ci_tests", "database_queries", "dora", "errors",
    "incident_analytics", "llm_observability", "network", "network_device_flows", "network_path",
    "on_call_events", "product_analytics", "product_analytics_extended", "product_analytics_journey",
    "product_analytics_retention", "profiles", "rum", "security_signals",
)  # fmt: skip
_ALIASES = {"traces": "spans"}


def register_source(names: tuple[str, ...], executor: Executor) -> None:
    """Register ``executor`` for query objects with a ``data_source`` of ``names``."""
    for name in names:
        _EXECUTORS[name] = executor


def executor_of(data_source: str) -> Executor | None:
    """The executor of ``data_source``; None if unknown."""
    known = _EXECUTORS.get(_ALIASES.get(data_source, data_source))
    return _not_stored if known is None and data_source in NOT_STORED else known


async def _not_stored(_: Engine, item: dict[str, Any], window: Window) -> Frame:
    times = Buckets.of(window).starts
    note = f"The data source {item.get('data_source')} is not stored here."
    return Frame(times, (), np.zeros((0, len(times))), window.interval, notes=(note,))


def known_sources() -> list[str]:
    return sorted({"metrics", *_EXECUTORS})
