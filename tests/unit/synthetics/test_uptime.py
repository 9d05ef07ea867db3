from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.synthetics.uptime import DOWN, UNKNOWN, UP, uptime_of


def test_the_share_of_time_that_was_not_in_alert() -> None:
    found = uptime_of("OK", [(10, "OK", "Alert"), (30, "Alert", "OK")], 0, 100)
    assert found.percent == pytest.approx(80)
    assert found.history == [(0, UP), (10, DOWN), (30, UP)]


def test_time_without_data_does_not_count() -> None:
    found = uptime_of("No Data", [(50, "No Data", "OK"), (75, "OK", "Alert")], 0, 100)
    assert found.percent == pytest.approx(50)
    assert found.history[0] == (0, UNKNOWN)


def test_nothing_is_known() -> None:
    assert uptime_of("", [], 0, 100).percent is None


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.sampled_from(["OK", "Alert", "No Data", "Warn"])), max_size=30
    )
)
def test_seconds_counted_one_by_one(given_changes: list[tuple[int, str]]) -> None:
    changes = [(float(time), "", after) for time, after in sorted(given_changes, key=lambda item: item[0])]
    found = uptime_of("OK", changes, 0, 1000)
    states, now = [], "OK"
    for second in range(1000):
        for time, _, after in changes:
            if time == second:
                now = after
        states.append(now)
    known = [state for state in states if state != "No Data"]
    if not known:
        assert found.percent is None
    else:
        assert found.percent == pytest.approx(100 * sum(state != "Alert" for state in known) / len(known))
