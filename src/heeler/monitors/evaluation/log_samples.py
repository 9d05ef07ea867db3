"""Option ``enable_logs_sample``: a sample of the logs that triggered a monitor, for its notification."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from heeler.api.services import Services
from heeler.logs.store import search_logs
from heeler.monitors.queries.parser import FormulaQuery, MonitorQuery, SearchQuery
from heeler.monitors.queries.types import log_searches
from heeler.monitors.queries.windows import window_start
from heeler.query.search.ast import escape
from heeler.query.search.request import PageRequest
from heeler.store.engine import EngineError

MAX_SAMPLES, MAX_LENGTH = 10, 500
log = logging.getLogger("heeler.monitors")


async def log_samples(
    services: Services, query: MonitorQuery, options: Mapping[str, Any], group: str, now: float
) -> tuple[str, ...]:
    """Newest messages of the window, truncated; empty unless the monitor enables them. Logs without a message
    are omitted. For a formula, the logs of any of its searches.
    """
    if not options.get("enable_logs_sample") or not isinstance(query, SearchQuery | FormulaQuery):
        return ()
    try:
        searches = log_searches(query)
    except ValueError as error:
        log.warning("Samples of logs could not be read: %s", error)
        return ()
    if not searches:
        return ()
    end = now - float(options.get("evaluation_delay") or 0)
    start = window_start(query.window, query.cumulative, options, end)
    parts = [f"({' OR '.join(f'({search})' for search in searches)})"] if all(searches) else []
    if group != "*":
        tags = (tag.partition(":")[::2] for tag in tags_of(group, query.by))
        parts += [f"{key}:{escape(value)}" for key, value in tags if value]
    try:
        page = await search_logs(services.engine, PageRequest(" ".join(parts), start, end, limit=MAX_SAMPLES))
    except (EngineError, ValueError) as error:
        log.warning("Samples of logs could not be read: %s", error)
        return ()
    return tuple(item.message[:MAX_LENGTH] for item in page.logs if item.message)


def tags_of(group: str, by: Sequence[str]) -> list[str]:
    """The tags of a group's name, whose values may have commas: a tag begins with a key of ``by``."""
    found: list[str] = []
    for part in group.split(","):
        if found and part.partition(":")[0] not in by:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found
