"""Retention: by age (the engine's TTL), and by size (the oldest day is dropped first)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from heeler.settings import Settings
from heeler.store.engine import Engine, EngineError

log = logging.getLogger("heeler.retention")

#: Expression (a DateTime) of the age, by table.
AGE = {
    "points": "time",
    "points_5m": "time",
    "points_1h": "time",
    "sketches": "time",
    "events": "time",
    "check_runs": "time",
    "apm_stats": "time",
    "apm_spans": "toDateTime(start)",
    "running_spans": "toDateTime(start)",
    "error_events": "toDateTime(time)",
    "trace_index": "toDateTime(first)",
    "log_events": "toDateTime(time)",
    "processes": "time",
    "containers": "time",
}
#: Tables with one partition a day, which make up nearly all of the store's size.
BY_SIZE = ("points", "sketches", "apm_spans", "running_spans", "trace_index", "log_events")
_LOOK_SECONDS = 300.0
#: Logs that were read back from archives are deleted with their view: no older data makes room for them.
_SIZE = (
    "SELECT sum(bytes_on_disk) FROM {parts} WHERE active AND database = currentDatabase() "
    "AND table NOT IN {{apart:Array(String)}}"
)
_OLDEST = (
    "SELECT min(partition) FROM {parts} WHERE active AND database = currentDatabase() "
    "AND table IN {{tables:Array(String)}}"
)
_CREATED = (
    "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
)


def days_kept(settings: Settings) -> dict[str, int]:
    """Retention in days by table."""
    days = dict.fromkeys(AGE, settings.retention_days)
    days |= dict.fromkeys(
        ("apm_spans", "running_spans", "trace_index", "error_events"), settings.span_retention_days
    )
    return {
        table: length
        for table, length in (days | {"log_events": settings.log_retention_days}).items()
        if table not in hours_kept(settings)
    }


def hours_kept(settings: Settings) -> dict[str, int]:
    """Table to the hours that the settings keep it, of those that are not kept for days."""
    return dict.fromkeys(("processes", "containers"), settings.process_retention_hours)


def apply_ttl(engine: Engine, days: Mapping[str, int], hours: Mapping[str, int] | None = None) -> list[str]:
    """Set the TTL of each table to its ``days`` or ``hours`` where it is another.

    Returns the tables that were changed.
    """
    changed = []
    lengths = {table: f"toIntervalDay({length})" for table, length in days.items()}
    lengths |= {table: f"toIntervalHour({length})" for table, length in (hours or {}).items()}
    for table, wanted in lengths.items():
        if wanted in str(engine.rows_sync(_CREATED, {"name": engine.stored_as(table)})[0][0]):
            continue
        engine.execute_sync(f"ALTER TABLE {table} MODIFY SETTING ttl_only_drop_parts = 1")
        engine.execute_sync(f"ALTER TABLE {table} MODIFY TTL {AGE[table]} + {wanted}")
        changed.append(table)
    return changed


def shrink(engine: Engine, limit_bytes: int, today: str) -> list[str]:
    """Drop the oldest days until the store is below ``limit_bytes``; never ``today`` (YYYY-MM-DD).

    Returns the dropped days.
    """
    gone: list[str] = []
    stored = [engine.stored_as(table) for table in BY_SIZE]
    apart = {"apart": [engine.stored_as("historical_logs")]}
    while int(engine.rows_sync(_SIZE.format(parts=engine.parts), apart)[0][0]) > limit_bytes:
        rows = engine.rows_sync(_OLDEST.format(parts=engine.parts), {"tables": stored})
        day = str(rows[0][0])
        if not day or day >= today:
            log.warning("The store is above HEELER_RETENTION_BYTES (%d) with today's data alone", limit_bytes)
            break
        for table in BY_SIZE:
            engine.execute_sync(f"ALTER TABLE {table} DROP PARTITION {{day:String}}", {"day": day})
        log.warning("The data of %s was dropped: the store is above HEELER_RETENTION_BYTES", day)
        gone.append(day)
    return gone


async def keep_size(engine: Engine, limit_bytes: int, now: Callable[[], float] = time.time) -> None:
    """Keep the store below ``limit_bytes`` until canceled; 0 is no limit."""
    while limit_bytes:
        today = time.strftime("%Y-%m-%d", time.gmtime(now()))
        try:
            await asyncio.to_thread(shrink, engine, limit_bytes, today)
        except EngineError:
            log.exception("Old data could not be dropped; it will be tried again")
        await asyncio.sleep(_LOOK_SECONDS)
