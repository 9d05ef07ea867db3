"""``enable_logs_sample``: some of the logs that made a monitor notify."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from heeler.api.services import Services
from heeler.logs.store import search_logs
from heeler.monitors.query import MonitorQuery, SearchQuery
from heeler.monitors.windows import window_start
from heeler.query.search.ast import escape
from heeler.query.search.request import Asked
from heeler.store.engine import EngineError

MAX_SAMPLES, MAX_LENGTH = 10, 500
log = logging.getLogger("heeler.monitors")


async def log_samples(
    services: Services, query: MonitorQuery, options: Mapping[str, Any], group: str, now: float
) -> tuple[str, ...]:
    """The newest messages of the window, shortened; nothing unless the monitor asks for them. Logs without a
    message are left out."""
    wanted = bool(options.get("enable_logs_sample"))
    if not wanted or not isinstance(query, SearchQuery) or query.source != "logs":
        return ()
    end = now - float(options.get("evaluation_delay") or 0)
    start = window_start(query.window, query.cumulative, options, end)
    parts = [f"({query.search})"] if query.search else []
    if group != "*":
        tags = (tag.partition(":")[::2] for tag in group.split(","))
        parts += [f"{key}:{escape(value)}" for key, value in tags]
    try:
        page = await search_logs(services.engine, Asked(" ".join(parts), start, end, limit=MAX_SAMPLES))
    except (EngineError, ValueError) as error:
        log.warning("Samples of logs could not be read: %s", error)
        return ()
    return tuple(item.message[:MAX_LENGTH] for item in page.logs if item.message)
