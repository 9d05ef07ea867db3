"""Logs are on disk for their archive before they are stored, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from heeler.api.services import Services
from heeler.logs.archives.recent_requests import RecentRequests
from heeler.logs.archives.writing import LogArchives
from heeler.logs.log_metrics import LogMetrics
from heeler.logs.model import LogIndex, LogMetric
from heeler.store.group_commit import StoreFailed
from heeler.store.writer import StoreFull
from tests.unit.logs.test_ingest import NOW, archive, configure, deliver, lines, services, spooled, stored

__all__ = ["services"]


def failed(error: Exception) -> Future[None]:
    future: Future[None] = Future()
    future.set_exception(error)
    return future


async def test_logs_without_a_time_that_were_refused_are_stored_and_archived_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive(services, "service:refused")
    body = lines("refused", "one")
    with monkeypatch.context() as patch:
        refuse = lambda _: failed(StoreFailed("the disk is gone"))  # noqa: E731
        patch.setattr(services.part(LogArchives).spool, "put", refuse)
        for _ in range(2):
            with pytest.raises(StoreFailed):
                await deliver(services, body)
    assert stored(services, "refused") == [], "nothing is stored that is not kept for its archive"

    async def full(*_: object, **__: object) -> bool:
        raise StoreFull

    with monkeypatch.context() as patch:
        patch.setattr(services.writer, "write", full)
        for _ in range(2):
            with pytest.raises(StoreFull):
                await deliver(services, body)
    await deliver(services, body)
    assert [one["message"] for one in await spooled(services)] == ["one"]
    assert stored(services, "refused") == ["one"]
    await deliver(services, body)  # the same line once more, as a log of its own
    assert [one["message"] for one in await spooled(services)] == ["one", "one"]
    assert stored(services, "refused") == ["one", "one"]


async def test_metrics_count_a_delivery_that_was_refused_at_first(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive(services, "service:recounted")
    document = {"compute": {"aggregation_type": "count"}, "filter": {"query": "service:recounted"}}
    await configure(services, LogMetric(id="logs.recounted", document=document))
    counted: list[int] = []
    monkeypatch.setattr(services.part(LogMetrics), "add", lambda _, entries: counted.append(len(entries)))
    body = lines("recounted", "one", "two", timestamp=int(NOW * 1000))
    with monkeypatch.context() as patch:
        refuse = lambda _: failed(StoreFailed("the disk is gone"))  # noqa: E731
        patch.setattr(services.part(LogArchives).spool, "put", refuse)
        with pytest.raises(StoreFailed):
            await deliver(services, body)
    await deliver(services, body)
    await deliver(services, body)
    assert counted == [2]


async def test_what_an_index_excludes_is_archived_once(services: Services) -> None:
    await archive(services, "service:unindexed")
    exclusion = {"name": "all", "filter": {"query": "*", "sample_rate": 1.0}}
    index = {"filter": {"query": "service:unindexed"}, "exclusion_filters": [exclusion]}
    await configure(services, LogIndex(name="unindexed", document=index))
    body = lines("unindexed", "one", timestamp=int(NOW * 1000))
    for _ in range(3):
        await deliver(services, body)
    assert [one["message"] for one in await spooled(services)] == ["one"]


async def test_a_request_that_comes_again_while_it_is_kept_waits_and_shares_its_outcome(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive(services, "service:twice")
    body = lines("twice", "one", timestamp=int(NOW * 1000))
    spool = services.part(LogArchives).spool
    puts: list[Future[None]] = []

    def put(_: object) -> Future[None]:
        puts.append(Future())
        return puts[-1]

    async def outcome() -> object:
        try:
            return await deliver(services, body)
        except StoreFailed as error:
            return error

    async def outcomes(count: int, settle: Callable[[Future[None]], None], canceled: int) -> list[object]:
        """Outcomes of equal requests whose put is settled when all wait for it."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(outcome()) for _ in range(count)]
            while not puts:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)
            for task in tasks[:canceled]:
                task.cancel()
            (done,) = puts
            puts.clear()
            settle(done)
        return [task.result() for task in tasks[canceled:]]

    refused = StoreFailed("the disk is gone")
    with monkeypatch.context() as patch:
        patch.setattr(spool, "put", put)
        found = await outcomes(3, lambda done: done.set_exception(refused), 1)
        assert [type(one) for one in found] == [StoreFailed, StoreFailed]
        assert await outcomes(2, lambda done: done.set_result(None), 0) == [1, 1], "what failed is forgotten"
        assert await deliver(services, body) == 1
    assert puts == []
    assert stored(services, "twice") == ["one"]


async def test_a_body_that_comes_again_goes_to_an_archive_that_was_added(services: Services) -> None:
    body = lines("added", "one", timestamp=int(NOW * 1000))
    archives = services.part(LogArchives)
    for names in (["a"], ["a"], ["a", "b"]):
        await archives.keep(dict.fromkeys(names, b"{}\n"), b"added", repeatable=False)
    assert len(await spooled(services)) == 3
    await archive(services, "service:added")
    await deliver(services, body)
    assert [one["message"] for one in await spooled(services) if one] == ["one"]


def test_requests_are_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    requests = RecentRequests(600, lambda: seconds)
    requests.add("a")
    seconds = 400
    requests.add("b")
    requests.add("b")
    assert "a" in requests
    seconds = 601
    assert "a" not in requests
    assert [requests.take("b") for _ in range(3)] == [True, True, False]
    monkeypatch.setattr("heeler.logs.archives.recent_requests.MAX_REQUESTS", 2)
    for name in "cde":
        requests.add(name)
    assert [name in requests for name in "cde"] == [False, True, True]
