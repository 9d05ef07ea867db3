"""Where a search of logs reads: in stored logs, or in one historical view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.logs.indexes import check_name
from heeler.logs.model import HistoricalView
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.rehydration.rules import Asked
from heeler.logs.rehydration.states import is_readable
from heeler.logs.rehydration.storage import TABLE
from heeler.logs.search import LOGS
from heeler.query.search.field_sql import Table
from heeler.query.search.row_access import access_to


def table_of(view: str) -> Table:
    """The logs of a view with the fields of all logs; ``view`` is a valid name."""
    return replace(LOGS, name=TABLE, searchable=f"index_name = '{check_name(view)}'")


async def searched_table(services: Services, indexes: Sequence[str]) -> Table:
    """The table that has the logs of these indexes. Raises ``ValueError`` for a historical view and anything
    else at the same time.

    Under a restriction query there are no views of archives without tags: it may name some.
    """
    names = [name for name in indexes if _is_name(name)]
    if not names:
        return LOGS
    async with services.database.session() as db:
        rows = await db.scalars(select(HistoricalView).where(HistoricalView.name.in_(names[:1000])))
        now = datetime.fromtimestamp(services.now(), UTC)
        limited = access_to("logs").is_limited
        views = [
            one.name
            for one in rows
            if is_readable(one, now) and (Asked.stored(one.document).tagged or not limited)
        ]
    if not views:
        return LOGS
    if len(indexes) > 1:
        raise ValueError(f"The historical view {views[0]} is searched alone: leave out the other indexes.")
    return table_of(views[0])


async def readable_table(services: Services, view: str) -> Table:
    """The table of a historical view, or of stored logs where ``view`` is empty. Raises ``ApiError`` 404."""
    table = await searched_table(services, [view] if view else [])
    if view and table is LOGS:
        raise ApiError(404, f"No historical view has the name {view[:100]}.")
    return table


def _is_name(name: str) -> bool:
    try:
        return bool(check_name(name))
    except DocumentError:
        return False
