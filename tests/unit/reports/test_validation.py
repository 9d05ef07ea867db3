"""What schedules of reports are accepted, and when they are due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heeler.reports.validation import next_run, problems

GOOD: dict[str, Any] = {
    "resource_id": "abc-def-ghi",
    "resource_type": "dashboard",
    "title": "Weekly",
    "recipients": ["a@example.com"],
    "rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0",
    "timezone": "Europe/Dublin",
    "timeframe": "1w",
    "template_variables": [{"name": "host", "values": ["a"]}],
    "delivery_format": "pdf_and_png",
}


def test_a_good_schedule_has_no_problems() -> None:
    assert problems(GOOD) == []
    assert problems({"title": "New"}, partial=True) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": ""}, "1 to 78"),
        ({"title": None}, "'title' is a required property"),
        ({"recipients": []}, "1 to 50 email addresses"),
        ({"recipients": ["a@b"] * 51}, "1 to 50 email addresses"),
        ({"recipients": ["nobody"]}, "Expected an email address"),
        ({"recipients": ["slack:T1.C1.x"]}, "reports are sent by email"),
        ({"timezone": "Mars/Base"}, "Invalid 'timezone'"),
        ({"rrule": "FREQ=MINUTELY"}, "FREQ must be one of"),
        ({"rrule": "FREQ=DAILY;BYMINUTE=0,5"}, "at most once an hour"),
        ({"timeframe": "9y"}, "Invalid 'timeframe'"),
        ({"delivery_format": "gif"}, "Invalid 'delivery_format'"),
        ({"resource_type": "notebook"}, "Invalid 'resource_type'"),
        ({"template_variables": [{"name": "x"}]}, "Invalid template variable"),
        ({"template_variables": [{"name": "x", "values": [1]}]}, "Invalid template variable"),
    ],
)
def test_problems(change: dict[str, Any], reason: str) -> None:
    assert any(reason in one for one in problems({**GOOD, **change}))


def moment(*parts: int, zone: str = "Europe/Dublin") -> float:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()  # type: ignore[misc, arg-type]


def test_a_report_is_due_on_the_clocks_of_its_zone() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    rule = "FREQ=DAILY;BYHOUR=9;BYMINUTE=30"
    before = next_run(rule, "Europe/Dublin", start, moment(2026, 3, 28, 9, 30))
    # At 09:30 there the next day too, though the clocks went forward in between.
    assert before == moment(2026, 3, 29, 9, 30)
    assert next_run(rule, "Europe/Dublin", start, before - 1) == before


def test_a_rule_may_carry_where_it_begins_and_end() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rule = "DTSTART;TZID=Europe/Dublin:20260601T080000\nRRULE:FREQ=WEEKLY;COUNT=2"
    first = next_run(rule, "Europe/Dublin", start, moment(2026, 1, 1))
    assert first == moment(2026, 6, 1, 8)
    assert next_run(rule, "Europe/Dublin", start, first) == moment(2026, 6, 8, 8)
    assert next_run(rule, "Europe/Dublin", start, moment(2026, 6, 8, 8)) is None
