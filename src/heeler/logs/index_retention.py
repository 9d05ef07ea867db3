"""Retention of log indexes: expired rows are deleted from the store, day by day.

The table's TTL drops whole days after ``HEELER_LOG_RETENTION_DAYS``. Rows of an index with a shorter
retention are deleted earlier, by one mutation for each day that has passed the index's retention.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from heeler.api.services import Services
from heeler.logs.config import LogConfig
from heeler.logs.indexes import Index
from heeler.store.engine import Engine, EngineError

log = logging.getLogger("heeler.logs")

#: Interval between deletions of expired logs.
LOOK_SECONDS = 3600.0
_EXPIRED = (
    "SELECT DISTINCT toString(toDate(time)) FROM log_events WHERE index_name = {name:String} "
    "AND time < toDateTime64({before:String}, 9, 'UTC') ORDER BY 1"
)


async def delete_expired(engine: Engine, indexes: Sequence[Index], now: float) -> list[tuple[str, str]]:
    """Delete the expired logs of each index; whole days (UTC), like the TTL.

    Returns the index and day (YYYY-MM-DD) of the deletions.
    """
    deleted = []
    for index in indexes:
        if index.retention_days is None:
            continue
        first_day = datetime.fromtimestamp(now, UTC).date() - timedelta(days=index.retention_days)
        question = {"name": index.name, "before": f"{first_day} 00:00:00"}
        for row in await engine.rows(_EXPIRED, question):
            day = str(row[0])
            await engine.execute(
                f"ALTER TABLE log_events DELETE IN PARTITION '{day}' WHERE index_name = {{name:String}}",
                {"name": index.name},
            )
            log.info("Logs of %s in the index %s were deleted: its retention is over", day, index.name)
            deleted.append((index.name, day))
    return deleted


async def delete_expired_forever(services: Services) -> None:
    """Delete expired logs each hour until canceled."""
    while True:
        try:
            compiled = await services.part(LogConfig).current()
            await delete_expired(services.engine, compiled.indexes, services.now())
        except EngineError:
            log.exception("Expired logs could not be deleted; it will be tried again")
        await asyncio.sleep(LOOK_SECONDS)
