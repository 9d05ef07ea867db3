from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pyarrow as pa
import pytest

from heeler.store.engine import Engine
from heeler.store.writer import DiskFull, StoreFailed, StoreFull, Writer


@asynccontextmanager
async def running(engine: Engine, **options: Any) -> AsyncIterator[Writer]:
    writer = Writer(engine, delay=0.01, **options)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        try:
            yield writer
        finally:
            writer.close()


@pytest.fixture
def table(engine: Engine) -> str:
    engine.execute_sync("DROP TABLE IF EXISTS writer_test")
    engine.execute_sync("CREATE TABLE writer_test (n UInt64) ENGINE = MergeTree ORDER BY n")
    return "writer_test"


def numbers(*values: int) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.uint64())})


def stored(engine: Engine) -> list[int]:
    return [int(row[0]) for row in engine.rows_sync("SELECT n FROM writer_test ORDER BY n")]


async def test_rows_are_stored_when_write_returns(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        await asyncio.gather(*(writer.write({table: numbers(n)}) for n in range(20)))
        assert stored(engine) == list(range(20))
        assert writer.pending_rows == 0


async def test_a_retry_is_stored_once_even_while_the_first_is_on_its_way(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        await asyncio.gather(*(writer.write({table: numbers(1)}, b"same") for _ in range(5)))
        await writer.write({table: numbers(1)}, b"same")
        assert stored(engine) == [1]


async def test_a_retry_after_the_client_hung_up_is_stored_once(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        first = asyncio.ensure_future(writer.write({table: numbers(1)}, b"same"))
        await asyncio.sleep(0)
        first.cancel()
        await writer.write({table: numbers(1)}, b"same")
        assert stored(engine) == [1]


async def test_a_digest_is_forgotten_after_ten_minutes(engine: Engine, table: str) -> None:
    now = 0.0
    async with running(engine, clock=lambda: now) as writer:
        await writer.write({table: numbers(1)}, b"same")
        now = 601.0
        await writer.write({table: numbers(1)}, b"same")
        assert stored(engine) == [1, 1]


async def test_a_group_is_told_of_a_failure_when_no_insert_is_under_way(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        with pytest.raises(StoreFailed, match="no_such_table"):
            await writer.write({"no_such_table": numbers(1), table: numbers(*range(100_000))})
        assert len(stored(engine)) == 100_000


async def test_a_failed_group_tells_every_request_and_can_be_sent_again(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        results = await asyncio.gather(
            *(writer.write({"no_such_table": numbers(n)}, b"%d" % n) for n in range(2)),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [StoreFailed, StoreFailed]
        await writer.write({table: numbers(0)}, b"0")
        assert stored(engine) == [0]


async def test_a_full_buffer_refuses_but_takes_one_large_request(engine: Engine, table: str) -> None:
    async with running(engine, max_rows=3) as writer:
        big = asyncio.ensure_future(writer.write({table: numbers(1, 2, 3, 4)}))
        await asyncio.sleep(0)
        with pytest.raises(StoreFull):
            await writer.write({table: numbers(5)})
        await big
        assert stored(engine) == [1, 2, 3, 4]


async def test_a_full_disk_refuses(engine: Engine, table: str) -> None:
    async with running(engine, has_room=lambda: False) as writer:
        with pytest.raises(DiskFull):
            await writer.write({table: numbers(1)})
    assert stored(engine) == []


async def test_closing_commits_what_waits(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        last = asyncio.ensure_future(writer.write({table: numbers(7)}))
        await asyncio.sleep(0)
    await last
    assert stored(engine) == [7]
    with pytest.raises(StoreFull):
        await writer.write({table: numbers(8)})
