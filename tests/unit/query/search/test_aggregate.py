"""Counting what a search finds, in the real engine."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.events.search import EVENTS
from heeler.query.search import planner
from heeler.query.search.aggregate import Total, over_time, totals
from heeler.query.search.field_sql import Parameters
from heeler.query.search.plan import Aggregation, Compute, GroupBy
from heeler.store.arrow_tables import events_table
from heeler.store.engine import Engine
from heeler.wire.events.intake_payload import Event

FOUR, FIVE = ("room:4",), ("room:5", "vip:1")
START = 1_600_000_000 // 600 * 600


@pytest.fixture(scope="module")
def events(engine: Engine) -> Engine:
    made = [
        Event(
            START + 10 * n,
            f"visit {n}",
            "counted",
            f"h{n % 3}",
            tags=("room:4",) if n % 4 else ("room:5", "vip:1"),
        )
        for n in range(60)
    ]
    engine.insert_sync("events", events_table(made, list(range(1, 61))))
    return engine


def question(compute: Compute | None = None, *groups: GroupBy, search: str = "counted") -> Aggregation:
    return Aggregation(search, START, START + 600, compute or Compute(), groups)


async def test_one_number(events: Engine) -> None:
    assert await totals(events, EVENTS, question()) == [Total((), 60.0)]
    assert await totals(events, EVENTS, question(search="counted room:5")) == [Total((), 15.0)]
    assert await totals(events, EVENTS, question(Compute("cardinality", "host"))) == [Total((), 3.0)]
    assert await totals(events, EVENTS, question(Compute("max", "@evt.id"))) == [Total((), 60.0)]


async def test_no_rows_count_zero_and_have_no_average(events: Engine) -> None:
    assert await totals(events, EVENTS, question(search="nothing")) == [Total((), 0.0)]
    assert await totals(events, EVENTS, question(Compute("avg", "@x"), search="nothing")) == [Total((), None)]


async def test_groups_are_the_first_by_their_order(events: Engine) -> None:
    rooms = await totals(events, EVENTS, question(None, GroupBy("room", 1)))
    assert rooms == [Total(("4",), 45.0)]
    least = await totals(events, EVENTS, question(None, GroupBy("room", 1, order="asc")))
    assert least == [Total(("5",), 15.0)]


async def test_rows_without_the_facet_are_na_or_left_out(events: Engine) -> None:
    with_na = await totals(events, EVENTS, question(None, GroupBy("vip")))
    assert with_na == [Total(("N/A",), 45.0), Total(("1",), 15.0)]
    without = await totals(events, EVENTS, question(None, GroupBy("vip", exclude_missing=True)))
    assert without == [Total(("1",), 15.0)]


async def test_each_level_of_groups_has_its_own_limit(events: Engine) -> None:
    found = await totals(events, EVENTS, question(None, GroupBy("room", 2), GroupBy("host", 1)))
    assert sorted(total.values for total in found) == [("4", "h1"), ("5", "h0")] or len(found) == 2


async def test_groups_are_the_first_within_the_first_of_each_level(events: Engine) -> None:
    last = GroupBy("@evt.id", 2, sort=Compute("max", "@evt.id"), order="asc")
    levels = GroupBy("room", 1), GroupBy("host", 2, order="asc"), GroupBy("vip", 1), last
    expected = [
        ("4", "h0", "N/A", "4"),
        ("4", "h0", "N/A", "7"),
        ("4", "h1", "N/A", "2"),
        ("4", "h1", "N/A", "8"),
    ]
    found = await totals(events, EVENTS, question(None, *levels))
    assert sorted(found, key=lambda one: one.values) == [Total(values, 1.0) for values in expected]
    for interval in (60, 600):
        frame = await over_time(events, EVENTS, question(None, *levels), interval)
        values = [tuple(tag.partition(":")[2] for tag in group.tags) for group in frame.groups]
        assert sorted(values) == expected
    highest = await totals(events, EVENTS, question(None, GroupBy("host", 2), GroupBy("room", 2)))
    assert [total.number for total in highest] == [15.0, 15.0, 5.0, 5.0]


def test_each_level_of_groups_repeats_the_search_once() -> None:
    for count in range(5):
        groups = [GroupBy(f"@f{level}", sort=Compute("max", "@x")) for level in range(count)]
        parts = planner._parts(EVENTS, question(None, *groups), Parameters())
        assert parts.source.count("FROM events") == count + 1


async def test_over_time_leaves_empty_buckets_empty(events: Engine) -> None:
    frame = await over_time(events, EVENTS, question(None, GroupBy("room")), 60)
    assert [group.tags for group in frame.groups] == [("room:4",), ("room:5",)]
    assert frame.values.shape == (2, 10)
    assert np.nansum(frame.values, axis=1).tolist() == [45, 15]
    early = Aggregation("counted", START - 600, START + 60)
    values = (await over_time(events, EVENTS, early, 60)).values
    assert np.isnan(values[0, :10]).all()
    assert values[0, 10] == 6


async def test_questions_that_cannot_be_are_refused(events: Engine) -> None:
    with pytest.raises(ValueError, match="expected one of count, cardinality"):
        await totals(events, EVENTS, question(Compute("mode", "@x")))
    with pytest.raises(ValueError, match="needs a metric"):
        await totals(events, EVENTS, question(Compute("avg")))
    with pytest.raises(ValueError, match="buckets"):
        await over_time(events, EVENTS, Aggregation("", 0, 1e9), 1)
