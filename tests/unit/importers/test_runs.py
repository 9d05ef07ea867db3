"""Imports of the web app, over a real configuration database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.importers.client import ApiProblem, HttpApi
from heeler.importers.kinds import BY_NAME
from heeler.importers.model import ImportRun
from heeler.importers.runs import Imports, Job
from heeler.store.database import Base, Database
from tests.unit.importers.fake_api import FakeApi

SOURCE = "https://api.datadoghq.eu"
NOW = 1_700_000_000.0


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder}/test.sqlite")
        settings = SimpleNamespace(data_dir=folder, url="https://heeler.example")
        self.services = cast(
            "Services", SimpleNamespace(database=self.database, settings=settings, now=lambda: NOW)
        )
        self.imports = Imports(self.services)

    async def job(self, api: Any, target: Any = None) -> Job:
        async with self.database.session() as db:
            run = ImportRun(
                source=SOURCE,
                started=datetime.fromtimestamp(NOW, UTC),
                state="running",
                started_by="a",
                options={},
            )
            db.add(run)
            await db.flush()
        return Job(run.id, SOURCE, cast("HttpApi", api), target or FakeApi(), [BY_NAME["monitors"]], False)

    async def run(self, id_: int) -> ImportRun:
        async with self.database.session() as db:
            found = await db.get(ImportRun, id_)
        assert found is not None
        return found

    async def ended(self, job: Job) -> ImportRun:
        while self.imports.job is job:
            await asyncio.sleep(0.005)
        return await self.run(job.run_id)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    async with made.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.tables["import_runs"].create)
    yield made
    await made.database.close()


@pytest.fixture
async def running(world: World) -> AsyncIterator[World]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(world.imports.run_forever())
        await asyncio.sleep(0.05)
        yield world
        assert not task.done()
        task.cancel()


class Stuck(FakeApi):
    """A source that does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def request(self, *_: Any, **__: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()


class Broken(FakeApi):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def request(self, *_: Any, **__: Any) -> Any:
        raise self.error


async def source(*names: str) -> FakeApi:
    api = FakeApi()
    for name in names:
        body = {"name": name, "type": "query alert", "query": "avg(last_5m):avg:m{*} > 1", "message": "x"}
        await api.request("POST", "/api/v1/monitor", None, body)
    return api


async def test_a_run_is_recorded_with_its_report_and_leaves_no_files(running: World) -> None:
    target = FakeApi()
    job = await running.job(await source("cpu", "disk"), target)
    running.imports.start(job)
    run = await running.ended(job)
    assert (run.state, run.error, run.ended) == ("done", "", datetime.fromtimestamp(NOW, UTC))
    assert len(target.things["/api/v1/monitor"]) == 2
    assert not list((running.folder / "imports").iterdir())


class Refusing(FakeApi):
    """Refuses what is created, with the name of it."""

    async def request(self, method: str, path: str, query: Any = None, body: Any = None) -> Any:
        if path == "/api/v1/monitor" and method == "POST":
            raise ApiProblem(400, f"400: {body['name']} \ud800\0")
        return await super().request(method, path, query, body)


async def test_names_that_no_database_stores_are_reported_and_the_next_run_starts(running: World) -> None:
    job = await running.job(await source("lone \ud800 and \0"), Refusing())
    running.imports.start(job)
    run = await running.ended(job)
    assert run.state == "done"
    problem = run.report["problems"][0]
    assert "\0" not in problem["name"] + problem["reason"]
    again = await running.job(await source("cpu"))
    running.imports.start(again)
    assert (await running.ended(again)).state == "done"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApiProblem(403, "403: Forbidden \0 \ud800"), "403: Forbidden"),
        (OSError(28, "No space left"), "No space left"),
        (ZeroDivisionError("secret"), "Internal error (ZeroDivisionError)"),
    ],
)
async def test_a_failure_is_recorded_and_ends_nothing_else(
    running: World, error: Exception, words: str
) -> None:
    job = await running.job(Broken(error))
    running.imports.start(job)
    run = await running.ended(job)
    assert run.state == "failed"
    assert words in run.error
    assert "secret" not in run.error
    running.imports.check_free()


async def test_a_run_that_cannot_be_recorded_does_not_end_the_others(
    running: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(running.imports, "_finish", fail)
    job = await running.job(await source("cpu"))
    running.imports.start(job)
    assert (await running.ended(job)).state == "running"
    monkeypatch.undo()
    again = await running.job(await source("cpu"))
    running.imports.start(again)
    assert (await running.ended(again)).state == "done"


async def test_one_import_runs_at_a_time_and_can_be_canceled(running: World) -> None:
    api = Stuck()
    job = await running.job(api)
    running.imports.start(job)
    with pytest.raises(ApiError) as caught:
        running.imports.start(await running.job(FakeApi()))
    assert caught.value.status == 409
    await api.asked.wait()
    assert not running.imports.cancel(job.run_id + 1)
    assert running.imports.cancel(job.run_id)
    assert (await running.ended(job)).state == "canceled"
    assert not running.imports.cancel(job.run_id)
    assert not (running.folder / "imports" / str(job.run_id)).exists()


async def test_a_run_that_has_ended_is_not_canceled(running: World, monkeypatch: pytest.MonkeyPatch) -> None:
    finish, reached, go = running.imports._finish, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> None:
        reached.set()
        await go.wait()
        await finish(*given)

    monkeypatch.setattr(running.imports, "_finish", slow)
    job = await running.job(await source("cpu"))
    running.imports.start(job)
    await reached.wait()
    assert not running.imports.cancel(job.run_id)
    go.set()
    assert (await running.ended(job)).state == "done"


async def test_runs_of_an_earlier_process_are_interrupted(world: World) -> None:
    job = await world.job(FakeApi())
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(world.imports.run_forever())
        while (await world.run(job.run_id)).state == "running":
            await asyncio.sleep(0.005)
        task.cancel()
    assert (await world.run(job.run_id)).state == "interrupted"
