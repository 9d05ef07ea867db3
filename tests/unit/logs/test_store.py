"""Order of logs: in pages, forwards and backwards, around a log."""

from __future__ import annotations

import random
import time

import pytest

from heeler.logs.search import read_id
from heeler.logs.store import find_log, first_logs, logs_around, search_logs
from heeler.query.search.request import read_page
from heeler.store.engine import Engine
from heeler.store.log_rows import Arrivals, logs_table
from heeler.wire.logs.datadog import LogEntry

NOW = int(time.time()) * 10**9
LINES = [f"line {place}" for place in range(57)]


@pytest.fixture(scope="module")
def ordered(engine: Engine) -> Engine:
    """57 lines: the first 40 of one nanosecond in two requests, then some nanoseconds apart; later ones are
    stored first."""
    times = [NOW] * 40 + [NOW + 3 * place for place in range(17)]
    entries = [
        LogEntry(line, at, service="ordered", attributes={"place": place, "big": 2**60 + place})
        for place, (line, at) in enumerate(zip(LINES, times, strict=True))
    ]
    first, last = logs_table(entries[:21], 0), logs_table(entries[21:], 0)
    engine.insert_sync("log_events", last)
    engine.insert_sync("log_events", first)
    return engine


async def read(engine: Engine, sort: str, size: int) -> list[list[str]]:
    pages, cursor = [], None
    where = {"query": "service:ordered", "from": NOW // 10**6 - 1000, "to": NOW // 10**6 + 1000}
    while True:
        asked = {"filter": where, "sort": sort, "page": {"limit": size, "cursor": cursor}}
        page = await search_logs(engine, read_page(asked, NOW / 1e9))
        pages.append([log.message for log in page.logs])
        cursor = page.after
        if cursor is None:
            return pages


@pytest.mark.parametrize("size", [1, 7, 19, 57, 100])
async def test_lines_come_in_their_order_on_all_pages(ordered: Engine, size: int) -> None:
    forwards = await read(ordered, "timestamp", size)
    backwards = await read(ordered, "-timestamp", size)
    assert [line for page in forwards for line in page] == LINES
    assert [line for page in backwards for line in page] == LINES[::-1]
    assert all(len(page) == size for page in forwards[:-1])


async def test_the_lines_around_a_line(ordered: Engine) -> None:
    where = {"query": "service:ordered @place:30", "from": NOW // 10**6 - 1000, "to": NOW // 10**6 + 1000}
    (log,) = (await search_logs(ordered, read_page({"filter": where}, NOW / 1e9))).logs
    assert log.attributes == {"place": 30, "big": 2**60 + 30}
    place = read_id(log.id)
    assert place == (log.time, log.seq)
    assert await find_log(ordered, *place) == log
    before, after = await logs_around(ordered, *place, "service:ordered", before=3, after=2, reach=60)
    assert [one.message for one in before] == LINES[27:30]
    assert [one.message for one in after] == LINES[31:33]
    assert await find_log(ordered, place[0], place[1] + 1_000_000) is None


async def test_a_log_is_found_by_its_id(ordered: Engine) -> None:
    where = {"query": "service:ordered", "from": NOW // 10**6 - 1000, "to": NOW // 10**6 + 1000}
    found = (await search_logs(ordered, read_page({"filter": where, "page": {"limit": 3}}, NOW / 1e9))).logs
    for log in found:
        again = await search_logs(
            ordered, read_page({"filter": {**where, "query": f"id:{log.id}"}}, NOW / 1e9)
        )
        assert [one.id for one in again.logs] == [log.id]
    nothing = await search_logs(ordered, read_page({"filter": {**where, "query": "id:x"}}, NOW / 1e9))
    assert nothing.logs == []


def test_numbers_of_arrival_grow_over_restarts_and_clocks_that_go_back() -> None:
    rng = random.Random(4)
    clock = 1000.0
    first = Arrivals(lambda: clock)
    last = -1
    for _ in range(200):
        clock += rng.choice([0, 0, 0.001, -5, 2])
        count = rng.randrange(1, 2000)
        start = first.take(count)
        assert start > last
        last = start + count - 1
    clock = 10_000.0
    assert Arrivals(lambda: clock).take(1) > last


async def test_ids_come_back_as_they_were_written_and_are_found_anywhere(engine: Engine) -> None:
    low, high = 2**63 + 5, 2**60
    written = {"decimal": str(low), "hex": f"{high:016x}{low:016x}", "number": low}
    entries = [
        LogEntry("x", NOW, service=f"ids-{name}", attributes={"dd": {"trace_id": one, "span_id": "77"}},
                 trace_id=low, trace_high=high, span_id=77)
        for name, one in written.items()
    ]  # fmt: skip
    engine.insert_sync("log_events", logs_table(entries, 0))
    stored = engine.rows_sync("SELECT ids, length(attributes) FROM log_events WHERE service LIKE 'ids-%'")
    assert sorted(tuple(row) for row in stored) == [("dd", 0), ("hd", 0), ("nd", 0)]
    around = {"from": NOW // 10**6 - 1000, "to": NOW // 10**6 + 1000}
    for name, one in written.items():
        for query in (f"@dd.trace_id:{one}", f"*:{one}", "*:77", "@dd.span_id:77", "@dd.trace_id:*", "@dd:*"):
            where = {"query": f"service:ids-{name} {query}", **around}
            (log,) = (await search_logs(engine, read_page({"filter": where}, NOW / 1e9))).logs
            assert log.attributes == {"dd": {"trace_id": one, "span_id": "77"}}
    where = {"query": "service:ids-* *:d", **around}
    assert not (await search_logs(engine, read_page({"filter": where}, NOW / 1e9))).logs


async def test_the_first_lines_by_a_field(engine: Engine) -> None:
    values: list[object] = [9, 100, None, 20, "slow", 3]
    entries = [
        LogEntry(
            f"took {value}", NOW + place, service="sorted", attributes={} if value is None else {"ms": value}
        )
        for place, value in enumerate(values)
    ]
    engine.insert_sync("log_events", logs_table(entries, 0))
    where = {"query": "service:sorted", "from": NOW // 10**6 - 1000, "to": NOW // 10**6 + 1000}

    async def first(limit: int, *, descending: bool, field: str = "@ms") -> list[str]:
        page = read_page({"filter": where, "page": {"limit": limit}}, NOW / 1e9)
        found = await first_logs(engine, page, field, descending=descending)
        return [log.message.removeprefix("took ") for log in found]

    assert await first(3, descending=True) == ["100", "20", "9"]
    assert await first(6, descending=False) == ["3", "9", "20", "100", "slow", "None"]
    assert await first(2, descending=False, field="message") == ["100", "20"]
