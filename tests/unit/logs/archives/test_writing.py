"""Files of archives: their names, when they are closed, and what is told of those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from heeler.api.services import Services
from heeler.logs.archives.rules import Archive, compile_archive
from heeler.logs.archives.spool import Spooled
from heeler.logs.archives.writing import UNPROVEN_SECONDS, LogArchives, object_key
from heeler.logs.model import LogArchive
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.object_storage import ObjectStorageError


def test_a_name_follows_from_the_spooled_file() -> None:
    file = Spooled("a", Path("x"), 1_792_000_059_042, "0123456789ab", 1)
    key = "dt=20261014/hour=17/archive_174739.0420.0123456789ab.json.gz"
    assert object_key(file, ".json.gz") == key


class Clock:
    seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def services(tmp_path: Path, clock: Clock) -> AsyncIterator[Services]:
    """Those that the writer of archives uses."""
    settings = Settings.from_env({"HEELER_LOG_ARCHIVE_BUFFER": "2000"}, data_dir=tmp_path)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    nothing = cast("Any", None)
    yield Services(settings, nothing, nothing, database, nothing, nothing, nothing, now=clock)
    await database.close()


class Uploads:
    """Stands for the buckets, some of which are away."""

    def __init__(self, archives: LogArchives, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away: set[str] = set()
        monkeypatch.setattr(archives, "_upload", self._upload)

    def _upload(self, archive: Archive, file: Spooled) -> tuple[int, int]:
        if archive.bucket in self.away:
            raise ObjectStorageError(f"There is no bucket {archive.bucket}")
        return 1, file.size


async def add(services: Services, *names: str) -> dict[str, Archive]:
    """Archives, each with a bucket of its name."""
    found = {}
    async with services.database.session() as db:
        for name in names:
            destination = {"type": "s3", "bucket": name, "integration": {"access_key_id": "any"}}
            document = {"name": name, "query": "*", "destination": destination}
            db.add(LogArchive(id=name, document=document))
            found[name] = compile_archive(name, document)
    return found


async def state(services: Services, name: str) -> tuple[str, str, bool]:
    async with services.database.session() as db:
        stored = await db.get_one(LogArchive, name)
        return stored.state, stored.error, stored.written is not None


async def close_all(archives: LogArchives) -> Mapping[str, list[Spooled]]:
    return await asyncio.wrap_future(archives.spool.closed(0))


LINE = bytes(range(33, 127)) + b"\n"


async def test_logs_without_room_are_told_until_a_file_that_was_begun_later_is_written(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (await add(services, "one"))["one"]
    archives = LogArchives(services)
    Uploads(archives, monkeypatch)
    monkeypatch.setattr(archives.spool, "_limit", 120)
    for number in range(3):
        await archives.keep({"one": LINE}, b"%d" % number, repeatable=False)
    (file,) = (await close_all(archives))["one"]
    await archives._write(one, "one", [file])
    lost = f"{2 * len(LINE)} bytes of logs had no room to wait, and are not archived."
    assert await state(services, "one") == ("FAILING", lost, True)
    clock.seconds += 1
    await archives.keep({"one": LINE}, b"later", repeatable=False)
    await archives._write(one, "one", (await close_all(archives))["one"])
    assert await state(services, "one") == ("WORKING", "", True)


async def test_logs_without_room_are_told_where_no_file_is_written(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await add(services, "one", "two")
    archives = LogArchives(services)
    monkeypatch.setattr(archives.spool, "_limit", 0)
    await archives.keep({"one": LINE, "deleted": LINE}, b"1", repeatable=False)
    await archives._tell_dropped(known)
    assert (await state(services, "one"))[:2] == (
        "FAILING",
        f"{len(LINE)} bytes of logs had no room to wait, and are not archived.",
    )
    assert (await state(services, "two"))[0] == "UNKNOWN"
    assert archives.spool.dropped().keys() == {"one"}


async def test_files_are_closed_sooner_only_before_the_first_attempt(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (await add(services, "one"))["one"]
    archives = LogArchives(services)
    uploads = Uploads(archives, monkeypatch)
    uploads.away.add("one")
    asked: list[Mapping[str, float] | None] = []
    closed = archives.spool.closed
    monkeypatch.setattr(
        archives.spool, "closed", lambda seconds, sooner: (asked.append(sooner), closed(0, sooner))[1]
    )
    await archives.keep({"one": LINE}, b"1", repeatable=False)
    files = await archives._closed({"one": one})
    await archives._write(one, "one", files["one"])
    assert (await state(services, "one"))[:2] == ("FAILING", "There is no bucket one.")
    await archives._closed({"one": one})
    destination = {"type": "s3", "bucket": "other", "integration": {"access_key_id": "any"}}
    moved = compile_archive("one", {"name": "one", "query": "*", "destination": destination})
    await archives._closed({"one": moved})
    await archives._write(moved, "one", files["one"])
    assert (await state(services, "one"))[0] == "WORKING"
    await archives._closed({"one": moved})
    assert asked == [{"one": UNPROVEN_SECONDS}, {}, {"one": UNPROVEN_SECONDS}, {}]
