"""Dates of logs without a year, about the turn of a year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heeler.wire.logs.reserved import time_ns


@pytest.mark.parametrize(
    ("text", "now", "wanted"),
    [
        ("Jan  1 09:00:00", "2026-12-31T23:30:00", "2027-01-01T09:00:00"),
        ("Jan  1 00:00:02", "2026-12-31T23:59:58", "2027-01-01T00:00:02"),
        ("Dec 31 23:59:58", "2027-01-01T00:00:02", "2026-12-31T23:59:58"),
        ("Mar  4 05:06:07", "2026-11-30T00:00:00", "2026-03-04T05:06:07"),
        ("Dec  2 00:00:00", "2026-11-30T00:00:00", "2025-12-02T00:00:00"),
        ("Feb 29 00:00:00", "2025-01-10T00:00:00", "2024-02-29T00:00:00"),
        ("Feb 30 00:00:00", "2026-11-30T00:00:00", None),
    ],
)
def test_the_latest_time_that_is_at_most_a_day_ahead(text: str, now: str, wanted: str | None) -> None:
    def ns(iso: str) -> int:
        return int(datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp()) * 10**9

    assert time_ns(text, ns(now)) == (None if wanted is None else ns(wanted))
