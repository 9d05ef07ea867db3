"""Numbers for the explorers, of logs in the real engine."""

from __future__ import annotations

import time

import pytest

from heeler.explorer import facet_counts
from heeler.explorer.patterns import patterns
from heeler.explorer.sources import EXPLORABLE
from heeler.query.search.field_sql import Parameters
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry

NOW = int(time.time())
LOGS = EXPLORABLE["logs"]
WINDOW = ("service:counted*", NOW - 60.0, NOW + 60.0)


@pytest.fixture(scope="module")
def stored(engine: Engine) -> Engine:
    entries = [
        LogEntry(
            f"request {place} took {place} ms",
            NOW * 10**9 + place,
            "error" if place % 4 == 0 else "info",
            f"counted-{place % 2}",
            "h",
            tags=("env:prod", f"team:{'a' if place % 3 else 'b'}"),
            attributes={
                "http": {"status_code": 200 + place},
                "took": place,
                "user": {"name": f"u{place % 5}"},
            },
        )
        for place in range(40)
    ]
    engine.insert_sync("log_events", logs_table(entries, 0))
    return engine


async def test_facets_in_the_order_that_was_asked_for(stored: Engine) -> None:
    fields = ["status", "@user.name", "team", "@none"]
    found = await facet_counts.facets(stored, LOGS, *WINDOW, fields, 3)
    assert [one["field"] for one in found] == fields
    assert found[0]["values"] == [{"value": "info", "count": 30}, {"value": "error", "count": 10}]
    assert found[1]["values"] == [{"value": f"u{at}", "count": 8} for at in range(3)]
    assert found[2]["values"] == [{"value": "a", "count": 26}, {"value": "b", "count": 14}]
    assert found[3]["values"] == []


async def test_too_many_facets_and_bad_searches_are_refused(stored: Engine) -> None:
    with pytest.raises(ValueError, match="at most 30"):
        await facet_counts.facets(stored, LOGS, *WINDOW, [f"@f{at}" for at in range(31)], 3)
    with pytest.raises(ExceptionGroup) as failed:
        await facet_counts.facets(stored, LOGS, "(", *WINDOW[1:], ["status"], 3)
    assert failed.group_contains(ValueError, match="character")


async def test_values_that_contain_a_text(stored: Engine) -> None:
    found = await facet_counts.values(stored, LOGS, *WINDOW, "service", "TED-1", 10)
    assert found == [{"value": "counted-1", "count": 20}]
    found = await facet_counts.values(stored, LOGS, *WINDOW, "env", "", 10)
    assert found == [{"value": "prod", "count": 40}]


async def test_the_range_of_a_measure(stored: Engine) -> None:
    found = await facet_counts.measure(stored, LOGS, *WINDOW, "@took")
    assert (found["min"], found["max"], sum(found["buckets"])) == (0, 39, 40)
    assert await facet_counts.measure(stored, LOGS, *WINDOW, "@none") == {
        "field": "@none", "min": None, "max": None, "buckets": [],
    }  # fmt: skip


async def test_fields_that_there_are(stored: Engine) -> None:
    found = await facet_counts.fields(stored, LOGS, *WINDOW)
    names = {one["field"]: one["kind"] for one in found}
    assert {"@http.status_code", "@took", "@user.name", "team", "env", "service"} <= names.keys()
    assert (names["@took"], names["team"], names["service"]) == ("attribute", "tag", "reserved")
    assert all(0 < one["share"] <= 1 for one in found)


async def test_patterns_with_their_trend(stored: Engine) -> None:
    found = await patterns(stored, LOGS, *WINDOW)
    assert (found["total"], found["sampled"]) == (40, 40)
    (one,) = found["patterns"]
    assert (one["pattern"], one["count"], sum(one["trend"])) == ("request <*> took <*> ms", 40, 40)
    assert (one["status"], one["query"]) == ("info", '"request" "took" "ms"')
    assert len(one["values"]) == 2


@pytest.mark.parametrize("name", list(EXPLORABLE))
async def test_every_source_has_what_the_explorer_asks_for(engine: Engine, name: str) -> None:
    source = EXPLORABLE[name]
    window = ("*", NOW - 60.0, NOW + 60.0)
    found = await facet_counts.facets(engine, source, *window, source.facets, 5)
    assert len(found) == len(source.facets)
    await facet_counts.fields(engine, source, *window)
    await facet_counts.values(engine, source, *window, source.status, "x", 5)
    await patterns(engine, source, *window)
    assert source.table.reserved[source.status].text(Parameters())
