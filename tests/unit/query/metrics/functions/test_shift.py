"""Other times: by seconds and by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.frame import Frame, Group
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions.shift import calendar_seconds
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.plan import Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Buckets, Window
from tests.unit.query.planned import evaluated

DAY = 86400


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def clock(query: str, window: Window) -> Frame:
    """A query of a metric that is the time itself."""

    def select(read: Read) -> Frame:
        times = Buckets.of(read.window).starts
        return Frame(times, (Group(),), times[None, :].astype(float), read.window.interval)

    return evaluated(parse_one(query), window, select)


@pytest.mark.parametrize(
    ("call", "seconds"),
    [
        ("timeshift({}, -3600)", -3600),
        ("timeshift({}, 7)", 7),
        ("hour_before({})", -3600),
        ("day_before({})", -DAY),
        ("week_before({})", -7 * DAY),
        ("month_before({})", -28 * DAY),
        ("calendar_shift({}, '-1w', 'UTC')", -7 * DAY),
        ("timeshift(day_before({}), -60)", -DAY - 60),
        ("calendar_shift({}, '-2d')", -2 * DAY),
    ],
)
def test_values_of_another_time_at_the_times_of_the_window(call: str, seconds: int) -> None:
    window = Window(at("2026-03-01T12:00"), at("2026-03-01T12:10"), 60)
    found = clock(call.format("avg:m{*}"), window)
    assert (found.values[0] - found.times == seconds).all()
    assert found.times[0] <= window.start
    assert found.times[-1] == window.end - 60


@pytest.mark.parametrize(
    ("start", "shift", "wanted", "zone"),
    [
        ("2026-03-31T10:00", "-1mo", "2026-02-28T10:00", "UTC"),
        ("2024-03-31T10:00", "-1mo", "2024-02-29T10:00", "UTC"),
        ("2026-01-15T10:00", "-1mo", "2025-12-15T10:00", "UTC"),
        ("2025-12-31T00:00", "1mo", "2026-01-31T00:00", "UTC"),
        ("2024-02-29T00:00", "-1y", "2023-02-28T00:00", "UTC"),
        ("2026-05-05T05:05", "-14mo", "2025-03-05T05:05", "UTC"),
        # Clocks were set back in the night before: the same wall-clock time is 25 hours away.
        ("2023-10-29T12:00", "-1d", "2023-10-28T12:00", "Europe/Paris"),
        ("2023-03-26T12:00", "-1d", "2023-03-25T12:00", "Europe/Paris"),
        ("2023-11-05T12:00", "-1w", "2023-10-29T12:00", "America/New_York"),
    ],
)
def test_the_same_wall_clock_time(start: str, shift: str, wanted: str, zone: str) -> None:
    assert calendar_seconds(at(start, zone), shift, zone) == at(wanted, zone) - at(start, zone)


def test_a_day_is_longer_when_clocks_are_set_back() -> None:
    assert calendar_seconds(at("2023-10-29T12:00", "Europe/Paris"), "-1d", "Europe/Paris") == -25 * 3600
    assert calendar_seconds(at("2023-03-26T12:00", "Europe/Paris"), "-1d", "Europe/Paris") == -23 * 3600


@pytest.mark.parametrize(
    "shift", ["", "-1", "1h", "-1 d", "d", "-1.5d", "-99999d", "month", "-1dd", "-9999y", "9999y"]
)
def test_what_is_no_shift_is_refused(shift: str) -> None:
    with pytest.raises(QueryError):
        calendar_seconds(at("2026-01-01T00:00"), shift, "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "\0"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(QueryError, match="time zone"):
        calendar_seconds(at("2026-01-01T00:00"), "-1d", zone)


@pytest.mark.parametrize(
    "query",
    [
        "calendar_shift(avg:m{*}, '-9999y')",
        "calendar_shift(avg:m{*}, '-1d', 'Nowhere')",
        "timeshift(avg:m{*}, 0.5)",
        "calendar_shift(avg:m{*}, '-1d', 'UTC', 'stretch')",
        "timeshift(avg:m{*}, -1e300)",
    ],
)
def test_queries_that_cannot_be_shifted_are_refused(query: str) -> None:
    window = Window(at("2026-03-01T12:00"), at("2026-03-01T12:10"), 60)
    with pytest.raises(QueryError):
        clock(query, window)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.integers(-60, 60))
def test_days_of_a_zone_without_summer_time_are_days(start: datetime, days: int) -> None:
    seconds = int(start.replace(tzinfo=ZoneInfo("UTC")).timestamp())
    assert calendar_seconds(seconds, f"{days}d", "utc") == days * DAY


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.integers(-30, 30))
def test_months_keep_the_clock_and_the_day_where_there_is_one(start: datetime, months: int) -> None:
    zone = ZoneInfo("America/New_York")
    first = int(start.replace(tzinfo=zone, microsecond=0).timestamp())
    local = datetime.fromtimestamp(first, zone)
    moved = datetime.fromtimestamp(first + calendar_seconds(first, f"{months}mo", "America/New_York"), zone)
    assert (moved.year * 12 + moved.month) - (local.year * 12 + local.month) == months
    assert moved.day == local.day or (moved + timedelta(days=1)).day == 1
    # In the hour that is skipped in spring there is no such time.
    assert abs(moved.hour * 60 + moved.minute - local.hour * 60 - local.minute) in (0, 60)


def test_the_window_is_read_where_it_is_shifted_to() -> None:
    window = Window(at("2026-03-01T12:00"), at("2026-03-01T12:10"), 60)
    (read,) = plan((parse_one("week_before(avg:m{*})"),), window).reads
    assert (read.window.start, read.window.end) == (window.start - 7 * DAY, window.end - 7 * DAY)
    assert np.diff(Buckets.of(read.window).starts).tolist() == [60] * 9
