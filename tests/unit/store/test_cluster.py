"""The schema of a cluster: every statement is parsed by the engine, and runs on a cluster of one shard."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from heeler.store import partial_answers
from heeler.store.cluster import SHARDING_KEYS, for_cluster, local
from heeler.store.deduplication import remember_tokens
from heeler.store.engine import Engine, EngineUnavailable
from heeler.store.migrate import migrate, migration_files, statements
from heeler.store.retention import AGE, apply_ttl, shrink
from heeler.store.usage import usage
from tests.clickhouse.running import CLUSTER, ClickHouse
from tests.conftest import free_port

CHANGES = ("CREATE", "ALTER", "DROP", "TRUNCATE")


def test_every_statement_of_the_schema_is_parsed_by_the_engine(engine: Engine) -> None:
    made: list[str] = []
    for text in migration_files().values():
        for statement in statements(text):
            made += for_cluster(statement, "main", "heeler")
    changing = [one for one in made if one.startswith(CHANGES)]
    for statement in made:
        assert engine.rows_sync("SELECT formatQuery({sql:String})", {"sql": statement})
    assert all("ON CLUSTER `main`" in one for one in changing)
    creating = [one for one in changing if one.startswith("CREATE TABLE")]
    assert sum("ENGINE = Replicated" in one for one in creating) * 2 == len(creating)
    assert sum("ENGINE = Distributed(" in one for one in creating) * 2 == len(creating)


def test_a_table_becomes_a_replicated_and_a_distributed_one() -> None:
    replicated, distributed = for_cluster(
        "-- Points.\nCREATE TABLE IF NOT EXISTS points_5m (series UInt64) "
        "ENGINE = ReplacingMergeTree(version) ORDER BY series",
        "main",
        "telemetry",
    )
    path = "/clickhouse/tables/telemetry/points_5m_local/{shard}"
    assert f"ENGINE = ReplicatedReplacingMergeTree('{path}', '{{replica}}', version) ORDER BY" in replicated
    over = "ENGINE = Distributed(`main`, `telemetry`, points_5m_local, series)"
    assert distributed.endswith(f"AS points_5m_local {over}")


@pytest.mark.parametrize(
    ("statement", "made"),
    [
        ("TRUNCATE TABLE points", ["TRUNCATE TABLE points_local ON CLUSTER `c`"]),
        ("DROP VIEW IF EXISTS v", ["DROP VIEW IF EXISTS v ON CLUSTER `c` SYNC"]),
        ("ALTER TABLE points MODIFY TTL x", ["ALTER TABLE points_local ON CLUSTER `c` MODIFY TTL x"]),
        (
            "ALTER TABLE points ADD COLUMN x UInt8",
            ["ALTER TABLE points_local ON CLUSTER `c` ADD COLUMN x UInt8",
             "ALTER TABLE points ON CLUSTER `c` ADD COLUMN x UInt8"],
        ),
        ("INSERT INTO points SELECT 1", ["INSERT INTO points SELECT 1"]),
    ],
)  # fmt: skip
def test_other_statements(statement: str, made: list[str]) -> None:
    assert for_cluster(statement, "c", "d") == made


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE IF NOT EXISTS new (n UInt8) ENGINE = MergeTree", "RENAME TABLE a TO b"]
)
def test_what_would_be_on_one_server_only_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match=r"sharding key|cannot be run"):
        for_cluster(statement, "c", "d")


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    made = ClickHouse(tmp_path_factory.mktemp("cluster"), free_port(), CLUSTER)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def store(clickhouse: ClickHouse) -> Iterator[Engine]:
    opened = Engine(clickhouse.cluster_dsn(), workers=2, writers=1)
    migrate(opened)
    yield opened
    opened.close()


def test_the_schema_is_made_once(store: Engine) -> None:
    assert migrate(store) == []
    found = {str(name): str(kind) for name, kind in store.rows_sync(
        "SELECT name, engine FROM system.tables WHERE database = currentDatabase()")}  # fmt: skip
    tables = {name for name, kind in found.items() if kind == "Distributed"}
    assert {local(name) for name in tables} <= found.keys()
    assert tables == SHARDING_KEYS.keys() - {"spans", "logs"}, (
        "those two are of earlier versions, and are dropped"
    )


def test_an_insert_that_is_repeated_counts_once_and_later_columns_are_there(store: Engine) -> None:
    now = int(time.time()) // 60 * 60
    rows = pa.table(
        {
            "metric": ["cluster.a"] * 3,
            "series": pa.array([1, 2, 3], pa.uint64()),
            "time": pa.array([now, now, now], pa.uint32()),
            "raw": [1.0, 2.0, 3.0],
            "scale": pa.array([0, 10, 0], pa.uint16()),
        }
    )
    for _ in range(3):
        store.insert_sync("points", rows, "once")
    found = store.fetch_sync(
        "SELECT series, value FROM points FINAL WHERE metric = 'cluster.a' ORDER BY series"
    )
    assert found.to_pydict() == {"series": [1, 2, 3], "value": [1.0, 0.2, 3.0]}
    assert store.rows_sync("SELECT count() FROM points WHERE metric = 'cluster.a'")[0][0] == 3
    assert store.rows_sync("SELECT indexed, meta_struct FROM apm_spans") == []


def test_views_follow_what_is_inserted_into_a_shard(store: Engine) -> None:
    store.execute_sync(
        "INSERT INTO apm_spans (service, start, trace_id, span_id) VALUES ('web', now64(9), 77, 1)"
    )
    assert [tuple(row) for row in store.rows_sync("SELECT trace_id, service FROM trace_index")] == [
        (77, "web")
    ]


def test_subqueries_over_distributed_tables_are_allowed(store: Engine) -> None:
    sql = "SELECT count() FROM host_tags WHERE host IN (SELECT host FROM series WHERE metric = 'x')"
    assert store.rows_sync(sql)[0][0] == 0


def test_retention_and_usage_look_at_what_the_shards_have(store: Engine) -> None:
    assert apply_ttl(store, dict.fromkeys(AGE, 31)) == list(AGE)
    assert apply_ttl(store, dict.fromkeys(AGE, 31)) == []
    assert remember_tokens(store) == []
    assert {"points_local", "migrations_local"} <= {one.table for one in usage(store)}
    assert shrink(store, 0, "9999-12-31"), "whole days were dropped"
    assert store.rows_sync("SELECT count() FROM points")[0][0] == 0


async def test_a_lost_shard_fails_a_query_unless_a_partial_answer_is_allowed(clickhouse: ClickHouse) -> None:
    opened = Engine(clickhouse.cluster_dsn("half"), workers=2, writers=1)
    try:
        columns = "(trace_id UInt64, n UInt8) ENGINE = MergeTree ORDER BY trace_id"
        opened.execute_sync(f"CREATE TABLE IF NOT EXISTS trace_index {columns}")
        rows = pa.table({"trace_id": pa.array([2, 4], pa.uint64()), "n": pa.array([1, 2], pa.uint8())})
        opened.insert_sync("trace_index", rows)  # even ones are of the first shard
        with pytest.raises(EngineUnavailable):
            opened.insert_sync("trace_index", rows.set_column(0, "trace_id", pa.array([1, 3], pa.uint64())))
        with pytest.raises(EngineUnavailable):
            await opened.rows("SELECT sum(n) FROM trace_index")
        assert partial_answers.noted() == ""
        partial_answers.allow()
        assert [tuple(row) for row in await opened.rows("SELECT sum(n) FROM trace_index")] == [(3,)]
        assert (await opened.fetch("SELECT sum(n) AS n FROM trace_index")).to_pydict() == {"n": [3]}
        assert partial_answers.noted() == partial_answers.NOTE
    finally:
        opened.close()
