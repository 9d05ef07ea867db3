"""Enables insert deduplication (by token) on the tables that the writer fills."""

from __future__ import annotations

from heeler.store.engine import Engine

#: Number of insert tokens that a table remembers: many times those of the minutes in which one is retried.
WINDOW = 1000
#: Filled by statements of the engine itself, which have no token.
_OTHERS = ("migrations", "points_5m", "points_1h", "rollup_hours", "trace_index")
_WITHOUT = """
SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT IN {others:Array(String)}
  AND create_table_query NOT LIKE '%non_replicated_deduplication_window%'
ORDER BY name
"""


def remember_tokens(engine: Engine) -> list[str]:
    """Set the deduplication window of each table that has none; returns their names. Blocks."""
    if engine.cluster:
        return []  # replicated tables remember the tokens of a week by themselves
    names = [str(row[0]) for row in engine.rows_sync(_WITHOUT, {"others": list(_OTHERS)})]
    for name in names:
        engine.execute_sync(
            f"ALTER TABLE `{name}` MODIFY SETTING non_replicated_deduplication_window = {WINDOW}"
        )
    return names
