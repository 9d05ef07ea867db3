"""Occurrences across changes of clocks, against what the clocks on the wall say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.downtimes.schedule import (
    InvalidSchedule,
    Occurrence,
    Plan,
    Recurrence,
    current,
    current_or_next,
    latest,
    parse_duration,
    parsed,
    status,
    to_local,
    upcoming,
    write_duration,
)

DUBLIN = "Europe/Dublin"
NIGHTS = Plan(
    DUBLIN,
    recurrences=(
        Recurrence(datetime(2026, 1, 5, 19), timedelta(hours=14), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ),
)
WEEKENDS = Plan(
    DUBLIN, recurrences=(Recurrence(datetime(2026, 1, 3), timedelta(days=1), "FREQ=WEEKLY;BYDAY=SA,SU"),)
)
YEAR = st.datetimes(datetime(2026, 1, 10), datetime(2027, 12, 31), timezones=st.just(UTC))
ZONES = st.sampled_from(
    [DUBLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]
)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, zone: str = DUBLIN) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


@given(YEAR)
def test_weekday_nights_keep_the_clocks_time(moment: datetime) -> None:
    wall = to_local(moment.timestamp(), DUBLIN)
    evening = wall.hour >= 19 and wall.weekday() < 5
    morning = wall.hour < 9 and 1 <= wall.weekday() <= 5
    assert (current(NIGHTS, moment.timestamp()) is not None) == (evening or morning)


@given(YEAR)
def test_weekends_are_whole_days(moment: datetime) -> None:
    wall = to_local(moment.timestamp(), DUBLIN)
    assert (current(WEEKENDS, moment.timestamp()) is not None) == (wall.weekday() >= 5)


def test_sundays_of_changed_clocks_are_23_and_25_hours_long() -> None:
    for day, hours in ((at(2026, 3, 29), 23), (at(2026, 10, 25), 25)):
        found = current(WEEKENDS, day + 3600)
        assert found is not None
        assert (found.end or 0) - found.start == hours * 3600


@pytest.mark.parametrize(
    ("start", "hours", "begins", "ends"),
    [
        (datetime(2026, 3, 28, 22), 12, (3, 28, 21, 0), (3, 29, 8, 0)),  # eleven hours by a stopwatch
        (datetime(2026, 10, 24, 22), 12, (10, 24, 20, 0), (10, 25, 9, 0)),  # thirteen
        (datetime(2026, 3, 28, 2, 30), 24, (3, 28, 1, 30), (3, 29, 1, 30)),  # ends at a time that is skipped
        (datetime(2026, 10, 25), 24, (10, 24, 22, 0), (10, 25, 23, 0)),
    ],
)
def test_occurrences_over_a_change_of_clocks_end_by_the_clock(
    start: datetime, hours: int, begins: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    plan = Plan("Europe/Berlin", recurrences=(Recurrence(start, timedelta(hours=hours), "FREQ=WEEKLY"),))
    first, last = at(2026, *begins, zone="UTC"), at(2026, *ends, zone="UTC")  # type: ignore[arg-type,misc]
    assert current(plan, first) == Occurrence(first, last)
    assert current(plan, last) is None


@settings(max_examples=300)
@given(
    ZONES,
    YEAR,
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(1, 3 * 1440),
    st.sampled_from(["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=MONTHLY"]),
)
def test_occurrences_have_length_and_follow_each_other(
    zone: str, moment: datetime, hour: int, minute: int, minutes: int, rule: str
) -> None:
    start = datetime(2025, 12, 28, hour, minute)
    plan = Plan(zone, recurrences=(Recurrence(start, timedelta(minutes=minutes), rule),))
    now = moment.timestamp()
    found, following = current(plan, now), upcoming(plan, now)
    assert following is not None
    assert following.end is not None
    assert now < following.start < following.end
    assert current(plan, following.start) is not None
    # Nothing begins between now and what is called next.
    assert upcoming(plan, (now + following.start) / 2) == following
    if found is not None:
        assert found.covers(now)
        assert current_or_next(plan, now) == found
    last = latest(plan, now)
    assert last is not None
    assert last.start <= now


def test_a_time_that_clocks_skip_still_has_its_length() -> None:
    skipped = Plan(
        DUBLIN, recurrences=(Recurrence(datetime(2026, 3, 1, 1, 45), timedelta(minutes=15), "FREQ=DAILY"),)
    )
    found = current(skipped, at(2026, 3, 29, 2, 50))
    assert found == Occurrence(at(2026, 3, 29, 2, 45), at(2026, 3, 29, 3))


def test_counts_and_ends() -> None:
    start = datetime(2026, 6, 1, 12)
    counted = Plan("UTC", recurrences=(Recurrence(start, timedelta(hours=1), "FREQ=DAILY;COUNT=2"),))
    assert status(counted, at(2026, 6, 1, 11, zone="UTC")) == "scheduled"
    assert status(counted, at(2026, 6, 2, 12, 30, zone="UTC")) == "active"
    assert status(counted, at(2026, 6, 2, 13, zone="UTC")) == "ended"
    until = Plan(
        DUBLIN,
        recurrences=(Recurrence(start, timedelta(hours=1), "FREQ=DAILY;UNTIL=20260602T110000Z"),),
    )
    assert current(until, at(2026, 6, 2, 12)) is not None
    assert upcoming(until, at(2026, 6, 2, 12)) is None


def test_several_recurrences_join() -> None:
    both = Plan(DUBLIN, recurrences=(*NIGHTS.recurrences, *WEEKENDS.recurrences))
    assert current(both, at(2026, 11, 21, 15)) is not None
    assert current(both, at(2026, 11, 23, 20)) is not None
    assert current(both, at(2026, 11, 23, 15)) is None


def test_cancelled_plans_apply_until_then() -> None:
    plan = Plan("UTC", start=100, end=1000, canceled=500)
    assert current(plan, 400) == Occurrence(100, 1000)
    assert current(plan, 500) is None
    assert status(plan, 600) == "canceled"
    assert latest(plan, 600) == Occurrence(100, 500)


def test_once_without_end() -> None:
    plan = Plan("UTC", start=100)
    assert [status(plan, now) for now in (50, 100, 1e9)] == ["scheduled", "active", "active"]


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=DAILY;DTSTART=20260101", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=XX", "BYDAY=MO",
     "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=DAILY\nRRULE:FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=a"],
)  # fmt: skip
def test_wrong_rules_say_why(rule: str) -> None:
    with pytest.raises(InvalidSchedule, match="Invalid rrule"):
        parsed(rule, datetime(2026, 1, 1), "UTC")


@given(st.integers(1, 366 * 1440))
def test_durations_are_read_as_they_are_written(minutes: int) -> None:
    assert parse_duration(write_duration(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0h", "5", "1.5h", "400d", "-1h", "9999999999w"])
def test_wrong_durations_say_why(text: str) -> None:
    with pytest.raises(InvalidSchedule, match="Invalid duration"):
        parse_duration(text)
