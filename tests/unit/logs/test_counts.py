"""Counts by facets are those of a slow reference: random logs, several values, arrays of objects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heeler.logs.matcher import compile_search, values_of
from heeler.logs.search import LOGS
from heeler.query.search.aggregate import over_time, totals
from heeler.query.search.ast import Field
from heeler.query.search.plan import MISSING, Aggregation, Compute, GroupBy
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.json_codec import dump
from heeler.wire.logs.datadog import LogEntry
from tests.unit.logs.test_matcher import fixed_entries

NOW = int(time.time()) // 60 * 60
FACETS = (
    "service",
    "env",
    "tags",
    "@a",
    "@a.b",
    "@usr.id",
    "@http.status_code",
    "@a.a",
    "@b",
    "@http",
    "@usr.a.b",
)
SEARCHES = ("*", "status:error", "@a:*", "-@usr.id:*", "@http.status_code:>=5", "@a.b:5 OR @b:a")


@pytest.fixture(scope="module")
def stored(engine: Engine) -> tuple[Engine, list[LogEntry]]:
    found = fixed_entries()
    for place, entry in enumerate(found):
        entry.time = (NOW + place % 300) * 10**9
        entry.index = "counted"
    engine.insert_sync("log_events", logs_table(found, 0))
    return engine, found


def texts(entry: LogEntry, facet: str) -> list[str]:
    """Distinct values as text, of arrays those of their elements; objects are none."""
    values = values_of(Field(facet.removeprefix("@"), facet.startswith("@")))(entry)
    found = [
        value if isinstance(value, str) else dump(value) for value in values if not isinstance(value, dict)
    ]
    return [one or MISSING for one in dict.fromkeys(found)] or [MISSING]


def counted(logs: Sequence[LogEntry], facets: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(group for entry in logs for group in product(*(texts(entry, facet) for facet in facets)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FACETS), min_size=1, max_size=2, unique=True), st.sampled_from(SEARCHES))
@example(["@a", "@a.b"], "@a:*")
@example(["tags", "@usr.id"], "*")
async def test_counts_in_total_and_over_time(
    stored: tuple[Engine, list[LogEntry]], facets: list[str], search: str
) -> None:
    engine, logs = stored
    test = compile_search(search)
    wanted = [entry for entry in logs if test(entry)]
    groups = [GroupBy(facet, 1000) for facet in facets]
    request = Aggregation(f"index:counted ({search})", NOW, NOW + 300, Compute(), groups)
    found = {one.values: one.number for one in await totals(engine, LOGS, request)}
    assert found == counted(wanted, facets)
    frame = await over_time(engine, LOGS, request, 60)
    for bucket, at in enumerate(frame.times.tolist()):
        inside = [entry for entry in wanted if at <= entry.time / 10**9 < at + 60]
        numbers = {
            tuple(tag.removeprefix(f"{facet}:") for tag, facet in zip(group.tags, facets, strict=True)): value
            for group, value in zip(frame.groups, frame.values[:, bucket].tolist(), strict=True)
            if value == value
        }
        assert numbers == counted(inside, facets)


async def test_a_log_of_several_values_counts_once_for_the_facet_above(engine: Engine) -> None:
    tags = {"few": ("part:1", "part:2", "part:3"), "many": ("part:1",)}
    logs = [
        LogEntry("m", NOW * 10**9, service=service, tags=tags[service], index="once")
        for service in ("few", "few", "many", "many", "many")
    ]
    engine.insert_sync("log_events", logs_table(logs, 0))
    groups = [GroupBy("service", 1), GroupBy("part", 10)]
    found = await totals(engine, LOGS, Aggregation("index:once", NOW, NOW + 60, Compute(), groups))
    assert [(one.values, one.number) for one in found] == [(("many", "1"), 3)]


async def test_texts_that_look_like_infinities_are_no_numbers(engine: Engine) -> None:
    values = (5, "7.5", "inf", "-Infinity", "NaN", "1e999", "x")
    made = [LogEntry("m", NOW * 10**9, service="finite", attributes={"took": value}) for value in values]
    engine.insert_sync("log_events", logs_table(made, 0))

    async def total(aggregation: str, search: str) -> float | None:
        asked = Aggregation(f"service:finite {search}", NOW, NOW + 60, Compute(aggregation, "@took"))
        (found,) = await totals(engine, LOGS, asked)
        return found.number

    assert [await total(kind, "*") for kind in ("sum", "max", "min", "avg")] == [12.5, 7.5, 5, 6.25]
    for search, count in (
        ("@took:>=0", 2),
        ("@took:<1e9", 2),
        ("@took:[* TO *]", 2),
        ("@took:[5 TO 1e999]", 2),
        ("@took:inf", 1),
    ):
        assert await total("count", search) == count
        test = compile_search(f"service:finite {search}")
        assert sum(map(test, made)) == count
