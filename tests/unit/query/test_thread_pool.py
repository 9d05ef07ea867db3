"""Queries wait for one another in a bounded queue, and are stopped where nobody waits for them any more."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from heeler.query import budget, limits
from heeler.query.metrics.executor import run_query
from heeler.query.thread_pool import QueryPool, QueryQueueFull, pool_of
from heeler.store import engine as engine_module
from heeler.store.engine import Engine, EngineBusy
from heeler.store.fair_slots import INTERNAL, FairSlots, caller
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000 // 3600 * 3600


async def test_so_many_run_so_many_wait_the_rest_is_refused() -> None:
    pool = QueryPool(threads=1, running=2, waiting=3)
    go = asyncio.Event()
    most = 0

    async def one() -> str:
        nonlocal most
        async with pool.admission():
            most = max(most, pool.running)
            await go.wait()
        return "answered"

    async def opened() -> None:
        while (pool.running, pool.waiting) != (2, 3):
            await asyncio.sleep(0)
        go.set()

    found = await asyncio.gather(*(one() for _ in range(500)), opened(), return_exceptions=True)
    assert found.count("answered") == 5
    refused = [item for item in found if isinstance(item, QueryQueueFull)]
    assert len(refused) == 495
    assert refused[0].status == 503
    assert most == 2
    assert (pool.running, pool.waiting) == (0, 0)
    pool.close()


async def test_who_leaves_the_queue_gives_up_the_place() -> None:
    pool = QueryPool(threads=1, running=1, waiting=3)
    release = asyncio.Event()

    async def one() -> None:
        async with pool.admission():
            await release.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one())
        second = tasks.create_task(one())
        tasks.create_task(one())
        while pool.waiting != 2:
            await asyncio.sleep(0)
        second.cancel()
        while not second.done():
            await asyncio.sleep(0)
        assert pool.waiting == 1
        release.set()
    assert (pool.running, pool.waiting) == (0, 0)
    pool.close()


async def test_waiting_has_an_end() -> None:
    pool = QueryPool(threads=1, running=1, waiting=3, patience=0.01)
    async with pool.admission():
        with pytest.raises(QueryQueueFull, match="Other queries took"):
            async with pool.admission():
                raise AssertionError("never admitted")
    assert (pool.running, pool.waiting) == (0, 0)
    pool.close()


async def test_a_cancelled_query_stops_in_its_thread() -> None:
    pool = QueryPool(threads=1)
    began, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            began.set()
            while True:
                budget.check()
        finally:
            ended.set()

    async def query() -> None:
        with budget.limited():
            await pool.run(work)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(query())
        await asyncio.to_thread(began.wait)
        task.cancel()
    assert await asyncio.to_thread(ended.wait, 60)
    pool.close()


async def test_monitors_do_not_wait_for_queries_of_the_api() -> None:
    pool = QueryPool(threads=1, background=1)
    go = threading.Event()

    async def of_the_api() -> None:
        async with pool.admission():
            await pool.run(go.wait)

    async with asyncio.TaskGroup() as tasks:
        heavy = [tasks.create_task(of_the_api()) for _ in range(3)]
        while pool.busy < 3:
            await asyncio.sleep(0)
        assert await pool.run(lambda: "evaluated") == "evaluated"
        assert not any(task.done() for task in heavy)
        go.set()
    pool.close()


async def test_heavy_work_is_not_done_on_the_event_loop(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each stage runs, of a query of a function and of one of many values."""
    points = [(NOW - 3600 + 10 * step, float(step)) for step in range(360)]
    insert(engine, "pool.where", [Series([], points, host=f"h{number}") for number in range(80)])
    here, threads = threading.get_ident(), set()
    check = budget.Budget.check

    def noted(self: budget.Budget) -> None:
        threads.add(threading.get_ident())
        check(self)

    for text in ("ewma_3(avg:pool.where{*} by {host})", "avg:pool.where{*} by {host}, " * 15 + "avg:m{*}"):
        monkeypatch.setattr(budget.Budget, "check", noted)
        await run_query(engine, text, NOW - 3600, NOW, now=NOW, cached="nothing")
        monkeypatch.undo()
        assert threads - {here}, text
        threads.clear()
    assert pool_of(engine).busy == 0


async def test_reading_leaves_threads_and_clients_of_writers_alone(engine: Engine) -> None:
    go = threading.Event()

    def read() -> None:
        engine._readers.run(lambda _: go.wait(), 30.0)

    async with asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(engine.run(read)) for _ in range(20)]
        await asyncio.to_thread(insert, engine, "pool.written", [Series([], [(NOW - 60, 1.0)], host="a")])
        assert not any(task.done() for task in readers)
        go.set()


async def test_so_many_statements_wait_for_the_store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MAX_WAITING", 10)
    monkeypatch.setattr(engine, "_slots", FairSlots(6, 10))
    go = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(6 + 10):
            tasks.create_task(engine.run(go.wait))
        await asyncio.sleep(0)
        with pytest.raises(EngineBusy, match="10 statements are waiting"):
            await engine.rows("SELECT 1")
        go.set()
    assert (await engine.rows("SELECT 1"))[0][0] == 1


async def test_queries_of_every_endpoint_take_turns_and_those_of_the_server_need_none(
    engine: Engine,
) -> None:
    pool = pool_of(engine)
    insert(engine, "pool.turns", [Series([], [(NOW - 60, 1.0)], host="a")])

    async def ask(owner: str) -> int:
        caller.set(owner)
        answer = await run_query(engine, "avg:pool.turns{*}", NOW - 900, NOW, now=NOW)
        return len(answer.frames[0].groups)

    async with contextlib.AsyncExitStack() as stack:
        while pool.running < limits.MAX_RUNNING:
            await stack.enter_async_context(pool.admission())
        admitted_here = budget.admitted.set(False)
        async with asyncio.TaskGroup() as tasks:
            person, monitor = tasks.create_task(ask("user:1")), tasks.create_task(ask(INTERNAL))
            assert await monitor == 1
            assert not person.done()
            assert pool.waiting == 1
            await stack.aclose()
            assert await person == 1
        budget.admitted.reset(admitted_here)
