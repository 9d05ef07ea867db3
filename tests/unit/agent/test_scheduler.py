"""Rhythm of checks, and that one that hangs holds nobody up."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.collector.scheduler import Scheduler, first_due, next_due


@given(
    due=st.floats(0, 1e6),
    late=st.floats(0, 1e4),
    interval=st.floats(0.5, 3600),
)
def test_the_rhythm_is_kept_however_late_a_run_is(due: float, late: float, interval: float) -> None:
    following = next_due(due, due + late, interval)
    periods = (following - due) / interval
    assert abs(periods - round(periods)) < 1e-6
    assert following >= due + late - 1e-6
    assert following - (due + late) <= interval + 1e-6


@given(now=st.floats(0, 1e5), wall=st.floats(1.7e9, 1.8e9), index=st.integers(0, 100))
def test_first_runs_start_soon_and_far_from_the_ends_of_a_second(now: float, wall: float, index: int) -> None:
    due = first_due(now, wall, index)
    assert 0 <= due - now <= index * 0.1 + 1.0 + 1e-6
    assert abs((wall + due - now) % 1.0 - 0.2) < 1e-3


class Quick:
    interval = 0.1

    def __init__(self) -> None:
        self.runs = 0

    def run(self) -> None:
        self.runs += 1


class Hangs:
    interval = 0.1

    def __init__(self) -> None:
        self.release = threading.Event()

    def run(self) -> None:
        self.release.wait(30)


def test_checks_that_never_return_disturb_nobody() -> None:
    hanging = [Hangs() for _ in range(12)]
    quick = Quick()
    scheduler = Scheduler(workers=1)
    thread = threading.Thread(target=scheduler.run, args=([*hanging, quick],))
    thread.start()
    deadline = time.monotonic() + 10
    while quick.runs < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    scheduler.stop()
    for one in hanging:
        one.release.set()
    thread.join(5)
    assert quick.runs >= 5
    assert not thread.is_alive()
    assert scheduler.skipped > 0
