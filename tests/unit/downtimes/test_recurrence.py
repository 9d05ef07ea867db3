"""Rules are followed as dateutil follows them, but never for long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrule as dateutil_rule
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.downtimes.recurrence import Occurrences
from heeler.downtimes.schedule import InvalidSchedule, parsed
from tests.work import lines_run

START = datetime(2026, 1, 5, 19)

NUMBERS = st.integers(-400, 400)
PARTS = {
    "INTERVAL": st.integers(0, 10**7).map(str),
    "COUNT": st.integers(0, 500).map(str),
    "UNTIL": st.sampled_from(["20261231T000000Z", "20200101T000000Z", "99991231", "nonsense"]),
    "BYMONTH": st.lists(st.integers(-1, 13), max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYMONTHDAY": st.lists(st.integers(-32, 32), max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYYEARDAY": st.lists(NUMBERS, max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYWEEKNO": st.lists(st.integers(-54, 54), max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYSETPOS": st.lists(NUMBERS, max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYHOUR": st.lists(st.integers(0, 24), max_size=3).map(lambda n: ",".join(map(str, n))),
    "BYEASTER": NUMBERS.map(str),
    "BYDAY": st.lists(st.sampled_from(["MO", "TU", "SU", "5MO", "-1FR", "53SA"]), max_size=3).map(",".join),
    "WKST": st.sampled_from(["MO", "SU", "XX"]),
}  # fmt: skip
RULES = st.tuples(
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.fixed_dictionaries({}, optional=PARTS),
).map(lambda rule: ";".join([f"FREQ={rule[0]}", *(f"{name}={value}" for name, value in rule[1].items())]))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=YEARLY;BYYEARDAY=400",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=300",
        "FREQ=HOURLY;INTERVAL=168;BYDAY=TU",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=10000000",
    ],
)
def test_what_never_happens_is_refused_at_once(rule: str) -> None:
    def attempt() -> None:
        with pytest.raises(InvalidSchedule, match="Invalid rrule"):
            parsed(rule, START, "UTC")

    assert lines_run(attempt) < 1_000_000


@settings(max_examples=80)
@given(RULES)
def test_any_rule_is_answered_soon(rule: str) -> None:
    try:
        found = parsed(rule, START, "Europe/Dublin")
    except InvalidSchedule:
        return
    assert found.first is not None
    assert found.first >= START
    found.before(START + timedelta(days=3650))
    found.after(START + timedelta(days=3650))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=1MO;BYMONTH=3,9",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYEASTER=1",
        "FREQ=DAILY;COUNT=4",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ],
)
@pytest.mark.parametrize("days", [0, 1, 40, 800])
def test_occurrences_are_those_of_the_rule(rule: str, days: int) -> None:
    made, theirs = rrulestr(rule, dtstart=START), rrulestr(rule, dtstart=START, cache=True)
    assert isinstance(made, dateutil_rule)
    mine = Occurrences(made)
    moment = START + timedelta(days=days)
    assert mine.first == theirs[0]
    assert mine.before(moment) == theirs.before(moment, inc=True)
    assert mine.after(moment) == theirs.after(moment, inc=True)
    week = moment + timedelta(days=7)
    assert mine.between(moment, week) == theirs.between(moment, week)
