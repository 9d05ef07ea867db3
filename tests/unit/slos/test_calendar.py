"""Calendar periods in a time zone, over clock changes and the ends of months."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heeler.slos.calendar import periods


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_days_of_a_clock_change_have_23_or_25_hours() -> None:
    spring = periods("daily", at("2026-03-28T23:00"), at("2026-03-30T22:00"), "Europe/Berlin")
    assert [(b - a) / 3600 for a, b in spring] == [23, 24]
    autumn = periods("daily", at("2026-10-24T22:00"), at("2026-10-25T23:00"), "Europe/Berlin")
    assert [(b - a) / 3600 for a, b in autumn] == [25]


def test_weeks_begin_on_sunday_and_ends_are_cut() -> None:
    found = periods("weekly", at("2026-11-04T12:00"), at("2026-11-16T00:00"), "UTC")
    assert [(b - a) / 86400 for a, b in found] == [3.5, 7, 1]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_months_have_their_own_lengths(zone: str) -> None:
    found = periods("monthly", at("2026-01-01T05:00"), at("2026-04-01T04:00"), zone)
    whole = [round((b - a) / 86400, 2) for a, b in found]
    assert whole == ([30.79, 28, 31, 0.17] if zone == "UTC" else [31, 28, 30.96])
