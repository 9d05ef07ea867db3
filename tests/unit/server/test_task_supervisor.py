from __future__ import annotations

import asyncio

import pytest

from heeler.server.task_supervisor import keep_going
from heeler.store.self_metrics import telemetry


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


async def test_what_fails_is_told_counted_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    clock, starts = Clock(), 0

    async def work() -> None:
        nonlocal starts
        starts += 1
        if starts == 9:
            clock.now += 61  # long enough to be forgiven
        if starts < 11:
            raise RuntimeError(f"failure {starts}")

    telemetry.take()
    await keep_going("work", work, sleep=clock.sleep, clock=lambda: clock.now)
    assert clock.pauses == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]
    assert telemetry.take()[0]["heeler.server.task_failures", ("task:work",)] == 10
    assert "The task work failed; it starts again in 16 s" in caplog.text
    assert "failure 5" in caplog.text


async def test_cancelling_ends_it() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await keep_going("waits", wait)
