"""A downtime's repetition in words."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.downtimes.model import Downtime
from heeler.downtimes.recurrence_text import repeats

RULES = [{"start": "2026-12-01T19:00:00", "duration": "14h", "rrule": "FREQ=WEEKLY;BYDAY=TU"}]


def words(recurrence: dict[str, Any] | None, zone: str = "UTC") -> str:
    return repeats(Downtime(recurrences=RULES, recurrence=recurrence), zone)


def test_once() -> None:
    assert repeats(Downtime(recurrences=[], recurrence=None), "UTC") == ""


@pytest.mark.parametrize(
    ("recurrence", "wanted"),
    [
        ({"type": "days", "period": 1}, "every day"),
        ({"type": "weeks", "period": 1, "week_days": ["Mon", "Tue"]}, "every week on Mon, Tue"),
        ({"type": "weeks", "period": 2}, "every 2 weeks"),
        ({"type": "months"}, "every month"),
        ({"type": "years", "period": 1, "until_occurrences": 5}, "every year, 5 times"),
        (
            {"type": "days", "period": 3, "until_date": 1798747200},
            "every 3 days, until Thu 31 Dec 2026, 20:00",
        ),
    ],
)
def test_forms_of_the_first_version(recurrence: dict[str, Any], wanted: str) -> None:
    assert words(recurrence) == wanted


def test_an_end_is_told_in_the_zone() -> None:
    until = {"type": "days", "period": 1, "until_date": 1798747200}
    assert words(until, "Asia/Tokyo") == "every day, until Fri 1 Jan 2027, 05:00"


@pytest.mark.parametrize("recurrence", [None, {"type": "rrule", "rrule": "FREQ=WEEKLY;BYDAY=TU"}])
def test_rules_are_told_as_they_are(recurrence: dict[str, Any] | None) -> None:
    assert words(recurrence) == "FREQ=WEEKLY;BYDAY=TU from 2026-12-01 19:00:00 for 14h"
