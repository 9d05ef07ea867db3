"""What time a report shows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from heeler.reports.timeframe import seconds_of, window

ZONE = ZoneInfo("Europe/Dublin")
NOW = datetime(2026, 4, 1, 9, 30, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("timeframe", "start", "end"),
    [
        ("1h", datetime(2026, 4, 1, 8, 30), datetime(2026, 4, 1, 9, 30)),
        ("calendar_day", datetime(2026, 3, 31), datetime(2026, 4, 1)),
        # The clocks went forward on the 29th: the week has an hour less.
        ("calendar_week", datetime(2026, 3, 23), datetime(2026, 3, 30)),
        ("calendar_month", datetime(2026, 3, 1), datetime(2026, 4, 1)),
    ],
)
def test_windows(timeframe: str, start: datetime, end: datetime) -> None:
    expected = tuple(one.replace(tzinfo=ZONE).timestamp() for one in (start, end))
    assert window(timeframe, NOW, ZONE) == expected


def test_spans_of_widgets() -> None:
    assert seconds_of({"live_span": "4h"}) == 14_400
    assert seconds_of({"type": "live", "unit": "day", "value": 2}) == 172_800
    assert seconds_of({}) is None
    assert seconds_of({"unit": "day", "value": -1}) is None
