"""Corrections: which time they take out of an SLO, and what may be given."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.slos.corrections import apply_correction, corrected, occurrences, of_slo
from heeler.slos.model import Slo, SloCorrection

DAY = 86400.0
MONDAY = datetime(2026, 11, 30, tzinfo=UTC).timestamp()


def once(start: float, end: float | None, **more: Any) -> SloCorrection:
    return SloCorrection(start=start, end=end, rrule=None, duration=None, **more)


def repeated(
    rule: str, start: float = MONDAY, duration: int = 3600, end: float | None = None
) -> SloCorrection:
    return SloCorrection(start=start, end=end, rrule=rule, duration=duration)


def test_once_as_far_as_it_is_within() -> None:
    assert occurrences(once(100, 200), 0, 1000) == [(100, 200)]
    assert occurrences(once(100, 200), 150, 1000) == [(150, 200)]
    assert occurrences(once(100, 200), 0, 120) == [(100, 120)]
    assert occurrences(once(100, 200), 200, 300) == []
    assert occurrences(once(100, None), 50, 300) == [(100, 300)]


def test_each_day() -> None:
    item = repeated("FREQ=DAILY")
    assert occurrences(item, MONDAY, MONDAY + 3 * DAY) == [
        (MONDAY + day * DAY, MONDAY + day * DAY + 3600) for day in range(3)
    ]


def test_an_occurrence_that_began_before_the_window_reaches_into_it() -> None:
    item = repeated("FREQ=DAILY", duration=7200)
    assert occurrences(item, MONDAY + 3600, MONDAY + 10_000) == [(MONDAY + 3600, MONDAY + 7200)]
    assert occurrences(item, MONDAY + 7200, MONDAY + 10_000) == []


def test_occurrences_that_overlap_count_once() -> None:
    item = repeated("FREQ=HOURLY;INTERVAL=1", duration=5400)
    assert occurrences(item, MONDAY, MONDAY + 6 * 3600) == [(MONDAY, MONDAY + 6 * 3600)]


def test_rules_end_by_count_until_and_the_corrections_end() -> None:
    window = (MONDAY, MONDAY + 30 * DAY)
    assert len(occurrences(repeated("FREQ=DAILY;COUNT=4"), *window)) == 4
    assert len(occurrences(repeated("FREQ=DAILY;UNTIL=20261203T000000Z"), *window)) == 4
    assert len(occurrences(repeated("FREQ=DAILY", end=MONDAY + 3 * DAY), *window)) == 3
    # What begins before the end lasts as long as the others.
    assert occurrences(repeated("FREQ=DAILY", end=MONDAY + 60), *window) == [(MONDAY, MONDAY + 3600)]


def test_nothing_before_the_first() -> None:
    item = repeated("FREQ=DAILY")
    assert occurrences(item, MONDAY - 10 * DAY, MONDAY) == []


def test_weekdays_are_those_of_utc() -> None:
    found = occurrences(repeated("FREQ=WEEKLY;BYDAY=SA,SU"), MONDAY, MONDAY + 7 * DAY)
    assert [start for start, _ in found] == [MONDAY + 5 * DAY, MONDAY + 6 * DAY]


def test_several_corrections_are_one_set_of_time() -> None:
    items = [once(100, 200), once(150, 250), once(250, 260), once(400, 500), once(900, 800)]
    assert corrected(items, 0, 1000) == [(100, 260), (400, 500)]
    assert corrected([], 0, 1000) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_each_second_is_corrected_if_any_correction_has_it(
    pairs: list[tuple[int, int]], start: int, end: int
) -> None:
    found = corrected([once(a, b) for a, b in pairs], start, end)
    wanted = {second for second in range(start, end) if any(a <= second < b for a, b in pairs)}
    assert {second for a, b in found for second in range(int(a), int(b))} == wanted
    assert all(a < b for a, b in found)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(found))


def test_corrections_of_an_slo_and_those_whose_query_finds_it() -> None:
    slo = Slo(
        id="abc",
        name="Checkout",
        tags=["team:shop"],
        type="metric",
        description="",
        definition={},
        thresholds=[],
        creator_email="",
        creator_name="",
    )
    mine, other = once(0, 1, slo_id="abc"), once(0, 1, slo_id="xyz")
    tagged, missed = once(0, 1, slo_query="team:shop"), once(0, 1, slo_query="team:other")
    assert of_slo([mine, other, tagged, missed], slo) == [mine, tagged]


GIVEN = {"category": "Deployment", "start": MONDAY, "end": MONDAY + 3600, "slo_id": "abc"}


def applied(attributes: Any, item: SloCorrection | None = None, **data: Any) -> SloCorrection:
    one = item or SloCorrection()
    apply_correction(
        one, {"data": {"type": "correction", "attributes": attributes, **data}}, fresh=item is None
    )
    return one


def test_a_new_correction() -> None:
    one = applied({**GIVEN, "description": "release", "timezone": "Europe/Paris"})
    assert (one.category, one.start, one.end, one.slo_id) == ("Deployment", MONDAY, MONDAY + 3600, "abc")
    assert (one.description, one.timezone) == ("release", "Europe/Paris")


def test_a_recurring_one_needs_no_end() -> None:
    given_values = {**GIVEN, "rrule": "RRULE:FREQ=DAILY", "duration": 3600}
    del given_values["end"]
    one = applied(given_values)
    assert (one.rrule, one.duration, one.end) == ("FREQ=DAILY", 3600, None)


def test_a_change_keeps_what_is_not_given() -> None:
    one = applied({"description": "later", "end": MONDAY + 7200}, applied(GIVEN))
    assert (one.category, one.start, one.end, one.description) == (
        "Deployment",
        MONDAY,
        MONDAY + 7200,
        "later",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"category": "Holiday"},
        {"category": None},
        {"start": None},
        {"start": "soon"},
        {"start": -1},
        {"start": 10**15},
        {"end": MONDAY},
        {"end": MONDAY - 1},
        {"end": None},
        {"slo_id": None},
        {"slo_query": "team:a"},
        {"color": "red"},
        {"timezone": "Nowhere"},
        {"rrule": "FREQ=DAILY"},
        {"rrule": "FREQ=DAILY", "duration": 0},
        {"rrule": "FREQ=DAILY", "duration": 367 * 86400},
        {"rrule": "FREQ=NEVER", "duration": 60},
        {"rrule": "DTSTART:20260101T000000Z", "duration": 60},
        {"duration": "long"},
        {"description": "x" * 10**6},
    ],
)
def test_what_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as raised:
        applied({**GIVEN, **change})
    assert raised.value.status == 400


@pytest.mark.parametrize("missing", ["category", "start", "end", "slo_id"])
def test_what_is_needed(missing: str) -> None:
    with pytest.raises(ApiError):
        applied({name: value for name, value in GIVEN.items() if name != missing})


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": {"attributes": None}},
        {"data": {"type": "slo", "attributes": GIVEN}},
    ],
)
def test_bodies_that_are_none(body: Any) -> None:
    with pytest.raises(ApiError):
        apply_correction(SloCorrection(), body, fresh=True)


def test_what_is_shown_as_null_may_be_sent_back() -> None:
    """Tools copy a correction by sending what they read."""
    one = applied({**GIVEN, "slo_query": None, "rrule": None, "duration": None, "description": ""})
    assert (one.slo_id, one.slo_query, one.end) == ("abc", None, MONDAY + 3600)
    applied({"slo_query": None, "description": "later"}, one)
    assert one.description == "later"
    repeating = {**GIVEN, "end": None, "rrule": "FREQ=DAILY", "duration": 60}
    assert applied(repeating).end is None
    with pytest.raises(ApiError, match="slo_id: Field may not be null"):
        applied({"slo_id": None}, one)
