"""A backup restored elsewhere: equal counts, sums and configuration; damage is found."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from heeler.backup.bucket_lock import ABANDONED_SECONDS
from heeler.backup.create import create
from heeler.backup.places import BucketPlace
from heeler.backup.repository import BackupError, Repository, object_path, open_repository
from heeler.backup.restore import restore
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.store.object_storage import ObjectStorageError, S3Access
from heeler.wire.logs.datadog import LogEntry
from tests.s3_server import S3Server

QUESTION = "SELECT count(), sum(cityHash64(title, time)) FROM events"
RESTORE = """
import sys
from pathlib import Path
from heeler.backup.repository import open_repository
from heeler.backup.restore import restore
from heeler.settings import Settings
from heeler.store.engine import Engine
from heeler.store.object_storage import S3Access
from heeler.store.migrate import migrate
folder = Path(sys.argv[2])
repository = open_repository(sys.argv[1], lambda: S3Access.of(Settings.from_env()))
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


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where backups are: a folder, or a prefix of a bucket with the name of the test."""
    if request.param == "folder":
        return str(tmp_path / "backups")
    request.getfixturevalue("s3")
    return f"s3://heeler-backups/{request.node.originalname}/nightly"


@pytest.fixture
def repository(place: str, request: pytest.FixtureRequest) -> Repository:
    return open_repository(place, lambda: request.getfixturevalue("s3").access())


async def test_what_is_restored_is_what_was_there(
    engine: Engine, database: str, repository: Repository, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
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
    (tmp_path / "new" / "segments").mkdir(parents=True)  # of the store that was there before
    command = [sys.executable, "-c", RESTORE, str(repository), str(tmp_path / "new"), QUESTION]
    access = request.getfixturevalue("s3").environment if str(repository).startswith("s3:") else {}
    environment = {**os.environ, **access}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(value) for value in before]
    assert not (tmp_path / "new" / "segments").exists()
    with sqlite3.connect(tmp_path / "new" / "heeler.sqlite") as connection:
        assert connection.execute("SELECT name FROM things").fetchall() == [("a dashboard",)]


async def test_parts_are_whole_with_their_projections(engine: Engine, database: str, tmp_path: Path) -> None:
    entry = LogEntry("m", time.time_ns() - 2 * 86_400 * 10**9, service="backup")
    engine.insert_sync("log_events", logs_table([entry], 0))
    repository = open_repository(str(tmp_path / "backups"), lambda: S3Access("", ""))
    manifest = await create(engine, database, repository)
    files = [set(part.files) for part in manifest.tables["log_events"].parts.values()]
    projected = [of_part for of_part in files if "counts.proj/columns.txt" in of_part]
    assert projected
    assert all({"checksums.txt", "counts.proj/checksums.txt"} <= of_part for of_part in projected)


async def test_a_second_backup_adds_only_what_is_new(
    engine: Engine, database: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await create(engine, database, repository, name="first")
    insert(engine, 3)
    written: list[str] = []
    add = repository.place.add
    monkeypatch.setattr(repository.place, "add", lambda path, file: (written.append(path), add(path, file)))
    second = await create(engine, database, repository, name="second")
    assert {path.rpartition("/")[2] for path in written} == second.files.keys() - first.files.keys()
    parts = second.tables["events"].parts
    kept = parts.keys() & first.tables["events"].parts.keys()  # the engine may have merged others
    assert all(parts[name] == first.tables["events"].parts[name] for name in kept)
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
    engine: Engine, database: str, repository: Repository, tmp_path: Path
) -> None:
    manifest = await create(engine, database, repository)
    part = next(iter(manifest.tables["events"].parts.values()))
    file = part.files["data.bin"]
    path, place = object_path(file.sha256), repository.place
    content = bytearray(place.read(path))
    content[len(content) // 2] ^= 1
    place.write(path, bytes(content))
    assert repository.verify(manifest) == [f"object {file.sha256} is damaged"]
    assert repository.missing(manifest) == []
    with pytest.raises(BackupError, match="is damaged"):
        restore(repository, manifest, tmp_path / "new")
    assert not (tmp_path / "new" / "store").exists()
    with pytest.raises(BackupError, match=f"{file.sha256} is damaged"):
        repository.fetch(file, tmp_path / "one")
    assert not (tmp_path / "one").exists(), "what is read is compared"
    place.delete([path])
    assert repository.verify(manifest) == [f"object {file.sha256} is missing"]
    assert repository.missing(manifest) == [f"object {file.sha256} is missing"]
    with pytest.raises(BackupError, match="is missing"):
        repository.fetch(file, tmp_path / "one")


async def test_an_interrupted_backup_leaves_the_previous_one(
    engine: Engine, database: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await create(engine, database, repository, name="first")
    insert(engine, 7)
    add, left = repository.place.add, iter(range(3))

    def fails(path: str, source: Path) -> None:
        if next(left, None) is None:
            raise OSError(5, "the disk of backups is gone")
        add(path, source)

    with monkeypatch.context() as patch:
        patch.setattr(repository.place, "add", fails)
        with pytest.raises(OSError, match="gone"):
            await create(engine, database, repository, name="second")
    assert not list((engine.path / "shadow").glob("heeler_backup_*"))
    assert repository.names() == ["first"]
    assert repository.verify(first) == []
    third = await create(engine, database, repository, name="third")
    assert repository.verify(third) == []


async def test_refusals(engine: Engine, database: str, repository: Repository, tmp_path: Path) -> None:
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


OTHER = b"another process 1"


async def test_a_backup_whose_lock_was_taken_is_not_published_and_prunes_nothing(
    engine: Engine, database: str, s3: S3Server
) -> None:
    bucket = s3.bucket("heeler-backups", "taken")
    repository = Repository(BucketPlace(bucket))
    former = await create(engine, database, repository, name="former")
    insert(engine, 3)

    def take(done: int, total: int) -> None:
        bucket.put("lock/holder", OTHER)

    with pytest.raises(BackupError, match="The lock of s3://heeler-backups/taken was lost"):
        await create(engine, database, repository, name="late", progress=take)
    assert bucket.get("lock/holder") == OTHER, "that of another process stays"
    assert repository.names() == ["former"]
    bucket.delete(["lock/holder"])
    with repository.locked():
        take(0, 0)
        with pytest.raises(BackupError, match="was lost"):
            repository.prune(0)
    assert bucket.get("lock/holder") == OTHER
    assert repository.names() == ["former"]
    assert repository.verify(former) == []


async def test_objects_stay_where_the_lock_is_taken_while_they_are_listed(
    engine: Engine, database: str, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.bucket("heeler-backups", "listed")
    place = BucketPlace(bucket)
    repository = Repository(place)
    manifest = await create(engine, database, repository, name="former")
    real = place.sizes

    def sizes(folder: str) -> dict[str, int]:
        if folder == "objects":
            bucket.put("lock/holder", OTHER)
        return real(folder)

    monkeypatch.setattr(place, "sizes", sizes)
    with repository.locked(), pytest.raises(BackupError, match="was lost"):
        repository.prune(0)
    assert repository.verify(manifest) == [], "another process may be using these objects"


def no_access() -> S3Access:
    raise ObjectStorageError("No credentials")


def test_places_that_cannot_be_used(tmp_path: Path, s3: S3Server) -> None:
    (tmp_path / "file").write_text("x")
    for where, words in (
        (str(tmp_path / "file" / "backups"), "cannot be used"),
        ("s3://Not_A_Bucket/x", "no name of a bucket"),
        ("gs://bucket/x", "no address of a bucket"),
        ("s3://bucket/x", "No credentials"),
    ):
        with pytest.raises(BackupError, match=words):
            open_repository(where, no_access)
    with pytest.raises(BackupError, match="There is no bucket heeler-none"):
        open_repository("s3://heeler-none/x", s3.access).names()


def test_a_lock_that_nobody_renews_is_taken_over(s3: S3Server) -> None:
    bucket = s3.bucket("heeler-backups", "abandoned")
    bucket.put("lock/holder", b"of a process that was killed")
    with pytest.raises(BackupError, match="Another process"), BucketPlace(bucket).locked():
        pass
    later = time.time() + ABANDONED_SECONDS + 60
    with BucketPlace(bucket, now=lambda: later).locked():
        assert bucket.get("lock/holder") != b"of a process that was killed"
    assert list(bucket.list()) == []
