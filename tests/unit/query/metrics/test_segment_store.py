"""Answers with segment files are those of the engine alone, whatever is written, deleted or damaged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from heeler.query.metrics import segment_builder, segment_store
from heeler.query.metrics.executor import Caching, run_query
from heeler.query.metrics.segment_builder import build_file, keep_files
from heeler.query.metrics.segment_store import SegmentFiles, may_change_points
from heeler.store.engine import EngineBusy
from heeler.store.self_metrics import telemetry
from tests.unit.query.metrics.segment_samples import HOSTS, HOURS, NOW, START, Store
from tests.unit.query.store import Series, insert


def counted(name: str) -> float:
    return sum(value for (metric, _), value in telemetry.totals()[0].items() if metric == name)


async def test_files_answer_as_the_engine_does(store: Store) -> None:
    await store.fill("segments.plain")
    assert await store.check("segments.plain") == 0
    assert await store.build() == HOURS
    assert store.files.hours[-HOURS:] == [START + hour * 3600 for hour in range(HOURS)]
    assert await store.check("segments.plain") == HOURS * 12 * len(HOSTS)
    assert await store.check("segments.plain", "host:c") == HOURS * 12
    await store.write("segments.other", "a", {START: 1.0})
    assert await store.build() == 0, "the hour is not rolled up"


@pytest.mark.parametrize("seed", range(4))
async def test_no_order_of_writes_and_files_changes_an_answer(store: Store, seed: int) -> None:
    rng, metric, used = np.random.default_rng(seed), f"segments.random{seed}", 0
    await store.write(metric, "a", {START: 1.0})
    for _ in range(25):
        step = rng.random()
        if step < 0.35:
            begin = START + int(rng.integers(0, HOURS - 1)) * 3600
            times = begin + rng.integers(0, int(rng.choice([60, 3600])), 6)
            values = rng.choice([rng.normal(), 1e300, 7.0, 0.25, float(2**40)], 6)
            await store.write(
                metric, str(rng.choice(list(HOSTS))), dict(zip(times.tolist(), values.tolist(), strict=True))
            )
        elif step < 0.55:
            await store.roll()
        elif step < 0.75:
            await store.build()
        else:
            used += await store.check(metric, str(rng.choice(["*", "host:a", "host:c"]))) > 0
    await store.roll()
    await store.build()
    assert await store.check(metric) == len(store.written[metric])


@pytest.mark.parametrize("method", ["sum", "min", "max", "last", "avg", "count"])
async def test_rollups_are_computed_from_files(store: Store, method: str) -> None:
    metric = f"segments.rolled.{method}"
    await store.fill(metric, "abc")
    await store.build()
    text = f"sum:{metric}{{*}} by {{host}}.rollup({method}, 1800)"
    start, end = START, START + HOURS * 3600 + 1800
    ways: tuple[Caching, ...] = ("nothing", "files", "rows", "rows")
    answers = [await run_query(store.engine, text, start, end, now=NOW, cached=way) for way in ways]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer.frames[0].values, answers[0].frames[0].values, rtol=1e-12)
    whole = 3 * 12 * HOURS
    rolled = [{reading.table: reading for reading in answer.trace.readings} for answer in answers]
    assert [tables["points_5m"].files for tables in rolled] == [0, whole, whole, 0]
    assert rolled[0]["points_5m"].rows == whole
    assert not any(tables["points_5m"].rows for tables in rolled[1:])
    await store.write(metric, "a", {START + 3600 * 2: 1e6})
    await store.roll()
    late = [await run_query(store.engine, text, start, end, now=NOW, cached=way) for way in ways]
    for answer in late[1:]:
        np.testing.assert_allclose(answer.frames[0].values, late[0].frames[0].values, rtol=1e-12)
    if method in ("sum", "max", "avg"):
        assert float(np.nanmax(late[0].frames[0].values)) > 1e5


async def test_late_points_are_answered_at_once(store: Store) -> None:
    await store.fill("segments.late", "a")
    await store.build()
    whole = await store.check("segments.late")
    await store.write("segments.late", "a", {START + 3600: 5.0, START + 3601: 6.0})
    assert await store.check("segments.late") == whole - 12, "the hour is read from the engine"
    await store.roll()
    assert await store.check("segments.late") == whole - 12
    assert await store.build() == 1
    assert await store.check("segments.late") == whole + 1
    assert len(list(store.folder.iterdir())) == len(store.files.hours), "the old file is gone"


async def test_points_that_come_while_a_file_is_made_make_it_void(store: Store) -> None:
    await store.fill("segments.meanwhile", "a")
    real, hour = segment_builder._finish, START + 3600
    new = store.files.begin(hour)
    await store.write("segments.meanwhile", "a", {hour + 7: 1.0})
    assert not real(store.files, new, segment_builder.Encoder(hour, new.mark))
    assert hour not in store.files.hours
    await store.roll()
    unannounced = store.files.begin(hour)
    insert(store.engine, "segments.meanwhile", [Series([], [(hour + 8, 2.0)], host="a")])
    assert not real(store.files, unannounced, segment_builder.Encoder(hour, unannounced.mark))
    assert not list(store.folder.iterdir())


async def test_duplicates_are_counted_once(store: Store) -> None:
    for value in (1.0, 2.0):
        await store.write("segments.twice", "a", {START + 60: value, START + 120: value})
    await store.roll()
    await store.build()
    assert await store.check("segments.twice") == 2


async def test_a_damaged_file_is_reported_once_and_made_again(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.fill("segments.damaged", "ab")
    await store.build()
    whole, before = await store.check("segments.damaged"), counted("heeler.segment_files.damaged")
    store.files.close()
    broken, cut = (next(store.folder.glob(f"{START + hour * 3600}-*")) for hour in (1, 2))
    data = bytearray(broken.read_bytes())
    data[90:200] = bytes(110)
    broken.write_bytes(data)
    cut.write_bytes(cut.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING, "heeler.segments"):
        assert await store.check("segments.damaged") == whole - 48
        assert await store.check("segments.damaged") == whole - 48
    assert len(caplog.records) == 2
    assert counted("heeler.segment_files.damaged") == before + 2
    assert not broken.exists()
    assert await store.build() == 2
    assert await store.check("segments.damaged") == whole


async def test_a_file_that_is_gone_is_made_again(store: Store) -> None:
    await store.fill("segments.gone", "a")
    await store.build()
    store.files.close()
    next(store.folder.glob(f"{START}-*")).unlink()
    assert await store.check("segments.gone") == (HOURS - 1) * 12
    assert await store.build() == 1


async def test_deleted_points_are_not_answered(store: Store) -> None:
    await store.fill("segments.deleted", "ab")
    await store.build()
    store.engine.execute_sync(
        "ALTER TABLE points DELETE WHERE metric = 'segments.deleted' AND series = {series:UInt64} "
        "SETTINGS mutations_sync = 1",
        {"series": Series([], host="a").id("segments.deleted")},
    )
    assert not list(store.folder.iterdir())
    store.written["segments.deleted"] = {
        place: value for place, value in store.written["segments.deleted"].items() if place[0] == "b"
    }
    assert await store.check("segments.deleted") == 0
    assert await store.build() == HOURS
    assert await store.check("segments.deleted") == HOURS * 12


async def test_a_file_begun_before_a_deletion_is_void(store: Store) -> None:
    await store.fill("segments.begun", "a")
    new = store.files.begin(START)
    with store.files._around_statement("ALTER TABLE points DROP PARTITION '2015-08-19'"):
        during, also = store.files.begin(START), store.files.begin(START)
        assert not segment_builder._finish(store.files, during, segment_builder.Encoder(START, during.mark))
    assert not segment_builder._finish(store.files, also, segment_builder.Encoder(START, also.mark))
    assert not segment_builder._finish(store.files, new, segment_builder.Encoder(START, new.mark))
    assert not list(store.folder.iterdir())


@pytest.mark.parametrize(
    ("sql", "may"),
    [
        ("ALTER TABLE points DROP PARTITION {day:String}", True),
        ("TRUNCATE TABLE points", True),
        ("\n ALTER TABLE `points` DELETE WHERE 1", True),
        ("DELETE FROM points WHERE 1", True),
        ("ALTER TABLE points_5m DROP PARTITION '1'", False),
        ("ALTER TABLE log_events DELETE WHERE 1", False),
        ("ALTER TABLE `points` FREEZE WITH NAME 'x'", False),
        ("INSERT INTO points_5m SELECT 1 FROM points", False),
        ("CREATE TABLE IF NOT EXISTS points (a Int8) ENGINE = Memory", False),
    ],
)
def test_statements_that_may_change_points(sql: str, may: bool) -> None:
    assert may_change_points(sql) is may


async def test_files_are_found_after_a_restart_and_others_deleted(store: Store) -> None:
    await store.fill("segments.found", "a")
    await store.build()
    whole = len(store.files.hours)
    valid = next(store.folder.glob(f"{START}-*"))
    (store.folder / f"{START}-1.segments").write_bytes(b"older")
    (store.folder / f"{START - 90 * 86400}-1.segments").write_bytes(b"over")
    (store.folder / f"{START}-2.tmp").write_bytes(b"never finished")
    (store.folder / "README").write_text("another's")
    await store.write("segments.found", "a", {START + 3600: 1.0})
    again = SegmentFiles(store.engine, store.folder, most_bytes=2**30, now=lambda: store.now)
    again.load()
    # This process has written to all hours since it began, so that it trusts none of the files that it found.
    assert again.hours == []
    names = {path.name for path in store.folder.iterdir()}
    assert len(names) == whole - 1 + len(("README",))
    assert valid.name in names
    assert not any(name.startswith(f"{START + 3600}-") for name in names)


async def test_files_with_more_than_the_store_are_not_trusted(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.fill("segments.more", "a")
    await store.build()
    monkeypatch.setattr(segment_store, "_STORED", "SELECT '2015-08-19', 1 WHERE 0")
    with caplog.at_level(logging.WARNING, "heeler.segments"):
        store.files.load()
    assert "made again" in caplog.text
    assert store.files.hours == []
    assert not list(store.folder.iterdir())


async def test_bytes_are_bounded_and_the_oldest_hours_go_first(store: Store) -> None:
    await store.fill("segments.bound", "abcd")
    await store.build()
    each = max(path.stat().st_size for path in store.folder.iterdir())
    for path in store.folder.iterdir():
        path.unlink()
    small = SegmentFiles(store.engine, store.folder, most_bytes=3 * each, now=lambda: store.now)
    store.files = small
    await store.build()
    assert small.hours == [START + hour * 3600 for hour in range(HOURS - 3, HOURS)]
    assert small.size <= 3 * each
    assert [hour for hour in small.wanted() if hour >= START] == [], "what has no room is not tried again"
    store.now += 3600
    await store.write("segments.bound", "a", {START + HOURS * 3600: 1.0})
    await store.rollups.roll(START + HOURS * 3600, asyncio.Lock())
    await build_file(store.engine, small, START + HOURS * 3600)
    assert START + HOURS * 3600 in small.hours


async def test_no_file_is_deleted_for_one_that_is_not_used(store: Store) -> None:
    await store.fill("segments.instead", "abcd")
    await store.build()
    hours, hour = store.files.hours, START + HOURS * 3600
    store.now += 3600
    await store.write("segments.instead", "a", {hour: 1.0})
    await store.rollups.roll(hour, asyncio.Lock())
    store.files._most_bytes = store.files.size
    new = store.files.begin(hour)
    await store.write("segments.instead", "a", {hour + 1: 1.0})
    assert not segment_builder._finish(store.files, new, segment_builder.Encoder(hour, new.mark))
    assert store.files.hours == hours, "points were written meanwhile"
    await store.rollups.roll(hour, asyncio.Lock())
    larger = store.files.begin(hour)
    larger.append(bytes(store.files.size + 1))
    assert not segment_builder._finish(store.files, larger, segment_builder.Encoder(hour, larger.mark))
    assert store.files.hours == hours, "it has no room whatever is deleted"


async def test_files_of_hours_that_are_over_are_deleted(store: Store) -> None:
    await store.fill("segments.over", "a")
    await store.build()
    store.now += 44 * 3600
    assert await store.check("segments.over") == 4 * 12, "46 of 48 hours of later ones are not there"
    store.files.prune()
    assert len(list(store.folder.iterdir())) == 4


async def test_few_files_are_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_store, "MOST_OPEN", 2)
    await store.fill("segments.open", "a")
    await store.build()
    assert await store.check("segments.open") == HOURS * 12
    assert len(store.files._open) == 2


async def test_a_metric_that_is_too_large_is_left_to_the_engine(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_builder, "MOST_ROWS", 50)
    monkeypatch.setattr(segment_builder, "ROWS_AT_ONCE", 20)
    await store.fill("segments.large")
    await store.fill("segments.small", "a")
    await store.build()
    assert await store.check("segments.large") == 0
    assert await store.check("segments.small") == HOURS * 12


@contextlib.asynccontextmanager
async def kept(store: Store, has_room: Callable[[], bool] = lambda: True) -> AsyncIterator[None]:
    """Files are made in the background meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keep_files(store.engine, store.files, has_room))
        try:
            yield
        finally:
            task.cancel()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.01)


async def test_files_are_made_in_the_background(store: Store) -> None:
    await store.fill("segments.kept", "a")
    async with kept(store):
        await until(lambda: len([hour for hour in store.files.hours if hour >= START]) == HOURS)
    assert await store.check("segments.kept") == HOURS * 12


async def test_a_disk_that_is_full_or_fails_costs_no_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await store.fill("segments.full", "a")
    looked = 0

    def no_room() -> bool:
        nonlocal looked
        looked += 1
        return False

    monkeypatch.setattr(segment_builder, "LOOK_SECONDS", 0.01)
    async with kept(store, no_room):
        await until(lambda: looked > 2)
    assert not list(store.folder.iterdir())

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segment_builder.NewFile, "complete", fail)
    before = counted("heeler.segment_files.failed")
    with caplog.at_level(logging.WARNING, "heeler.segments"):
        async with kept(store):
            await until(lambda: counted("heeler.segment_files.failed") > before)
    assert "No space left" in caplog.text
    await until(lambda: not list(store.folder.iterdir()))
    assert await store.check("segments.full") == 0


async def test_a_folder_that_cannot_be_used_is_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await store.fill("segments.folder", "a")
    monkeypatch.setattr(segment_builder, "LOOK_SECONDS", 0.01)
    store.folder.rmdir()
    store.folder.write_text("in the way")
    with caplog.at_level(logging.WARNING, "heeler.segments"):
        async with kept(store):
            await until(lambda: bool(caplog.records))
            assert await store.check("segments.folder") == 0
            store.folder.unlink()
            await until(lambda: len([hour for hour in store.files.hours if hour >= START]) == HOURS)
    assert len(caplog.records) == 1
    assert await store.check("segments.folder") == HOURS * 12


def test_a_store_that_others_write_to_has_none(tmp_path: Path) -> None:
    other: Any = SimpleNamespace(embedded=False)
    with pytest.raises(ValueError, match="Others may write"):
        SegmentFiles(other, tmp_path, most_bytes=1)


async def test_a_busy_store_ends_no_task(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.fill("segments.busy", "a")
    real, refused = store.engine.run, 0

    async def run(call: Callable[..., Any], *args: Any) -> Any:
        nonlocal refused
        if call == store.files.prune and refused < 3:
            refused += 1
            raise EngineBusy("many statements are waiting")
        return await real(call, *args)

    monkeypatch.setattr(store.engine, "run", run)
    monkeypatch.setattr(segment_builder, "LOOK_SECONDS", 0.01)
    async with kept(store):
        await until(lambda: len([hour for hour in store.files.hours if hour >= START]) == HOURS)
    assert refused == 3
