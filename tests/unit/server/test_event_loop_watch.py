from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest

from heeler.server.event_loop_watch import LoopWatch
from heeler.store.self_metrics import Telemetry


class Counted(Telemetry):
    def __init__(self) -> None:
        super().__init__()
        self.reported = threading.Event()

    def count(self, metric: str, value: float = 1, tags: tuple[str, ...] = ()) -> None:
        super().count(metric, value, tags)
        if metric == "heeler.server.loop_held_seconds":
            self.reported.set()


def hold_the_loop(until: threading.Event) -> None:
    until.wait(30)
    time.sleep(0.01)


@pytest.fixture
def counters() -> Counted:
    return Counted()


async def test_what_holds_the_loop_is_logged_with_its_stack_and_counted(
    counters: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    taken = threading.Event()
    watch = LoopWatch(0.02, 0.001, counters)

    def release() -> None:  # once the watch has had time to look
        time.sleep(0.5)
        taken.set()

    threading.Thread(target=release).start()
    with caplog.at_level(logging.WARNING, "heeler.loop"):
        watch.start()
        hold_the_loop(taken)
        await asyncio.to_thread(counters.reported.wait, 30)
        watch.stop()
    assert "hold_the_loop" in caplog.text
    counts, _ = counters.totals()
    metrics = {metric for metric, _ in counts}
    assert metrics == {"heeler.server.loop_held", "heeler.server.loop_held_seconds"}
    assert sum(value for (metric, _), value in counts.items() if metric.endswith("_seconds")) > 0.02


async def test_a_watch_ends_with_its_loop(counters: Counted) -> None:
    watch = LoopWatch(30.0, 0.001, counters)
    watch.start()
    await asyncio.sleep(0.05)
    watch.stop()
    watch._thread.join(30)
    assert not watch._thread.is_alive()
    assert not counters.reported.is_set()
