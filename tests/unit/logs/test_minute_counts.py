"""Counts by minute: the same numbers as by the rows, whatever the window, the search and the caller."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heeler.logs.index_retention import delete_expired
from heeler.logs.indexes import compile_index
from heeler.logs.search import LOGS
from heeler.query.search.aggregate import over_time, totals
from heeler.query.search.minute_counts import whole_minutes
from heeler.query.search.plan import Aggregation, Compute, GroupBy
from heeler.query.search.planner import plan_series, plan_totals
from heeler.query.search.row_access import Access, RowAccess, reading_with
from heeler.store.engine import Engine
from heeler.store.log_rows import first_number, logs_table
from heeler.wire.logs.datadog import entry_of

DAY = 86_400
#: The beginning of a minute, hours within its day.
NOW = int(time.time()) // DAY * DAY + 6 * 3_600
ROWS = replace(LOGS, counted=frozenset())
SEARCHES = (
    "*",
    "status:error",
    "service:(web OR db) -host:h1",
    "-service:web",
    "service:w*",
    "source:*",
    "index:minutes",
    "@service:web",
    "status:err",
    "@a:1",
    "env:prod",
    "lost",
)
ACCESSES: tuple[Access, ...] = (
    {},
    {"logs": RowAccess(("service:web",))},
    {"logs": RowAccess(("service:db", "status:error"))},
    {"logs": RowAccess(("env:prod",))},
    {"logs": RowAccess(())},
)


def entries(count: int, chance: random.Random, index: str) -> list[object]:
    made = []
    for _ in range(count):
        item = {
            "message": chance.choice(("lost", "found")),
            "service": chance.choice(("web", "db", "")),
            "hostname": chance.choice(("h1", "h2", "")),
            "ddsource": chance.choice(("nginx", "")),
            "status": chance.choice(("info", "error")),
            "ddtags": chance.choice(("env:prod", "env:dev", "")),
            "a": chance.choice((1, 2)),
        }
        # On the edges of minutes and windows more often than elsewhere.
        at = NOW * 10**9 + chance.randrange(3_600) * 10**9 + chance.choice((0, 1, 10**6, 999_999_999))
        if chance.random() < 0.3:
            at = at // (60 * 10**9) * (60 * 10**9)
        entry = entry_of(item, {}, at)
        entry.time, entry.index = at, index
        made.append(entry)
    return made


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Engine:
    """Parts with counts and without, merged and not, an insert that came twice, and rows of all times."""
    chance = random.Random(5)
    engine.execute_sync("ALTER TABLE log_events DROP PROJECTION counts")
    engine.insert_sync("log_events", logs_table(entries(400, chance, "minutes"), 0))
    text = "SELECT toStartOfMinute(time), index_name, service, status, source, host, count()"
    group = "GROUP BY toStartOfMinute(time), index_name, service, status, source, host"
    engine.execute_sync(f"ALTER TABLE log_events ADD PROJECTION counts ({text} {group})")
    for _ in range(3):
        rows = logs_table(entries(300, chance, "minutes"), 0)
        for _ in range(2):
            engine.insert_sync("log_events", rows, "minutes" + str(rows["seq"][0]))
    far = entries(3, chance, "minutes")
    for entry, at in zip(far, (-5, 2**32 + 5, 2**33), strict=True):
        entry.time = at * 10**9  # type: ignore[attr-defined]
    engine.insert_sync("log_events", logs_table(far, 0))
    return engine


times = st.one_of(
    st.integers(-120, 3_720).map(float),
    st.integers(-2, 62).map(lambda minute: minute * 60.0),
    st.floats(-60, 3_660).map(lambda at: round(at, 3)),
)
facets = st.lists(
    st.sampled_from(("service", "status", "host", "source", "index", "env", "@a")), max_size=2, unique=True
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times, times, st.sampled_from(SEARCHES), facets, st.sampled_from(ACCESSES),
    st.sampled_from((60, 300, 45, 3_600, 7_200)), st.sampled_from((0, 1_800, 19_800, 30)), st.integers(1, 10),
)  # fmt: skip
@example(0.0, 3_600.0, "status:error", ["service", "status"], {}, 300, 0, 2)
@example(0.5, 3_599.5, "*", [], ACCESSES[1], 60, 0, 10)
async def test_counts_by_minute_are_those_of_the_rows(
    filled: Engine,
    start: float,
    end: float,
    search: str,
    facets: list[str],
    access: Access,
    interval: int,
    shift: int,
    limit: int,
) -> None:
    if end - start < 1:
        end = start + 1_200
    groups = [GroupBy(facet, limit) for facet in facets]
    request = Aggregation(f"index:minutes ({search})", NOW + start, NOW + end, Compute(), groups)
    with reading_with(access):
        assert await totals(filled, LOGS, request) == await totals(filled, ROWS, request)
        found = await over_time(filled, LOGS, request, interval, shift)
        expected = await over_time(filled, ROWS, request, interval, shift)
    assert found.groups == expected.groups
    assert found.times.tolist() == expected.times.tolist()
    assert str(found.values.tolist()) == str(expected.values.tolist())


async def test_windows_from_and_to_the_ends_of_time(filled: Engine) -> None:
    for start, end in ((0.0, 2.0**32 - 1), (0.0, NOW + 90.0), (NOW + 30.0, 2.0**32 - 1)):
        request = Aggregation("index:minutes", start, end, Compute(), [GroupBy("service")])
        assert await totals(filled, LOGS, request) == await totals(filled, ROWS, request)


async def test_an_offset_may_move_the_end_behind_the_last_minute(filled: Engine) -> None:
    _, last = whole_minutes(NOW, 2.0**32 + DAY) or (0, 0)
    assert last == 2**32 - 16
    found = await totals(filled, LOGS, Aggregation("index:minutes status:error", NOW, 2.0**32 + DAY))
    assert found[0].number
    assert found[0].number > 100


def test_the_engine_reads_the_counts(filled: Engine) -> None:
    def reads(search: str, *facets: str, interval: int = 300, access: Access | None = None) -> list[bool]:
        groups = [GroupBy(facet) for facet in facets]
        request = Aggregation(search, NOW + 30, NOW + 3_570, Compute(), groups)
        with reading_with(access or {}):
            plans = [plan_totals(LOGS, request), plan_series(LOGS, request, interval)]
        texts = [filled.rows_sync(f"EXPLAIN {plan.sql}", dict(plan.parameters)) for plan in plans]
        return [any("(counts)" in str(row[0]) for row in text) for text in texts]

    assert reads("*") == [True, True]
    assert reads("-service:web status:error", "host", "status") == [True, True]
    assert reads("*", "service", access={"logs": RowAccess(("source:nginx",))}) == [True, True]
    assert reads("*", "service", interval=45) == [True, False]
    assert reads("lost", "service") == [False, False]
    assert reads("*", "env") == [False, False]
    assert reads("*", "service", access={"logs": RowAccess(("env:prod",))}) == [False, False]


async def test_deleted_logs_are_not_counted(filled: Engine) -> None:
    for index in ("gone", "kept"):
        made = [entry_of({"message": index}, {}, (NOW - 4 * DAY + at * 60) * 10**9) for at in range(30)]
        for entry in made:
            entry.index = index
        filled.insert_sync("log_events", logs_table(made, 0, first_number(time.time())))
    indexes = [compile_index("gone", {"filter": {"query": "*"}, "num_retention_days": 2})]
    request = Aggregation("index:(gone OR kept)", NOW - 5 * DAY, NOW, Compute(), [GroupBy("index")])
    assert [one.number for one in await totals(filled, LOGS, request)] == [30, 30]
    assert await delete_expired(filled, indexes, NOW)
    while int(filled.rows_sync("SELECT count() FROM system.mutations WHERE NOT is_done")[0][0]):
        await asyncio.sleep(0.05)
    left = await totals(filled, LOGS, request)
    assert [(one.values, one.number) for one in left] == [(("kept",), 30)]
    assert left == await totals(filled, ROWS, request)
