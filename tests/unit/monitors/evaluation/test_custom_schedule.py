"""Monitors that are evaluated at the times of a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.monitors.evaluation.custom_schedule import is_scheduled, latest_scheduled, recurrence_of
from heeler.monitors.model import Monitor

CREATED = datetime(2026, 11, 30, 12, 34, 56, tzinfo=UTC)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def options(**recurrence: Any) -> dict[str, Any]:
    return {"scheduling_options": {"custom_schedule": {"recurrences": [recurrence]}}}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"scheduling_options": None},
        {"scheduling_options": {}},
        {"scheduling_options": {"custom_schedule": {"recurrences": []}}},
    ],
)
def test_without_one(given: dict[str, Any]) -> None:
    assert recurrence_of(given) is None
    assert is_scheduled(Monitor(options=given, created=CREATED, evaluated=0.0), at("2026-12-01T00:00"))


@pytest.mark.parametrize(
    ("recurrence", "now", "wanted"),
    [
        ({"rrule": "FREQ=DAILY", "start": "2026-12-01T08:00:00"}, "2026-12-03T07:59", "2026-12-02T08:00"),
        ({"rrule": "FREQ=DAILY", "start": "2026-12-01T08:00:00"}, "2026-12-03T08:00", "2026-12-03T08:00"),
        ({"rrule": "FREQ=DAILY", "start": "2026-12-01T08:00:00"}, "2026-12-01T07:59", None),
        (
            {"rrule": "FREQ=DAILY", "start": "2026-12-01T08:00:00", "timezone": "Asia/Tokyo"},
            "2026-12-02T00:00",
            "2026-12-01T23:00",
        ),
        (
            {"rrule": "FREQ=DAILY", "start": "2027-03-01T08:00:00", "timezone": "America/New_York"},
            "2027-03-20T13:00",
            "2027-03-20T12:00",
        ),
        (  # 02:15 and 02:45 are skipped, and come an hour later
            {
                "rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=15,45",
                "start": "2027-03-01T00:00:00",
                "timezone": "America/New_York",
            },
            "2027-03-14T07:05",
            "2027-03-13T07:45",
        ),
        ({"rrule": "FREQ=HOURLY"}, "2026-11-30T14:00", "2026-11-30T13:34:56"),
        (
            {"rrule": "FREQ=DAILY;COUNT=1", "start": "2026-12-01T08:00:00"},
            "2027-01-01T00:00",
            "2026-12-01T08:00",
        ),
    ],
)
def test_the_last_time(recurrence: dict[str, Any], now: str, wanted: str | None) -> None:
    assert latest_scheduled(recurrence, CREATED, at(now)) == (None if wanted is None else at(wanted))


def test_each_time_is_used_once() -> None:
    monitor = Monitor(
        options=options(rrule="FREQ=DAILY", start="2026-12-01T08:00:00"), created=CREATED, evaluated=0.0
    )
    assert not is_scheduled(monitor, at("2026-12-01T07:59"))
    assert is_scheduled(monitor, at("2026-12-01T08:01"))
    monitor.evaluated = at("2026-12-01T08:01")
    assert not is_scheduled(monitor, at("2026-12-02T07:59"))
    assert is_scheduled(monitor, at("2026-12-02T08:00"))


def test_what_was_due_before_the_monitor_was_made_is_not_due() -> None:
    monitor = Monitor(
        options=options(rrule="FREQ=DAILY", start="2026-01-01T08:00:00"), created=CREATED, evaluated=0.0
    )
    assert not is_scheduled(monitor, CREATED.timestamp() + 60)
