from __future__ import annotations

import pytest

from heeler.query.search.times import iso, request_time

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
