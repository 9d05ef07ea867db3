"""Readings of searches by the real engine."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.services import Services
from heeler.monitors.evaluation.event_query import absent, counted, counts, read_search, search_frame
from heeler.monitors.evaluation.state_machine import Reading
from heeler.monitors.queries.call_queries import parse_search_query
from heeler.monitors.queries.types import ProcessQuery, SearchQuery
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry

NOW = float(int(time.time()) // 60 * 60)


@pytest.fixture(scope="module")
def services(engine: Engine) -> Services:
    entries = [
        LogEntry(
            "m", int((NOW - 10 * place - 5) * 10**9), service="event-query", host=f"h{place % 2}",
            attributes={"duration": place, "key": "a,b:c" if place % 2 else "d"},
        )
        for place in range(60)
    ]  # fmt: skip
    engine.insert_sync("log_events", logs_table(entries, 0))
    return cast("Services", SimpleNamespace(engine=engine))


def query(calls: str, search: str = "") -> SearchQuery:
    found = parse_search_query(f'logs("service:event-query {search}"){calls} > 0', None)
    assert isinstance(found, SearchQuery)
    return found


@pytest.mark.parametrize(
    ("calls", "options", "wanted"),
    [
        ('.rollup("count").last("5m")', {}, {"*": 30.0}),
        ('.rollup("count").last("5m")', {"evaluation_delay": 300}, {"*": 30.0}),
        ('.rollup("count").last("5m")', {"evaluation_delay": None}, {"*": 30.0}),
        ('.rollup("count").last("5m")', {"evaluation_delay": 600}, {"*": 0.0}),
        ('.rollup("count").by("host").last("5m")', {}, {"host:h0": 15.0, "host:h1": 15.0}),
        ('.rollup("max","@duration").last("5m")', {}, {"*": 29.0}),
        ('.rollup("cardinality","host").last("5m")', {}, {"*": 2.0}),
        (
            '.rollup("count").by("host","@key").last("1m")',
            {},
            {"host:h0,@key:d": 3.0, "host:h1,@key:a,b:c": 3.0},
        ),
    ],
)
async def test_readings_by_group(
    services: Services, calls: str, options: dict[str, Any], wanted: dict[str, float]
) -> None:
    found = await read_search(services, query(calls), options, NOW)
    assert {name: reading.value for name, reading in found.items()} == wanted


@pytest.mark.parametrize(
    ("calls", "options", "value"),
    [
        ('.rollup("count")', {}, 0.0),
        ('.rollup("count")', {"on_missing_data": "default"}, 0.0),
        ('.rollup("count")', {"on_missing_data": "resolve"}, None),
        ('.rollup("count")', {"notify_no_data": True}, None),
        ('.rollup("avg","@duration")', {}, None),
        ('.rollup("sum","@duration")', {}, 0.0),
    ],
)
async def test_no_result_is_zero_or_no_data(
    services: Services, calls: str, options: dict[str, Any], value: float | None
) -> None:
    wanted = query(f'{calls}.last("5m")', "nothing")
    assert await read_search(services, wanted, options, NOW) == {"*": Reading(value)}


@pytest.mark.parametrize("window", ["1m", "1d", "52w", "999999w"])
@pytest.mark.parametrize("now", [NOW, 0.0, 10.0], ids=["now", "0", "10"])
async def test_a_window_that_begins_before_all_time_is_read(
    services: Services, window: str, now: float
) -> None:
    found = await read_search(services, query(f'.rollup("count").last("{window}")'), {}, now)
    assert found["*"].value == (0.0 if now != NOW else 6.0 if window == "1m" else 60.0)


async def test_the_graph_has_the_same_sum(services: Services) -> None:
    frame = await search_frame(services, query('.rollup("count").by("host").last("5m")'), NOW - 600, NOW)
    assert len(frame.groups) == 2
    assert frame.values[frame.values == frame.values].sum() == 60


def test_what_counts() -> None:
    assert counts(query('.rollup("count").last("5m")'))
    assert not counts(query('.rollup("avg","@a").last("5m")'))
    assert counts(ProcessQuery("", (), (), 60, ">", 1.0))
    assert not counts(None)
    for compute in (None, [], "count", {"aggregation": "avg"}):
        assert not counted({"compute": compute})
    for aggregation in (None, "", "count", "sum", "cardinality"):
        assert counted({"compute": {"aggregation": aggregation}})


def test_a_known_group_without_a_result_of_an_average_has_no_data() -> None:
    assert absent(query('.rollup("avg","@a").last("5m")'), {"on_missing_data": "default"}) == Reading(None)
