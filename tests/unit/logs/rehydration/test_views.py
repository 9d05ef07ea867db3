"""Historical views in the store: apart from stored logs, without duplicates, deleted as a whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.logs.model import HistoricalView
from heeler.logs.rehydration import reading, states, storage
from heeler.logs.rehydration.lines import Found
from heeler.logs.rehydration.reading import Reading, read_view
from heeler.logs.rehydration.rules import Asked, Progress, Scan
from heeler.logs.rehydration.runner import Rehydration
from heeler.logs.rehydration.tables import readable_table, searched_table, table_of
from heeler.logs.search import LOGS
from heeler.logs.store import find_log, search_logs
from heeler.query.search.request import PageRequest
from heeler.query.search.row_access import RowAccess, reading_with
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.engine import Engine
from heeler.store.object_storage import Object
from heeler.store.retention import shrink
from heeler.wire.logs.datadog import LogEntry

#: Long before what the retention of logs keeps.
TIME = 1_500_000_000_000_000_000
NOW = 1_790_000_000.0
ALL = PageRequest("*", 0.0, NOW, 100, newest_first=False)


def found(view: str, *numbers: int, service: str = "web") -> list[Found]:
    entries = [LogEntry(f"m{one}", TIME + one // 10, service=service, index=view) for one in numbers]
    return [Found(one, entry) for one, entry in zip(numbers, entries, strict=True)]


@pytest.fixture
async def services(tmp_path: Path, engine: Engine) -> AsyncIterator[Services]:
    """Those that views use."""
    settings = Settings.from_env({}, data_dir=tmp_path)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    nothing = cast("Any", None)
    yield Services(settings, engine, nothing, database, nothing, nothing, nothing, now=lambda: NOW)
    await database.close()
    for name in await storage.stored_views(engine):
        await storage.drop_view(engine, name)


async def add(
    services: Services, name: str, state: str, *, tagged: bool = True, **columns: Any
) -> HistoricalView:
    document = Asked(name, "a", Scan(0.0, 1.0), "*", 10, 3, tagged).document()
    made = HistoricalView(
        name=name, archive="a", document=document, state=state, error="", checkpoint="",
        progress={}, owner="", created=datetime.fromtimestamp(NOW, UTC), **columns,
    )  # fmt: skip
    async with services.database.session() as db:
        db.add(made)
    return made


async def messages(engine: Engine, view: str, request: PageRequest = ALL) -> list[str]:
    return [one.message for one in (await search_logs(engine, request, table_of(view))).logs]


async def test_logs_are_stored_once_in_their_order_whatever_their_age(services: Services) -> None:
    engine = services.engine
    first = await storage.without_duplicates(engine, "one", found("one", 3, 1, 11, 3))
    assert [one.seq for one in first] == [3, 1, 11]
    await engine.insert(storage.TABLE, storage.rows_of(first))
    again = await storage.without_duplicates(engine, "one", found("one", 1, 2, 3, 11, 12))
    assert [one.seq for one in again] == [2, 12]
    await engine.insert(storage.TABLE, storage.rows_of(again))
    await engine.insert(storage.TABLE, storage.rows_of(found("two", 1)))
    assert await messages(engine, "one") == ["m1", "m2", "m3", "m11", "m12"]
    assert await messages(engine, "two") == ["m1"]
    assert await storage.count_logs(engine, "one") == 5
    assert (await search_logs(engine, ALL, LOGS)).logs == []
    assert await find_log(engine, TIME, 1, table_of("two")) is not None
    assert await find_log(engine, TIME, 2, table_of("two")) is None
    assert await find_log(engine, TIME, 1) is None
    assert await storage.without_duplicates(engine, "one", []) == []
    # Neither the limit of the store's size drops them, nor does their size drop others.
    size = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table != 'historical_logs'"
    assert shrink(engine, int(engine.rows_sync(size)[0][0]), "2000-01-01") == []
    await storage.drop_view(engine, "one")
    assert await messages(engine, "one") == []
    assert await storage.stored_views(engine) == {"two"}


async def test_restriction_queries_hold_in_views(services: Services) -> None:
    engine = services.engine
    logs = [*found("one", 1, 2), *found("one", 3, service="db")]
    await engine.insert(storage.TABLE, storage.rows_of(logs))
    with reading_with({"logs": RowAccess(("service:db",))}):
        assert await messages(engine, "one") == ["m3"]
        assert await find_log(engine, TIME, 1, table_of("one")) is None
    with reading_with({"logs": RowAccess(permission="logs_read_data")}):
        assert await messages(engine, "one") == []


async def test_views_of_archives_without_tags_are_hidden_under_a_restriction_query(
    services: Services,
) -> None:
    await add(services, "tagged", states.ACTIVE)
    await add(services, "bare", states.ACTIVE, tagged=False)
    assert (await searched_table(services, ["bare"])).name == storage.TABLE
    with reading_with({"logs": RowAccess(("-team:secret",))}):
        assert (await searched_table(services, ["tagged"])).name == storage.TABLE
        assert await searched_table(services, ["bare"]) is LOGS


async def test_only_one_view_is_searched_and_none_that_is_gone(services: Services) -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    await add(services, "here", states.ACTIVE, expires=now + timedelta(days=1))
    await add(services, "expired", states.ACTIVE, expires=now)
    await add(services, "deleted", states.DELETING)
    assert (await searched_table(services, ["here"])).name == storage.TABLE
    for other in ([], ["main"], ["expired"], ["deleted"], ["Not A Name", "x' OR 1"]):
        assert await searched_table(services, other) is LOGS
    with pytest.raises(ValueError, match="searched alone"):
        await searched_table(services, ["here", "main"])
    assert await readable_table(services, "") is LOGS
    with pytest.raises(ApiError, match="No historical view"):
        await readable_table(services, "expired")


async def test_what_expired_or_was_deleted_goes_with_its_logs(services: Services) -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    await add(services, "kept", states.ACTIVE, expires=now + timedelta(seconds=1))
    await add(services, "reading", states.RUNNING)
    await add(services, "expired", states.CANCELED, expires=now)
    await add(services, "deleted", states.DELETING)
    names = ("kept", "reading", "expired", "deleted", "orphan")
    for name in names:
        await services.engine.insert(storage.TABLE, storage.rows_of(found(name, 1)))
    assert sorted(await states.ended_views(services.database, NOW)) == ["deleted", "expired"]
    rehydration = Rehydration(services)
    for name in await states.ended_views(services.database, NOW):
        await rehydration._delete(name)
    await rehydration._delete_orphans()
    assert await storage.stored_views(services.engine) == {"kept", "reading"}
    assert await states.known_views(services.database) == {"kept", "reading"}


async def test_a_view_is_changed_only_while_it_runs(services: Services) -> None:
    database, now = services.database, datetime.fromtimestamp(NOW, UTC)
    view = await add(services, "one", states.PENDING)
    assert await states.begin(database, view, now)
    assert await states.is_running(database, view)
    done, shown = Progress(files=1, found=2), Progress(files=1, found=5)
    assert await states.record(database, view, (done, shown), "a/b")
    (begun,) = [await states.next_view(database)]
    assert begun is not None
    assert (begun.checkpoint, states.progress_of(begun)) == ("a/b", done)
    assert states.progress_of(begun, shown=True) == shown
    async with database.session() as db:
        stored = await db.get(HistoricalView, "one")
        assert stored is not None
        stored.state = states.CANCELED
    assert not await states.record(database, view, (done, done), "c")
    assert not await states.finish(database, view, states.ACTIVE, done, now)
    assert not await states.begin(database, view, now)
    assert await states.next_view(database) is None
    # Another view of the same name is another one.
    await states.remove(database, "one")
    other = await add(services, "one", states.RUNNING)
    async with database.session() as db:
        stored = await db.get(HistoricalView, "one")
        assert stored is not None
        stored.created = now + timedelta(seconds=1)
    assert not await states.record(database, view, (done, done), "c")
    assert not await states.is_running(database, other)


async def test_lists_that_take_long_hold_up_no_reading(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_: Any, __: Scan, ___: float, given_up: Callable[[], bool]) -> list[Object]:
        while not given_up():
            time.sleep(0.01)
        return []

    monkeypatch.setattr(reading, "archived_files", endless)
    monkeypatch.setattr(reading, "_bucket", lambda *_: None)
    archive = cast("Any", None)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        lists = [tasks.create_task(reading.list_files(services, archive, Scan(0, 1))) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert await reading.in_thread(lambda: "read") == "read"
        for one in lists:
            one.cancel()
        assert await reading.in_thread(lambda: "listed", reading._LISTING) == "listed"


async def test_a_failure_ends_the_view_and_not_the_task(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Reading) -> None:
        raise KeyError("unexpected")

    view = await add(services, "one", states.PENDING)
    monkeypatch.setattr(Reading, "run", fail)
    await read_view(services, view)
    async with services.database.session() as db:
        stored = await db.get(HistoricalView, "one")
        assert stored is not None
        assert (stored.state, "Internal error (KeyError)" in stored.error) == (states.FAILED, True)
        assert stored.expires == datetime.fromtimestamp(NOW, UTC) + timedelta(days=3)
    view = await add(services, "two", states.PENDING)
    monkeypatch.undo()
    await read_view(services, view)
    async with services.database.session() as db:
        stored = await db.get(HistoricalView, "two")
        assert stored is not None
        assert (stored.state, stored.error) == (states.FAILED, "The archive was deleted.")
