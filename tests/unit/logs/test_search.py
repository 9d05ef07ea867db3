"""What the indexes of attributes skip is never what a search finds."""

from __future__ import annotations

import re
import time

import pytest

from heeler.logs.search import LOGS
from heeler.query.search.field_sql import Parameters
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry

NOW = int(time.time()) * 10**9
COUNT = 20_000


def attributes(place: int) -> dict[str, object]:
    if place == 5_000:
        return {"usr": [{"id": "seldom"}], "order": [{"code": "seldom"}, {"code": 17}]}
    if place == 9_000:
        return {"usr": {"id": ["seldom", "two"]}, "order": {"code": ["seldom", 17.0]}}
    if place == 15_000:
        return {"usr": {"id": "seldom"}, "order": {"code": "seldom"}, "only": "17"}
    if place == 17_000:
        return {"order": {"code": 17}, "only": 17}
    return {"usr": {"id": f"u{place}"}, "order": {"code": f"c{place}"}, "even": place % 2 == 0}


@pytest.fixture(scope="module")
def many(engine: Engine) -> Engine:
    entries = [
        LogEntry("m", NOW + at, service="many-granules", attributes=attributes(at)) for at in range(COUNT)
    ]
    engine.insert_sync("log_events", logs_table(entries, 0))
    return engine


def found(engine: Engine, search: str) -> tuple[int, int, int]:
    """How many logs are found, how many of some granules are read after all indexes, and of how many
    before."""
    to = Parameters()
    where = f"service = 'many-granules' AND ({search_condition(search, LOGS, to)})"
    count = int(engine.rows_sync(f"SELECT count() FROM log_events WHERE {where}", to.values)[0][0])
    plan = "\n".join(
        row[0]
        for row in engine.rows_sync(
            f"EXPLAIN indexes = 1 SELECT count() FROM log_events WHERE {where}", to.values
        )
    )
    granules = [(int(some), int(all_)) for some, all_ in re.findall(r"Granules: (\d+)/(\d+)", plan)]
    return count, granules[-1][0], granules[0][1]


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("@usr.id:seldom", 3),
        ("@usr.id:(seldom OR u7)", 4),
        ("@usr.id:u777", 1),
        ("@usr.id:nobody", 0),
        ("@order.code:seldom", 3),
        ("@order.code:17", 3),
        ("@order.code:(c777 OR c778)", 2),
        ("@order.code:none", 0),
        ("@only:17", 2),
        ("@only:>10", 2),
        ("@only:1*", 2),
    ],
)
def test_equality_reads_few_granules(many: Engine, search: str, count: int) -> None:
    number, some, every = found(many, search)
    assert number == count
    assert some <= count + 3 < every


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("-@usr.id:seldom", COUNT - 3),
        ("-@order.code:17", COUNT - 3),
        ("NOT (@order.code:seldom OR @order.code:17)", COUNT - 4),
        ("@order.code:17 OR @even:true", COUNT // 2 - 4 + 3),
        ("-@order.code:17 -@only:17", COUNT - 4),
        ("@even:* -@even:true", COUNT // 2),
    ],
)
def test_nothing_is_skipped_by_negations_and_alternatives(many: Engine, search: str, count: int) -> None:
    assert found(many, search)[0] == count
