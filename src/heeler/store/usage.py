"""Disk usage of each table of the store, and integrity check of its parts."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from heeler.store.engine import Engine

_USAGE = """
SELECT table, sum(rows), count(), sum(bytes_on_disk), sum(data_uncompressed_bytes),
    toUnixTimestamp(minIf(min_time, min_time > 0)), toUnixTimestamp(max(max_time))
FROM {parts} WHERE active AND database = currentDatabase() GROUP BY table ORDER BY 4 DESC
"""


class TableUsage(msgspec.Struct, frozen=True):
    """Usage of a table. ``stored_bytes``: on disk; ``raw_bytes``: before compression; times are UNIX seconds,
    0 if unknown.
    """

    table: str
    rows: int
    parts: int
    stored_bytes: int
    raw_bytes: int
    oldest: int
    newest: int


def usage(engine: Engine) -> list[TableUsage]:
    """All tables, the largest first."""
    rows = engine.rows_sync(_USAGE.format(parts=engine.parts))
    return [TableUsage(str(row[0]), *(int(value or 0) for value in row[1:])) for row in rows]


def check(engine: Engine, progress: Callable[[int, int], None] = lambda done, total: None) -> list[str]:
    """Verify the checksums of every part; returns a sentence for each damaged one."""
    tables = [(found.table, found.stored_bytes) for found in usage(engine)]
    total, done, problems = sum(size for _, size in tables), 0, []
    for table, size in tables:
        settings = {"check_query_single_value_result": 0, "max_execution_time": 0}
        for *_, part, passed, message in engine.rows_sync(f"CHECK TABLE `{table}`", settings=settings):
            if not passed:
                problems.append(f"{table}, part {part}: {message}")
        done += size
        progress(done, total)
    return problems
