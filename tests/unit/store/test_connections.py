"""The real driver against ClickHouse's HTTP interface: servers that die, hang, refuse and come back."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from heeler.store import connections
from heeler.store.connections import Hosts
from heeler.store.deduplication import remember_tokens
from heeler.store.engine import Engine, EngineError, EngineMemoryLimit, EngineTimeout, EngineUnavailable
from heeler.store.fair_slots import FairSlots
from heeler.store.migrate import migrate
from heeler.store_address import Host
from tests.clickhouse.running import ClickHouse
from tests.conftest import free_port


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    made = ClickHouse(tmp_path_factory.mktemp("clickhouse"), free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def store(clickhouse: ClickHouse) -> Iterator[Engine]:
    opened = Engine(clickhouse.dsn(), workers=2, writers=1)
    migrate(opened)
    remember_tokens(opened)
    yield opened
    opened.close()


def _points(metric: str, *values: float) -> pa.Table:
    now = int(time.time()) // 60 * 60
    return pa.table(
        {
            "metric": [metric] * len(values),
            "series": pa.array([7] * len(values), pa.uint64()),
            "time": pa.array([now - place for place in range(len(values))], pa.uint32()),
            "raw": list(values),
            "scale": pa.array([0] * len(values), pa.uint16()),
        }
    )


def test_a_first_start_makes_the_database_and_rows_come_back_as_they_went(store: Engine) -> None:
    store.insert_sync("points", _points("connections.a", 1.5, 2.5), "once")
    store.insert_sync("points", _points("connections.a", 1.5, 2.5), "once")  # an attempt that is repeated
    where = "WHERE metric = {metric:String} ORDER BY time"
    found = store.fetch_sync(
        f"SELECT toString(metric) AS m, value FROM points {where}", {"metric": "connections.a"}
    )
    assert found.to_pydict() == {"m": ["connections.a"] * 2, "value": [2.5, 1.5]}
    assert store.rows_sync("SELECT currentDatabase()")[0][0] == "heeler"
    assert migrate(store) == []


def test_what_goes_wrong_at_the_server_is_named(store: Engine) -> None:
    with pytest.raises(EngineError, match="nothing_here") as refused:
        store.rows_sync("SELECT nothing_here")
    assert refused.value.code == 47
    with pytest.raises(EngineTimeout):
        store.rows_sync(
            "SELECT sleepEachRow(0.1) FROM numbers(50)",
            settings={"max_execution_time": 1, "max_block_size": 1},
        )
    with pytest.raises(EngineMemoryLimit):
        store.rows_sync(
            "SELECT groupArray(number) FROM numbers(10000000)", settings={"max_memory_usage": 10_000_000}
        )


def test_a_wrong_password_fails_the_start_and_is_not_shown(clickhouse: ClickHouse) -> None:
    with pytest.raises(EngineError, match="Cannot open the store") as refused:
        Engine(clickhouse.dsn().replace("p%40ss", "wrong"), workers=1, writers=1)
    assert "Authentication failed" in str(refused.value)
    assert "wrong" not in str(refused.value)


def test_another_address_is_taken_where_one_does_not_answer(clickhouse: ClickHouse) -> None:
    dead = free_port()
    dsn = clickhouse.dsn().replace(
        f"127.0.0.1:{clickhouse.port}", f"127.0.0.1:{dead},127.0.0.1:{clickhouse.port}"
    )
    opened = Engine(dsn, workers=3, writers=1)
    try:
        for _ in range(10):
            assert opened.rows_sync("SELECT 1")[0][0] == 1
    finally:
        opened.close()


def test_a_store_that_is_away_is_said_and_found_again(tmp_path: Path) -> None:
    mine = ClickHouse(tmp_path, free_port())
    mine.start()
    opened = Engine(mine.dsn(), workers=1, writers=1)
    try:
        migrate(opened)
        remember_tokens(opened)
        opened.insert_sync("points", _points("connections.b", 1.0), "first")
        mine.kill()
        with pytest.raises(EngineUnavailable, match="does not answer"):
            opened.rows_sync("SELECT 1")
        with pytest.raises(EngineUnavailable):
            opened.insert_sync("points", _points("connections.b", 2.0, 3.0), "second")
        mine.start()
        opened.insert_sync("points", _points("connections.b", 2.0, 3.0), "second")
        assert opened.rows_sync("SELECT count() FROM points")[0][0] == 3
    finally:
        opened.close()
        mine.stop()


def test_a_server_that_hangs_is_given_up(clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MARGIN_SECONDS", 1)
    opened = Engine(clickhouse.dsn(), workers=1, writers=1)
    assert clickhouse.process is not None
    clickhouse.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EngineTimeout):
            opened.rows_sync("SELECT 1", settings={"max_execution_time": 1})
        assert time.monotonic() - began < 10
    finally:
        clickhouse.process.send_signal(signal.SIGCONT)
        opened.close()


async def test_more_statements_than_threads_wait_and_no_more_than_may(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_slots", FairSlots(2, 2))
    answers = await asyncio.gather(
        *(store.rows("SELECT sleep(0.2)") for _ in range(6)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, EngineError)]
    assert len(refused) == 2
    assert "waiting" in str(refused[0])


def test_hosts_that_failed_are_asked_last_until_they_may_be_well_again() -> None:
    now = 0.0
    hosts = Hosts((Host("a", 1), Host("b", 1), Host("c", 1)), clock=lambda: now)
    assert [hosts.next().name for _ in range(4)] == ["a", "b", "c", "a"]
    hosts.failed(Host("b", 1))
    assert {hosts.next().name for _ in range(6)} == {"a", "c"}
    now = 5.0
    hosts.failed(Host("a", 1))
    hosts.failed(Host("c", 1))
    assert hosts.next().name == "b", "the one that failed longest ago, where all did"
    now = 20.0
    assert {hosts.next().name for _ in range(6)} == {"a", "b", "c"}
