"""The log before the engine: once, durable, readable, and no failure that hurts others."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from heeler.store import wal, wal_segments
from heeler.store.deduplication import remember_tokens
from heeler.store.engine import Engine, EngineError
from heeler.store.group_commit import StoreFailed
from heeler.store.migrate import migration_files
from heeler.store.self_metrics import telemetry
from heeler.store.wal import WriteAheadLog
from heeler.store.wal_files import DiskFiles
from heeler.store.wal_segments import Record, SegmentWriter
from heeler.store.wal_stored_segments import StoredSegments
from heeler.store.writer import DiskFull, StoreFull, Writer


@pytest.fixture
def tables(engine: Engine) -> tuple[str, str]:
    for name in ("ahead_one", "ahead_two"):
        engine.execute_sync(f"DROP TABLE IF EXISTS {name}")
        engine.execute_sync(
            f"CREATE TABLE {name} (n UInt64, at DateTime) ENGINE = MergeTree PARTITION BY n % 3 ORDER BY n"
        )
    assert "ahead_one" in remember_tokens(engine)
    return "ahead_one", "ahead_two"


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": pa.array(numbers, pa.uint64()), "at": pa.array([0] * len(numbers), pa.uint32())})


def stored(engine: Engine, table: str = "ahead_one") -> list[int]:
    return [int(row[0]) for row in engine.rows_sync(f"SELECT n FROM {table} ORDER BY n")]


class Inserts:
    """The engine's inserts, which can be made to fail."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.tokens, self.failing = engine, list[tuple[str, str]](), set[str]()
        self.rejected = -1

    async def __call__(self, table: str, found: pa.Table, token: str) -> None:
        self.tokens.append((table, token))
        if table in self.failing:
            raise EngineError("Code: 243. disk is gone")
        if self.rejected in found["n"].to_pylist():
            raise EngineError("Code: 117. incorrect data")
        await self.engine.insert(table, found, token)


@asynccontextmanager
async def running(
    inserts: Inserts, folder: Path, **options: object
) -> AsyncIterator[tuple[Writer, WriteAheadLog]]:
    log = WriteAheadLog(folder, inserts, ("ahead_one", "ahead_two"))
    digests = await log.recover()
    writer = Writer(inserts.engine, delay=0, logs=[log], **options)  # type: ignore[arg-type]
    writer.know(digests)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        tasks.create_task(log.run())
        try:
            yield writer, log
        finally:
            writer.close()
            log.close()


async def test_what_was_acknowledged_is_found_by_the_next_query(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    async with running(Inserts(engine), tmp_path) as (writer, log):
        for n in range(5):
            await writer.write({"ahead_one": rows(n)}, b"%d" % n)
            found = await engine.rows("SELECT count() FROM ahead_one")
            assert found[0][0] == n + 1
        assert (log.rows, writer.pending_rows) == (0, 0)
        assert wal_segments.paths(tmp_path) == []


async def test_requests_share_an_insert(engine: Engine, tables: tuple[str, str], tmp_path: Path) -> None:
    inserts = Inserts(engine)
    async with running(inserts, tmp_path) as (writer, _):
        await asyncio.gather(*(writer.write({"ahead_one": rows(n)}) for n in range(50)))
        await writer.settle()
    assert stored(engine) == list(range(50))
    assert len(inserts.tokens) <= 2


async def test_a_group_is_inserted_when_it_is_large(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "GROUP_SECONDS", 1e9)
    monkeypatch.setattr(wal, "GROUP_ROWS", 100)
    async with running(Inserts(engine), tmp_path) as (writer, log):
        await writer.write({"ahead_one": rows(*range(99))})
        assert log.rows == 99
        await writer.write({"ahead_one": rows(99)})
        while log.rows:
            await asyncio.sleep(0.01)
        assert stored(engine) == list(range(100))


async def test_after_the_end_nothing_is_left(engine: Engine, tables: tuple[str, str], tmp_path: Path) -> None:
    async with running(Inserts(engine), tmp_path) as (writer, _):
        await writer.write({"ahead_one": rows(1), "ahead_two": rows(2)})
    assert (stored(engine), stored(engine, "ahead_two")) == ([1], [2])
    assert wal_segments.paths(tmp_path) == []


async def test_a_crash_at_each_moment_stores_each_row_once(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    """The folder as it is after each step of an insert, recovered twice over."""
    path = wal_segments.path_of(tmp_path / "before", 3)
    path.parent.mkdir()
    segment = SegmentWriter(path)
    segment.add(Record({"ahead_one": rows(1, 2, 3)}, [b"a"]))
    segment.add(Record({"ahead_one": rows(4), "ahead_two": rows(9)}, [b"b"]))
    segment.close()
    whole = rows(1, 2, 3, 4)
    for moment, already in enumerate(((), ("ahead_one",), ("ahead_one", "ahead_two"))):
        for table in tables:
            engine.execute_sync(f"TRUNCATE TABLE {table}")
        folder = tmp_path / f"at{moment}"
        shutil.copytree(path.parent, folder)
        # A token of its own for each moment: the tables remember those of the moments before.
        content = bytearray((folder / path.name).read_bytes())
        content[len(wal_segments.MAGIC)] = ord("x") + moment
        (folder / path.name).write_bytes(content)
        token = wal_segments.read(folder / path.name)[0]
        for table in already:
            await engine.insert(table, whole if table == "ahead_one" else rows(9), token)
        for again in range(2):
            if again:
                shutil.copytree(path.parent, folder, dirs_exist_ok=True)
                (folder / path.name).write_bytes(content)
            async with running(Inserts(engine), folder) as (writer, _):
                await writer.settle()
                await writer.write({"ahead_one": rows(1, 2, 3)}, b"a")  # sent again, as its answer was lost
        assert (stored(engine), stored(engine, "ahead_two")) == ([1, 2, 3, 4], [9]), moment


async def test_torn_segments_are_cleared(engine: Engine, tables: tuple[str, str], tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"HEELERWAL1", b"HEELERWAL1" + b"a" * 24, b"garbage" * 99)):
        wal_segments.path_of(tmp_path, number).write_bytes(content)
    async with running(Inserts(engine), tmp_path) as (writer, _):
        assert wal_segments.paths(tmp_path) == []
        await writer.write({"ahead_one": rows(5)})
    assert stored(engine) == [5]


async def test_a_table_that_fails_holds_up_no_other_and_loses_nothing(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(wal, "RETRY_SECONDS", (0.01,))
    inserts = Inserts(engine)
    inserts.failing = {"ahead_two"}
    async with running(inserts, tmp_path) as (writer, log):
        await writer.write({"ahead_one": rows(1), "ahead_two": rows(2)})
        await writer.settle()
        assert stored(engine) == [1]
        assert log.rows == 2
        inserts.failing = set()
        while log.rows:
            await asyncio.sleep(0.01)
    assert (stored(engine), stored(engine, "ahead_two")) == ([1], [2])


async def test_what_cannot_be_inserted_at_the_end_is_there_at_the_next_start(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    inserts = Inserts(engine)
    inserts.failing = {"ahead_one"}
    async with running(inserts, tmp_path) as (writer, _):
        await writer.write({"ahead_one": rows(1)}, b"once")
    assert len(wal_segments.paths(tmp_path)) == 1
    async with running(Inserts(engine), tmp_path) as (writer, _):
        await writer.write({"ahead_one": rows(1)}, b"once")
        await writer.settle()
    assert stored(engine) == [1]


async def test_rows_that_the_engine_cannot_store_are_put_aside_alone(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    before = telemetry.totals()[0].get(("heeler.store.rejected_rows", ("table:ahead_one",)), 0)
    inserts = Inserts(engine)
    inserts.rejected = 2
    async with running(inserts, tmp_path) as (writer, _):
        for n in (1, 2, 3):
            await writer.write({"ahead_one": rows(n)})
        await writer.settle()
    assert stored(engine) == [1, 3]
    assert len(list((tmp_path / "rejected").iterdir())) == 1
    assert telemetry.totals()[0]["heeler.store.rejected_rows", ("table:ahead_one",)] == before + 1


async def test_rows_that_cannot_even_be_put_aside_stay_in_the_log_until_they_can(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "RETRY_SECONDS", (0.01,))
    attempts = []

    def put_aside(folder: Path, found: pa.Table, name: str) -> None:
        attempts.append(name)
        if len(attempts) < 3:
            raise OSError(28, "No space left on device")
        put(folder, found, name)

    put = wal.put_aside
    monkeypatch.setattr(wal, "put_aside", put_aside)
    inserts = Inserts(engine)
    inserts.rejected = 2
    async with running(inserts, tmp_path) as (writer, _):
        for n in (1, 2, 3):
            await writer.write({"ahead_one": rows(n)})
        await writer.settle()
    assert stored(engine) == [1, 3]
    assert len(attempts) == 3
    assert len(list((tmp_path / "rejected").iterdir())) == 1


async def test_a_log_that_cannot_be_written_is_told_and_the_request_stored_when_it_comes_again(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Inserts(engine), tmp_path) as (writer, _):
        for error, expected in ((OSError(28, "No space"), DiskFull), (OSError(5, "I/O error"), StoreFailed)):
            with monkeypatch.context() as patch:
                patch.setattr(SegmentWriter, "add", lambda *_, error=error: (_ for _ in ()).throw(error))
                with pytest.raises(expected):
                    await writer.write({"ahead_one": rows(1)}, b"same")
        await writer.write({"ahead_one": rows(1)}, b"same")
        await writer.write({"ahead_one": rows(1)}, b"same")
    assert stored(engine) == [1]


async def test_what_waits_is_bounded(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(wal, "SETTLE_SECONDS", 0.01)
    inserts = Inserts(engine)
    inserts.failing = {"ahead_one"}
    async with running(inserts, tmp_path, max_rows=10) as (writer, log):
        await writer.write({"ahead_one": rows(*range(8))})
        with pytest.raises(StoreFull):
            await writer.write({"ahead_one": rows(*range(8))})
        inserts.failing = set()
        while log.rows:
            await asyncio.sleep(0.01)
        await writer.write({"ahead_one": rows(100)})
    assert stored(engine) == [*range(8), 100]


async def test_other_tables_go_the_way_of_before(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    engine.execute_sync(
        "CREATE TABLE IF NOT EXISTS ahead_other (n UInt64, at DateTime) ENGINE = MergeTree ORDER BY n"
    )
    remember_tokens(engine)
    async with running(Inserts(engine), tmp_path) as (writer, log):
        await writer.write({"ahead_other": rows(1), "ahead_one": rows(2)})
        assert stored(engine) == [2]
        assert stored(engine, "ahead_other") == [1]
        assert log.rows == 0


def test_who_reads_what_a_view_makes_of_rows_waits_too(tmp_path: Path) -> None:
    """Every table that a materialized view fills out of a logged one."""
    for name, of in wal.LOGGED.items():
        log = WriteAheadLog(tmp_path / name, _no_insert, of)
        for source, target in _views():
            assert source not in of or target in log.read_in, (source, target)


async def _no_insert(*_: object) -> None:
    raise AssertionError("nothing is inserted")


def _views() -> list[tuple[str, str]]:
    found = {}
    for sql in migration_files().values():
        text = " ".join(line for line in sql.splitlines() if not line.startswith("--"))
        for target, source in re.findall(
            r"MATERIALIZED VIEW IF NOT EXISTS \w+ TO (\w+) AS .*?\bFROM (\w+)", text
        ):
            found[source, target] = None
    assert ("error_events", "error_issues") in found
    return list(found)


async def test_damaged_segments_are_set_aside(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    path = wal_segments.path_of(tmp_path, 3)
    segment = SegmentWriter(path)
    segment.add(Record({"ahead_one": rows(1)}, [b"a"]))
    size = path.stat().st_size
    segment.add(Record({"ahead_one": rows(2)}, [b"b"]))
    segment.close()
    content = bytearray(path.read_bytes())
    content[size + 20] ^= 0x10
    path.write_bytes(content)
    async with running(Inserts(engine), tmp_path) as (writer, _):
        await writer.settle()
    assert stored(engine) == [1]
    assert (tmp_path / "rejected" / path.name).read_bytes() == bytes(content)
    assert wal_segments.paths(tmp_path) == []


async def test_a_request_that_is_sent_again_after_a_restart_is_known_whatever_the_clock_says(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    """Its rows were in the engine and its segment gone before the server ended: nothing looks at the time."""
    async with running(Inserts(engine), tmp_path) as (writer, _):
        assert await writer.write({"ahead_one": rows(1)}, b"answer lost")
        await writer.write({"ahead_one": rows(2)}, b"other", repeatable=True)
        await writer.settle()
        assert wal_segments.paths(tmp_path) == []
    for _ in range(3):
        async with running(Inserts(engine), tmp_path) as (writer, _):
            assert not await writer.write({"ahead_one": rows(1)}, b"answer lost")
    async with running(Inserts(engine), tmp_path) as (writer, _):
        assert await writer.write({"ahead_one": rows(2)}, b"other", repeatable=True)
    assert stored(engine) == [1, 2, 2]
    assert len(list(tmp_path.glob("*.stored"))) == 1


async def test_a_segment_that_was_noted_and_not_removed_is_not_inserted_again(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    path = wal_segments.path_of(tmp_path, 3)
    segment = SegmentWriter(path)
    segment.add(Record({"ahead_one": rows(1)}, [b"a"]))
    segment.close()
    notes = StoredSegments(tmp_path)
    notes.load()
    notes.note(segment.token, [b"a"])
    notes.close()
    inserts = Inserts(engine)
    async with running(inserts, tmp_path) as (writer, _):
        assert not await writer.write({"ahead_one": rows(1)}, b"a")
        await writer.settle()
    assert (inserts.tokens, wal_segments.paths(tmp_path)) == ([], [])


async def test_after_a_synchronization_that_failed_a_segment_is_not_written_again(
    engine: Engine, tables: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "GROUP_SECONDS", 1e9)
    inserts = Inserts(engine)
    inserts.failing = {"ahead_one"}
    monkeypatch.setattr(wal, "RETRY_SECONDS", (0.01,))
    async with running(inserts, tmp_path) as (writer, log):
        await writer.write({"ahead_one": rows(1)}, b"1")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(5, "I/O error")))
            with pytest.raises(StoreFailed):
                await writer.write({"ahead_one": rows(2)}, b"2")
        await writer.write({"ahead_one": rows(3)}, b"3")
        found = [wal_segments.read(path)[1] for path in wal_segments.paths(tmp_path)]
        assert [[one.tables["ahead_one"]["n"].to_pylist() for one in records] for records in found] == [
            [[1]],
            [[3]],
        ]
        assert log.rows == 2
        inserts.failing = set()
    assert stored(engine) == [1, 3]


async def test_nothing_is_acknowledged_while_a_refused_record_cannot_be_cut_off(
    engine: Engine, tables: tuple[str, str], tmp_path: Path
) -> None:
    files = Unlucky()
    log = WriteAheadLog(tmp_path, Inserts(engine), ("ahead_one",), files=files)
    await log.recover()
    writer = Writer(engine, delay=0, logs=[log])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        tasks.create_task(log.run())
        await writer.write({"ahead_one": rows(1)}, b"1")
        files.failing = {"synchronize", "truncate"}
        with pytest.raises(StoreFailed):
            await writer.write({"ahead_one": rows(2)}, b"2")
        files.failing = {"truncate"}
        refused = 0
        while wal_segments.paths(tmp_path):  # until the first is in the engine, and its file gone
            try:
                await writer.write({"ahead_one": rows(100 + refused)}, b"1%d" % refused)
            except StoreFailed:
                refused += 1
            await asyncio.sleep(0.02)
        files.failing = set()
        await writer.write({"ahead_one": rows(3)}, b"3")
        writer.close()
        log.close()
    assert refused
    assert stored(engine) == [1, 3]


class Unlucky(DiskFiles):
    """A disk of which some calls fail."""

    def __init__(self) -> None:
        self.failing = set[str]()

    def synchronize(self, file: int) -> None:
        self._fail("synchronize")
        super().synchronize(file)

    def truncate(self, path: Path, size: int) -> None:
        self._fail("truncate")
        super().truncate(path, size)

    def _fail(self, name: str) -> None:
        if name in self.failing:
            raise OSError(5, "I/O error")
