"""A backup restored elsewhere: equal counts, sums and configuration; damage is found."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from heeler.backup.create import create
from heeler.backup.repository import BackupError, Repository
from heeler.backup.restore import restore
from heeler.store.engine import Engine

QUESTION = "SELECT count(), sum(cityHash64(title, time)) FROM events"
RESTORE = """
import sys
from pathlib import Path
from heeler.backup.repository import Repository
from heeler.backup.restore import restore
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
folder = Path(sys.argv[2])
repository = Repository(Path(sys.argv[1]))
restore(repository, repository.manifest(), folder)
engine = Engine(f"chdb://{folder}/store", workers=1)
assert migrate(engine) == []
print(*engine.rows_sync(sys.argv[3])[0])
engine.close()
"""


def insert(engine: Engine, count: int) -> None:
    engine.execute_sync(
        "INSERT INTO events (id, time, title) "
        "SELECT rand64(), toDateTime(1700000000 + number * 86400), concat('event ', toString(rand64())) "
        f"FROM numbers({count})"
    )


@pytest.fixture
def database(engine: Engine, tmp_path: Path) -> str:
    insert(engine, 90)
    with sqlite3.connect(tmp_path / "heeler.sqlite") as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
        connection.execute("INSERT INTO things VALUES ('a dashboard')")
    return f"sqlite:///{tmp_path}/heeler.sqlite"


async def test_what_is_restored_is_what_was_there(engine: Engine, database: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "backups")
    lock = asyncio.Lock()
    before = engine.rows_sync(QUESTION)[0]
    seen: list[tuple[int, int]] = []
    manifest = await create(
        engine, database, repository, committing=lock, progress=lambda done, total: seen.append((done, total))
    )
    assert not lock.locked()
    assert seen[-1][0] == seen[-1][1] > 0
    assert manifest.tables["events"].rows == engine.rows_sync("SELECT count() FROM events")[0][0]
    assert not list((engine.path / "shadow").glob("heeler_backup_*")), "the frozen parts are removed"
    insert(engine, 5)  # of after the backup

    # In a process of its own: the engine has one folder a process.
    command = [sys.executable, "-c", RESTORE, str(repository.folder), str(tmp_path / "new"), QUESTION]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(value) for value in before]
    with sqlite3.connect(tmp_path / "new" / "heeler.sqlite") as connection:
        assert connection.execute("SELECT name FROM things").fetchall() == [("a dashboard",)]


async def test_a_second_backup_adds_only_what_is_new(engine: Engine, database: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "backups")
    first = await create(engine, database, repository, name="first")
    insert(engine, 3)
    second = await create(engine, database, repository, name="second")
    parts = second.tables["events"].parts
    assert all(parts[name] == part for name, part in first.tables["events"].parts.items())
    added = second.files.keys() - first.files.keys()
    assert 0 < len(added) < len(second.files)
    assert repository.names() == ["first", "second"]
    with pytest.raises(BackupError, match="already"):
        await create(engine, database, repository, name="second")

    names, freed = repository.prune(1)
    assert names == ["first"]
    assert freed >= 0
    assert repository.verify(second) == []


async def test_damage_is_found_before_anything_is_written(
    engine: Engine, database: str, tmp_path: Path
) -> None:
    repository = Repository(tmp_path / "backups")
    manifest = await create(engine, database, repository)
    part = next(iter(manifest.tables["events"].parts.values()))
    damaged = repository.object(part.files["data.bin"].sha256)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert repository.verify(manifest) == [f"object {damaged.name} is damaged"]
    with pytest.raises(BackupError, match="damaged"):
        restore(repository, manifest, tmp_path / "new")
    assert not (tmp_path / "new" / "store").exists()
    damaged.unlink()
    assert repository.verify(manifest) == [f"object {damaged.name} is missing"]


async def test_refusals(engine: Engine, database: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "backups")
    with pytest.raises(BackupError, match="no complete backup"):
        repository.manifest()
    with pytest.raises(BackupError, match="Invalid backup name"):
        await create(engine, database, repository, name="../x")
    with pytest.raises(BackupError, match="pg_dump"):
        await create(engine, "postgresql://localhost/x", repository)
    manifest = await create(engine, database, repository, name="one")
    with pytest.raises(BackupError, match="exists already"):
        restore(repository, manifest, tmp_path)
    with pytest.raises(BackupError, match="no backup 'two'"):
        repository.manifest("two")
    with repository.locked(), pytest.raises(BackupError, match="Another process"):
        await create(engine, database, repository, name="two")
    shutil.rmtree(repository.folder / "manifests")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BackupError, match="cannot be used"):
        Repository(tmp_path / "file" / "backups")
