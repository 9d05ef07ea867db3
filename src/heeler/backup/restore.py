"""Restores a backup into an empty data folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from heeler.backup.manifest import Manifest, Table
from heeler.backup.repository import BackupError, Progress, Repository, copy_durably
from heeler.store.engine import Engine
from heeler.store.migrate import migrate, migration_files

_DATABASE = "heeler.sqlite"


def restore(
    repository: Repository,
    manifest: Manifest,
    data_dir: Path,
    *,
    verify: bool = True,
    progress: Progress = lambda done, total: None,
) -> None:
    """Restore a backup into ``data_dir``, which must not contain a store; the next start applies newer
    migrations.

    With ``verify``, every object is compared with its checksum before anything is written. Rows of each table
    are counted at the end. Raises :class:`BackupError`; anything written by then is removed.
    """
    store, database = data_dir / "store", data_dir / _DATABASE
    for path in (store, database):
        if path.exists():
            raise BackupError(f"{path} exists already: restore into an empty folder (--data FOLDER)")
    unknown = sorted(set(manifest.migrations) - set(migration_files()))
    if unknown:
        raise BackupError(
            f"The backup was made by version {manifest.version}, whose tables ({unknown[0]}) this version "
            "does not know; restore it with that version or a newer one"
        )
    if verify and (wrong := repository.verify(manifest)):
        raise BackupError(f"The backup {manifest.name} is damaged: {'; '.join(wrong[:5])}")
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _restore_store(repository, manifest, store, progress)
        copy_durably(repository.object(manifest.database.sha256), database)
    except BaseException:
        shutil.rmtree(store, ignore_errors=True)
        database.unlink(missing_ok=True)
        raise


def _restore_store(repository: Repository, manifest: Manifest, store: Path, progress: Progress) -> None:
    engine = Engine(f"chdb://{store.resolve()}", workers=1)
    try:
        migrate(engine, only=frozenset(manifest.migrations))
        engine.execute_sync("TRUNCATE TABLE migrations")  # its rows are restored like any other's
        total, done = sum(manifest.files.values()), 0
        for name, table in manifest.tables.items():
            done = _restore_table(engine, repository, name, table, done, total, progress)
        progress(total, total)
    finally:
        engine.close()


def _restore_table(
    engine: Engine, repository: Repository, name: str, table: Table, done: int, total: int, progress: Progress
) -> int:
    folder_of_table = _folder(engine, name)
    if folder_of_table is None:
        if not table.statement:
            raise BackupError(f"The backup has a table {name} that this version does not make")
        engine.execute_sync(table.statement)
        folder_of_table = _folder(engine, name)
    detached = (folder_of_table or Path()) / "detached"
    for part_name, part in table.parts.items():
        folder = detached / part_name
        for path, file in part.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_durably(repository.object(file.sha256), target)
            done += file.size
            progress(min(done, total), total)
        engine.execute_sync(f"ALTER TABLE `{name}` ATTACH PART '{part_name}'")
    rows = engine.rows_sync(
        "SELECT sum(rows) FROM system.parts "
        "WHERE active AND database = currentDatabase() AND table = {name:String}",
        {"name": name},
    )
    if int(rows[0][0] or 0) != table.rows:
        raise BackupError(f"Table {name} has {rows[0][0]} rows after the restore in place of {table.rows}")
    return done


def _folder(engine: Engine, table: str) -> Path | None:
    found = engine.rows_sync(
        "SELECT data_paths[1] FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
        {"name": table},
    )
    return Path(str(found[0][0])) if found else None
