from __future__ import annotations

import pytest

from heeler.query.search.times import iso, request_time, zone_of

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", NOW),
        ("now-15m", NOW - 900),
        ("now - 1h", NOW - 3_600),
        ("now+2d", NOW + 172_800),
        ("now-1mo", NOW - 30 * 86_400),
        ("1700000000000", NOW),
        (1_700_000_000_500, NOW + 0.5),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T22:13:20", NOW),
        ("2023-11-14T23:13:20+01:00", NOW),
    ],
)
def test_reads(text: str | int, seconds: float) -> None:
    assert request_time(text, NOW) == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "now-", "now-5x"])
def test_what_is_no_time_is_refused_with_the_choices(text: str) -> None:
    with pytest.raises(ValueError, match="ISO-8601, UNIX milliseconds, or 'now-15m'"):
        request_time(text, NOW)


def test_writes() -> None:
    assert iso(NOW + 0.25) == "2023-11-14T22:13:20.250Z"


@pytest.mark.parametrize(
    ("text", "zone", "seconds"),
    [
        ("2023-11-14T23:13:20", "Europe/Paris", NOW),
        ("2023-11-14T22:13:20Z", "Europe/Paris", NOW),
        ("2023-11-15T00:13:20", "UTC+2", NOW),
        ("2023-11-14T16:43:20", "-05:30", NOW),
        ("2023-11-14T22:13:20", "GMT", NOW),
        ("2023-11-14T23:13:20 01:00", "UTC", NOW),
        ("0001-01-01T00:00:00+14:00", "UTC", 0),
        ("9999999999999999", "UTC", 2**32 - 1),
        ("now-999999999y", "UTC", 0),
    ],
)
def test_times_in_zones_and_beyond_what_is_kept(text: str, zone: str, seconds: float) -> None:
    assert request_time(text, NOW, zone_of(zone)) == seconds


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "UTC+99", "\0", "+25:00"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        zone_of(zone)
