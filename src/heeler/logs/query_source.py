"""Query objects of logs in widgets, notebooks and ``/api/v2/query``: over stored logs, or one historical
view."""

from __future__ import annotations

from typing import Any

from heeler.api.services import Services
from heeler.logs.rehydration.tables import searched_table
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Window
from heeler.query.search.query_objects import executor_for
from heeler.query.search.request import read_indexes


async def log_series(services: Services, item: dict[str, Any], window: Window) -> Frame:
    """The frame of a query object, over the indexes or the historical view that ``indexes`` names.

    Raises :class:`QueryError` for an invalid object, and for a historical view beside other indexes.
    """
    try:
        table = await searched_table(services, read_indexes(item))
    except ValueError as error:
        raise QueryError(str(error)) from error
    return await executor_for(table)(services.engine, item, window)
