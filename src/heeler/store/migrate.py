"""Schema migrations of the engine: numbered SQL files, each applied once, in order.

A file contains statements separated by lines of ``---``. Statements must be idempotent (``IF NOT EXISTS``),
because a crash may occur between a statement and its record.
"""

from __future__ import annotations

from importlib.resources import files

from heeler.store.engine import Engine

_RECORD = """
CREATE TABLE IF NOT EXISTS migrations (name String, applied DateTime DEFAULT now())
ENGINE = MergeTree ORDER BY name SETTINGS fsync_after_insert = 1
"""


def migration_files() -> dict[str, str]:
    """Text of every migration by name, in order of application."""
    folder = files("heeler.store") / "migrations"
    found = {entry.name: entry.read_text() for entry in folder.iterdir() if entry.name.endswith(".sql")}
    return dict(sorted(found.items()))


def statements(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n---\n") if part.strip()]


def migrate(engine: Engine, only: frozenset[str] | None = None) -> list[str]:
    """Apply missing migrations (only those in ``only`` if given); returns the names of those applied."""
    engine.execute_sync(_RECORD)
    done = {str(row[0]) for row in engine.rows_sync("SELECT name FROM migrations")}
    applied = []
    for name, text in migration_files().items():
        if name in done or (only is not None and name not in only):
            continue
        for statement in statements(text):
            engine.execute_sync(statement)
        engine.execute_sync("INSERT INTO migrations (name) VALUES ({name:String})", {"name": name})
        applied.append(name)
    return applied
