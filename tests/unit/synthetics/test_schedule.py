from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.synthetics.schedule import is_scheduled, next_run, problem_of


@given(st.integers(30, 604_800), st.floats(1e9, 2e9), st.floats(0, 1e6))
def test_the_next_run_is_ahead_by_at_most_one_tick(tick: int, due: float, late: float) -> None:
    now = due + late
    following = next_run({"tick_every": tick}, now, due)
    assert now < following <= now + tick + 1e-3


def test_runs_stay_in_step_and_missed_ones_are_skipped() -> None:
    assert next_run({"tick_every": 60}, 1_000_007, 1_000_000) == 1_000_060
    assert next_run({"tick_every": 60}, 1_000_200, 1_000_000) == 1_000_240


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "scheduled"),
    [
        ("2026-11-30T08:59", True),  # a Monday, 09:59 in Paris
        ("2026-11-30T07:59", False),  # 08:59
        ("2026-11-30T16:00", False),  # 17:00: the end is outside
        ("2026-12-01T08:59", False),  # Tuesday
        ("2026-12-05T22:30", True),  # Saturday 23:30, over midnight
        ("2026-12-06T00:30", True),  # Sunday 01:30, still Saturday's frame
        ("2026-12-06T01:30", False),
    ],
)
def test_time_frames(moment: str, scheduled: bool) -> None:
    frames = [{"day": 1, "from": "09:00", "to": "17:00"}, {"day": 6, "from": "23:00", "to": "02:00"}]
    options = {"scheduling": {"timezone": "Europe/Paris", "timeframes": frames}}
    assert is_scheduled(options, at(moment)) is scheduled


def test_without_frames_it_always_runs() -> None:
    assert is_scheduled({}, 0)
    assert is_scheduled({"scheduling": {"timeframes": []}}, 0)


@pytest.mark.parametrize(
    "scheduling",
    [
        [], {"timeframes": {}}, {"timezone": "Mars/Base"}, {"timeframes": ["x"]},
        {"timeframes": [{"day": 0, "from": "09:00", "to": "10:00"}]},
        {"timeframes": [{"day": 1, "from": "9", "to": "10:00"}]},
    ],
)  # fmt: skip
def test_what_is_refused(scheduling: Any) -> None:
    assert problem_of(scheduling)
