"""Restores a backup into an empty data folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from heeler.backup.manifest import File, Manifest, Table
from heeler.backup.repository import BackupError, Counted, Progress, Repository
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

    Every object is compared with its checksum as it is read; with ``verify``, all of them before anything is
    written too. Rows of each table are counted at the end. Raises :class:`BackupError`; anything written by
    then is removed.
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
    if wrong := repository.missing(manifest) or (repository.verify(manifest) if verify else []):
        raise BackupError(f"The backup {manifest.name} is damaged: {'; '.join(wrong[:5])}")
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(data_dir / "segments", ignore_errors=True)  # made of another store
    try:
        _restore_store(repository, manifest, store, progress)
        repository.fetch(manifest.database, database)
    except BaseException:
        shutil.rmtree(store, ignore_errors=True)
        database.unlink(missing_ok=True)
        raise


def _restore_store(repository: Repository, manifest: Manifest, store: Path, progress: Progress) -> None:
    engine = Engine(f"chdb://{store.resolve()}", workers=1)
    try:
        migrate(engine, only=frozenset(manifest.migrations))
        engine.execute_sync("TRUNCATE TABLE migrations")  # its rows are restored like any other's
        count = Counted(sum(manifest.files.values()), progress)
        for name, table in manifest.tables.items():
            _restore_table(engine, repository, name, table, count)
        progress(count.total, count.total)
    finally:
        engine.close()


def _restore_table(engine: Engine, repository: Repository, name: str, table: Table, count: Counted) -> None:
    folder_of_table = _folder(engine, name)
    if folder_of_table is None:
        if not table.statement:
            raise BackupError(f"The backup has a table {name} that this version does not make")
        engine.execute_sync(table.statement)
        folder_of_table = _folder(engine, name)
    detached = (folder_of_table or Path()) / "detached"
    for part_name, part in table.parts.items():
        folder = detached / part_name
        for path in part.files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)

        def fetch(one: tuple[str, File], folder: Path = folder) -> None:
            path, file = one
            repository.fetch(file, folder / path)
            count.add(file.size)

        repository.each(fetch, part.files.items())
        engine.execute_sync(f"ALTER TABLE `{name}` ATTACH PART '{part_name}'")
    rows = engine.rows_sync(
        "SELECT sum(rows) FROM system.parts "
        "WHERE active AND database = currentDatabase() AND table = {name:String}",
        {"name": name},
    )
    if int(rows[0][0] or 0) != table.rows:
        raise BackupError(f"Table {name} has {rows[0][0]} rows after the restore in place of {table.rows}")


def _folder(engine: Engine, table: str) -> Path | None:
    found = engine.rows_sync(
        "SELECT data_paths[1] FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
        {"name": table},
    )
    return Path(str(found[0][0])) if found else None
