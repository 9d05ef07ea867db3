"""Dates of grok rules: the documented table, zones, impossible dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.grok_dates import FormatError, compile_date, zone_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def read(form: str, text: str, zone: str = "", now: datetime = NOW) -> int | None:
    """Milliseconds, None for a date that cannot be; a text that does not match is an error of the test."""
    made = compile_date(form, zone)
    found = re.fullmatch(made.pattern, text)
    assert found is not None, (made.pattern, text)
    return made.read(found.groups(), now)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("form", "text", "zone", "wanted"),
    [
        # Of the public table of formats.
        ("HH:mm:ss", "14:20:15", "", 51615000),
        ("hh:mm:ss a", "02:20:15 PM", "", 51615000),
        ("dd/MM/yyyy", "11/10/2014", "", 1412985600000),
        ("EEE MMM dd HH:mm:ss yyyy", "Thu Jun 16 08:29:03 2016", "", 1466065743000),
        ("EEE MMM d HH:mm:ss yyyy", "Tue Nov 1 08:29:03 2016", "", ms("2016-11-01T08:29:03Z")),
        ("dd/MMM/yyyy:HH:mm:ss Z", "06/Mar/2013:01:36:30 +0900", "", 1362501390000),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2016-11-29T16:21:36.431+0000", "", 1480436496431),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2016-11-29T16:21:36.431+00:00", "", 1480436496431),
        ("dd/MMM/yyyy:HH:mm:ss.SSS", "06/Feb/2009:12:14:14.655", "", 1233922454655),
        ("yyyy-MM-dd HH:mm:ss.SSS z", "2007-08-31 19:22:22.427 CET", "", 1188580942427),
        ("yyyy-MM-dd HH:mm:ss", "2016-05-31 17:00:00", "America/New_York", ms("2016-05-31T21:00:00Z")),
        ("yyyy-MM-dd HH:mm:ss", "2016-01-31 17:00:00", "America/New_York", ms("2016-01-31T22:00:00Z")),
        ("yyyy-MM-dd HH:mm:ss", "2026-01-31 17:00:00", "UTC+5", ms("2026-01-31T12:00:00Z")),
        ("yyyy-MM-dd HH:mm:ss", "2026-01-31 17:00:00", "+03:30", ms("2026-01-31T13:30:00Z")),
        ("yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-31T17:00:00Z", "", ms("2026-01-31T17:00:00Z")),
        ("yy/M/d", "70/1/2", "", 86400000),
        ("yy/M/d", "69/1/2", "", ms("2069-01-02T00:00:00Z")),
        ("yyyy-MM-dd HH:mm:ss,SSSSSS", "2026-01-31 17:00:00,123987", "", ms("2026-01-31T17:00:00.123Z")),
        ("yyyy-MM-dd HH:mm:ss.S", "2026-01-31 17:00:00.5", "", ms("2026-01-31T17:00:00.500Z")),
        ("MMMM d, yyyy h a", "September 3, 2026 12 am", "", ms("2026-09-03T00:00:00Z")),
        ("MMMM d, yyyy h a", "may 3, 2026 12 PM", "", ms("2026-05-03T12:00:00Z")),
        ("yyyy''MM", "2026'02", "", ms("2026-02-01T00:00:00Z")),
        ("yyyy-MM-dd", "1969-12-31", "", -86400000),
    ],
)
def test_formats(form: str, text: str, zone: str, wanted: int) -> None:
    assert read(form, text, zone) == wanted


@pytest.mark.parametrize(
    ("form", "text"),
    [("yyyy-MM-dd", "2026-02-30"), ("yyyy-MM-dd", "2026-13-01"), ("yyyy-MM-dd", "2026-00-10"), ("yyyy-MM-dd", "0000-01-01"),
     ("HH:mm", "25:00"), ("HH:mm", "12:60"), ("yyyy z", "2026 Nowhere"), ("MM-dd", "02-30")],
)  # fmt: skip
def test_a_date_that_cannot_be_is_none(form: str, text: str) -> None:
    assert read(form, text) is None


@pytest.mark.parametrize(
    ("text", "now", "wanted"),
    [
        ("Nov 30 11:00:00", "2026-11-30T12:00:00+00:00", "2026-11-30T11:00:00Z"),
        ("Dec 1 10:00:00", "2026-11-30T12:00:00+00:00", "2026-12-01T10:00:00Z"),
        ("Dec 2 10:00:00", "2026-11-30T12:00:00+00:00", "2025-12-02T10:00:00Z"),
        ("Dec 31 23:59:59", "2027-01-01T00:00:05+00:00", "2026-12-31T23:59:59Z"),
        # A clock that is some seconds ahead of ours at the end of the year.
        ("Jan 1 00:00:02", "2026-12-31T23:59:58+00:00", "2027-01-01T00:00:02Z"),
        ("Feb 29 10:00:00", "2026-11-30T12:00:00+00:00", "2024-02-29T10:00:00Z"),
    ],
)
def test_a_date_without_a_year_is_the_last_one_or_of_tomorrow(text: str, now: str, wanted: str) -> None:
    assert read("MMM d HH:mm:ss", text, now=datetime.fromisoformat(now)) == ms(wanted)


def test_a_zone_counts_for_the_year() -> None:
    now = datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert read("MMM d HH:mm", "Jan 1 00:30", "Asia/Tokyo", now) == ms("2026-12-31T15:30:00Z")


@pytest.mark.parametrize("form", ["", "'T'", "yyyy-QQ", "HH:HH", "MM MMM", "-"])
def test_formats_that_cannot_be_used_are_refused(form: str) -> None:
    with pytest.raises(FormatError):
        compile_date(form)


def test_locales_and_zones() -> None:
    assert compile_date("yyyy", "", "en-US").zone is UTC
    for zone, locale in (("", "fr"), ("Mars/One", ""), ("+19:00", "")):
        with pytest.raises(FormatError):
            compile_date("yyyy", zone, locale)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+5", 300), ("+05", 300), ("+05:30", 330), ("+0530", 330), ("-03:00", -180), ("UTC+5", 300), ("GMT-3", -180),
     ("UT+1", 60), ("+01:30:30", 90.5), ("Z", 0), ("UTC", 0), ("+18:00", 1080), ("-18:00", -1080)],
)  # fmt: skip
def test_documented_offsets(text: str, minutes: float) -> None:
    assert NOW.astimezone(zone_of(text)).utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "+18:01", "+99", "5", "+", "../../etc/passwd", "\0", "A" * 5000])
def test_what_is_no_zone(text: str) -> None:
    with pytest.raises(FormatError):
        zone_of(text)


@pytest.mark.parametrize("text", ["2026-1-05", "2026-01-5", "26-01-05", "2026-01-05 "])
def test_letters_say_how_many_digits(text: str) -> None:
    assert re.fullmatch(compile_date("yyyy-MM-dd").pattern, text) is None


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_what_is_written_is_read(when: datetime) -> None:
    text = f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"
    assert read("yyyy-MM-dd'T'HH:mm:ss.SSSZ", text) == (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        milliseconds=1
    )


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 363))
def test_without_a_year_the_past_year_is_found(day: date, back: int) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    was = now - timedelta(days=back)
    found = read("MM-dd HH", f"{was:%m-%d %H}", now=now)
    assert found is not None
    assert abs(found / 1000 - was.timestamp()) < 1
