"""Deletion of logs that are older than the retention of their index."""

from __future__ import annotations

import asyncio
import time

from heeler.logs.index_retention import delete_expired
from heeler.logs.indexes import compile_index
from heeler.store.engine import Engine
from heeler.store.log_rows import first_number, logs_table
from heeler.wire.logs.datadog import entry_of

DAY = 86_400
NOW = time.time()


def store(engine: Engine, index: str, *ages: int) -> None:
    entries = []
    for age in ages:
        entry = entry_of({"message": f"{index} {age}", "service": "aging"}, {}, int((NOW - age * DAY) * 1e9))
        entry.index = index
        entries.append(entry)
    engine.insert_sync("log_events", logs_table(entries, 0, first_number(NOW)))


async def test_only_days_beyond_the_retention_of_the_index_go(engine: Engine) -> None:
    store(engine, "short", 0, 1, 2, 3, 4)
    store(engine, "long", 0, 3, 4)
    store(engine, "", 4)
    indexes = [
        compile_index("short", {"filter": {"query": "*"}, "num_retention_days": 2}),
        compile_index("long", {"filter": {"query": "*"}}),
    ]
    deleted = await delete_expired(engine, indexes, NOW)
    assert [name for name, _ in deleted] == ["short", "short"]
    while int(engine.rows_sync("SELECT count() FROM system.mutations WHERE NOT is_done")[0][0]):
        await asyncio.sleep(0.05)
    sql = "SELECT message FROM log_events WHERE service = 'aging' ORDER BY message"
    left = [str(row[0]) for row in engine.rows_sync(sql)]
    assert left == [" 4", "long 0", "long 3", "long 4", "short 0", "short 1", "short 2"]
    assert await delete_expired(engine, indexes, NOW) == []
