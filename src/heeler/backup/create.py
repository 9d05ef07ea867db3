"""Creates a backup of a running server.

Under the writer's commit lock, for well under a second, every table is frozen (the engine hard-links its
immutable parts) and the configuration database is copied, so both are of the same moment. The frozen parts
are then copied without the lock; parts that the previous backup already contains are not read again.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from heeler import __version__
from heeler.backup.manifest import File, Manifest, Part, Table
from heeler.backup.repository import BackupError, Counted, Progress, Repository
from heeler.store.engine import Engine

_CHECKSUMS = "checksums.txt"


@dataclass(frozen=True, slots=True)
class Frozen:
    """Snapshot of the tables: rows and hard-link folder of each, by name."""

    rows: Mapping[str, int]
    statements: Mapping[str, str]
    folders: Mapping[str, Path]
    migrations: list[str]
    database: Path


async def create(
    engine: Engine,
    database_url: str,
    repository: Repository,
    *,
    committing: AbstractAsyncContextManager[object] | None = None,
    name: str | None = None,
    progress: Progress = lambda done, total: None,
    now: Callable[[], float] = time.time,
) -> Manifest:
    """Back up everything into ``repository``; returns when it is complete and on disk.

    ``committing``: the writer's commit lock, None if no server runs. ``progress`` is called from another
    thread. Raises :class:`BackupError`, or the engine's error.
    """
    if not engine.embedded:
        raise BackupError("The store is a ClickHouse server: back it up with its own BACKUP statement")
    source = sqlite_path(database_url)
    created = now()
    token = f"heeler_backup_{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory(prefix="heeler-backup-") as scratch:
        async with _in_threads(repository.locked()):
            try:
                async with committing or contextlib.nullcontext():
                    frozen = await engine.run(_freeze, engine, token, source, Path(scratch))
                chosen = name or time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(created))
                return await asyncio.to_thread(_copy, repository, frozen, chosen, created, progress)
            finally:
                await asyncio.to_thread(shutil.rmtree, engine.path / "shadow" / token, True)


@contextlib.asynccontextmanager
async def _in_threads(manager: AbstractContextManager[None]) -> AsyncIterator[None]:
    """A context manager that blocks, entered and left in threads."""
    await asyncio.to_thread(manager.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


def sqlite_path(database_url: str) -> Path:
    """File of the configuration database. Raises :class:`BackupError` for another database."""
    parts = urlsplit(database_url)
    if parts.scheme.partition("+")[0] != "sqlite":
        raise BackupError(
            f"The configuration is in {parts.scheme or database_url!r}: back that database up with its own "
            "tools (pg_dump), at the same time"
        )
    return Path(parts.path)


def _freeze(engine: Engine, token: str, database: Path, scratch: Path) -> Frozen:
    tables = engine.rows_sync(
        "SELECT name, data_paths[1], create_table_query FROM system.tables "
        "WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    folders = {}
    for table, place, _ in tables:
        engine.execute_sync(f"ALTER TABLE `{table}` FREEZE WITH NAME '{token}'")
        below = Path(place).resolve().relative_to(engine.path.resolve())
        folders[str(table)] = engine.path / "shadow" / token / below
    counts = engine.rows_sync(
        "SELECT table, sum(rows) FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table"
    )
    copy = scratch / "heeler.sqlite"
    with (
        contextlib.closing(sqlite3.connect(database)) as live,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        live.backup(target)
    rows = {str(table): int(count) for table, count in counts}
    names = sorted(str(row[0]) for row in engine.rows_sync("SELECT name FROM migrations"))
    statements = {str(table): str(statement) for table, _, statement in tables}
    return Frozen({table: rows.get(table, 0) for table in folders}, statements, folders, names, copy)


def _copy(repository: Repository, frozen: Frozen, name: str, created: float, progress: Progress) -> Manifest:
    if name in repository.names():
        raise BackupError(f"There is a backup {name!r} already in {repository}")
    before = {key: part for manifest in repository.manifests()[-1:] for key, part in _parts(manifest).items()}
    found = {table: _part_folders(folder) for table, folder in frozen.folders.items()}
    sizes = {part: _size(part) for parts in found.values() for part in parts.values()}
    count = Counted(sum(sizes.values()) + frozen.database.stat().st_size, progress)

    def store(folder: Path) -> Part:
        part = _store_part(repository, folder, before)
        count.add(sizes[folder])
        return part

    stored = dict(zip(sizes, repository.each(store, sizes), strict=True))
    tables = {
        table: Table(
            frozen.rows[table],
            {name: stored[folder] for name, folder in parts.items()},
            frozen.statements[table],
        )
        for table, parts in found.items()
    }
    manifest = Manifest(
        name, created, __version__, frozen.migrations, tables, repository.add(frozen.database)
    )
    repository.publish(manifest)
    progress(count.total, count.total)
    return manifest


def _parts(manifest: Manifest) -> dict[str, Part]:
    """Parts by the content of their checksum file, which covers every file of the part."""
    return {
        part.files[_CHECKSUMS].sha256: part
        for table in manifest.tables.values()
        for part in table.parts.values()
        if _CHECKSUMS in part.files
    }


def _part_folders(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()} if folder.is_dir() else {}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _store_part(repository: Repository, folder: Path, before: Mapping[str, Part]) -> Part:
    checksums = repository.add(folder / _CHECKSUMS)
    known = before.get(checksums.sha256)
    if known is not None and repository.has(file.sha256 for file in known.files.values()):
        return known
    files: dict[str, File] = {_CHECKSUMS: checksums}
    for path in sorted(folder.rglob("*")):  # a projection has checksums of its own
        if path.is_file() and path != folder / _CHECKSUMS:
            files[path.relative_to(folder).as_posix()] = repository.add(path)
    return Part(files)
