from __future__ import annotations

from typing import Any

import pytest

from heeler.dashboards.shared_times import shared_times

NOW, HOUR, DAY = 1_800_000_000.0, 3600.0, 86_400.0


def board(time: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    definition = {"requests": [{"q": "avg:a{*}", **request}]} | ({} if time is None else {"time": time})
    inner = {"definition": definition}
    return {"widgets": [{"definition": {"type": "group", "widgets": [inner]}}]}


@pytest.mark.parametrize(
    ("given", "start", "end", "allowed"),
    [
        (board(), NOW - HOUR, NOW, True),
        (board(), NOW - 2 * HOUR, NOW - HOUR, True),
        (board(), NOW - DAY, NOW, False),
        (board(), NOW - DAY, NOW - DAY + HOUR, False),
        (board(), float("nan"), NOW, False),
        (board(compare_to="day_before"), NOW - DAY - HOUR, NOW - DAY, True),
        (board(formulas=[{"formula": "week_before(a)"}]), NOW - 7 * DAY - HOUR, NOW - 7 * DAY, True),
        (board({"live_span": "1d"}), NOW - DAY, NOW, True),
        (board({"type": "live", "unit": "day", "value": 17}), NOW - 17 * DAY, NOW, True),
        (board({"live_span": "week_to_date"}), NOW - 6 * DAY, NOW, True),
        (board({"type": "fixed", "from": 1000, "to": 9000}), 1000.0, 9000.0, True),
        (board({"type": "fixed", "from": 1000, "to": 9000}), 1000.0, 99_000.0, False),
        (board({"type": "fixed", "from": 10**400, "to": 9000}), 1000.0, 9000.0, False),
        (board({"type": "live", "unit": "day", "value": 10**400}), NOW - DAY, NOW, False),
    ],
)
def test_readers_see_the_times_that_are_shown(
    given: dict[str, Any], start: float, end: float, allowed: bool
) -> None:
    times = shared_times(given, {"global_time": {"live_span": "1h"}})
    assert times is not None
    assert times.allows(start, end, NOW) is allowed


def test_readers_may_be_given_the_choice() -> None:
    assert shared_times(board(), {"global_time_selectable_enabled": True}) is None
