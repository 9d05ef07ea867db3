"""The PostgreSQL check as a user with few rights, on a server of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from heeler.agent.checks.postgres import PostgresCheck
from tests.postgres import running_postgres


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with ``closed``, to which the user ``watcher`` may not connect, and two tables."""
    with running_postgres() as url, psycopg.connect(url, autocommit=True) as connection:
        for sql in (
            "CREATE USER watcher",
            "CREATE DATABASE closed",
            "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
            "CREATE TABLE orders (n int)",
            "CREATE TABLE orders_2025 (n int)",
        ):
            connection.execute(sql)
        yield connection.info.port


def checked(port: int, **instance: Any) -> tuple[dict[tuple[str, str], float], list[int]]:
    """Values by name and database or table, and the statuses of ``can_connect``."""
    options = {"host": "127.0.0.1", "port": port, "username": "watcher", **instance}
    check = PostgresCheck("postgres", {}, [options])
    values: dict[tuple[str, str], float] = {}
    statuses: list[int] = []

    def place(tags: list[str]) -> str:
        by_key = dict(tag.split(":", 1) for tag in tags)
        return by_key.get("table") or by_key.get("db", "")

    def put(name: str, value: Any, tags: list[str]) -> None:
        values[name, place(tags)] = float(value)

    check.gauge = check.rate = check.monotonic_count = put
    check.service_check = lambda _, status, **__: statuses.append(status)
    check.set_metadata = lambda *_: None
    try:
        check.check(check.instance)
    finally:
        check.cancel()
    return values, statuses


def test_a_database_that_the_user_may_not_enter_does_not_hide_the_others(port: int) -> None:
    values, statuses = checked(port)
    assert statuses == [0]
    assert values["postgresql.database_size", "postgres"] > 0
    assert ("postgresql.database_size", "closed") not in values
    assert ("postgresql.commits", "closed") in values


def test_the_owner_sees_the_size_of_every_database(port: int) -> None:
    values, _ = checked(port, username="heeler")
    assert values["postgresql.database_size", "closed"] > 0
    without, _ = checked(port, username="heeler", collect_database_size_metrics=False)
    assert not [name for name, _ in without if name == "postgresql.database_size"]


@pytest.mark.parametrize(
    ("relations", "tables"),
    [
        (["orders"], {"orders"}),
        ([{"relation_name": "orders_2025"}], {"orders_2025"}),
        ([{"relation_regex": "^orders"}], {"orders", "orders_2025"}),
        (["o'; DROP TABLE orders"], set()),
        ([{}], set()),
    ],
)
def test_tables_that_are_wanted(port: int, relations: list[Any], tables: set[str]) -> None:
    values, _ = checked(port, relations=relations, username="heeler")
    assert {place for name, place in values if name == "postgresql.live_rows"} == tables


@pytest.mark.parametrize("option", [{"username": "nobody-knows"}, {"dbname": "closed"}, {"port": 1}])
def test_a_server_that_refuses_is_critical(port: int, option: dict[str, Any]) -> None:
    options = {"port": port, **option}
    statuses: list[int] = []
    check = PostgresCheck("postgres", {}, [{"host": "127.0.0.1", "username": "watcher", **options}])
    check.service_check = lambda _, status, **__: statuses.append(status)
    with pytest.raises(ConnectionError, match=f"127.0.0.1:{options['port']}"):
        check.check(check.instance)
    assert statuses == [2]
