"""Searches over rows in the real engine find what a person would."""

from __future__ import annotations

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from heeler.query.search.ast import Node
from heeler.query.search.attributes import Json, MapKey
from heeler.query.search.field_sql import (
    AnyTag,
    Column,
    NotANumber,
    Number,
    Parameters,
    Table,
    Tag,
    number_of,
)
from heeler.query.search.parser import SearchError
from heeler.query.search.sql import condition, search_condition
from heeler.store.engine import Engine
from tests.unit.query.search.test_parser import trees

FULL = {"http": {"status_code": 500}, "ip": "10.1.2.3"}
FINE = {"http.status_code": 200, "users": ["Ann", "Bob"]}
LOGIN = {"note": "a:b c", "on": True, "ip": "2001:db8::1"}
ROWS = [
    (
        1,
        "Disk full on /var",
        "web",
        ["env:prod", "team:a"],
        {"http": {"status_code": 500}, "ip": "10.1.2.3"},
        5_000_000_000,
    ),
    (
        2,
        "disk is fine",
        "web",
        ["env:dev", "team:b"],
        {"http.status_code": 200, "users": ["Ann", "Bob"]},
        1_000_000,
    ),
    (
        3,
        "user ann@example.com logged in",
        "db",
        ["env:prod"],
        {"note": "a:b c", "on": True, "ip": "2001:db8::1"},
        10,
    ),
    (4, "100% done_now", "api", [], {"price": "12.5", "path": "/x/100%_y"}, 0),
]
DURATION = Number("duration", duration=True)
TABLE = Table(
    name="searched",
    time="id",
    reserved={
        "service": Column("service"),
        "status": Column("service", lower=True, words={"website": "web"}),
        "tags": AnyTag("tags"),
        "duration": Number("duration", duration=True),
    },
    tag=lambda key: Tag("tags", key),
    attribute=lambda path: (
        Number("duration", duration=True) if path == "duration" else Json("attributes", path)
    ),
    message=("message",),
    everywhere=("message", "attributes"),
)


@pytest.fixture(scope="module")
def searched(engine: Engine) -> Engine:
    engine.execute_sync(
        "CREATE TABLE searched (id UInt64, message String, service LowCardinality(String), "
        "tags Array(LowCardinality(String)), attributes String, duration Int64, "
        "meta Map(String, String), metrics Map(String, Float64)) ENGINE = MergeTree ORDER BY id"
    )
    columns = list(zip(*ROWS, strict=True))
    engine.insert_sync(
        "searched",
        pa.table(
            {
                "id": pa.array(columns[0], pa.uint64()),
                "message": pa.array(columns[1]),
                "service": pa.array(columns[2]),
                "tags": pa.array(columns[3], pa.list_(pa.string())),
                "attributes": pa.array([orjson.dumps(one).decode() for one in columns[4]]),
                "duration": pa.array(columns[5], pa.int64()),
                "meta": pa.array([[("kind", one)] for one in columns[2]], pa.map_(pa.string(), pa.string())),
                "metrics": pa.array(
                    [[("size", float(one))] for one in columns[0]], pa.map_(pa.string(), pa.float64())
                ),
            }
        ),
    )
    return engine


def found(engine: Engine, search: str, table: Table = TABLE) -> list[int]:
    to = Parameters()
    where = search_condition(search, table, to)
    return [
        int(row[0])
        for row in engine.rows_sync(f"SELECT id FROM searched WHERE {where} ORDER BY id", to.values)
    ]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", [1, 2, 3, 4]),
        ("disk", [1, 2]),
        ("DISK -fine", [1]),
        ("dis", []),
        ("dis*", [1, 2]),
        ("d?sk", [1, 2]),
        ('"disk full"', [1]),
        ('"full disk"', []),
        ('"isk ful"', []),
        ("ann@example.com", [3]),
        ("100%", [4]),
        ("done_now", [4]),
        ("service:web", [1, 2]),
        ("service:WEB", []),
        ("status:WEB", [1, 2]),
        ("status:website", [1, 2]),
        ("service:(db OR api)", [3, 4]),
        ("service:w*", [1, 2]),
        ("-service:w*", [3, 4]),
        ("env:prod", [1, 3]),
        ("env:PROD", [1, 3]),
        ("env:pr*", [1, 3]),
        ("env:*", [1, 2, 3]),
        ("-env:*", [4]),
        ("tags:team\\:a", [1]),
        ("@http.status_code:500", [1]),
        ("@http.status_code:200", [2]),
        ("@http.status_code:[400 TO 599]", [1]),
        ("@http.status_code:{200 TO 500}", []),
        ("@http.status_code:[200 TO *]", [1, 2]),
        ("@http.status_code:>=500", [1]),
        ("@http.status_code:*", [1, 2]),
        ("@users:Bob", [2]),
        ("@users:B*", [2]),
        ("@users:bob", []),
        ("@note:a\\:b\\ c", [3]),
        ("@on:true", [3]),
        ("@price:>12", [4]),
        ("@path:*100%_*", [4]),
        ("@path:*100_%*", []),
        ("@missing:x", []),
        ("-@missing:x", [1, 2, 3, 4]),
        ("CIDR(@ip,10.0.0.0/8)", [1]),
        ("CIDR(@ip,10.0.0.0/8,2001:db8::/32)", [1, 3]),
        ("@ip:* NOT (CIDR(@ip,10.0.0.0/8))", [3]),
        ("@duration:>1s", [1]),
        ("@duration:<=1ms", [2, 3, 4]),
        ("duration:10", [3]),
        ("*:Bob", [2]),
        ("service:web OR env:prod -disk", [1, 2, 3]),
        ("(service:web OR env:prod) -disk", [3]),
    ],
)
def test_finds(searched: Engine, search: str, expected: list[int]) -> None:
    assert found(searched, search) == expected


def test_keys_of_maps_are_found_as_text_and_as_numbers(searched: Engine) -> None:
    table = Table(
        "searched",
        "id",
        {},
        lambda key: MapKey("meta", key),
        lambda key: MapKey("meta", key, "metrics"),
        (),
        (),
    )
    assert found(searched, "kind:web", table) == [1, 2]
    assert found(searched, "@size:>2", table) == [3, 4]
    assert found(searched, "@size:3", table) == [3]
    assert found(searched, "@kind:d*", table) == [3]
    assert found(searched, "-@other:*", table) == [1, 2, 3, 4]


def test_a_comparison_needs_a_number(searched: Engine) -> None:
    with pytest.raises(SearchError, match="@x: 'many' is not a number"):
        found(searched, "@x:>many")
    with pytest.raises(SearchError, match="'parsec' is not a unit"):
        found(searched, "@duration:>3parsec")


def test_units_of_durations() -> None:
    assert number_of("1.5ms", duration=True) == 1_500_000
    assert number_of("2m", duration=True) == 120e9
    assert number_of("-1e3") == -1000
    with pytest.raises(NotANumber, match="takes no unit"):
        number_of("1s")


def test_text_of_people_never_becomes_sql() -> None:
    to = Parameters()
    evil = "x') OR 1=1 --"
    where = search_condition(f'service:"{evil}" "{evil}" @"{evil}":"{evil}"', TABLE, to)
    assert "1=1" not in where
    assert evil in to.values.values()


@given(trees)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_search_runs_or_is_refused_cleanly(searched: Engine, tree: Node) -> None:
    to = Parameters()
    try:
        where = condition(tree, TABLE, to)
    except SearchError:
        return
    searched.rows_sync(f"SELECT count() FROM searched WHERE {where}", to.values)
