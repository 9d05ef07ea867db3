"""Monitors of logs see the logs that whoever saved them may read: option ``restriction_query``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MonitorQuery
from heeler.monitors.queries.types import reads_logs
from heeler.query.search.row_access import RowAccess, access_to, current_access, reading_with

OPTION = "restriction_query"


def limit_to_readable(monitor: Monitor, query: MonitorQuery, caller: Principal) -> None:
    """Set the option from the caller's restriction queries; callers without restrictions set it themselves.

    Raises a 403 if the caller's roles may read no logs at all.
    """
    if not reads_logs(query):
        return
    searches = access_to("logs").searches
    if searches == () or "logs_read_data" not in caller.permissions:
        raise ApiError(403, "Forbidden", "Your roles may not read logs, so that you cannot monitor them.")
    if searches is not None:
        joined = searches[0] if len(searches) == 1 else " OR ".join(f"({one or '*'})" for one in searches)
        monitor.options = {**monitor.options, OPTION: joined}


@contextmanager
def reading_as_monitor(options: Mapping[str, Any]) -> Iterator[None]:
    """Read the logs that a monitor sees, unless a caller with restrictions of their own reads them."""
    restriction = options.get(OPTION)
    if not restriction or access_to("logs").is_limited:
        yield
        return
    with reading_with({**current_access(), "logs": RowAccess((str(restriction),))}):
        yield
