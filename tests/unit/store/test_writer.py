from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pyarrow as pa
import pytest

from heeler.store.deduplication import remember_tokens
from heeler.store.engine import Engine, EngineError
from heeler.store.group_commit import RowsRejected, StoreFailed
from heeler.store.writer import DiskFull, StoreFull, Writer


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
    engine.execute_sync("CREATE TABLE writer_test (n UInt64, note String) ENGINE = MergeTree ORDER BY n")
    assert "writer_test" in remember_tokens(engine)
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


async def test_tables_of_other_columns_are_stored_side_by_side(engine: Engine, table: str) -> None:
    noted = numbers(1).append_column("note", pa.array(["x"]))
    async with running(engine) as writer:
        await asyncio.gather(writer.write({table: numbers(2)}), writer.write({table: noted}))
        assert stored(engine) == [1, 2]


async def test_a_table_that_fails_fails_only_those_who_brought_rows_for_it(
    engine: Engine, table: str
) -> None:
    async with running(engine) as writer:
        results = await asyncio.gather(
            writer.write({table: numbers(1)}),
            writer.write({"no_such_table": numbers(2)}),
            writer.write({table: numbers(3), "no_such_table": numbers(3)}),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [bool, StoreFailed, StoreFailed]
        assert stored(engine) == [1, 3]


async def test_what_refers_to_rows_that_failed_is_held_back(engine: Engine, table: str) -> None:
    async with running(engine, order=("no_such_table",)) as writer:
        results = await asyncio.gather(
            writer.write({table: numbers(1)}),
            writer.write({table: numbers(2), "no_such_table": numbers(2)}),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [bool, StoreFailed]
        assert stored(engine) == [1]


async def test_rows_that_cannot_be_stored_are_told_from_others_of_the_group(
    engine: Engine, table: str
) -> None:
    text = pa.table({"n": ["seven"]})
    async with running(engine) as writer:
        results = await asyncio.gather(
            *(writer.write({table: pa.table({"n": [str(n)]})}) for n in range(5)),
            writer.write({table: text}),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [bool] * 5 + [RowsRejected]
        assert writer.arrivals.others[:2] == (5, 0), "what is wrong of itself says nothing of the store"
        assert stored(engine) == [0, 1, 2, 3, 4]


class Flaky(Engine):
    """Stores what is inserted and fails all the same, ``failures`` times."""

    def __init__(self, engine: Engine, failures: int) -> None:  # opens nothing of its own
        self.engine, self.failures = engine, failures
        self.inserts: list[str] = []

    async def insert(self, table: str, rows: pa.Table, token: str = "") -> None:
        self.inserts.append(token)
        await self.engine.insert(table, rows, token)
        if self.failures:
            self.failures -= 1
            raise EngineError("Code: 210. The connection broke after the rows were sent")

    async def run_insert(self, call: Callable[..., Any], *args: Any) -> Any:
        return call(*args)


async def test_an_insert_that_fails_after_it_was_stored_is_repeated_with_its_token(
    engine: Engine, table: str
) -> None:
    flaky = Flaky(engine, 1)
    async with running(flaky) as writer:
        await writer.write({table: numbers(1)})
    assert stored(engine) == [1]
    assert len(flaky.inserts) == 2
    assert len(set(flaky.inserts)) == 1


@pytest.mark.parametrize("repeatable", [False, True])
async def test_a_request_sent_again_after_a_failure_is_not_doubled(
    engine: Engine, table: str, repeatable: bool
) -> None:
    now = 0.0
    flaky = Flaky(engine, 2)
    async with running(flaky, clock=lambda: now) as writer:
        with pytest.raises(StoreFailed):
            await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        assert writer.pending_rows == 1
        await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        assert writer.pending_rows == 0
        assert stored(engine) == [1]
        await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        assert stored(engine) == ([1, 1] if repeatable else [1])


@pytest.mark.parametrize("repeatable", [False, True])
async def test_what_failed_is_stored_by_itself_and_recognized_when_it_is_sent_again(
    engine: Engine, table: str, repeatable: bool
) -> None:
    now = 0.0
    flaky = Flaky(engine, 2)
    async with running(flaky, clock=lambda: now) as writer:
        with pytest.raises(StoreFailed):
            await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        now = 5.0
        await writer.write({table: numbers(2)})
        assert stored(engine) == [1, 2]
        await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        assert stored(engine) == [1, 2]
        await writer.write({table: numbers(1)}, b"same", repeatable=repeatable)
        assert stored(engine) == ([1, 1, 2] if repeatable else [1, 2])


async def test_what_cannot_be_stored_for_ten_minutes_is_given_up(engine: Engine, table: str) -> None:
    now = 0.0
    flaky = Flaky(engine, 100)
    async with running(flaky, clock=lambda: now) as writer:
        with pytest.raises(StoreFailed):
            await writer.write({"no_such_table": numbers(1)}, b"same")
        now = 601.0
        flaky.failures = 0
        await writer.write({table: numbers(2)})
        assert writer.pending_rows == 0
        with pytest.raises(StoreFailed):
            await writer.write({"no_such_table": numbers(1)}, b"same")


async def test_a_hook_that_fails_concerns_its_table_alone(engine: Engine, table: str) -> None:
    async def refuse(_: Sequence[Any]) -> None:
        raise OSError("not now")

    engine.execute_sync("CREATE TABLE IF NOT EXISTS writer_hooked (n UInt64) ENGINE = MergeTree ORDER BY n")
    async with running(engine, before={"writer_hooked": refuse}) as writer:
        results = await asyncio.gather(
            writer.write({"writer_hooked": numbers(1)}),
            writer.write({table: numbers(2)}),
            return_exceptions=True,
        )
        assert [str(result) for result in results] == ["not now", "True"]
        assert stored(engine) == [2]


async def test_a_failed_group_tells_every_request_and_can_be_sent_again(engine: Engine, table: str) -> None:
    engine.execute_sync(f"RENAME TABLE {table} TO writer_away")
    async with running(engine) as writer:
        results = await asyncio.gather(
            *(writer.write({table: numbers(n)}, b"%d" % n) for n in range(2)),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [StoreFailed, StoreFailed]
        engine.execute_sync(f"RENAME TABLE writer_away TO {table}")
        await writer.write({table: numbers(0)}, b"0")
        assert stored(engine) == [0, 1]


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
        for name in (table, "points"):
            with pytest.raises(DiskFull):
                await writer.write({name: numbers(1)})
        assert writer.arrivals.others.refused == writer.arrivals.metrics.refused == 1
    assert stored(engine) == []


async def test_closing_commits_what_waits(engine: Engine, table: str) -> None:
    async with running(engine) as writer:
        last = asyncio.ensure_future(writer.write({table: numbers(7)}))
        await asyncio.sleep(0)
    await last
    assert stored(engine) == [7]
    with pytest.raises(StoreFull):
        await writer.write({table: numbers(8)})
