"""Segment files and statements that delete points, and files that are given up."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from heeler.query.metrics import segment_builder, segment_store
from heeler.query.metrics.segment_builder import build_file
from heeler.store.engine import EngineError
from tests.unit.query.metrics.segment_samples import START, Store


async def test_files_that_a_statement_is_deleting_are_not_found(store: Store) -> None:
    await store.fill("segments.deleting", "a")
    await store.build()
    left = {path: path.read_bytes() for path in store.folder.iterdir()}
    store.engine.changes._hours.clear()  # as after a restart
    store.files.load()
    assert len(store.files.hours) == len(left)
    with store.files._around_statement("ALTER TABLE points DROP PARTITION '2015-08-19'"):
        for path, data in left.items():
            path.write_bytes(data)  # as those that are not deleted yet
        store.files.load()
    assert store.files.hours == []
    assert not list(store.folder.iterdir())


async def test_a_statement_while_files_are_found_leaves_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.fill("segments.finding", "a")
    await store.build()
    store.engine.changes._hours.clear()
    real = store.engine.rows_sync

    def rows(sql: str, *more: Any) -> Any:
        if sql == segment_store._STORED:
            with store.files._around_statement("ALTER TABLE points DROP PARTITION '2015-08-19'"):
                pass
        return real(sql, *more)

    monkeypatch.setattr(store.engine, "rows_sync", rows)
    store.files.load()
    assert store.files.hours == []


@pytest.mark.parametrize("canceled", [False, True])
async def test_a_file_that_is_given_up_is_deleted_off_the_event_loop(
    store: Store, monkeypatch: pytest.MonkeyPatch, canceled: bool
) -> None:
    await store.fill("segments.given_up", "a")
    adding, given_up, threads = asyncio.Event(), threading.Event(), list[int]()
    real, loop = segment_builder.NewFile.discard, asyncio.get_running_loop()

    def discard(new: Any) -> None:
        threads.append(threading.get_ident())
        real(new)

    def add(*_: object) -> None:
        loop.call_soon_threadsafe(adding.set)
        if not canceled:
            raise EngineError("refused")
        assert given_up.wait(60)

    monkeypatch.setattr(segment_builder.NewFile, "discard", discard)
    monkeypatch.setattr(segment_builder, "_add", add)

    async def build() -> None:
        with pytest.raises(asyncio.CancelledError if canceled else EngineError):
            await build_file(store.engine, store.files, START)

    async with asyncio.TaskGroup() as tasks:
        building = tasks.create_task(build())
        await adding.wait()
        if canceled:
            building.cancel()
    given_up.set()
    assert threads
    assert threading.get_ident() not in threads
    assert not list(store.folder.glob("*.tmp"))


async def test_a_statement_that_would_leave_files_behind_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.fill("segments.refused", "a")
    await store.build()
    drop = "ALTER TABLE points DROP PARTITION '2015-08-19'"
    rows = "SELECT count() FROM points WHERE toDate(time) = '2015-08-19'"
    stored = store.engine.rows_sync(rows)
    assert stored[0][0]

    def unlink(path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system", str(path))

    with monkeypatch.context() as failing:
        failing.setattr(Path, "unlink", unlink)
        with (
            pytest.raises(EngineError, match=r"segment files remain: .*Read-only"),
            store.files._around_statement(drop),
        ):
            raise AssertionError("the statement is executed")
        with pytest.raises(EngineError, match="segment files remain"):
            store.engine.execute_sync(drop)
    assert store.engine.rows_sync(rows) == stored
    assert store.files.hours == [], "none is used until it is made again"
    store.engine.execute_sync(drop)
    assert store.engine.rows_sync(rows)[0][0] == 0
    assert not list(store.folder.iterdir())
